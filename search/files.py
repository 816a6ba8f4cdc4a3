"""Segment files as Whoosh reads them, mapped: Whoosh's own way copies each whole file into memory whenever a segment is opened."""

import io
from typing import Any

from whoosh.codec.whoosh3 import W3Segment
from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.structfile import BufferFile

_READ_AHEAD = 4096


class _Window(io.RawIOBase):
    """A part of a mapped file to be read in sequence."""

    def __init__(self, part: memoryview) -> None:
        self._part, self._at = part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        piece = self._part[self._at : self._at + len(room)]
        room[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._part)}[whence])
        return self._at


class _MappedFile(BufferFile):  # type: ignore[misc]
    """One file of a segment; only the pages that are read are ever in memory."""

    def __init__(self, part: memoryview, name: str) -> None:
        super().__init__(b"", name=name)
        self._buf, self.file = part, io.BufferedReader(_Window(part), _READ_AHEAD)

    def subset(self, position: int, length: int, name: str | None = None) -> "_MappedFile":
        return _MappedFile(self._buf[position : position + length], name or self._name)


class _MappedFiles(CompoundStorage):  # type: ignore[misc]
    """The files of a segment, which lie in one."""

    def open_file(self, name: str, *given: Any, **more: Any) -> Any:
        if self.is_closed or not self._source:
            return super().open_file(name, *given, **more)
        offset, length = self.range(name)
        return _MappedFile(memoryview(self._source)[offset : offset + length], name)


class MappedSegment(W3Segment):  # type: ignore[misc]
    """What an index remembers of a segment: it lies in the table of contents, under this name."""

    def open_compound_file(self, storage: Any) -> Any:
        file = storage.open_file(self.make_filename(self.COMPOUND_EXT))
        return _MappedFiles(file, use_mmap=storage.supports_mmap)
