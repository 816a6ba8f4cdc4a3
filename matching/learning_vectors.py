"""What learning sees of documents and demands: rows of term weights, as long as each channel counts the same."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.counting import tokens
from matching.folding import fold
from matching.postings import Postings
from matching.queries import Query, build_query, weigh_query
from matching.rank import rough_scores, runs
from matching.types import Document
from matching.weights import CHANNELS, FIELDS

if TYPE_CHECKING:
    from matching.ranking import State

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Terms = npt.NDArray[np.int32]
Positions = Sequence[tuple[int, int]]  # segment and place of documents
_BLOCK = 64
_WIDEST = 1 << 21  # terms up to which a table of all of them is kept for each thread
DEMAND_TERMS = 1 << 20  # places for the terms of demands: two terms rarely share one
TITLE = (FIELDS.index("title"), FIELDS.index("keywords"))
BODY = (FIELDS.index("text"), FIELDS.index("hidden"))


def demand_key(query: Document) -> str:
    """Identical demands share their verdicts, whatever their ids are; a hash, because the text may be confidential."""
    whole = "\x00".join((query.title, query.text, "\n".join(query.keywords), query.hidden))
    return hashlib.sha1(fold(whole).strip().encode(), usedforsecurity=False).hexdigest()


def document_rows(state: State, positions: Positions) -> sparse.csr_matrix:
    """Documents x terms as they are weighed; terms of all channels numbered in turn."""
    numbers, places = np.array(positions, dtype=np.int64).reshape(-1, 2).T
    counts = np.zeros(len(places), dtype=np.int64)
    parts = []
    for number in np.unique(numbers).tolist():
        here = np.flatnonzero(numbers == number)
        terms, data, counts[here] = _rows_of(state.segments[number].postings, places[here])
        parts.append((here, terms, data))
    ends = np.concatenate(([0], np.cumsum(counts)))
    if len(parts) == 1:
        _, columns, values = parts[0]
    else:
        columns, values = np.zeros(ends[-1], np.int64), np.zeros(ends[-1])
        for here, terms, data in parts:
            at = runs(ends[here], counts[here])
            columns[at], values[at] = terms, data
    width = max((len(s.vocabulary) for s in state.statistics), default=0) * len(CHANNELS)
    shape = (len(places), max(width, int(columns.max(initial=0)) + 1))
    return sparse.csr_matrix((values, columns, ends), shape=shape)


def _rows_of(postings: Postings, places: Ints) -> tuple[Ints, Floats, Ints]:
    """The terms of some documents one after another, their weights, and how many each document has."""
    entries, counts = postings.entries_of(places)
    return postings.numbers(entries), postings.weights[entries].astype(np.float64), counts


def level(rows: sparse.csr_matrix) -> tuple[sparse.csr_matrix, Floats]:
    """Rows whose products are the mean cosine over the channels; and the sums of the weights before, by channel."""
    size = rows.shape[0] * len(CHANNELS)
    groups = np.repeat(np.arange(0, size, len(CHANNELS)), np.diff(rows.indptr)) + rows.indices % len(CHANNELS)
    totals: Floats = np.bincount(groups, weights=rows.data, minlength=size).astype(np.float64)
    norms = np.sqrt(np.bincount(groups, weights=rows.data**2, minlength=size) * len(CHANNELS))
    norms[norms == 0] = 1.0
    units = sparse.csr_matrix((rows.data / norms[groups], rows.indices, rows.indptr), shape=rows.shape)
    return units, totals.reshape(-1, len(CHANNELS))


def widen(rows: sparse.csr_matrix, width: int) -> sparse.csr_matrix:
    """The same rows with room for terms that came later."""
    return sparse.csr_matrix((rows.data, rows.indices, rows.indptr), shape=(rows.shape[0], max(width, rows.shape[1])))


class Seen:
    """What one question has worked out about the documents: every rough score, and rows of the few it looks at closely."""

    def __init__(self, state: State, query: Query) -> None:
        self.state, self.query = state, query
        self._places: dict[tuple[int, int], int] = {}
        self._units: list[sparse.csr_matrix] = []
        self._totals = np.zeros((0, len(CHANNELS)))

    @cached_property
    def starts(self) -> Ints:
        """Where the documents of each part begin when all parts are counted through, and where the last ends."""
        return np.cumsum([0, *(len(segment.alive) for segment in self.state.segments)])

    @cached_property
    def rough(self) -> npt.NDArray[np.float32]:
        """The rough text score of every document, part after part; 0 for those that were removed."""
        made = np.empty(int(self.starts[-1]), dtype=np.float32)
        for first, segment in zip(self.starts.tolist(), self.state.segments, strict=False):
            scores = made[first : first + len(segment.alive)]
            scores[:] = rough_scores(segment.postings, self.query)
            if not segment.whole:
                scores[~segment.alive] = 0
        return made

    def positions(self, rows: Ints) -> tuple[Ints, Ints]:
        """The parts and places of some documents counted through."""
        parts = np.searchsorted(self.starts, rows, side="right") - 1
        return parts, rows - self.starts[parts]

    def rows(self, positions: Positions) -> tuple[sparse.csr_matrix, Floats]:
        """Level rows of some documents, and the sums of their weights by channel."""
        fresh = [position for position in dict.fromkeys(positions) if position not in self._places]
        if fresh:
            units, totals = level(document_rows(self.state, fresh))
            self._places |= zip(fresh, range(len(self._places), len(self._places) + len(fresh)), strict=True)
            parts = [*self._units, units]
            if len(parts) > 1:
                width = max(part.shape[1] for part in parts)
                parts = [sparse.vstack([widen(part, width) for part in parts], format="csr")]
            self._units, self._totals = parts, np.vstack([self._totals, totals])
            if len(fresh) == len(positions) == len(self._places):
                return units, totals
        at = [self._places[position] for position in positions]
        return (self._units[0] if self._units else document_rows(self.state, []))[at], self._totals[at]


def products(one: sparse.csr_matrix, other: sparse.csr_matrix) -> Floats:
    """Each row of one times each row of the other; only the terms of the first are looked at, however many there are."""
    blocks = [_products(one[first : first + _BLOCK], other) for first in range(0, one.shape[0], _BLOCK)]
    return np.vstack(blocks) if blocks else np.zeros((0, other.shape[0]))


def _products(one: sparse.csr_matrix, other: sparse.csr_matrix) -> Floats:
    if not len(one.indices):
        return np.zeros((one.shape[0], other.shape[0]))
    count, columns, at, hit = _shared(one.indices, other.indices, max(one.shape[1], other.shape[1]))
    dense = np.zeros((count, one.shape[0]))
    dense[columns, np.repeat(np.arange(one.shape[0]), np.diff(one.indptr))] = one.data
    ends = np.concatenate(([0], np.cumsum(hit)))[other.indptr]
    narrow = sparse.csr_matrix((other.data[hit], at[hit], ends), shape=(other.shape[0], count))
    made: Floats = (narrow @ dense).T
    return made


class _Table(threading.local):
    """For each term the place it was last put at. It is never cleared: what it says is checked."""

    places = np.zeros(0, dtype=np.int32)


_TABLE = _Table()


def _shared(one: Terms, other: Terms, width: int) -> tuple[int, npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Small numbers for the terms of one: how many, that of each; for each of the other its number, and whether it has one."""
    if width > _WIDEST:
        terms, columns = np.unique(one, return_inverse=True)
        at = np.minimum(np.searchsorted(terms, other), len(terms) - 1)
        return len(terms), columns, at, terms[at] == other
    if len(_TABLE.places) < width:
        _TABLE.places = np.zeros(width, dtype=np.int32)
    table = _TABLE.places
    counted = np.arange(len(one), dtype=np.int32)
    table[one] = counted
    terms = one[table[one] == counted]  # each once, without sorting
    table[terms] = counted[: len(terms)]
    at = np.minimum(table[other], len(terms) - 1)
    return len(terms), table[one], at, terms[at] == other


