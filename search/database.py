"""Keep the same packed segments in PostgreSQL, so that many machines search one index; each edit is one transaction."""

import json
import os
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, LiteralString

import numpy as np
import psycopg
from psycopg import errors

from search.builder import Builder
from search.joining import LARGE, MANY, crowd
from search.postings import Ints, unpack_keys
from search.schema import INDEXED, edition
from search.segments import Segment, Snapshot
from search.table_joining import Described, Dropped, TableJoining
from search.types import IndexBusy, IndexDamaged, IndexFull, IndexUnreachable, SearchDocument

_LOCK = 5_307_201_844
_REBUILD_BATCH = 20_000
_GRACE = "10 minutes"
"""Other processes may still answer from a segment that was merged away: it is dropped only after this time."""
_FIELD = {name: number for number, name in enumerate(INDEXED)}

_TABLES: tuple[LiteralString, ...] = (
    """CREATE TABLE IF NOT EXISTS search_state (
        single boolean PRIMARY KEY DEFAULT true CHECK (single), edition text NOT NULL, generation bigint NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS search_segment (
        segment integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name uuid NOT NULL DEFAULT gen_random_uuid(), count integer NOT NULL,
        gone integer[] NOT NULL DEFAULT '{}', retired timestamptz)""",
    """CREATE TABLE IF NOT EXISTS search_row (
        segment integer NOT NULL, number integer NOT NULL, id bytea NOT NULL, packed bytea NOT NULL, stored bytea NOT NULL,
        PRIMARY KEY (segment, number))""",
    """CREATE INDEX IF NOT EXISTS search_row_id ON search_row (id)""",
    """CREATE TABLE IF NOT EXISTS search_block (
        field smallint NOT NULL, term bytea NOT NULL, segment integer NOT NULL, packed bytea NOT NULL,
        PRIMARY KEY (field, term, segment))""",
    """CREATE INDEX IF NOT EXISTS search_block_segment ON search_block (segment)""",
)


@contextmanager
def _told() -> Iterator[None]:
    """What a database may lack while we write, under the names of this library."""
    try:
        yield
    except errors.DiskFull as error:
        raise IndexFull(f"the search database has no room: {error}") from error
    except errors.UndefinedTable as error:
        raise IndexDamaged("no index in the database") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise IndexUnreachable(f"the search database was lost: {error}") from error


