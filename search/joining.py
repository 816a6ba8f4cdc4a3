"""Join segments of an index into one a little at a time: edits and searches go on meanwhile, and memory holds one term."""

import heapq
import mmap
import os
import shutil
import time
import uuid
from array import array
from collections.abc import Generator, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.filedb.filestore import FileStorage

from search.gathering import Block, write_term
from search.postings import Ints, PackedCodec, block_of, pack_steps, unpack
from search.schema import INDEXED, KEPT, schema

MANY = 8
LARGE, FULL = 1_000, 20_000
"""From so many rows edits leave a segment alone; with so many it is full, and joining leaves it alone too."""
_FOLDER = "join-"
_ROWS_AT_ONCE, _TERMS_AT_ONCE = 50, 200


def crowd(segments: Sequence[Any]) -> list[Any]:
    """Which segments should become one, the smallest first; none while there are few. So an index of n rows has at most n / 10,000 + 8 of them."""
    waiting = sorted((s for s in segments if s.doc_count_all() >= LARGE and s.doc_count() < FULL), key=lambda s: s.doc_count())
    if len(waiting) < MANY:
        return []
    rows = np.cumsum([s.doc_count() for s in waiting])
    chosen = waiting[: int(np.searchsorted(rows, FULL, side="right"))]
    return chosen if len(chosen) > 1 else []


class _Places:
    """Where the terms of one hash lie, as plain numbers: Whoosh keeps a tuple of objects for each, in a list."""

    def __init__(self) -> None:
        self._hashes, self._positions = array("I"), array("q")

    def append(self, pair: tuple[int, int]) -> None:
        """One more term."""
        self._hashes.append(pair[0])
        self._positions.append(pair[1])

    def __len__(self) -> int:
        return len(self._hashes)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._hashes, self._positions, strict=True)


class _Source:
    """A segment that is read once, from its first row to its last term."""

    def __init__(self, storage: Any, described: Any, first: int) -> None:
        files = described.open_compound_file(storage) if described.is_compound() else storage
        self._pages: mmap.mmap | None = getattr(files, "_source", None)
        codec, self.name = described.codec(), described.segment_id()
        self.terms, self.documents = codec.terms_reader(files, described), codec.per_document_reader(files, described)
        self.gone = frozenset(described.deleted_docs())
        kept = np.array([n not in self.gone for n in range(described.doc_count_all())], np.bool_)
        self.renumbered = np.where(kept, np.cumsum(kept) - 1 + first, -1).astype(np.int64)
        self.next = first + int(kept.sum())

    def rest(self) -> None:
        """Let go of the pages that were read."""
        if self._pages is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._pages.madvise(mmap.MADV_DONTNEED)

    def blocks(self, field: str, order: int) -> Iterator[tuple[bytes, int, Any]]:
        """The terms of a field with this segment's place and where their postings lie."""
        if field not in self.terms.indexed_field_names():
            return
        for (name, term), info in self.terms.items_from(field, b""):
            if name != field:
                return
            yield term, order, info


