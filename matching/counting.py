"""Count the terms of documents, field by field, as integers in one sparse matrix."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.text import Channels, channels
from matching.types import Document
from matching.weights import FIELDS

# Counts of the four fields share one 64-bit integer, so that scipy adds up all of them in one pass.
_BITS = 15
MOST_TERMS = (1 << _BITS) - 1  # what a longer field says beyond this many terms is not counted
_NARROW_MOST = 255
Ints = npt.NDArray[np.int64]
Packed = tuple[sparse.csr_matrix, ...]  # counts of some documents, channel by channel


@dataclass(frozen=True)
class Tokens:
    """The terms of one document: three channels for each of the four fields."""

    title: Channels
    text: Channels
    keywords: Channels
    hidden: Channels

    def fields(self) -> tuple[Channels, ...]:
        return (self.title, self.text, self.keywords, self.hidden)


class Vocabulary(dict[str, int]):
    """Numbers for terms; a term never met gets the next number."""

    _terms: Sequence[str] = ()

    def term(self, number: int) -> str:
        """The term of a number."""
        if number >= len(self._terms):
            self._terms = list(self)  # numbers are given in order
        return self._terms[number]

    def __missing__(self, term: str) -> int:
        number = len(self)
        self[term] = number
        return number


class Overlay(Vocabulary):
    """New terms on top of a vocabulary that must not change."""

    def __init__(self, base: Vocabulary) -> None:
        super().__init__()
        self._base = base
        self._size = len(base)

    def __len__(self) -> int:
        return self._size

    def get(self, term: str, default: Any = None) -> Any:
        """The number of a term, here or underneath; none is given to it."""
        return super().get(term, self._base.get(term, default))

    def term(self, number: int) -> str:
        """The term of a number, here or underneath."""
        if number < len(self._base):
            return self._base.term(number)
        return next(term for term, own in self.items() if own == number)

    def __missing__(self, term: str) -> int:
        number = self._base.get(term, self._size)
        self._size += number == self._size
        self[term] = number
        return number


_NOTHING = Channels([], [], [])


def _channels(text: str) -> Channels:
    return channels(text) if text else _NOTHING


def tokens(document: Document) -> Tokens:
    """Cut a document into terms; keywords stay apart from one another."""
    return Tokens(
        _channels(document.title),
        _channels(document.text),
        _channels("\n".join(document.keywords)),
        _channels(document.hidden),
    )


class _Counter:
    """Collects one channel; numbers are kept in plain arrays because a large collection has hundreds of millions."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.numbers = array("i")
        self.runs: list[int] = []
        self.ends = [0]

    def take(self, fields: Sequence[list[str]]) -> None:
        for terms in fields:
            if len(terms) > MOST_TERMS:
                terms = terms[:MOST_TERMS]
            if terms:
                self.numbers.extend(map(self.vocabulary.__getitem__, terms))
            self.runs.append(len(terms))
        self.ends.append(len(self.numbers))

    def matrix(self) -> sparse.csr_matrix:
        places = np.arange(len(self.runs)) % len(FIELDS)
        data = np.repeat(np.int64(1) << (_BITS * places), self.runs)
        numbers = np.frombuffer(self.numbers, dtype=np.int32) if self.numbers else np.zeros(0, np.int32)
        shape = (len(self.ends) - 1, len(self.vocabulary))
        made = sparse.csr_matrix((data, numbers.copy(), np.array(self.ends)), shape=shape)
        made.sum_duplicates()
        return made


def count(rows: Iterable[Tokens], vocabularies: Sequence[Vocabulary]) -> list[sparse.csr_matrix]:
    """Documents x terms for each channel; each entry packs the counts of the four fields."""
    counters = [_Counter(vocabulary) for vocabulary in vocabularies]
    for row in rows:
        fields = row.fields()
        for channel, counter in enumerate(counters):
            counter.take([field[channel] for field in fields])
    return [counter.matrix() for counter in counters]


def count_fields(fields: Sequence[list[str]]) -> dict[str, int]:
    """The same for the terms of one document in one channel."""
    found: dict[str, int] = {}
    for place, terms in enumerate(fields):
        for term, times in Counter(terms[:MOST_TERMS]).items() if terms else ():
            found[term] = found.get(term, 0) + (times << (_BITS * place))
    return found


def narrow(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same counts in half the memory, where no field says a term more than 255 times."""
    fields = [(matrix.data >> (_BITS * place)) & MOST_TERMS for place in range(len(FIELDS))]
    if max((int(field.max(initial=0)) for field in fields), default=0) > _NARROW_MOST:
        return matrix
    data = np.zeros(len(matrix.data), dtype=np.uint32)
    for place, field in enumerate(fields):
        data |= field.astype(np.uint32) << np.uint32(8 * place)
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def unnarrowed(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Counts in 64 bits again."""
    if matrix.data.dtype != np.uint32:
        return matrix
    data = np.zeros(len(matrix.data), dtype=np.int64)
    for place in range(len(FIELDS)):
        data |= unpack(matrix.data, place).astype(np.int64) << (_BITS * place)
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def unpack(packed: Ints | npt.NDArray[np.uint32], place: int) -> npt.NDArray[np.float64]:
    """Counts of one field."""
    if packed.dtype == np.uint32:
        return ((packed >> np.uint32(8 * place)) & np.uint32(_NARROW_MOST)).astype(np.float64)
    return ((packed >> (_BITS * place)) & MOST_TERMS).astype(np.float64)


def weigh_fields(packed: Ints, weights: Sequence[float]) -> npt.NDArray[np.float64]:
    """One weighted count from the counts of the four fields."""
    total = np.zeros(len(packed))
    for place, weight in enumerate(weights):
        total += weight * unpack(packed, place)
    return total


def field_code(packed: Ints, weights: Sequence[float]) -> npt.NDArray[np.uint8]:
    """Which fields a count comes from, as four numbers 0..3 in one byte: enough to explain, small enough to keep."""
    total = np.maximum(weigh_fields(packed, weights), 1e-9)
    code = np.zeros(len(packed), dtype=np.uint8)
    for place, weight in enumerate(weights):
        step = np.ceil(3 * weight * unpack(packed, place) / total).astype(np.uint8)
        code |= np.minimum(step, 3) << np.uint8(2 * place)
    return code


def field_shares(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The share of each field in a count: one row per code, one column per field."""
    steps = np.stack([(codes >> np.uint8(2 * place)) & np.uint8(3) for place in range(len(FIELDS))], axis=-1)
    totals = np.maximum(steps.sum(axis=-1, keepdims=True), 1)
    shares: npt.NDArray[np.float64] = steps / totals
    return shares
