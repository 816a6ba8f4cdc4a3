"""Documents as postings: for each term the documents that have it, what it weighs there, and the way back."""

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.bits import STEP, Bits, Blocks, Ones, blocks_of, split
from matching.shelf import Shelf
from matching.weights import CHANNELS

ARRAYS = ("starts", "documents", "weights", "fields", "document_starts", "entries")


class Wanted(NamedTuple):
    """Terms in the order in which every part has them: their channels, and each as a block and a bit."""

    channels: npt.NDArray[np.int64]
    blocks: Blocks
    ones: Ones

    @classmethod
    def of(cls, channels: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]) -> "Wanted":
        return cls(channels, *split(numbers))


class Shared(NamedTuple):
    """For each wanted term its row in a part, or where that would be; and whether the part has it."""

    at: npt.NDArray[np.int32]
    there: npt.NDArray[np.bool_]


class Factors:
    """What the wanted terms count, the last first, with a nought for each gap between two rows."""

    def __init__(self, ascending: npt.NDArray[np.float32]) -> None:
        self.values = np.zeros(max(2 * len(ascending) - 1, 0), dtype=np.float32)
        self.values[::2] = ascending[::-1]
        self._empty: dict[int, sparse.csc_matrix] = {}

    def columns(self, count: int) -> sparse.csc_matrix:
        """An empty matrix of that many documents: to make one from nothing takes as long as to fill it."""
        if count not in self._empty:
            self._empty[count] = sparse.csc_matrix((count, len(self.values)), dtype=np.float32)
        return copy(self._empty[count])


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
        """The term of each row that is not empty, by its number over all channels, which are numbered in turn."""
        every = [terms * np.int32(len(CHANNELS)) + np.int32(c) for c, terms in enumerate(self.terms)]
        return np.concatenate(every)[self._filled]

    @property
    def _filled(self) -> npt.NDArray[np.bool_]:
        return np.diff(self.starts) > 0

    @cached_property
    def _begun(self) -> Bits:
        """Where rows begin."""
        return Bits(self.starts[:-1][self._filled], blocks_of(len(self.weights)))

    def numbers(self, entries: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """The terms of some weights, numbered so."""
        before, begins = self._begun.find(*split(entries))
        return self._numbers[before + begins - 1].astype(np.int64)

    def entries_of(self, places: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The entries of some documents, one document after another, and how many each has."""
        begins, ends = self.document_starts[places], self.document_starts[places + 1]
        runs = [self.entries[a:b] for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]
        return np.concatenate(runs) if runs else self.entries[:0], (ends - begins).astype(np.int64)

    @cached_property
    def _known(self) -> tuple[Bits, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The terms of all channels one after another, with the first and the last block of each channel."""
        counts = [blocks_of(int(terms[-1]) + 1 if len(terms) else 0) for terms in self.terms]
        firsts, lasts = np.cumsum([0, *counts[:-1]]), np.cumsum(counts)
        numbers = [terms.astype(np.int64) + (first << STEP) for terms, first in zip(self.terms, firsts, strict=True)]
        return Bits(np.concatenate(numbers), int(lasts[-1])), firsts, lasts - 1

    def find(self, wanted: "Wanted") -> "Shared":
        """The rows of some terms."""
        bits, firsts, lasts = self._known
        return Shared(*bits.find(np.minimum(wanted.blocks + firsts[wanted.channels], lasts[wanted.channels]), wanted.ones))

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

    def product(self, rows: "Shared", factors: "Factors") -> npt.NDArray[np.float32]:
        """Some rows, each times its factor, added up: one number a document.

        The rows are not copied. They stand as columns in descending order, so that the gaps between them are empty.
        """
        view = factors.columns(self.count)
        view.data, view.indices = self.weights, self.documents
        view.indptr = row_bounds(self.starts, rows.at[::-1], rows.there[::-1])
        scores: npt.NDArray[np.float32] = view @ factors.values
        return scores

    def matrix(self) -> sparse.csr_matrix:
        """Terms x documents, sharing the arrays."""
        made = sparse.csr_matrix((len(self.starts) - 1, self.count), dtype=np.float32)
        made.data, made.indices, made.indptr = self.weights, self.documents, self.starts
        return made


def row_bounds(starts: npt.NDArray[Any], descending: npt.NDArray[Any], there: npt.NDArray[np.bool_] | int = 1) -> npt.NDArray[Any]:
    """Where some rows of a sparse matrix begin and end: with the rows in descending order each gap between two is empty.

    A row that is not `there` is empty itself.
    """
    bounds = np.empty(2 * len(descending), dtype=starts.dtype)
    bounds[::2], bounds[1::2] = starts[descending], starts[descending + there]
    return bounds


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


