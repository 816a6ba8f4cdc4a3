"""From a query to ranked documents: text first, then signals on the best candidates, then reasons for what is shown."""

import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching import rank
from matching.collection import ChannelStatistics
from matching.counting import tokens
from matching.grades import grade_of
from matching.learn import Lessons
from matching.reasons import assemble, explain_text
from matching.segments import NO_FACTS, Segment
from matching.signals import Signal, apply, ceiling, compare
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
class Question:
    """One query on its way through a ranking."""

    state: State
    document: Document
    terms: Query
    today: date

    @classmethod
    def of(cls, state: State, document: Document, today: date | None) -> "Question":
        terms = build_query(tokens(document), state.statistics, state.weights)
        return cls(state, document, terms, today or date.today())

    @cached_property
    def has_signals(self) -> bool:
        """Whether any signal can speak: without facts on either side the text decides alone."""
        return self.document.facts != NO_FACTS or any(segment.facts for segment in self.state.segments)


Rough = npt.NDArray[np.float32]
Candidates = tuple[Segment, rank.Places, Rough]


@dataclass(frozen=True)
class Explanation:
    """Why a pair is no better match than it is."""

    scored: Scored
    missing: tuple[str, ...]  # words of the query that the document lacks, weightiest first; never hidden ones
    against: tuple[Reason, ...]  # signals that take something away


def _judge(asked: Question, segment: Segment, place: int, raw: float) -> Found:
    raw = round(raw, 9)  # the same from every way of adding up
    text, state = min(raw, 1.0), asked.state
    signals = compare(asked.document.facts, segment.facts.get(place), asked.today, state.distances)
    shares = apply(text, signals, state.weights.signals) if signals else []
    score = round(min(max(text + sum(shares), 0.0), 1.0), rank.DIGITS)
    return Found(segment, place, raw, score, tuple(signals), tuple(shares))


def search(
    asked: Question, top: int, only: Collection[str] | None = None, exclude: Collection[str] = ()
) -> list[Found]:
    """The best documents with their signals, in order."""
    if top <= 0:
        return []
    candidates = []
    pool = max(top, CANDIDATES) if asked.has_signals else top
    for segment in asked.state.segments:
        scores = np.where(segment.alive, rank.rough_scores(segment.postings, asked.terms), np.float32(0))
        if only is not None:
            scores[~_mask(segment, only)] = 0
        if exclude:
            scores[_mask(segment, exclude)] = 0
        chosen = rank.best(scores, pool)
        candidates.append((segment, chosen, scores[chosen]))
    return decide(asked, candidates, top)


