"""Own the folder of a Whoosh index: batches by one writer, rebuilds beside and swapped in, damage told clearly."""

import errno
import json
import os
import pickle  # nosec B403 - for the name of an error only
import shutil
import struct
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex, LockError
from whoosh.reading import SegmentReader
from whoosh.util.filelock import try_for

from search.gathering import Writer
from search.joining import LARGE, MANY, Joining, crowd
from search.postings import PackedCodec
from search.schema import edition, fields_of, schema
from search.segments import Ints, Segment, Snapshot
from search.types import IndexBusy, IndexDamaged, IndexFull, SearchDocument

_NAME = "MAIN"
_POINTER = "CURRENT"
_BUILD = "build-"
_TRIES = 12
_REBUILD_BATCH = 5_000
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


def _merge_tiers(writer: Any, segments: list[Any]) -> list[Any]:
    """Join small segments once there are many, so that edits stay quick and searches do not open hundreds of files."""
    segments = [s for s in segments if s.doc_count()]  # a segment merged from nothing could not be opened
    small = [s for s in segments if s.doc_count_all() < LARGE]  # rewriting a larger one would keep edits from being seen
    if len(small) < MANY:
        return segments
    for segment in small:
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return [s for s in segments if s not in small]


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """What bytes gone bad can raise in Whoosh, zlib or pickle, under one name."""
    try:
        yield
    except (OSError, ValueError, LookupError, EOFError, struct.error, zlib.error, pickle.UnpicklingError) as error:
        raise IndexDamaged(f"the segment {name} cannot be read: {error!r}") from error


class _FileSegment(Segment):
    """A segment in the files of a Whoosh index, which stay readable while they are open, even after a merge."""

    def __init__(self, storage: Any, described: Any) -> None:
        files = described.open_compound_file(storage) if described.is_compound() else storage
        codec = described.codec()
        self._terms = codec.terms_reader(files, described)
        self._documents = codec.per_document_reader(files, described)
        super().__init__(described.segment_id(), list(self._documents.column_reader("row", schema()["row"].column_type)))
        self._pages = getattr(files, "_source", None)

    def _read(self, field: str, term: str) -> Ints:
        with _readable(self.name):
            found: Ints | None = self._terms.keys(field, term.encode("utf-8", "replace"))
        return np.empty(0, np.int64) if found is None else found

    def terms(self, field: str, prefix: str, limit: int) -> list[str]:
        start = prefix.encode("utf-8", "replace")
        if field not in self._terms.indexed_field_names():
            return []
        with self._lock, _readable(self.name):
            row = takewhile(lambda pair: pair[0] == field and pair[1].startswith(start), self._terms.terms_from(field, start))
            return [term.decode() for _, term in islice(row, limit)]

    def stored(self, numbers: list[int]) -> list[dict[str, Any]]:
        with self._lock, _readable(self.name):
            return [self._documents.stored_fields(number) for number in numbers]


