"""How posting lists lie on disk: one packed block a term, written by Whoosh's writer and read straight into arrays."""

import uuid
import zlib
from array import array
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.base import PostingsWriter
from whoosh.codec.whoosh3 import W3Codec, W3TermsReader
from whoosh.matching import ListMatcher
from whoosh.reading import TermNotFound

from search.files import MappedSegment

Ints = NDArray[np.int64]

_SQUEEZED, _COUNTED, _PLACED = 1, 2, 4
_WORTH_SQUEEZING = 64
_HEAD = 5


def _planes(numbers: bytes) -> bytes:
    """All first bytes, then all second bytes, and so on: like stands by like, which squeezes well."""
    return numbers[0::4] + numbers[1::4] + numbers[2::4] + numbers[3::4]


def pack(ids: "array[int]", values: list[bytes]) -> bytes:
    """Document numbers as steps, how many positions each has (if not one each), and the positions."""
    steps = array("I", [ids[0], *(b - a for a, b in pairwise(ids))])
    counts = array("I", [len(value) // 4 for value in values])
    return pack_steps(steps.tobytes(), counts.tobytes(), b"".join(values))


def pack_steps(steps: bytes, counts: bytes, placed: bytes) -> bytes:
    """The same from plain 32-bit numbers."""
    many = len(steps) // 4
    parts, flags = [_planes(steps)], 0
    if placed:
        flags |= _PLACED
        if len(placed) != len(steps):
            flags |= _COUNTED
            parts.append(_planes(counts))
        parts.append(_planes(placed))
    body = b"".join(parts)
    if len(body) >= _WORTH_SQUEEZING:
        body, flags = zlib.compress(body, 3), flags | _SQUEEZED
    return bytes([flags]) + many.to_bytes(4, "little") + body


def _numbers(planes: memoryview) -> NDArray[np.uint32]:
    count = len(planes) // 4
    rows = np.frombuffer(planes, np.uint8).reshape(4, count)
    return np.ascontiguousarray(rows.T).view(np.uint32).reshape(count)


def unpack(packed: bytes) -> tuple[Ints, Ints | None, NDArray[np.uint32] | None]:
    """Document numbers, the number of positions of each, and the positions; None for terms without positions."""
    flags, count = packed[0], int.from_bytes(packed[1:_HEAD], "little")
    body = memoryview(zlib.decompress(packed[_HEAD:]) if flags & _SQUEEZED else packed[_HEAD:])
    ids = np.cumsum(_numbers(body[: 4 * count]), dtype=np.int64)
    if not flags & _PLACED:
        return ids, None, None
    at = 4 * count
    counts = np.ones(count, np.int64)
    if flags & _COUNTED:
        counts = _numbers(body[at : 2 * at]).astype(np.int64)
        at *= 2
    return ids, counts, _numbers(body[at:])


def unpack_keys(packed: bytes) -> Ints:
    """One key (document << 32 | position) for each occurrence; bare document numbers where there are no positions."""
    ids, counts, positions = unpack(packed)
    if counts is None or positions is None:
        return ids
    return (np.repeat(ids, counts) << 32) | positions


class _Packer(PostingsWriter):  # type: ignore[misc]
    """Gathers the postings of one term at a time."""

    def __init__(self, dbfile: Any) -> None:
        self._file = dbfile
        self._clear()

    def _clear(self) -> None:
        self._ids, self._weights, self._values = array("I"), array("f"), list[bytes]()
        self._packed, self._count = b"", 0
        self._terminfo: Any = None

    def written(self) -> bool:
        return False

    def start_postings(self, format_: Any, terminfo: Any) -> None:
        self._clear()
        self._terminfo = terminfo

    def add_posting(self, id_: int, weight: float, vbytes: bytes | None, length: int | None = None) -> None:
        self._ids.append(id_)
        self._weights.append(weight)
        self._values.append(vbytes or b"")

    def finish_postings(self) -> Any:
        terminfo, start = self._terminfo, self._file.tell()
        packed = self._packed or pack(self._ids, self._values)
        self._file.write(packed)
        terminfo.add_block(self)
        terminfo.set_extent(start, len(packed))
        self._clear()
        return terminfo

    def take(self, count: int, first: int, last: int, packed: bytes) -> None:
        """A whole term that is packed already: how many documents, the first and the last of them, and the block."""
        self._ids, self._weights, self._packed = array("I", (first, last)), array("f", (count,)), packed
        self._count = count

    # What the term's statistics ask of a block of postings.

    def __len__(self) -> int:
        return self._count or len(self._ids)

    def min_id(self) -> int:
        return self._ids[0]

    def max_id(self) -> int:
        return self._ids[-1]

    def min_length(self) -> int | None:
        return None

    def max_length(self) -> int:
        return 0

    def max_weight(self) -> float:
        return 1.0  # no field weighs its postings


def _block(postfile: Any, terminfo: Any) -> bytes:
    start, length = terminfo.extent()
    if isinstance(length, tuple):  # as Whoosh reads it back
        length = length[0]
    block: bytes = postfile.get(start, length)
    return block


def block_of(terms: "PackedTerms", terminfo: Any) -> bytes:
    """The packed postings of a term of these."""
    return _block(terms._postfile, terminfo)


class PackedTerms(W3TermsReader):  # type: ignore[misc]
    """The terms of a segment, with their postings as arrays."""

    def keys(self, field: str, term: bytes) -> Ints | None:
        """The keys of a term, or None where the segment does not have it."""
        try:
            return unpack_keys(_block(self._postfile, self.term_info(field, term)))
        except TermNotFound:
            return None


class PackedCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's own codec with packed posting lists, and segment names that two processes cannot share by accident."""

    length_stats = False  # we keep exact lengths ourselves, and asking Whoosh for its own costs a stat() a posting

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> _Packer:
        return _Packer(dbfile)

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        ids, counts, positions = unpack(_block(dbfile, terminfo))
        if counts is None or positions is None:
            values = [b""] * len(ids)
        else:
            ends = np.cumsum(counts).tolist()
            values = [positions[a:b].tobytes() for a, b in zip([0, *ends], ends, strict=False)]
        return ListMatcher(ids.tolist(), values=values, format=format_, scorer=scorer, term=term, terminfo=terminfo)

    def terms_reader(self, storage: Any, segment: Any) -> PackedTerms:
        name = segment.make_filename(self.TERMS_EXT)
        postings = segment.open_file(storage, self.POSTS_EXT)
        return PackedTerms(self, storage.open_file(name), storage.file_length(name), postings)

    def new_segment(self, storage: Any, indexname: str) -> Any:
        # Whoosh asks `random` for a name, which two forked workers may have in one and the same state.
        return MappedSegment(self, indexname, segid=uuid.uuid4().hex[:16])