@dataclass(frozen=True)
class Asked:
    """One demand as the engine weighs it: whole, its title alone, its body alone; all three have the same terms."""

    document: Document
    whole: Query
    title: Query
    body: Query

    @classmethod
    def of(cls, state: State, document: Document, known: Query | None = None) -> Asked:
        """`known` is the whole query, where it is at hand."""
        whole = known or build_query(tokens(document), state.statistics, state.weights)
        return cls(document, whole, *(weigh_query(whole.counted, state.weights, fields) for fields in (TITLE, BODY)))


def demand_row(query: Query) -> tuple[Ints, Floats]:
    """Terms of a demand and their weights; products of two demands are the mean cosine over the channels.

    Terms are numbered by a hash of their text, so that two demands are compared by all their words, also those no document has.
    """
    columns = [
        zlib.crc32(f"{channel}{term}".encode(errors="replace")) % DEMAND_TERMS
        for channel, (first, last) in enumerate(query.bounds)
        for term in query.terms[first:last]
    ]
    norms = [float(np.sqrt(total * len(CHANNELS))) or 1.0 for total in query.counted.sums(query.weights**2)]
    return np.array(columns, dtype=np.int64), query.weights / query.counted.spread(norms)


def demand_rows(demands: Sequence[Asked]) -> sparse.csr_matrix:
    """Demands x terms."""
    rows = [demand_row(demand.whole) for demand in demands]
    ends = np.concatenate(([0], np.cumsum([len(columns) for columns, _ in rows])))
    data, columns = np.concatenate([data for _, data in rows]), np.concatenate([columns for columns, _ in rows])
    made = sparse.csr_matrix((data, columns, ends), shape=(len(demands), DEMAND_TERMS))
    made.sum_duplicates()
    return made
