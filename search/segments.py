"""Read the segments of a Whoosh index into arrays, so that scoring, filters and facets are array arithmetic."""

import mmap
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Collection
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from search.analyzer import ZONE_SHIFT, is_han
from search.schema import INDEXED, MISSING, ROW_SIZE, SEPARATOR, unpack_row
from search.types import NUMBERS

if TYPE_CHECKING:
    from search.spelling import Vocabulary

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_CACHE_BYTES, _OVERHEAD = 192 * 2**20, 300
_ALL, _SLICE = 10**9, 1_000
_FIRST_HAN = "\u3007"
_NOBODY = np.empty(0, np.int64)


class _Cache:
    """Least recently used arrays of all segments of this process, bounded by their bytes."""

    def __init__(self, limit: int) -> None:
        self._limit, self._used = limit, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], Ints] = OrderedDict()

    def get(self, key: tuple[str, str, str]) -> Ints | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[str, str, str], entries: Ints) -> None:
        with self._lock:
            if key not in self._kept:
                self._used += entries.nbytes + _OVERHEAD
            self._kept[key] = entries
            while self._used > self._limit:
                self._used -= self._kept.popitem(last=False)[1].nbytes + _OVERHEAD


_cache = _Cache(_CACHE_BYTES)


class Segment(ABC):
    """One unchanging segment; only the set of deleted documents differs between generations."""

    def __init__(self, name: str, packed: list[bytes]) -> None:
        self.name, self.count = name, len(packed)
        self._lock = threading.RLock()
        self._vocabulary: Vocabulary | None = None
        self._pages: mmap.mmap | None = None
        rows = [unpack_row(row) for row in packed]
        self.ids = [row.id for row in rows]
        self.versions = [row.version for row in rows]
        figures = np.frombuffer(b"".join(row[:ROW_SIZE] for row in packed), np.dtype("<i8,<i8,<i8,<5i4"))
        self.dates, self.numbers = figures["f0"], {NUMBERS[0]: figures["f1"], NUMBERS[1]: figures["f2"]}
        self.lengths = figures["f3"].astype(np.float64)

    @abstractmethod
    def _read(self, field: str, term: str) -> Ints:
        """Document numbers of an exact term, or occurrence keys of a term with positions."""

    @abstractmethod
    def terms(self, field: str, prefix: str, limit: int) -> list[str]:
        """Terms of a field that begin with a prefix, in the order of their bytes."""

    @abstractmethod
    def stored(self, numbers: list[int]) -> list[dict[str, Any]]:
        """The stored texts of documents."""

    def entries(self, field: str, term: str) -> Ints:
        """What was read of a term, kept for the next time."""
        key = (self.name, field, term)
        found = _cache.get(key)
        if found is None:
            with self._lock:
                found = self._read(field, term)
            _cache.put(key, found)
        return found

    def rest(self) -> None:
        """Let go of the memory of what lies in files; it is read again when somebody asks."""
        if self._pages is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._pages.madvise(mmap.MADV_DONTNEED)

    def prove(self) -> None:
        """Read all of it once; whatever cannot be read is told as damage."""
        for field in INDEXED:
            for term in self.terms(field, "", _ALL):
                self._read(field, term)
        for first in range(0, self.count, _SLICE):
            self.stored(list(range(first, min(first + _SLICE, self.count))))

    def vocabulary(self) -> "Vocabulary":
        """Words for "did you mean", of all rows; made when first needed."""
        with self._lock:
            if self._vocabulary is None:
                self._vocabulary = self._read_vocabulary()
            return self._vocabulary

    def _read_vocabulary(self) -> "Vocabulary":
        from search.spelling import LONGEST, Vocabulary, correctable

        chinese = (word for word in self.terms("words", "", _ALL) if is_han(word) and 2 <= len(word) <= LONGEST)
        latin = takewhile(lambda gram: gram < _FIRST_HAN, self.terms("grams", "", _ALL))  # as spelt: words are stems
        return Vocabulary(chinese, filter(correctable, latin))


