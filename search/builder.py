"""Gather documents into one packed segment in memory: what Whoosh's writer does for files, for any other store."""

from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from search.analyzer import Occurrences
from search.postings import Ints, pack, unpack
from search.schema import INDEXED, KEPT, fields_of
from search.types import SearchDocument

_POSITIONED = ("words", "grams", "secret_words", "secret_grams")

Postings = tuple["array[int]", list[bytes]]


class Builder:
    """Numbers its documents in the order they come."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.rows: list[bytes] = []
        self.stored: list[Any] = []
        self._postings: dict[tuple[str, bytes], Postings] = {}

    def _entry(self, field: str, term: bytes) -> Postings:
        return self._postings.setdefault((field, term), (array("I"), []))

    def add(self, document: SearchDocument) -> None:
        """One document."""
        number, fields = len(self.ids), fields_of(document)
        self.ids.append(document.id)
        self.rows.append(fields["row"])
        self.stored.append({name: fields[name] for name in KEPT})
        for field in INDEXED:
            for term, value in _terms(field, fields.get(field, ())):
                numbers, values = self._entry(field, term)
                numbers.append(number)
                values.append(value)

    def adopt(self, ids: Iterable[str], rows: Iterable[bytes], stored: Iterable[Any]) -> int:
        """Take over rows of another segment; the number of the first."""
        first = len(self.ids)
        self.ids.extend(ids)
        self.rows.extend(rows)
        self.stored.extend(stored)
        return first

    def merge(self, field: str, term: bytes, packed: bytes, renumbered: Ints) -> None:
        """Take over a posting list; `renumbered` has the new number of each old document, or -1 for deleted ones."""
        old, counts, positions = unpack(packed)
        numbers, values = self._entry(field, term)
        ends = None if counts is None else np.cumsum(counts)
        for i, new in enumerate(renumbered[old].tolist()):
            if new >= 0:
                numbers.append(new)
                values.append(b"" if ends is None or counts is None or positions is None
                              else positions[ends[i] - counts[i] : ends[i]].tobytes())  # fmt: skip

    def blocks(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Field, term and packed posting list."""
        for (field, term), (numbers, values) in self._postings.items():
            if numbers:
                yield field, term, pack(numbers, values)


def _terms(field: str, value: Occurrences | Iterable[str]) -> Iterator[tuple[bytes, bytes]]:
    if isinstance(value, dict):
        yield from ((term.encode("utf-8", "replace"), positions.tobytes()) for term, positions in value.items())
    else:
        yield from ((term.encode("utf-8", "replace"), b"") for term in set(value))
