"""From a query to ranked documents: text first, then signals on the best candidates, then reasons for what is shown."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching import rank
from matching.collection import ChannelStatistics, Floats
from matching.counting import tokens
from matching.grades import grade_of
from matching.learn import STRENGTH, Lessons, Warm
from matching.learning_pairs import describe
from matching.learning_vectors import Asked, Positions, Seen, demand_key
from matching.queries import Query, build_query
from matching.reasons import TextReasons, assemble, explain_text
from matching.segments import NO_FACTS, Segment
from matching.signals import Signal, apply, ceiling, compare
from matching.types import Document, Reason, Scored
from matching.weights import CHANNELS, DEFAULT, Weights

Rough = npt.NDArray[np.float32]
CANDIDATES = 1000  # how far down the text ranking signals can lift a document from
AT_ONCE = 256  # candidates whose facts are compared together
MARGIN = 20
MOVED = 60  # how many of the best verdicts on like results can move
LEAST_LEFT = 0.9  # of a score verdicts can take away
BATCH = 512


@dataclass(frozen=True)
class State:
    """Everything a ranking looks at; never changed, only replaced."""

    weights: Weights = DEFAULT
    distances: Mapping[tuple[str, str], float] = field(default_factory=dict)
    statistics: Sequence[ChannelStatistics] = field(default_factory=lambda: [ChannelStatistics() for _ in CHANNELS])
    segments: tuple[Segment, ...] = ()
    lessons: Lessons = field(default_factory=Lessons)
    changed: int = 0

    def find(self, identifier: str) -> tuple[int, int] | None:
        """Segment and place of a document."""
        for number, segment in enumerate(self.segments):
            place = segment.find(identifier)
            if place is not None:
                return number, place
        return None


@dataclass(frozen=True)
class Found:
    """A document on its way into the list: the raw text score, and with its signals the final one."""

    segment: Segment
    place: int
    raw: float
    score: float
    met: Floats  # what the document weighs each term of the query,
    fields: npt.NDArray[np.uint8]  # and in which fields it has it
    signals: tuple[Signal, ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def id(self) -> str:
        return self.segment.ids[self.place]


@dataclass(frozen=True)
class Question:
    """One query on its way through a ranking."""

    state: State
    document: Document
    terms: Query
    today: date

    @classmethod
    def of(cls, state: State, document: Document, today: date | None) -> "Question":
        return cls(state, document, build_query(tokens(document), state.statistics, state.weights), today or date.today())

    @cached_property
    def key(self) -> str:
        """What identical demands have in common."""
        return demand_key(self.document)

    @cached_property
    def warm(self) -> Warm | None:
        """What people said about results for this very demand, where it is enough to move its ranking."""
        return self.state.lessons.warm(self.seen, self.key) if self.state.lessons.by_demand else None

    @cached_property
    def seen(self) -> Seen:
        """What was worked out about the documents."""
        return Seen(self.state, self.terms)

    @cached_property
    def has_signals(self) -> bool:
        """Whether any fact can speak: without facts on either side the text decides alone."""
        return self.document.facts != NO_FACTS or any(segment.facts for segment in self.state.segments)

    def pool(self, top: int) -> int:
        """How many of the best by text may come among the best `top`: facts lift from far below, verdicts from near."""
        lifted = CANDIDATES if self.has_signals else MOVED if self.warm else 0
        return max(top, lifted)


Candidates = tuple[rank.Places, rank.Places, Rough]  # the numbers of their parts, their places there, their rough scores


@dataclass(frozen=True)
class Explanation:
    """Why a pair is no better match than it is."""

    scored: Scored
    missing: tuple[str, ...]  # words of the query that the document lacks, weightiest first; never hidden ones
    against: tuple[Reason, ...]  # signals that take something away


Judged = tuple[float, float, Sequence[Signal], Sequence[float]]


def _judge(asked: Question, segment: Segment, place: int, raw: float, lean: float = 0.0) -> Judged:
    """The raw text score, the score with facts and verdicts, and what each of them adds or takes."""
    raw = round(raw, 9)  # the same from every way of adding up
    text, state = min(raw, 1.0), asked.state
    signals = compare(asked.document.facts, segment.facts.get(place), asked.today, state.distances) if asked.has_signals else []
    shares = apply(text, signals, state.weights.signals) if signals else []
    if lean and asked.warm:
        signals = [*signals, Signal("verdicts", lean, {"verdicts": asked.warm.count})]
        shares = [*shares, float(_moved(np.array([text + sum(shares)]), np.array([lean]))[0])]
    return raw, round(min(max(text + sum(shares), 0.0), 1.0), rank.DIGITS), signals, shares


def _find(asked: Question, segment: Segment, places: rank.Places, leans: Floats) -> Iterator[Found]:
    """Some documents of one part, scored exactly."""
    met, fields = rank.met(segment.postings, asked.terms, places)
    exact = (met @ asked.terms.weights).tolist()
    for n, (place, lean) in enumerate(zip(places.tolist(), leans.tolist(), strict=True)):
        raw, score, signals, shares = _judge(asked, segment, place, exact[n], lean)
        yield Found(segment, place, raw, score, met[n], fields[n], tuple(signals), tuple(shares))


def _moved(scores: Floats, leans: Floats) -> Floats:
    """What verdicts on like results add or take: never more than is there, so that no document vanishes."""
    fall: Floats = np.minimum(STRENGTH * -leans, LEAST_LEFT * scores)
    return np.where(leans > 0, STRENGTH * leans * (1 - scores), -fall)


def search(asked: Question, top: int, only: Collection[str] | None = None, exclude: Collection[str] = ()) -> list[Found]:
    """The best documents with their signals, in order."""
    if top <= 0:
        return []
    scores, segments = asked.seen.rough, asked.state.segments
    if only is not None:
        scores = np.where(_mask(segments, only), scores, np.float32(0))
    if exclude:
        scores = np.where(_mask(segments, exclude), np.float32(0), scores)
    chosen = _pool(asked, scores, asked.pool(top))
    owners, places = asked.seen.positions(chosen)
    return decide(asked, (owners, places, scores[chosen]), top)


def _pool(asked: Question, scores: Rough, pool: int) -> rank.Places:
    """The best by text; of every part where facts may lift from below."""
    if not asked.has_signals:
        return rank.best(scores, pool)
    bounds = itertools.pairwise(asked.seen.starts.tolist())
    return np.concatenate([first + rank.best(scores[first:last], pool) for first, last in bounds] or [np.zeros(0, np.int64)])


def _mask(segments: Sequence[Segment], ids: Collection[str]) -> npt.NDArray[np.bool_]:
    masks = [np.zeros(len(segment.ids), dtype=bool) for segment in segments]
    wanted = set(ids)
    for segment, mask in zip(segments, masks, strict=True):
        mask[[place for place in map(segment.find, wanted) if place is not None]] = True
    return np.concatenate(masks) if masks else np.zeros(0, dtype=bool)


def decide(asked: Question, candidates: Candidates, top: int, resting: bool = False) -> list[Found]:
    """From rough candidates to the exact order: look at as many as could still reach the top, best text first.

    With `resting`, of what lies in files only one part is in memory at a time: many queries together would read all of it.
    """
    owners, places, leans = _likely(asked, candidates, top)
    found: list[Found] = []
    for number in np.unique(owners).tolist():
        segment, here = asked.state.segments[number], np.flatnonzero(owners == number)
        found.extend(_find(asked, segment, places[here], leans[here]))
        if resting:
            segment.rest()
    found.sort(key=lambda f: (-f.score, f.id))
    return [f for f in found if f.score > 0][:top]


def _likely(asked: Question, candidates: Candidates, top: int) -> tuple[rank.Places, rank.Places, Floats]:
    """Candidates that may be among the best `top`: the number of their part, their place, how verdicts move them."""
    reach = max(top, MOVED) if asked.warm else top
    owners, places, scores = _standing(asked, candidates, reach)
    leans = np.zeros(len(scores))
    if asked.warm:
        leans = asked.warm.values(asked.seen, list(zip(owners.tolist(), places.tolist(), strict=True)))
        scores = scores + _moved(scores, leans)
    chosen = _reaching(scores, top)
    return owners[chosen], places[chosen], leans[chosen]


def _reaching(scores: Floats, top: int) -> rank.Places:
    """Which of these rough scores may belong to the best `top`."""
    if len(scores) <= top:
        return np.arange(len(scores))
    border = np.partition(scores, len(scores) - top)[len(scores) - top]
    return np.flatnonzero(scores >= border - rank.SLACK)


def _standing(asked: Question, candidates: Candidates, top: int) -> tuple[rank.Places, rank.Places, Floats]:
    """Candidates that may be among the best `top` by text and facts, with their rough scores."""
    owners, places, texts = candidates
    rough = texts.astype(np.float64)
    order = np.argsort(-rough, kind="stable")
    if not asked.has_signals:
        order = order[_reaching(rough[order], top)]
        return owners[order], places[order], np.minimum(rough[order], 1.0)
    rough, owners, places = rough[order], owners[order], places[order]
    scores = _with_facts(asked, (owners, places, rough), top)
    chosen = _reaching(scores, top)
    return owners[chosen], places[chosen], scores[chosen]


def _with_facts(asked: Question, rows: tuple[rank.Places, rank.Places, Floats], top: int) -> Floats:
    """Scores with signals, best text first, until no other candidate can reach the top."""
    owners, places, rough = rows
    text = np.minimum(rough, 1.0)
    highest = text + text * (1 - text) * ceiling(asked.document.facts, asked.state.weights.signals)
    scores = np.zeros(0)
    for first in range(0, len(text), AT_ONCE):
        if len(scores) >= top and highest[first] < _border(scores, top) - rank.SLACK:
            break
        part = slice(first, first + AT_ONCE)
        scores = np.concatenate([scores, _lifted(asked, (owners[part], places[part], rough[part]), (scores, top))])
    return scores


def _border(scores: Floats, top: int) -> float:
    """The last of the best `top` scores; 0 where there are fewer."""
    return float(np.partition(scores, len(scores) - top)[len(scores) - top]) if len(scores) >= top else 0.0


def _lifted(asked: Question, rows: tuple[rank.Places, rank.Places, Floats], others: tuple[Floats, int]) -> Floats:
    """Scores with signals of some candidates; those whose targets cannot bring them to the top are left at their best case."""
    owners, places, rough = rows
    known, top = others
    text, state, facts = np.minimum(rough, 1.0), asked.state, asked.document.facts
    plus, minus, unsure = np.zeros(len(text)), np.zeros(len(text)), np.zeros(len(text), dtype=bool)
    for number in np.unique(owners).tolist():
        here, table = np.flatnonzero(owners == number), state.segments[number].facts
        plus[here], minus[here], unsure[here] = table.lift(facts, places[here], asked.today, state.distances, state.weights.signals)
    plus[unsure] += 2 * abs(state.weights.signals.get("targets", 0.0))  # met both ways
    scores: Floats = np.clip(text + text * (1 - text) * np.minimum(plus, 1.0) - text * np.minimum(minus, 1.0), 0.0, 1.0)
    border = _border(np.concatenate([known, scores[~unsure]]), top) - rank.SLACK
    for n in np.flatnonzero(unsure & (scores >= border)).tolist():
        scores[n] = _judge(asked, state.segments[owners[n]], int(places[n]), float(rough[n]))[1]
    return scores


def present(asked: Question, found: Sequence[Found], explain: bool = True) -> list[Scored]:
    """Grades and, where wanted, reasons."""
    learned = asked.state.lessons.model is not None
    if not explain and not learned:
        return [Scored(f.id, f.score, grade_of(f.score, asked.state.weights.grades, f.signals)) for f in found]
    shape = len(found), len(asked.terms.weights)
    met = np.array([f.met for f in found]).reshape(shape)
    grades = _grades(asked, found, met)
    if not explain:
        return [Scored(f.id, f.score, grade) for f, grade in zip(found, grades, strict=True)]
    fields = np.array([f.fields for f in found], dtype=np.uint8).reshape(shape)
    texts = explain_text(asked.terms, met * asked.terms.weights, fields)
    return [_scored(f, text, grade) for f, text, grade in zip(found, texts, grades, strict=True)]


def _scored(found: Found, text: TextReasons, grade: int) -> Scored:
    reasons = assemble(text, min(found.raw, 1.0) / found.raw if found.raw else 0.0, found.signals, found.shares)
    share = round(min(text.hidden / found.raw, 1.0), rank.DIGITS) if found.raw else 0.0
    return Scored(found.id, found.score, grade, reasons, share)


def _grades(asked: Question, found: Sequence[Found], met: Floats) -> list[int]:
    """By the model where verdicts taught one, else by the thresholds."""
    state = asked.state
    if state.lessons.model is None:
        return [grade_of(f.score, state.weights.grades, f.signals) for f in found]
    numbers = {id(segment): n for n, segment in enumerate(state.segments)}
    return expect(asked, [(numbers[id(f.segment)], f.place) for f in found], met)


def expect(asked: Question, positions: Positions, met: Floats | None = None) -> list[int]:
    """Whole grades of some documents by what verdicts taught; `met` is what they weigh the query's terms, if known."""
    if not positions:
        return []
    parts = Asked.of(asked.state, asked.document, asked.terms)
    pairs = describe(asked.state, parts, positions, asked.today, asked.seen, met)
    return asked.state.lessons.expect(asked.state, asked.key, pairs)