class Joining:
    """A join on its way: `advance` takes it further, `files` are put in place by whoever owns the index."""

    def __init__(self, build: Path, segments: Sequence[Any]) -> None:
        self.build = build
        for left in build.glob(f"{_FOLDER}*"):  # by a process that died
            shutil.rmtree(left, ignore_errors=True)
        self.sources: list[_Source] = []
        for described in segments:
            first = self.sources[-1].next if self.sources else 0
            self.sources.append(_Source(FileStorage(str(build)), described, first))
        self.count = self.sources[-1].next
        self.folder = build / f"{_FOLDER}{uuid.uuid4().hex[:12]}"
        self.folder.mkdir()
        self._storage, codec = FileStorage(str(self.folder)), PackedCodec()
        self.made = codec.new_segment(self._storage, segments[0].indexname)
        self._steps = self._run(codec)

    def advance(self, seconds: float) -> bool:
        """Go on for about so long; True while there is more to do."""
        until = time.monotonic() + seconds
        more = any(time.monotonic() >= until for _ in self._steps)
        for source in self.sources:
            source.rest()
        return more

    def take_place(self, present: Sequence[Any]) -> list[Any] | None:
        """The segments of the index with the joined one in place of its sources; None where one of those is no longer there.

        Rows that were deleted since are deleted in it, too.
        """
        known = {described.segment_id(): described for described in present}
        if any(source.name not in known for source in self.sources):
            return None
        for source in self.sources:
            for number in set(known[source.name].deleted_docs()) - source.gone:
                self.made.delete_document(int(source.renumbered[number]))
        names = {source.name for source in self.sources}
        rest = [described for described in present if described.segment_id() not in names]
        if not self.count:
            return rest
        for file in self.folder.glob(f"*.{self.made.COMPOUND_EXT.lstrip('.')}"):
            os.replace(file, self.build / file.name)
        return [*rest, self.made]

    def close(self) -> None:
        """Remove what is not needed, or was never finished."""
        self._steps.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, codec: PackedCodec) -> Generator[None]:
        yield from self._rows(codec)
        writer = codec.field_writer(self._storage, self.made)
        writer._tindex.buckets = [_Places() for _ in writer._tindex.buckets]
        for name in sorted(INDEXED):
            merged = iter(self._merged(name))
            first = next(merged, None)
            if first is not None:
                yield from _written(writer, name, first, merged)
        writer.close()
        yield
        self.made.set_doc_count(self.count)
        self.made.create_compound_file(self._storage)

    def _rows(self, codec: PackedCodec) -> Iterator[None]:
        """Stored texts and figures, as they are."""
        fields, writer = schema(), codec.per_document_writer(self._storage, self.made)
        kind = fields["row"].column_type
        for source in self.sources:
            figures = source.documents.column_reader("row", kind)
            for old, new in enumerate(source.renumbered.tolist()):
                if new >= 0:
                    stored = source.documents.stored_fields(old)
                    writer.start_doc(new)
                    for name in KEPT:
                        writer.add_field(name, fields[name], stored.get(name), 0)
                    writer.add_column_value("row", kind, figures[old])
                    writer.finish_doc()
                if old % _ROWS_AT_ONCE == 0:
                    yield
        writer.close()
        yield

    def _merged(self, field: str) -> Iterator[Block]:
        """The terms of a field in the order of their bytes, each with the postings of all sources."""
        every = heapq.merge(*(source.blocks(field, n) for n, source in enumerate(self.sources)), key=itemgetter(0, 1))
        for term, found in groupby(every, key=itemgetter(0)):
            block = joined(term, [self._part(n, info) for _, n, info in found])
            if block is not None:
                yield block

    def _part(self, order: int, info: Any) -> "Part":
        source = self.sources[order]
        return Part.of(unpack(block_of(source.terms, info)), source.renumbered)


def _written(writer: Any, name: str, first: Block, merged: Iterator[Block]) -> Iterator[None]:
    """One field's terms, some at a time."""
    writer.start_field(name, schema()[name])
    write_term(writer, first)
    for number, block in enumerate(merged):
        write_term(writer, block)
        if number % _TERMS_AT_ONCE == 0:
            yield
    writer.finish_field()


class Part(NamedTuple):
    """The postings of a term in one segment: documents, how many positions each has, and the positions."""

    documents: Ints
    counts: Ints | None
    positions: NDArray[np.uint32] | None

    @classmethod
    def of(cls, read: tuple[Ints, Ints | None, NDArray[np.uint32] | None], renumbered: Ints) -> "Part":
        """Under the documents' new numbers; those with -1 are left out."""
        old, counts, positions = read
        new = renumbered[old]
        stays = new >= 0
        if stays.all():
            return cls(new, counts, positions)
        if counts is None or positions is None:
            return cls(new[stays], None, None)
        return cls(new[stays], counts[stays], positions[np.repeat(stays, counts)])


def joined(term: bytes, parts: Sequence[Part]) -> Block | None:
    """The postings of a term in several segments as those of one; None where nothing is left."""
    documents = np.concatenate([part.documents for part in parts]).astype(np.uint32)
    if not len(documents):
        return None
    steps = np.diff(documents, prepend=np.uint32(0))
    packed = pack_steps(steps.tobytes(), _bytes([part.counts for part in parts]), _bytes([part.positions for part in parts]))
    return Block(term, len(documents), int(documents[0]), int(documents[-1]), packed)


def _bytes(parts: Sequence[NDArray[Any] | None]) -> bytes:
    there = [part for part in parts if part is not None]
    return np.concatenate(there).astype(np.uint32).tobytes() if there else b""