class Folder:
    """The folder of one index: a pointer file names the build in use, each build is a Whoosh index."""

    def __init__(self, location: Path, wait: float = 15.0) -> None:
        self.location, self._wait = location, wait
        self._joining: Joining | None = None

    @contextmanager
    def _owned(self) -> Iterator[None]:
        self.location.mkdir(parents=True, exist_ok=True)
        lock = FileStorage(str(self.location)).lock("WRITE_LOCK")
        if not try_for(lock.acquire, timeout=self._wait, delay=0.1):
            raise IndexBusy(f"{self.location} is being written by another process")
        try:
            yield
        finally:
            lock.release()

    def current(self) -> Path:
        """The build in use."""
        try:
            name, found = (self.location / _POINTER).read_text(encoding="ascii").split("\n")[:2]
        except (OSError, ValueError) as error:
            raise IndexDamaged(f"no index in {self.location}") from error
        if found != edition():
            raise IndexDamaged(f"the index in {self.location} is of another edition ({found})")
        return self.location / name

    def stamp(self) -> object:
        """Differs whenever a new snapshot is worth opening."""
        build = self.current()
        return build.name, self._generation(build)

    @staticmethod
    def _generation(build: Path) -> int:
        try:
            generation: int = TOC._latest_generation(os.listdir(build), _NAME)
        except OSError as error:
            raise IndexDamaged(f"the index in {build} is gone") from error
        return generation

    def snapshot(self, last: Snapshot | None) -> Snapshot:
        """Open the newest generation; segments already open are kept."""
        for attempt in range(_TRIES):
            try:
                return self._open(last)
            except FileNotFoundError:
                time.sleep(0.01 * 2 ** min(attempt, 5))  # a merge or a swap is just putting files in place
            except IndexDamaged:
                raise
            except Exception as error:  # a torn file may fail in any of Whoosh's layers
                raise IndexDamaged(f"the index in {self.location} cannot be read: {error!r}") from error
        raise IndexDamaged(f"files of the index in {self.location} are missing")

    def _open(self, last: Snapshot | None) -> Snapshot:
        build = self.current()
        storage = FileStorage(str(build))
        toc = TOC.read(storage, _NAME, schema=schema())
        known = {}
        if last is not None and isinstance(last.stamp, tuple) and last.stamp[0] == build.name:
            known = {s.name: s for s in last.segments}
        segments, deleted = [], []
        for described in toc.segments:
            name = described.segment_id()
            segments.append(known.get(name) or _FileSegment(storage, described))
            deleted.append(frozenset(described.deleted_docs()))
        return Snapshot(segments, deleted, (build.name, toc.generation))

    def apply(self, puts: Iterable[SearchDocument], deletes: Iterable[str]) -> None:
        """One batch, one commit. Of several puts of one id the last counts; a put wins over a delete."""
        newest = {document.id: document for document in puts}
        gone = [i for i in deletes if i not in newest]
        with self._room(), self._owned():
            if newest or gone:
                self._write(self.current(), newest.values(), [*newest, *gone], _merge_tiers)

    def _write(self, build: Path, puts: Iterable[SearchDocument], replaced: list[str], merge: Callable[[Any, list[Any]], list[Any]]) -> None:
        try:
            index = FileIndex(FileStorage(str(build)), schema=schema(), indexname=_NAME)
            writer = Writer(index, timeout=self._wait, codec=PackedCodec())
        except LockError as error:
            raise IndexBusy(f"{build} is being written by another process") from error
        except Exception as error:
            raise IndexDamaged(f"the index in {build} cannot be written: {error!r}") from error
        try:
            _delete(writer, replaced)
            for document in puts:
                writer.add_document(**fields_of(document))
            writer.commit(mergetype=merge)
        except BaseException:
            _abandon(writer)
            raise

    def crowded(self) -> bool:
        """Whether there are so many segments that some should be joined."""
        build = self.current()
        return self._joining is not None or bool(crowd(_described(build)))

    def join(self, seconds: float) -> bool:
        """Go on joining segments for about so long; True while there is more to do. Nothing is seen of it before it is done."""
        build = self.current()
        if self._joining is None or self._joining.build != build:
            self._leave_joining()
            chosen = crowd(_described(build))
            if not chosen:
                return False
            with _readable(build.name):
                self._joining = Joining(build, chosen)
        try:
            with self._room(), _readable(build.name):
                if self._joining.advance(seconds):
                    return True
            self._put_in_place(self._joining)
        except BaseException:
            self._leave_joining()
            raise
        self._leave_joining()
        return bool(crowd(_described(build)))

    def _put_in_place(self, joining: Joining) -> None:
        def swapped(_writer: Any, segments: list[Any]) -> list[Any]:
            found = joining.take_place(segments)
            return segments if found is None else found

        with self._room(), self._owned():
            if self.current() == joining.build:
                self._write(joining.build, (), [], swapped)

    def _leave_joining(self) -> None:
        if self._joining is not None:
            self._joining.close()
            self._joining = None

    @contextmanager
    def _room(self) -> Iterator[None]:
        """A full disk under its own name: it passes, and nothing is lost meanwhile."""
        try:
            yield
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise IndexFull(f"no room to write in {self.location}: {error.strerror}") from error

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Build beside the index in use, then point to the new build; readers go on meanwhile."""
        with self._room(), self._owned():
            build = self.location / f"{_BUILD}{uuid.uuid4().hex[:12]}"
            build.mkdir()
            try:
                count = self._fill(build, documents)
                self._point_to(build)
            except BaseException:
                shutil.rmtree(build, ignore_errors=True)
                raise
            for old in self.location.glob(f"{_BUILD}*"):
                if old != build:
                    shutil.rmtree(old, ignore_errors=True)
            return count

    def _fill(self, build: Path, documents: Iterable[SearchDocument]) -> int:
        FileIndex.create(FileStorage(str(build)), schema(), _NAME)
        seen: set[str] = set()
        rest = iter(documents)
        while batch := {document.id: document for document in islice(rest, _REBUILD_BATCH)}:
            again = [i for i in batch if i in seen]
            self._write(build, batch.values(), again, lambda _, segments: segments)
            seen.update(batch)
        return len(seen)

    def _point_to(self, build: Path) -> None:
        for file in build.iterdir():
            _flush(file)
        _flush(build)
        draft = self.location / f"{_POINTER}.new"
        draft.write_text(f"{build.name}\n{edition()}\n", encoding="ascii")
        _flush(draft)
        os.replace(draft, self.location / _POINTER)
        _flush(self.location)

    def close(self) -> None:
        """Files are let go of with the snapshot that holds them."""

    def describe(self) -> dict[str, Any]:
        """Figures for the health page."""
        build = self.current()
        size = sum(file.stat().st_size for file in build.iterdir())
        return json.loads(json.dumps({"build": build.name, "bytes": size, "edition": edition()}))  # type: ignore[no-any-return]


def _described(build: Path) -> list[Any]:
    """What the table of contents says of each segment."""
    with _readable(build.name):
        return list(TOC.read(FileStorage(str(build)), _NAME, schema=schema()).segments)


def _delete(writer: Any, ids: list[str]) -> None:
    reader = writer.reader()
    try:
        for row_id in ids:
            term = row_id.encode("utf-8", "replace")
            if ("id", term) in reader:
                for number in list(reader.postings("id", term).all_ids()):
                    writer.delete_document(number)
    finally:
        reader.close()


def _abandon(writer: Any) -> None:
    """Give the lock back whatever state a failed writer is in; the index keeps its last committed state."""
    try:
        writer.cancel()
    finally:  # cancelling fails a second time on a full disk; the lock is what matters
        if writer.writelock is not None and not writer.is_closed:
            writer.writelock.release()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
