"""The engine's collection: parts that never change, so that ranking needs no lock while documents come and go."""

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.collection import ChannelStatistics, join
from matching.columns import Columns, Lift
from matching.counting import Packed, Tokens, count
from matching.postings import Postings, assemble
from matching.shelf import Shelf, rest
from matching.signals import Distances
from matching.types import Document, Facts
from matching.vectors import build_postings
from matching.weights import Weights

OPEN = 512  # documents a part takes before the next one is begun
TIER = 8  # parts of about the same size that are melted into one
LARGEST = 64  # slices a fit makes a part of: every ranking pays for each part
PARTS, SMALLEST = 16, 2  # on a shelf so many parts, and slices in each: what is needed only while one is weighed stays small
NO_FACTS = Facts()
IN_MEMORY = Shelf()


@lru_cache(maxsize=4096)
def _parsed(row: bytes) -> Facts:
    return Facts.from_json(json.loads(row))


def written(facts: Facts) -> bytes:
    """Facts as text, which takes a sixth of the memory."""
    return json.dumps(facts.to_json(), ensure_ascii=False, separators=(",", ":")).encode()


class FactsTable:
    """Facts of a part's documents; those kept as text are parsed when asked for."""

    def __init__(self, rows: Iterable[tuple[int, Facts | bytes]]) -> None:
        self._rows: dict[int, Facts | bytes] = dict(rows)
        self._places = np.array(sorted(self._rows), dtype=np.int64)
        self._columns = Columns(len(self._places) + 1)  # the last row has no facts
        known = [(n, row) for n, place in enumerate(self._places.tolist()) if isinstance(row := self._rows[place], Facts)]
        self._columns.put([*(n for n, _ in known), len(self._places)], [*(row for _, row in known), NO_FACTS])

    @classmethod
    def loaded(cls, rows: Iterable[tuple[int, str]]) -> "FactsTable":
        """What `dump` told."""
        return cls((place, row.encode()) for place, row in rows)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def get(self, place: int) -> Facts:
        row = self._rows.get(place, NO_FACTS)
        return _parsed(row) if isinstance(row, bytes) else row

    def lift(
        self, query: Facts, places: npt.NDArray[np.int64], today: date, distances: Distances, weights: Mapping[str, float]
    ) -> Lift:
        """What signals add to and take from some documents, as parts of the room; and for which of them targets are left out."""
        at = np.searchsorted(self._places, places)
        there = np.append(self._places, -1)[at] == places
        rows = np.where(there, at, len(self._places))
        unknown = self._columns.unknown(rows)
        self._columns.put(unknown, [self.get(int(self._places[n])) for n in unknown])
        return self._columns.lift(query, rows, lambda n: self.get(int(places[n])), today, distances, weights)

    def items(self) -> Iterable[tuple[int, Facts | bytes]]:
        return self._rows.items()

    def dump(self) -> dict[int, str]:
        """JSON text by place, for a snapshot."""
        return {place: (row if isinstance(row, bytes) else written(row)).decode() for place, row in self._rows.items()}


@dataclass(frozen=True)
class Segment:
    """Some documents with their postings. `packed` holds their counts while the part may still be melted."""

    ids: Sequence[str]
    postings: Postings
    facts: FactsTable
    alive: npt.NDArray[np.bool_]
    packed: Packed | None = None

    @cached_property
    def places(self) -> dict[str, int]:
        return {identifier: place for place, identifier in enumerate(self.ids)}

    def rest(self) -> None:
        """Let go of the memory of what lies in files until somebody asks again."""
        rest(self.postings.arrays().values())

    @cached_property
    def whole(self) -> bool:
        """Whether nothing was removed."""
        return bool(self.alive.all())

    def living(self) -> int:
        return int(self.alive.sum())

    def find(self, identifier: str) -> int | None:
        place = self.places.get(identifier)
        return place if place is not None and self.alive[place] else None

    def without(self, identifiers: Collection[str]) -> "Segment":
        places = [p for p in map(self.find, identifiers) if p is not None]
        if not places:
            return self
        alive = self.alive.copy()
        alive[places] = False
        made = replace(self, alive=alive)
        made.__dict__["places"] = self.places
        return made


