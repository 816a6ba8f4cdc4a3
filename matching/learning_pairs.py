"""Describe pairs of a demand and documents in numbers: what they share, how that compares with all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching import rank
from matching.learning_vectors import Asked, Floats, Positions, Seen, products
from matching.learning_words import covered
from matching.queries import Query
from matching.signals import apply, compare
from matching.types import Document
from matching.weights import CHANNELS

if TYPE_CHECKING:
    from matching.ranking import State

BEST = (8, 20)  # how many of the best documents a document is compared with
_TINY = 1e-9
COLUMNS = (
    "text", "score", "rank", "part_of_best",
    *(f"like_best_{n}" for n in BEST),
    *(f"{part}_{what}_{channel}" for part in ("title", "body") for what in ("score", "covers", "covered")
      for channel in CHANNELS),
    *(f"{what}_{channel}" for what in ("strongest", "shared", "length") for channel in CHANNELS),
    "words_covered", "worst_covered", "reached", "title_signs", "body_signs",
)  # fmt: skip
STRESS = {"text": 2.0, "score": 2.0, "rank": 2.0, "words_covered": 1.5, "worst_covered": 1.5}  # these say most: a difference in them counts more
OF_DEMAND = 3  # the last columns: what the demand alone is like, the same for all its pairs


@dataclass(frozen=True)
class Pairs:
    """Some documents beside one demand."""

    asked: Asked
    columns: Floats  # one row a document, one column a feature
    text: Floats  # text scores
    score: Floats  # the same with signals
    forbids: npt.NDArray[np.bool_]  # a target that must be met is missed
    units: sparse.csr_matrix  # the documents themselves

    def only(self, rows: npt.NDArray[np.bool_]) -> Pairs:
        """Some of these documents."""
        numbers = (self.columns[rows], self.text[rows], self.score[rows], self.forbids[rows])
        return Pairs(self.asked, *numbers, self.units[rows])


def describe(
    state: State, asked: Asked, positions: Positions, today: date, seen: Seen | None = None, met: Floats | None = None
) -> Pairs:
    """All that is known about pairs without any verdict.

    `met` is what these documents weigh the demand's terms, where that is known already.
    """
    seen = seen or Seen(state, asked.whole)
    weighed = _met(state, asked.whole, positions) if met is None else met
    shared = weighed * asked.whole.weights
    text = np.minimum(shared.sum(axis=1), 1.0)
    score, forbids = _with_signals(state, asked, positions, text, today)
    best, heights = _best(seen)
    units, totals = seen.rows(positions)
    bounds = asked.whole.bounds
    columns = [
        text[:, None],
        score[:, None],
        _among_all(seen.rough, text, heights),
        _like_best(units, seen.rows(best)[0], heights),
        _overlap(asked.title, weighed, totals, bounds),
        _overlap(asked.body, weighed, totals, bounds),
        _strength(shared, bounds),
        np.log1p(totals),
        covered(state, asked.whole, positions),
        np.tile(_of_demand(asked.document, heights), (len(text), 1)),
    ]
    return Pairs(asked, np.hstack(columns), text, score, forbids, units)


def _met(state: State, query: Query, positions: Positions) -> Floats:
    """What each document weighs each term of a query."""
    made = np.zeros((len(positions), len(query.weights)))
    for number, segment in enumerate(state.segments):
        rows = [n for n, position in enumerate(positions) if position[0] == number]
        if rows:
            places = np.array([positions[n][1] for n in rows], dtype=np.int64)
            made[rows] = rank.met(segment.postings, query, places)[0]
    return made


def _with_signals(
    state: State, asked: Asked, positions: Positions, text: Floats, today: date
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    score, forbids = text.copy(), np.zeros(len(text), dtype=bool)
    for n, (number, place) in enumerate(positions):
        facts = state.segments[number].facts.get(place)
        signals = compare(asked.document.facts, facts, today, state.distances)
        if signals:
            score[n] = min(max(text[n] + sum(apply(float(text[n]), signals, state.weights.signals)), 0.0), 1.0)
            forbids[n] = any(signal.forbids for signal in signals)
    return score, forbids


def _best(seen: Seen) -> tuple[list[tuple[int, int]], Floats]:
    """Positions of the documents that score best, and their scores."""
    rough = seen.rough
    likely = np.flatnonzero(rough >= rank.lowest_of_best(rough, BEST[-1])) if len(rough) > BEST[-1] else np.arange(len(rough))
    best = likely[np.argsort(-rough[likely], kind="stable")[: BEST[-1]]]
    parts, places = seen.positions(best)
    return list(zip(parts.tolist(), places.tolist(), strict=True)), rough[best].astype(np.float64)


def _among_all(rough: npt.NDArray[np.float32], text: Floats, heights: Floats) -> Floats:
    """How many documents score higher, and what part of the best scores this is."""
    borders = (text + rank.SLACK).astype(np.float32)
    higher = np.sort(rough[rough > borders.min(initial=np.inf)])
    above = len(higher) - np.searchsorted(higher, borders, side="right")
    return np.column_stack([np.log1p(above), text / max(_reached(heights), _TINY)])


def _reached(heights: Floats) -> float:
    """What the best documents score."""
    return float(heights[: BEST[0]].mean()) if len(heights) else 0.0


def _of_demand(document: Document, heights: Floats) -> Floats:
    """How well the collection answers this demand at all, and how long its title and its body are."""
    title = len(document.title) + sum(map(len, document.keywords))
    body = len(document.text) + len(document.hidden)
    return np.array([_reached(heights), np.log1p(title), np.log1p(body)])


def _like_best(units: sparse.csr_matrix, best: sparse.csr_matrix, heights: Floats) -> Floats:
    """How like the best documents each document is."""
    like = products(units, best)
    like[like > 1 - 1e-6] = 0  # not with itself or its copies
    return np.column_stack([like[:, :n] @ heights[:n] / max(heights[:n].sum(), _TINY) for n in BEST])


def _by_channel(values: Floats, bounds: Sequence[tuple[int, int]]) -> Floats:
    """Sums of columns by channel."""
    return np.column_stack([values[:, a:b].sum(axis=1) for a, b in bounds])


def _overlap(query: Query, met: Floats, totals: Floats, bounds: Sequence[tuple[int, int]]) -> Floats:
    """By channel: the score, the part of the document that is met, and the part of the query that is met."""
    weights = query.weights
    whole = np.maximum(_by_channel(weights[None, :], bounds), _TINY)
    theirs = np.where(weights > 0, met, 0.0)
    return np.hstack(
        [
            _by_channel(theirs * weights, bounds),
            _by_channel(theirs, bounds) / np.maximum(totals, _TINY),
            _by_channel((theirs > 0) * weights, bounds) / whole,
        ]
    )


def _strength(shared: Floats, bounds: Sequence[tuple[int, int]]) -> Floats:
    """By channel: the strongest shared term and how many are shared."""
    strongest = [shared[:, a:b].max(axis=1, initial=0.0) for a, b in bounds]
    return np.column_stack([*strongest, *((shared[:, a:b] > 0).sum(axis=1) for a, b in bounds)])