class _Connection:
    """One connection for all reading of a process, made again when it was lost or the process was forked."""

    def __init__(self, address: str) -> None:
        self._address = address.replace("postgresql+psycopg://", "postgresql://", 1)
        self._lock = threading.RLock()
        self._kept: psycopg.Connection[Any] | None = None
        self._owner = 0

    def open(self) -> psycopg.Connection[Any]:
        """A new connection."""
        try:
            return psycopg.connect(self._address, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise IndexUnreachable(f"the search database cannot be reached: {error}") from error

    def close(self) -> None:
        """Let go of the connection; the next question makes a new one."""
        with self._lock:
            if self._kept is not None and self._owner == os.getpid():
                self._kept.close()
            self._kept = None

    def rows(self, statement: LiteralString, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement; a lost connection is made again once."""
        with self._lock:
            try:
                return self._asked(statement, values)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                self._kept = None
            with _told():
                return self._asked(statement, values)

    def _asked(self, statement: LiteralString, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._kept is None or self._owner != os.getpid():
            self._kept, self._owner = self.open(), os.getpid()
            self._kept.autocommit = True
        with self._kept.cursor(binary=True) as cursor:
            return cursor.execute(statement, values).fetchall()


class _TableSegment(Segment):
    """A segment in tables."""

    def __init__(self, connection: _Connection, number: int, name: str) -> None:
        self._connection, self.number = connection, number
        found = connection.rows("SELECT packed FROM search_row WHERE segment = %s ORDER BY number", (number,))
        super().__init__(name, [packed for (packed,) in found])

    def _read(self, field: str, term: str) -> Ints:
        found = self._connection.rows(
            "SELECT packed FROM search_block WHERE field = %s AND term = %s AND segment = %s",
            (_FIELD[field], term.encode("utf-8", "replace"), self.number),
        )
        return unpack_keys(found[0][0]) if found else np.empty(0, np.int64)

    def terms(self, field: str, prefix: str, limit: int) -> list[str]:
        start = prefix.encode("utf-8", "replace")
        found = self._connection.rows(
            "SELECT term FROM search_block WHERE field = %s AND term >= %s AND term < %s AND segment = %s"
            " ORDER BY term LIMIT %s",
            (_FIELD[field], start, start + b"\xff", self.number, limit),
        )
        return [term.decode() for (term,) in found]

    def stored(self, numbers: list[int]) -> list[dict[str, Any]]:
        found = self._connection.rows(
            "SELECT number, stored FROM search_row WHERE segment = %s AND number = ANY(%s)", (self.number, numbers)
        )
        fields = {number: json.loads(zlib.decompress(stored)) for number, stored in found}
        return [fields.get(number, {}) for number in numbers]


class Database:
    """The tables of one index; the search path of the address says in which schema."""

    def __init__(self, address: str, wait: float = 15.0) -> None:
        self._connection, self._wait = _Connection(address), wait
        self._joining: TableJoining | None = None

    def stamp(self) -> object:
        """Differs whenever a new snapshot is worth opening."""
        try:
            found = self._connection.rows("SELECT edition, generation FROM search_state")
        except errors.UndefinedTable as error:
            raise IndexDamaged("no index in the database") from error
        if not found or found[0][0] != edition():
            raise IndexDamaged("the index in the database is absent or of another edition")
        return found[0][1]

    def snapshot(self, last: Snapshot | None) -> Snapshot:
        """Open the newest generation; segments already open are kept."""
        stamp = self.stamp()
        found = self._connection.rows(
            "SELECT segment, name::text, gone FROM search_segment WHERE retired IS NULL ORDER BY segment"
        )
        known = {s.name: s for s in (last.segments if last else [])}
        segments = [known.get(name) or _TableSegment(self._connection, number, name) for number, name, _ in found]
        return Snapshot(segments, [frozenset(gone) for _, _, gone in found], stamp)

    @contextmanager
    def _owned(self) -> Iterator[psycopg.Cursor[Any]]:
        """A transaction that no other writer shares; whatever goes wrong, nothing has happened."""
        with _told(), self._connection.open() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", (f"{int(self._wait * 1000)}ms",))
            try:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            except errors.LockNotAvailable as error:
                raise IndexBusy("the search tables are being written by another process") from error
            yield cursor

    def apply(self, puts: Iterable[SearchDocument], deletes: Iterable[str]) -> None:
        """One batch, one commit. Of several puts of one id the last counts; a put wins over a delete."""
        newest = {document.id: document for document in puts}
        gone = [row_id.encode("utf-8", "replace") for row_id in (*newest, *(i for i in deletes if i not in newest))]
        self.stamp()
        with self._owned() as cursor:
            if not gone:
                return
            cursor.execute(_FORGET, (gone,))
            builder = Builder()
            for document in newest.values():
                builder.add(document)
            _merge_small(cursor, builder)
            _write(cursor, builder)
            _next_generation(cursor)

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """All of it in one transaction; readers see the old index until it is done."""
        with self._owned() as cursor:
            for statement in _TABLES:
                cursor.execute(statement)
            cursor.execute("UPDATE search_segment SET retired = now() WHERE retired IS NULL")
            count, rest = 0, iter(documents)
            while batch := {document.id: document for document in islice(rest, _REBUILD_BATCH)}:
                cursor.execute(_FORGET, ([row_id.encode("utf-8", "replace") for row_id in batch],))
                builder = Builder()
                for document in batch.values():
                    builder.add(document)
                _write(cursor, builder)
            cursor.execute("SELECT sum(count - cardinality(gone)) FROM search_segment WHERE retired IS NULL")
            count = int((cursor.fetchone() or (0,))[0] or 0)
            _next_generation(cursor)
            return count

    def crowded(self) -> bool:
        """Whether there are so many segments that some should be joined."""
        self.stamp()
        found = self._connection.rows("SELECT segment, count, gone FROM search_segment WHERE retired IS NULL")
        return self._joining is not None or bool(crowd([Described(*row) for row in found]))

    def join(self, seconds: float) -> bool:
        """Go on joining segments for about so long; True while there is more to do. Nothing is seen of it before it is done."""
        self.stamp()
        try:
            with _told():
                self._joining = self._joining or TableJoining.begin(self._connection.open())
                if self._joining is None:
                    return False
                if self._joining.advance(seconds):
                    return True
            with self._owned() as cursor:
                if self._joining.take_place(cursor):
                    _next_generation(cursor)
        except Dropped:
            pass
        except BaseException:
            self._leave_joining()
            raise
        self._leave_joining()
        return self.crowded()

    def _leave_joining(self) -> None:
        if self._joining is not None:
            self._joining.close()
            self._joining = None

    def close(self) -> None:
        """Let go of the connection."""
        self._leave_joining()
        self._connection.close()

    def describe(self) -> dict[str, Any]:
        """Figures for the health page."""
        found = self._connection.rows(
            "SELECT sum(pg_total_relation_size(name::regclass))::bigint FROM unnest(%s::text[]) AS name",
            (["search_state", "search_segment", "search_row", "search_block"],),
        )
        return {"build": "postgresql", "bytes": int(found[0][0]), "edition": edition()}


_FORGET: LiteralString = """
UPDATE search_segment AS s SET gone = gone || found.numbers
FROM (SELECT segment, array_agg(number) AS numbers FROM search_row JOIN search_segment USING (segment)
      WHERE id = ANY(%s) AND retired IS NULL AND NOT number = ANY(gone) GROUP BY segment) AS found
WHERE s.segment = found.segment"""


def _next_generation(cursor: psycopg.Cursor[Any]) -> None:
    cursor.execute(
        "INSERT INTO search_state (edition, generation) VALUES (%s, 1)"
        " ON CONFLICT (single) DO UPDATE SET edition = excluded.edition, generation = search_state.generation + 1",
        (edition(),),
    )
    cursor.execute("SELECT segment FROM search_segment WHERE retired < now() - %s::interval FOR UPDATE SKIP LOCKED", (_GRACE,))
    if old := [number for (number,) in cursor.fetchall()]:
        for table in ("search_block", "search_row", "search_segment"):
            cursor.execute(f"DELETE FROM {table} WHERE segment = ANY(%s)", (old,))  # noqa: S608, the names are ours  # nosec B608 - the names are ours


def _write(cursor: psycopg.Cursor[Any], builder: Builder) -> None:
    if not builder.ids:
        return
    cursor.execute("INSERT INTO search_segment (count) VALUES (%s) RETURNING segment", (len(builder.ids),))
    segment = (cursor.fetchone() or (0,))[0]
    with cursor.copy("COPY search_row FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int4", "int4", "bytea", "bytea", "bytea"])
        for number, (row_id, packed, stored) in enumerate(zip(builder.ids, builder.rows, builder.stored, strict=True)):
            kept = stored if isinstance(stored, bytes) else zlib.compress(json.dumps(stored).encode(), 3)
            copy.write_row((segment, number, row_id.encode("utf-8", "replace"), packed, kept))
    with cursor.copy("COPY search_block FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int2", "bytea", "int4", "bytea"])
        for field, term, packed in builder.blocks():
            copy.write_row((_FIELD[field], term, segment, packed))


def _merge_small(cursor: psycopg.Cursor[Any], builder: Builder) -> None:
    """Join small segments once there are many; segments with nothing left are retired at once."""
    cursor.execute("UPDATE search_segment SET retired = now() WHERE retired IS NULL AND cardinality(gone) = count")
    cursor.execute("SELECT segment, count, gone FROM search_segment WHERE retired IS NULL AND count < %s ORDER BY segment", (LARGE,))
    small = cursor.fetchall()
    if len(small) < MANY:
        return
    renumbered: dict[int, Ints] = {}
    for segment, count, gone in small:
        cursor.execute("SELECT number, id, packed, stored FROM search_row WHERE segment = %s ORDER BY number", (segment,))
        lost = frozenset(gone)
        kept = [row for row in cursor.fetchall() if row[0] not in lost]
        first = builder.adopt((row[1].decode() for row in kept), (row[2] for row in kept), (row[3] for row in kept))
        renumbered[segment] = np.full(count, -1, np.int64)
        renumbered[segment][[row[0] for row in kept]] = np.arange(first, first + len(kept))
    segments = list(renumbered)
    cursor.execute("SELECT field, term, segment, packed FROM search_block WHERE segment = ANY(%s) ORDER BY segment", (segments,))
    for field, term, segment, packed in cursor.fetchall():
        builder.merge(INDEXED[field], term, packed, renumbered[segment])
    cursor.execute("UPDATE search_segment SET retired = now() WHERE segment = ANY(%s)", (segments,))
