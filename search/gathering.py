"""Whoosh's writer with postings kept as plain numbers: a batch takes a tenth of the memory that tuples of objects would."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.writing import SegmentWriter

from search.postings import pack_steps

Item = tuple[str, bytes, int, float, bytes]


class Block(NamedTuple):
    """The postings of one term, packed, with the number of its documents, the first and the last of them."""

    term: bytes
    documents: int
    first: int
    last: int
    packed: bytes


class _Field:
    """The postings of one field in the order they came: the number of the term, the document, how many positions; and all positions."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._terms, self._documents, self._counts = array("I"), array("I"), array("I")
        self._positions = bytearray()

    def add(self, term: bytes, document: int, positions: bytes) -> None:
        self._terms.append(self._numbers.setdefault(term, len(self._numbers)))
        self._documents.append(document)
        self._counts.append(len(positions) // 4)
        self._positions += positions

    def put(self, document: int, value: Mapping[str, "array[int]"] | Iterable[str]) -> None:
        """All terms of a document, with their positions where they have some."""
        many = (
            dict.fromkeys(value, b"")
            if not isinstance(value, Mapping)
            else {term: places.tobytes() for term, places in value.items()}
        )
        numbers = self._numbers
        self._terms.extend([numbers.setdefault(term.encode("utf-8", "replace"), len(numbers)) for term in many])
        self._documents.extend([document] * len(many))
        self._counts.extend([len(places) // 4 for places in many.values()])
        self._positions += b"".join(many.values())

    def blocks(self) -> Iterator[Block]:
        """Term by term in the order of their bytes; documents keep theirs, which rises."""
        terms = sorted(self._numbers)
        ranks = np.empty(len(terms), np.int64)
        ranks[[self._numbers[term] for term in terms]] = np.arange(len(terms))
        owners = ranks[np.frombuffer(self._terms, np.uint32)]
        order = np.argsort(owners, kind="stable")
        documents = np.frombuffer(self._documents, np.uint32)[order]
        counts = np.frombuffer(self._counts, np.uint32)[order]
        starts = np.searchsorted(owners[order], np.arange(len(terms) + 1))
        steps = np.diff(documents, prepend=np.uint32(0))
        steps[starts[:-1]] = documents[starts[:-1]]
        placed, ends = self._placed(order, counts)
        for term, (begin, end) in zip(terms, zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True), strict=True):
            packed = pack_steps(
                steps[begin:end].tobytes(), counts[begin:end].tobytes(), placed[ends[begin] : ends[end]].tobytes()
            )
            yield Block(term, end - begin, int(documents[begin]), int(documents[end - 1]), packed)

    def _placed(self, order: NDArray[np.int64], counts: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """The positions in the order of their terms, and where those of each posting begin."""
        positions = np.frombuffer(bytes(self._positions), np.uint32)
        came = np.frombuffer(self._counts, np.uint32).astype(np.int64)
        begins = (np.cumsum(came) - came)[order]
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
        places = np.repeat(begins - ends[:-1], counts) + np.arange(ends[-1])
        return positions[places], ends


class Gathered:
    """What Whoosh calls its pool: postings of a batch until they are written, field by field."""

    def __init__(self) -> None:
        self._fields: dict[str, _Field] = {}

    def add(self, item: Item) -> None:
        """One posting; those of a term come with rising documents."""
        name, term, document, _, positions = item
        self.field(name).add(term, document, positions)

    def field(self, name: str) -> _Field:
        """The postings of a field."""
        found = self._fields.get(name)
        if found is None:
            found = self._fields[name] = _Field()
        return found

    def fields(self) -> Iterator[tuple[str, Iterator[Block]]]:
        """The fields in order; each is let go of once it is through."""
        for name in sorted(self._fields):
            yield name, self._fields.pop(name).blocks()

    def cleanup(self) -> None:
        """Whoosh removes what its own pool wrote to disk; here there is nothing."""


class Writer(SegmentWriter):  # type: ignore[misc]
    """Writes one segment, whose terms go to disk as whole blocks."""

    def __init__(self, index: Any, **given: Any) -> None:
        super().__init__(index, **given)
        self.pool = Gathered()

    def add_document(self, **fields: Any) -> None:
        """A document by the fields of our schema: terms, one column, and what is stored."""
        self._check_state()
        self.perdocwriter.start_doc(self.docnum)
        for name, value in fields.items():
            kind = self.schema[name]
            if kind.indexed:
                self.pool.field(name).put(self.docnum, value)
            self.perdocwriter.add_field(name, kind, value if kind.stored else None, 0)
            if kind.column_type:
                self.perdocwriter.add_column_value(name, kind.column_type, kind.to_column_value(value))
        self.perdocwriter.finish_doc()
        self._added = True
        self.docnum += 1

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        for name, blocks in self.pool.fields():
            write_field(self.fieldwriter, name, self.schema[name], blocks)
        self.fieldwriter.close()


def write_field(writer: Any, name: str, field: Any, blocks: Iterator[Block]) -> None:
    """One field's terms in order."""
    writer.start_field(name, field)
    for block in blocks:
        write_term(writer, block)
    writer.finish_field()


def write_term(writer: Any, block: Block) -> None:
    """One term of the field that was begun."""
    writer.start_term(block.term)
    writer._postwriter.take(block.documents, block.first, block.last, block.packed)
    writer.finish_term()