def search_many(questions: Iterable[Question], top: int, threads: int) -> Iterator[tuple[Question, list[Found]]]:
    """Many queries by one sparse product per part of the collection."""
    waiting = iter(questions)
    while batch := list(itertools.islice(waiting, BATCH)):
        for asked, found in zip(batch, _batch(batch, top, threads) if top > 0 else ([] for _ in batch), strict=True):
            yield asked, found
            asked.__dict__.pop("seen", None)  # a number for every document: not kept for hundreds of queries


def _batch(batch: Sequence[Question], top: int, threads: int) -> Iterator[list[Found]]:
    segments = batch[0].state.segments
    if not segments:
        yield from ([] for _ in batch)
        return
    pool = max(asked.pool(top) for asked in batch)
    terms = [asked.terms for asked in batch]
    products = [_product(terms, segment, pool, threads) for segment in segments]
    for n, asked in enumerate(batch):
        places, rough, tied = [], [], False
        for product in products:
            row = slice(product.indptr[n], product.indptr[n + 1])
            places.append(product.indices[row].astype(np.int64))
            rough.append(product.data[row])
            # A row that ends in the middle of a tie depends on chance: that query is ranked the slower, exact way.
            ends = -np.sort(-rough[-1])
            tied = tied or (len(ends) >= pool + MARGIN and bool(ends[pool - 1] - ends[-1] <= rank.SLACK))
        owners = np.repeat(np.arange(len(places)), list(map(len, places)))
        candidates = owners, np.concatenate(places), np.concatenate(rough)
        yield search(asked, top) if tied else decide(asked, candidates, top, resting=True)


def _product(terms: Sequence[Query], segment: Segment, pool: int, threads: int) -> sparse.csr_matrix:
    """The best of a part for each query; of what lies in files only this part is in memory meanwhile."""
    found = rank.best_of_many(terms, segment.postings, pool + MARGIN, threads)
    segment.rest()
    return found


def explain_pair(asked: Question, segment: Segment, place: int) -> Explanation:
    """One pair with everything that speaks for and against it; `segment` belongs to the state of the question."""
    number = next(n for n, other in enumerate(asked.state.segments) if other is segment)
    leans = asked.warm.values(asked.seen, [(number, place)]) if asked.warm else np.zeros(1)
    found = next(_find(asked, segment, np.array([place]), leans))
    scored = present(asked, [found])[0]
    words, terms = asked.terms.bounds[0][1], asked.terms
    lacking = np.flatnonzero((found.met[:words] == 0) & (terms.hidden[:words] < 1))
    lacking = lacking[np.argsort(-terms.weights[lacking], kind="stable")]
    against = tuple(reason for reason in scored.reasons if reason.share < 0)
    return Explanation(scored, tuple(terms.terms[i] for i in lacking.tolist()), against)
