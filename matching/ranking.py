"""From a query to ranked documents: text first, then signals on the best candidates, then reasons for what is shown."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from matching import rank
from matching.collection import ChannelStatistics, Floats
from matching.counting import tokens
from matching.grades import grade_of
from matching.learn import Lessons
from matching.reasons import Labels, assemble, explain_text
from matching.segments import NO_FACTS, Segment
from matching.signals import Signal, apply, compare
from matching.types import Document, Reason, Scored
from matching.vectors import Query, build_query
from matching.weights import CHANNELS, DEFAULT, Weights

CANDIDATES = 1000  # how far down the text ranking signals can lift a document from
MARGIN = 20
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
    signals: tuple[Signal, ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def id(self) -> str:
        return self.segment.ids[self.place]


@dataclass(frozen=True)
class Explanation:
    """Why a pair is no better match than it is."""

    scored: Scored
    missing: tuple[str, ...]  # words of the query that the document lacks, weightiest first; never hidden ones
    against: tuple[Reason, ...]  # signals that take something away


def text_scores(state: State, asked: Query) -> list[Floats]:
    """Raw text scores of every document, part by part; removed ones score 0."""
    return [np.where(s.alive, rank.score_all(s.postings, asked), 0.0) for s in state.segments]


def _judge(state: State, query: Document, segment: Segment, place: int, raw: float, today: date) -> Found:
    raw = round(raw, 9)  # the same from every way of adding up
    text = min(raw, 1.0)
    signals = compare(query.facts, segment.facts.get(place), today, state.distances)
    shares = apply(text, signals, state.weights.signals) if signals else []
    score = round(min(max(text + sum(shares), 0.0), 1.0), rank.DIGITS)
    return Found(segment, place, raw, score, tuple(signals), tuple(shares))


def _signals_matter(state: State, query: Document) -> bool:
    return query.facts != NO_FACTS or any(segment.facts for segment in state.segments)


def _order(found: Iterator[Found] | list[Found], top: int) -> list[Found]:
    return sorted((f for f in found if f.score > 0), key=lambda f: (-f.score, f.id))[:top]


def search(
    state: State, query: Document, asked: Query, top: int, only: Collection[str] | None, exclude: Collection[str],
    today: date,
) -> list[Found]:  # fmt: skip
    """The best documents with their signals, in order."""
    if top <= 0:
        return []
    pool = max(top, CANDIDATES) if _signals_matter(state, query) else top
    scores = text_scores(state, asked)
    for number, segment in enumerate(state.segments):
        if only is not None:
            scores[number] = np.where(_mask(segment, only), scores[number], 0.0)
        if exclude:
            scores[number][_mask(segment, exclude)] = 0.0
    whole = np.concatenate(scores) if scores else np.zeros(0)
    shifts = np.cumsum([0] + [len(s) for s in scores])
    chosen = rank.best(whole, pool)
    numbers = np.searchsorted(shifts, chosen, side="right") - 1
    rows = zip(numbers.tolist(), (chosen - shifts[numbers]).tolist(), whole[chosen].tolist(), strict=True)
    return _order([_judge(state, query, state.segments[n], place, raw, today) for n, place, raw in rows], top)


def _mask(segment: Segment, ids: Collection[str]) -> np.ndarray:
    mask = np.zeros(len(segment.ids), dtype=bool)
    mask[[place for place in map(segment.find, set(ids)) if place is not None]] = True
    return mask


def present(state: State, asked: Query, found: Sequence[Found], explain: bool = True) -> list[Scored]:
    """Grades and, where wanted, reasons."""
    thresholds = state.weights.grades
    if not explain:
        return [Scored(f.id, f.score, grade_of(f.score, thresholds, f.signals)) for f in found]
    labels = Labels.of(asked)
    made: dict[int, Scored] = {}
    for segment in {id(f.segment): f.segment for f in found}.values():
        places = [n for n, f in enumerate(found) if f.segment is segment]
        added, fields = rank.parts(segment.postings, asked, np.array([found[n].place for n in places]))
        for n, text in zip(places, explain_text(asked, labels, added, fields), strict=True):
            f = found[n]
            reasons = assemble(text, min(f.raw, 1.0) / f.raw if f.raw else 0.0, f.signals, f.shares)
            share = round(min(text.hidden / f.raw, 1.0), rank.DIGITS) if f.raw else 0.0
            made[n] = Scored(f.id, f.score, grade_of(f.score, thresholds, f.signals), reasons, share)
    return [made[n] for n in range(len(found))]


def search_many(state: State, queries: list[Document], top: int, today: date, explain: bool) -> dict[str, list[Scored]]:
    """Many queries by one sparse product per part of the collection."""
    answers: dict[str, list[Scored]] = {}
    for first in range(0, len(queries), BATCH):
        batch = queries[first : first + BATCH]
        asked = [build_query(tokens(query), state.statistics, state.weights) for query in batch]
        for query, one, found in zip(batch, asked, _batch(state, batch, asked, top, today), strict=True):
            answers[query.id] = present(state, one, found, explain)
    return answers


def _batch(state: State, batch: list[Document], asked: list[Query], top: int, today: date) -> Iterator[list[Found]]:
    if top <= 0:
        yield from ([] for _ in batch)
        return
    products = []
    pools = [max(top, CANDIDATES) if _signals_matter(state, query) else top for query in batch]
    pool = max(pools) + MARGIN
    for segment in state.segments:
        products.append(rank.best_of_many(asked, segment.postings, min(pool, max(segment.postings.count, 1))))
    for n, (query, one) in enumerate(zip(batch, asked, strict=True)):
        found: list[Found] = []
        tied = False
        for segment, product in zip(state.segments, products, strict=True):
            row = slice(product.indptr[n], product.indptr[n + 1])
            places, rough = product.indices[row].astype(np.int64), product.data[row]
            # Rows that end in the middle of a tie would depend on chance: those are ranked the slow, exact way.
            ends = np.sort(rough)[::-1]
            tied = tied or (len(ends) >= pool and bool(ends[pools[n] - 1] - ends[-1] < 1e-5))
            exact = rank.parts(segment.postings, one, places)[0].sum(axis=1)
            found.extend(
                _judge(state, query, segment, place, raw, today)
                for place, raw in zip(places.tolist(), exact.tolist(), strict=True)
            )
        yield search(state, query, one, top, None, (), today) if tied else _order(found, top)


def explain_pair(state: State, query: Document, asked: Query, segment: Segment, place: int, today: date) -> Explanation:
    """One pair with everything that speaks for and against it."""
    added, _ = rank.parts(segment.postings, asked, np.array([place]))
    found = _judge(state, query, segment, place, float(added.sum()), today)
    scored = present(state, asked, [found])[0]
    words = asked.channels[0]
    lacking = np.flatnonzero((added[0, : len(words.terms)] == 0) & (words.hidden < 1))
    lacking = lacking[np.argsort(-words.weights[lacking], kind="stable")]
    against = tuple(reason for reason in scored.reasons if reason.share < 0)
    return Explanation(scored, tuple(words.terms[i] for i in lacking.tolist()), against)