class Snapshot:
    """All segments of one generation as one row of documents."""

    def __init__(self, segments: list[Segment], deleted: list[frozenset[int]], stamp: object) -> None:
        self.segments, self.stamp = segments, stamp
        self.bases = np.cumsum([0, *(s.count for s in segments)]).tolist()
        self.count: int = self.bases[-1]
        self.live = np.ones(self.count, np.bool_)
        for base, gone in zip(self.bases, deleted, strict=False):
            self.live[[base + number for number in gone]] = False
        self.ids = [row for s in segments for row in s.ids]
        self.dates = self._joined([s.dates for s in segments])
        self.numbers = {name: self._joined([s.numbers[name] for s in segments]) for name in NUMBERS}
        self.lengths = np.concatenate([np.empty((0, 5)), *(s.lengths for s in segments)])
        self._lock = threading.RLock()
        self._facets: dict[str, tuple[list[str], Ints, Ints]] = {}
        self._order: Ints | None = None

    @staticmethod
    def _joined(parts: list[Ints]) -> Ints:
        return np.concatenate([_NOBODY, *parts])

    def documents(self, field: str, term: str) -> Ints:
        """Numbers of the documents that carry an exact term."""
        return self._joined([s.entries(field, term) + b for s, b in zip(self.segments, self.bases, strict=False)])

    def occurrences(self, field: str, term: str) -> Ints:
        """Keys (document << 32 | position) of a term."""
        return self._joined(
            [s.entries(field, term) + (b << 32) for s, b in zip(self.segments, self.bases, strict=False)]
        )

    def mask(self, field: str, terms: tuple[str, ...]) -> Mask:
        """Which documents carry any of the terms."""
        found = np.zeros(self.count, np.bool_)
        for term in terms:
            found[self.documents(field, term)] = True
        return found

    def named(self, ids: Collection[str]) -> Mask:
        """Which documents have one of these ids; many are found quicker so than as terms of each segment, and leave nothing in memory."""
        wanted = set(ids)
        return np.fromiter((row in wanted for row in self.ids), np.bool_, self.count)

    def terms(self, field: str, prefix: str, limit: int = 1000) -> list[str]:
        """Terms with a prefix, over all segments, in order."""
        return sorted({term for s in self.segments for term in s.terms(field, prefix, limit)})[:limit]

    def facet(self, group: str) -> tuple[list[str], Ints, Ints]:
        """The values of a filter group, and for each entry its document and the number of its value."""
        with self._lock:
            if group not in self._facets:
                self._facets[group] = self._read_facet(group)
            return self._facets[group]

    def _read_facet(self, group: str) -> tuple[list[str], Ints, Ints]:
        prefix = group + SEPARATOR
        terms = self.terms("filters", prefix, 1_000_000)
        documents = [self.documents("filters", term) for term in terms]
        codes = np.repeat(np.arange(len(terms)), [len(d) for d in documents])
        return [term[len(prefix) :] for term in terms], self._joined(documents), codes

    def order(self) -> Ints:
        """The rank of each document when sorted by id: what breaks every tie the same way."""
        with self._lock:
            if self._order is None:
                by_id = sorted(range(self.count), key=self.ids.__getitem__)
                self._order = np.empty(self.count, np.int64)
                self._order[by_id] = np.arange(self.count)
            return self._order

    def stored(self, numbers: list[int]) -> list[dict[str, Any]]:
        """The stored texts of documents, in the order asked for."""
        found: dict[int, dict[str, Any]] = {}
        for place, segment in enumerate(self.segments):
            base, inside = self.bases[place], [n for n in numbers if self.bases[place] <= n < self.bases[place + 1]]
            found.update(zip(inside, segment.stored([n - base for n in inside]) if inside else (), strict=True))
        return [found[number] for number in numbers]

    def versions(self) -> dict[str, str]:
        """The version of every document that is not deleted."""
        versions = [version for s in self.segments for version in s.versions]
        return {self.ids[i]: versions[i] for i in np.flatnonzero(self.live).tolist()}


def documents_of(keys: Ints) -> Ints:
    """The document of each occurrence."""
    return keys >> 32


def zones_of(keys: Ints) -> Ints:
    """The zone of each occurrence."""
    zones: Ints = (keys >> ZONE_SHIFT) & 15
    return zones


def is_missing(values: Ints) -> Mask:
    """Where a figure was not given."""
    absent: Mask = values == MISSING
    return absent
