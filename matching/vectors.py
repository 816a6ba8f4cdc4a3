"""Turn counted terms into weighted vectors: documents as postings by term, queries as lists of weighted terms."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.collection import ChannelStatistics, Floats, channel_weight, field_weights
from matching.counting import Tokens, Vocabulary, count, field_code, only_fields, unpack, weigh_fields
from matching.shelf import Shelf
from matching.weights import CHANNELS, FIELDS, Weights

_BLOCK = 1 << 18
_MARK = 4  # one mark for 16 weights
ARRAYS = ("starts", "documents", "weights", "fields", "document_starts", "entries")
_TITLE, _TEXT, _KEYWORDS, _HIDDEN = range(4)


@dataclass(frozen=True)
class Postings:
    """For each term that occurs (the three channels one after another) its documents, their weights and fields."""

    terms: tuple[npt.NDArray[np.int32], ...]  # the terms of each channel that occur here, ascending
    starts: npt.NDArray[np.int64]
    documents: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    fields: npt.NDArray[np.uint8]
    document_starts: npt.NDArray[np.int64]  # the way back: where in `entries` each document begins,
    entries: npt.NDArray[np.int32]  # and the places of its own weights and fields

    @cached_property
    def _numbers(self) -> npt.NDArray[np.int32]:
        """The term of each row, by its number over all channels, which are numbered in turn."""
        return np.concatenate([terms * np.int32(len(CHANNELS)) + np.int32(c) for c, terms in enumerate(self.terms)])

    def numbers(self, entries: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """The terms of some weights, numbered so."""
        return self._numbers[self._rows_of(entries)].astype(np.int64)

    @cached_property
    def _marks(self) -> npt.NDArray[np.int32]:
        """The row that every sixteenth weight is in."""
        last = (len(self.weights) >> _MARK) + 1
        begun = np.bincount((self.starts + (1 << _MARK) - 1) >> _MARK, minlength=last + 1)[: last + 1]
        made = np.cumsum(begun) - 1
        return np.minimum(made, len(self.starts) - 2).astype(np.int32)

    def _rows_of(self, entries: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The rows some weights are in: between two marks there is little left to search."""
        blocks = entries >> _MARK
        low: npt.NDArray[np.int32] = self._marks[blocks]
        high = self._marks[blocks + 1]
        open_ = np.flatnonzero(low < high)
        while len(open_):
            middle = (low[open_] + high[open_] + 1) >> 1
            above = self.starts[middle] <= entries[open_]
            low[open_[above]] = middle[above]
            high[open_[~above]] = middle[~above] - 1
            open_ = open_[low[open_] < high[open_]]
        return low

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The long ones by name."""
        return {name: getattr(self, name) for name in ARRAYS}

    def on(self, shelf: Shelf) -> "Postings":
        """The same, kept elsewhere."""
        kept: dict[str, Any] = {name: shelf.put(array) for name, array in self.arrays().items()}
        return replace(self, **kept)

    @property
    def count(self) -> int:
        """How many documents."""
        return len(self.document_starts) - 1

    def product(self, rows: npt.NDArray[np.int64], factors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Some rows, each times its factor, added up: one number a document.

        The rows are not copied. They stand as columns in descending order, so that the gaps between them are empty.
        """
        order = np.argsort(-rows)
        factors = np.column_stack([factors[order], np.zeros(len(rows), np.float32)]).ravel()[:-1]
        view = sparse.csc_matrix((self.count, len(factors)), dtype=np.float32)
        view.data, view.indices, view.indptr = self.weights, self.documents, row_bounds(self.starts, rows[order])
        scores: npt.NDArray[np.float32] = view @ factors
        return scores

    def matrix(self) -> sparse.csr_matrix:
        """Terms x documents, sharing the arrays."""
        made = sparse.csr_matrix((len(self.starts) - 1, self.count), dtype=np.float32)
        made.data, made.indices, made.indptr = self.weights, self.documents, self.starts
        return made

    def rows(self, numbers: Sequence[npt.NDArray[np.int64]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Rows of the given term numbers of each channel, and which of the terms have a row here."""
        rows, known, offset = [], [], 0
        for wanted, here in zip(numbers, self.terms, strict=True):
            wanted = wanted.astype(here.dtype)  # of two types numpy would copy all terms to one
            at = np.searchsorted(here, wanted)
            hit = at < len(here)
            hit[hit] = here[at[hit]] == wanted[hit]
            rows.append(at[hit] + offset)
            known.append(hit)
            offset += len(here)
        return np.concatenate(rows), np.concatenate(known)


def row_bounds(starts: npt.NDArray[Any], descending: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Where some rows of a sparse matrix begin and end: with the rows in descending order each gap between two is empty."""
    return np.column_stack([starts[descending], starts[descending + 1]]).ravel()


def _term_weights(packed: npt.NDArray[np.int64], lengths: Floats, rare: Floats, mean: float, weights: Weights) -> Floats:
    """Saturated count times rareness; `lengths` is given for each entry."""
    counted = weigh_fields(packed, field_weights(weights))
    pull = 1 - weights.length_pull + weights.length_pull * lengths / max(mean, 1e-9)
    weighed: Floats = counted / (counted + weights.saturation * pull) * rare**weights.document_idf
    return weighed


def _present(packed: sparse.csr_matrix) -> tuple[npt.NDArray[np.int32], sparse.csc_matrix]:
    """The terms that occur, and documents x those terms: few documents cost little."""
    if packed.nnz * 4 < packed.shape[1]:
        terms, columns = np.unique(packed.indices, return_inverse=True)
    else:
        occurs = np.bincount(packed.indices, minlength=packed.shape[1]) > 0
        terms, columns = np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[packed.indices]
    shape = (packed.shape[0], len(terms))
    narrow = sparse.csr_matrix((packed.data, columns.astype(np.int32), packed.indptr), shape=shape)
    return terms.astype(np.int32), narrow.tocsc()


def _channel_postings(
    packed: sparse.csr_matrix, statistics: ChannelStatistics, weights: Weights
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    documents = packed.shape[0]
    terms, by_term = _present(packed)
    owner, data = by_term.indices, by_term.data
    rare = statistics.rareness(terms.astype(np.int64))
    term = np.repeat(np.arange(len(terms), dtype=np.int32), np.diff(by_term.indptr))
    lengths, squares = np.zeros(documents), np.zeros(documents)
    for block in _blocks(len(data)):
        # Counts are multiples of simple fractions: their sums are exact in any order.
        counted = weigh_fields(data[block], field_weights(weights))
        lengths += np.bincount(owner[block], weights=counted, minlength=documents)
    weighed, code = np.empty(len(data), dtype=np.float32), np.empty(len(data), dtype=np.uint8)
    for block in _blocks(len(data)):
        some = _term_weights(data[block], lengths[owner[block]], rare[term[block]], statistics.mean_length, weights)
        squares += np.bincount(owner[block], weights=some**2, minlength=documents)
        weighed[block], code[block] = some, field_code(data[block], field_weights(weights))
    norms = np.sqrt(np.where(squares > 0, squares, 1)) ** weights.norm_power
    for block in _blocks(len(data)):
        weighed[block] /= norms[owner[block]]
    return terms, by_term.indptr.astype(np.int64), owner, weighed, code


def _blocks(count: int) -> Iterator[slice]:
    """Slices of a long array, so that what is only needed in between stays small."""
    return (slice(first, first + _BLOCK) for first in range(0, count, _BLOCK))


def build_postings(
    packed: Iterable[sparse.csr_matrix], statistics: Sequence[ChannelStatistics], weights: Weights, count: int
) -> Postings:
    """Weigh counted documents, channel by channel."""
    parts = [_channel_postings(p, s, weights) for p, s in zip(packed, statistics, strict=True)]
    shifts = np.cumsum([0] + [part[1][-1] for part in parts])
    starts = np.concatenate([*(part[1][:-1] + shift for part, shift in zip(parts, shifts, strict=False)), shifts[-1:]])
    return assemble(
        tuple(part[0] for part in parts),
        starts,
        np.concatenate([part[2] for part in parts]),
        (
            np.concatenate([part[3] for part in parts]),
            np.concatenate([part[4] for part in parts]),
        ),
        count,
    )


def assemble(
    terms: tuple[npt.NDArray[np.int32], ...],
    starts: npt.NDArray[np.int64],
    documents: npt.NDArray[np.int32],
    values: tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]],
    count: int,
) -> Postings:
    """Postings with the way back from documents to their entries."""
    # scipy wants both index arrays of one type, and 32 bits halve the reading.
    kind = np.int32 if starts[-1] < 2**31 else np.int64
    starts, documents = starts.astype(kind), documents.astype(kind)
    places = np.arange(len(documents), dtype=kind)
    forward = sparse.csr_matrix((places, documents, starts), shape=(len(starts) - 1, count)).tocsc()
    return Postings(terms, starts, documents, *values, forward.indptr, forward.data)


@dataclass(frozen=True)
class QueryTerms:
    """One channel of a query. Terms the collection has never met have the number -1: they still count in the norm."""

    terms: tuple[str, ...]
    numbers: npt.NDArray[np.int64]
    weights: Floats
    hidden: Floats  # the share of each weight that comes from hidden text


@dataclass(frozen=True)
class Query:
    """A query as weighted terms, scaled so that the text itself as a document would score 1."""

    channels: tuple[QueryTerms, ...]

    @cached_property
    def numbers(self) -> list[npt.NDArray[np.int64]]:
        return [channel.numbers for channel in self.channels]

    @cached_property
    def weights(self) -> Floats:
        return np.concatenate([channel.weights for channel in self.channels])

    @cached_property
    def hidden(self) -> Floats:
        return np.concatenate([channel.hidden for channel in self.channels])

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """Where each channel begins and ends."""
        return list(itertools.pairwise(itertools.accumulate((len(channel.terms) for channel in self.channels), initial=0)))

    @cached_property
    def terms(self) -> list[str]:
        return [term for channel in self.channels for term in channel.terms]

    def rows(self, postings: Postings) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The rows of a part it needs, and which of its terms have one; looked up once."""
        if id(postings) not in self._looked_up:
            self._looked_up[id(postings)] = (postings, postings.rows(self.numbers))
        return self._looked_up[id(postings)][1]

    @cached_property
    def _looked_up(self) -> dict[int, tuple[Postings, tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]]]:
        return {}  # the postings stand beside what was found, so that no others get their number meanwhile


def _unit(vector: Floats) -> Floats:
    norm = float(np.sqrt((vector**2).sum()))
    return vector / norm if norm else vector


@dataclass(frozen=True)
class Counted:
    """One channel of a query: its terms in order, their packed counts, how rare they are, how much they are wanted."""

    terms: tuple[str, ...]
    numbers: npt.NDArray[np.int64]
    data: npt.NDArray[np.int64]
    rare: Floats
    wanted: Floats
    mean_length: float

    @classmethod
    def of(cls, packed: sparse.csr_matrix, met: Vocabulary, statistics: ChannelStatistics, weights: Weights) -> "Counted":
        terms = list(met)
        data = np.zeros(len(terms), dtype=np.int64)
        data[packed.indices] = packed.data
        order = sorted(range(len(terms)), key=terms.__getitem__)
        data, terms = data[order], [terms[i] for i in order]
        numbers = np.array([statistics.vocabulary.get(term, -1) for term in terms], dtype=np.int64)
        rare = statistics.rareness(numbers)
        demanded = statistics.demand_rareness(numbers, weights.demand_smoothing)
        wanted = rare**weights.query_idf * demanded**weights.demand_idf
        return cls(tuple(terms), numbers, data, rare, wanted, statistics.mean_length)

    def weigh(self, weights: Weights, fields: Sequence[int]) -> tuple[QueryTerms, float]:
        """The unit vector of some fields, and what their own text would score with it."""
        data = self.data if len(fields) == len(FIELDS) else only_fields(self.data, fields)
        vector, hidden = _blend(data, self.wanted, weights)
        length = float(weigh_fields(data, field_weights(weights)).sum())
        own = _term_weights(data, np.full(len(data), length), self.rare, self.mean_length, weights)
        norm = float(np.sqrt((own**2).sum())) or 1.0
        return QueryTerms(self.terms, self.numbers, vector, hidden), float((vector * own).sum()) / norm**weights.norm_power


def _blend(data: npt.NDArray[np.int64], wanted: Floats, weights: Weights) -> tuple[Floats, Floats]:
    """Title and body each as a unit vector, mixed; and the part of each weight that hidden text brought in."""
    title, body, hidden = unpack(data, _TITLE) + unpack(data, _KEYWORDS), unpack(data, _TEXT), unpack(data, _HIDDEN)
    upper = weights.query_title * _unit(title**weights.query_damping * wanted)
    lower = (1 - weights.query_title) * _unit((body + hidden) ** weights.query_damping * wanted)
    share = lower / np.maximum(upper + lower, 1e-12) * (hidden / np.maximum(body + hidden, 1e-12))
    return _unit(upper + lower), share


def count_query(row: Tokens, statistics: Sequence[ChannelStatistics], weights: Weights) -> list[Counted]:
    """The terms of a query, channel by channel."""
    met = [Vocabulary() for _ in CHANNELS]
    packed = count([row], met)
    return [Counted.of(p, v, s, weights) for p, v, s in zip(packed, met, statistics, strict=True)]


def weigh_query(counted: Sequence[Counted], weights: Weights, fields: Sequence[int] = range(len(FIELDS))) -> Query:
    """Weigh the terms of a query, as they stand in some of its fields; those of other fields weigh nothing."""
    made = [channel.weigh(weights, fields) for channel in counted]
    whole = sum(channel_weight(weights, place) * own for place, (_, own) in enumerate(made)) or 1.0
    return Query(
        tuple(
            QueryTerms(q.terms, q.numbers, q.weights * channel_weight(weights, place) / whole, q.hidden)
            for place, (q, _) in enumerate(made)
        )
    )


def build_query(row: Tokens, statistics: Sequence[ChannelStatistics], weights: Weights) -> Query:
    """A whole query, counted and weighed."""
    return weigh_query(count_query(row, statistics, weights), weights)