def _mask(segment: Segment, ids: Collection[str]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(len(segment.ids), dtype=bool)
    mask[[place for place in map(segment.find, set(ids)) if place is not None]] = True
    return mask


def decide(asked: Question, candidates: Sequence[Candidates], top: int) -> list[Found]:
    """From rough candidates to the exact order: look at as many as could still reach the top, best text first."""
    if not candidates:
        return []
    likely = _likely(asked, candidates, top)
    found: list[Found] = []
    for number, segment in enumerate(candidates):
        places = np.array([place for n, place in likely if n == number], dtype=np.int64)
        exact = rank.parts(segment[0].postings, asked.terms, places)[0].sum(axis=1)
        found.extend(
            _judge(asked, segment[0], place, raw) for place, raw in zip(places.tolist(), exact.tolist(), strict=True)
        )
    found.sort(key=lambda f: (-f.score, f.id))
    return [f for f in found if f.score > 0][:top]


def _likely(asked: Question, candidates: Sequence[Candidates], top: int) -> list[tuple[int, int]]:
    """Candidates that may be among the best `top`, as segment and place."""
    rough = np.concatenate([row for _, _, row in candidates]).astype(np.float64)
    owners = np.repeat(np.arange(len(candidates)), [len(places) for _, places, _ in candidates])
    places = np.concatenate([places for _, places, _ in candidates])
    order = np.argsort(-rough, kind="stable")
    rough, owners, places = rough[order], owners[order], places[order]
    if not asked.has_signals:
        reach = len(rough) if len(rough) <= top else int((rough >= rough[top - 1] - rank.SLACK).sum())
        return list(zip(owners[:reach].tolist(), places[:reach].tolist(), strict=True))
    lift = ceiling(asked.document.facts, asked.state.weights.signals)
    text = np.minimum(rough, 1.0)
    highest = (text + text * (1 - text) * lift).tolist()
    scores: list[float] = []
    best: list[float] = []
    for number, place, raw, most in zip(owners.tolist(), places.tolist(), rough.tolist(), highest, strict=True):
        if len(best) == top and most < best[0] - rank.SLACK:
            break
        score = _judge(asked, candidates[number][0], place, raw).score
        scores.append(score)
        (heapq.heappushpop if len(best) == top else heapq.heappush)(best, score)
    border = best[0] - rank.SLACK if len(best) == top else 0.0
    rows = zip(owners.tolist(), places.tolist(), scores, strict=False)
    return [(number, place) for number, place, score in rows if score >= border]


def present(asked: Question, found: Sequence[Found], explain: bool = True) -> list[Scored]:
    """Grades and, where wanted, reasons."""
    thresholds = asked.state.weights.grades
    if not explain:
        return [Scored(f.id, f.score, grade_of(f.score, thresholds, f.signals)) for f in found]
    made: dict[int, Scored] = {}
    for segment in {id(f.segment): f.segment for f in found}.values():
        places = [n for n, f in enumerate(found) if f.segment is segment]
        added, fields = rank.parts(segment.postings, asked.terms, np.array([found[n].place for n in places]))
        for n, text in zip(places, explain_text(asked.terms, added, fields), strict=True):
            f = found[n]
            reasons = assemble(text, min(f.raw, 1.0) / f.raw if f.raw else 0.0, f.signals, f.shares)
            share = round(min(text.hidden / f.raw, 1.0), rank.DIGITS) if f.raw else 0.0
            made[n] = Scored(f.id, f.score, grade_of(f.score, thresholds, f.signals), reasons, share)
    return [made[n] for n in range(len(found))]


def search_many(questions: Iterable[Question], top: int, threads: int) -> Iterator[tuple[Question, list[Found]]]:
    """Many queries by one sparse product per part of the collection."""
    waiting = iter(questions)
    while batch := list(itertools.islice(waiting, BATCH)):
        yield from zip(batch, _batch(batch, top, threads) if top > 0 else ([] for _ in batch), strict=True)


def _batch(batch: Sequence[Question], top: int, threads: int) -> Iterator[list[Found]]:
    segments = batch[0].state.segments
    pool = max(top, CANDIDATES) if any(asked.has_signals for asked in batch) else top
    terms = [asked.terms for asked in batch]
    products = [rank.best_of_many(terms, segment.postings, pool + MARGIN, threads) for segment in segments]
    for n, asked in enumerate(batch):
        candidates, tied = [], False
        for segment, product in zip(segments, products, strict=True):
            row = slice(product.indptr[n], product.indptr[n + 1])
            places, rough = product.indices[row].astype(np.int64), product.data[row]
            # A row that ends in the middle of a tie depends on chance: that query is ranked the slower, exact way.
            ends = -np.sort(-rough)
            tied = tied or (len(ends) >= pool + MARGIN and bool(ends[pool - 1] - ends[-1] <= rank.SLACK))
            candidates.append((segment, places, rough))
        yield search(asked, top) if tied else decide(asked, candidates, top)


def explain_pair(asked: Question, segment: Segment, place: int) -> Explanation:
    """One pair with everything that speaks for and against it."""
    added, _ = rank.parts(segment.postings, asked.terms, np.array([place]))
    found = _judge(asked, segment, place, float(added.sum()))
    scored = present(asked, [found])[0]
    words = asked.terms.channels[0]
    lacking = np.flatnonzero((added[0, : len(words.terms)] == 0) & (words.hidden < 1))
    lacking = lacking[np.argsort(-words.weights[lacking], kind="stable")]
    against = tuple(reason for reason in scored.reasons if reason.share < 0)
    return Explanation(scored, tuple(words.terms[i] for i in lacking.tolist()), against)
