"""Join segments kept in PostgreSQL: rows and terms pass through some at a time, each step a transaction of its own."""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, LiteralString

import numpy as np
import psycopg

from search.joining import Part, crowd, joined
from search.postings import Ints, unpack

_ROWS_AT_ONCE, _BLOCKS_AT_ONCE = 500, 4_000
Cursor = psycopg.Cursor[Any]


@dataclass(frozen=True)
class Described:
    """What the table of segments says of one."""

    segment: int
    count: int
    gone: list[int]

    def doc_count_all(self) -> int:
        """Rows, deleted ones among them."""
        return self.count

    def doc_count(self) -> int:
        """Rows that are not deleted."""
        return self.count - len(self.gone)


def described(cursor: Cursor) -> list[Described]:
    """All segments in use."""
    found = cursor.execute("SELECT segment, count, gone FROM search_segment WHERE retired IS NULL ORDER BY segment").fetchall()
    return [Described(*row) for row in found]


class Dropped(Exception):
    """Nobody went on with a join for so long that what was made of it was dropped."""


class TableJoining:
    """A join on its way. Its segment stays marked as retired until it is done; one that was never finished is dropped like any other."""

    def __init__(self, connection: "psycopg.Connection[Any]", sources: Sequence[Described]) -> None:
        self._connection, self.sources = connection, sorted(sources, key=lambda source: source.segment)  # as their blocks come
        self.renumbered: dict[int, Ints] = {}
        self.count = 0
        for source in self.sources:
            kept = ~np.isin(np.arange(source.count), source.gone)
            self.renumbered[source.segment] = np.where(kept, np.cumsum(kept) - 1 + self.count, -1).astype(np.int64)
            self.count += int(kept.sum())
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_segment (count, retired) VALUES (%s, now()) RETURNING segment", (self.count,))
            self.made = int((cursor.fetchone() or (0,))[0])
        self._steps = self._run()

    @classmethod
    def begin(cls, connection: "psycopg.Connection[Any]") -> "TableJoining | None":
        """A join of what should be joined, if anything should."""
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            chosen = crowd(described(cursor))
        if not chosen:
            connection.close()
            return None
        return cls(connection, chosen)

    def advance(self, seconds: float) -> bool:
        """Go on for about so long; True while there is more to do."""
        until = time.monotonic() + seconds
        return any(time.monotonic() >= until for _ in self._steps)

    def take_place(self, cursor: Cursor) -> bool:
        """In the transaction of whoever owns the index: put the joined segment in place of its sources; False where one of those is gone.

        Rows that were deleted since are deleted in it, too.
        """
        present = {one.segment: one for one in described(cursor)}
        if any(source.segment not in present for source in self.sources):
            return False
        gone = [int(new) for source in self.sources for new in self.renumbered[source.segment][present[source.segment].gone] if new >= 0]
        self._step(cursor)
        cursor.execute("UPDATE search_segment SET retired = NULL, gone = %s::integer[] WHERE segment = %s", (gone, self.made))
        cursor.execute("UPDATE search_segment SET retired = now() WHERE segment = ANY(%s)", ([source.segment for source in self.sources],))
        return True

    def close(self) -> None:
        """Let go of the connection."""
        self._steps.close()
        self._connection.close()

    def _run(self) -> Generator[None]:
        for source in self.sources:
            for first in range(0, source.count, _ROWS_AT_ONCE):
                self._copy_rows(source.segment, first)
                yield
        last: tuple[int, bytes] | None = (-1, b"")
        while last is not None:
            last = self._copy_blocks(last)
            yield

    def _step(self, cursor: Cursor) -> None:
        """While it goes on nobody drops it."""
        if cursor.execute("UPDATE search_segment SET retired = now() WHERE segment = %s", (self.made,)).rowcount != 1:
            raise Dropped

    def _copy_rows(self, segment: int, first: int) -> None:
        numbers = self.renumbered[segment]
        with self._connection.transaction(), self._connection.cursor(binary=True) as cursor:
            self._step(cursor)
            found = cursor.execute(_ROWS, (segment, first, first + _ROWS_AT_ONCE)).fetchall()
            with cursor.copy("COPY search_row FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int4", "int4", "bytea", "bytea", "bytea"])
                for number, *rest in found:
                    if numbers[number] >= 0:
                        copy.write_row((self.made, int(numbers[number]), *rest))

    def _copy_blocks(self, last: tuple[int, bytes]) -> tuple[int, bytes] | None:
        """The terms after the last one; returns the last of these, None at the end."""
        with self._connection.transaction(), self._connection.cursor(binary=True) as cursor:
            self._step(cursor)
            found = cursor.execute(_BLOCKS, (*last, list(self.renumbered), _BLOCKS_AT_ONCE)).fetchall()
            ended = len(found) < _BLOCKS_AT_ONCE
            if not ended:  # the last term may have more
                cut = found[-1][:2]
                found = [row for row in found if row[:2] != cut]
            with cursor.copy("COPY search_block FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int2", "bytea", "int4", "bytea"])
                for row in self._joined(found):
                    copy.write_row(row)
        return None if ended else found[-1][:2]

    def _joined(self, found: list[Any]) -> Iterator[tuple[int, bytes, int, bytes]]:
        for (field, term), rows in groupby(found, key=lambda row: row[:2]):
            block = joined(term, [self._part(segment, packed) for _, _, segment, packed in rows])
            if block is not None:
                yield field, term, self.made, block.packed

    def _part(self, segment: int, packed: bytes) -> Part:
        return Part.of(unpack(packed), self.renumbered[segment])


# A term lies in at most as many blocks as there are sources, twenty, which is less than are read at once.
_ROWS: LiteralString = "SELECT number, id, packed, stored FROM search_row WHERE segment = %s AND number >= %s AND number < %s ORDER BY number"
_BLOCKS: LiteralString = (
    "SELECT field, term, segment, packed FROM search_block WHERE (field, term) > (%s::smallint, %s) AND segment = ANY(%s)"
    " ORDER BY field, term, segment LIMIT %s"
)