def slices_together(slices: int, shelf: Shelf) -> int:
    """How many slices make a part."""
    return min(max(SMALLEST, math.ceil(slices / PARTS)), LARGEST) if shelf.folder else LARGEST


@dataclass
class Row:
    """What stays of a document beside its counts."""

    id: str
    facts: Facts | bytes | None

    @classmethod
    def of(cls, document: Document, *, as_text: bool = False) -> "Row":
        facts = None if document.facts == NO_FACTS else document.facts
        return cls(document.id, written(facts) if facts and as_text else facts)


def make_segment(
    rows: Sequence[Row],
    packed: Iterable[sparse.csr_matrix],
    statistics: Sequence[ChannelStatistics],
    weights: Weights,
    *,
    keep: bool,
    shelf: Shelf = IN_MEMORY,
) -> Segment:
    """A part from counted documents."""
    kept = tuple(packed) if keep else None
    postings = build_postings(kept or packed, statistics, weights, len(rows)).on(shelf)
    facts = FactsTable((place, row.facts) for place, row in enumerate(rows) if row.facts is not None)
    return Segment([row.id for row in rows], postings, facts, np.ones(len(rows), dtype=bool), kept)


def count_new(rows: Sequence[Tokens], statistics: Sequence[ChannelStatistics]) -> Packed:
    """Count documents that came after the fit; new terms get new numbers."""
    return tuple(count(rows, [channel.vocabulary for channel in statistics]))


def melt(segments: Sequence[Segment], statistics: Sequence[ChannelStatistics], weights: Weights) -> Segment:
    """One part out of several small ones, without the removed documents."""
    alive = np.concatenate([s.alive for s in segments])
    stacked = tuple(matrix[alive] for matrix in join([s.packed for s in segments if s.packed], statistics))
    ids = [i for s in segments for i in s.ids]
    kept = np.flatnonzero(alive).tolist()
    shifts = np.cumsum([0] + [len(s.ids) for s in segments]).tolist()
    every = ((place + shift, row) for s, shift in zip(segments, shifts, strict=False) for place, row in s.facts.items())
    facts = _renumbered(every, alive)
    postings = build_postings(stacked, statistics, weights, len(kept))
    return Segment([ids[i] for i in kept], postings, facts, np.ones(len(kept), dtype=bool), stacked)


def _renumbered(rows: Iterable[tuple[int, Facts | bytes]], alive: npt.NDArray[np.bool_]) -> FactsTable:
    """The facts of the living, under their new places."""
    renumber = np.cumsum(alive) - 1
    return FactsTable((int(renumber[place]), row) for place, row in rows if alive[place])


def grow(
    segments: tuple[Segment, ...], fresh: Segment, statistics: Sequence[ChannelStatistics], weights: Weights
) -> tuple[Segment, ...]:
    """Put a new part behind the others and melt small ones, so that their number stays small."""
    parts = [*segments, fresh]
    if len(parts) > 1 and _small(parts[-2]) and len(parts[-2].ids) + len(fresh.ids) <= OPEN:
        parts[-2:] = [melt(parts[-2:], statistics, weights)]
    size = OPEN
    while len(parts) >= TIER and all(s.packed and size // 2 < len(s.ids) <= size for s in parts[-TIER:]):
        parts[-TIER:] = [melt(parts[-TIER:], statistics, weights)]
        size *= TIER
    return tuple(parts)


def _small(segment: Segment) -> bool:
    return segment.packed is not None and len(segment.ids) < OPEN


def compact(segment: Segment) -> Segment:
    """A large part without its removed documents."""
    if segment.whole:
        return segment
    kept = np.flatnonzero(segment.alive)
    renumber = np.cumsum(segment.alive) - 1
    old = segment.postings
    stays = segment.alive[old.documents]
    lengths = np.concatenate(([0], np.cumsum(stays)))[old.starts]
    postings = assemble(old.terms, lengths, renumber[old.documents[stays]], (old.weights[stays], old.fields[stays]), len(kept))
    facts = _renumbered(segment.facts.items(), segment.alive)
    packed = tuple(p[kept] for p in segment.packed) if segment.packed else None
    return Segment([segment.ids[i] for i in kept.tolist()], postings, facts, np.ones(len(kept), dtype=bool), packed)
