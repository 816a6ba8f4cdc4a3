"""The Whoosh schema of the index, and the edition by which an older index is told from a current one."""

import struct
import sys
from collections.abc import Iterable
from datetime import date, datetime
from math import isfinite
from typing import Any, NamedTuple

from whoosh.columns import VarBytesColumn
from whoosh.fields import COLUMN, STORED, FieldType, Schema
from whoosh.formats import Existence, Format

from matching.text import normalize
from matching.text import version as tokenizer_version
from search.analyzer import HIDDEN, KEYWORDS, NAMES, TEXT, TITLE, gram_occurrences, is_han, word_occurrences
from search.pinyin import name_terms, syllables
from search.types import NUMBERS, PUBLIC, SearchDocument

_EDITION = "5"
_LONGEST_TYPED = 60
SEPARATOR = "\x1f"
MISSING = -(2**63)
_ROW = struct.Struct("<3q5i")
ROW_SIZE = _ROW.size
_SCALE = 10_000
LARGEST = 1e14


def edition() -> str:
    """Differs whenever an index must be rebuilt: other fields, other tokens, other synonyms."""
    return f"{_EDITION}:{sys.byteorder}:{tokenizer_version()}"


class _Positions(Format):  # type: ignore[misc]
    """Each posting carries the packed positions of its term, read back in bulk as an array of numbers."""

    def __init__(self) -> None:
        super().__init__(1.0)


class Occurring(FieldType):  # type: ignore[misc]
    """A field whose value is already a table of terms and positions."""

    def __init__(self) -> None:
        super().__init__(_Positions(), None)


class Tokens(FieldType):  # type: ignore[misc]
    """A field whose value is a set of exact terms."""

    def __init__(self) -> None:
        super().__init__(Existence(), None)


def schema() -> Schema:
    """Public and confidential text live in different fields, so that most queries never open the latter."""
    return Schema(
        id=Tokens(),
        words=Occurring(),
        grams=Occurring(),
        secret_words=Occurring(),
        secret_grams=Occurring(),
        pinyin=Tokens(),
        typed=Tokens(),
        access=Tokens(),
        hidden_access=Tokens(),
        filters=Tokens(),
        row=COLUMN(VarBytesColumn()),
        title=STORED(),
        text=STORED(),
        names=STORED(),
        keywords=STORED(),
    )


KEPT = ("title", "text", "names", "keywords")
INDEXED = tuple(name for name in schema().names() if name not in (*KEPT, "row"))


class Row(NamedTuple):
    """The figures of a document that are kept side by side in memory."""

    id: str
    version: str


def moment(value: str) -> int:
    """Seconds since year 1 of an ISO date or time; MISSING where it is none."""
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        return MISSING
    days = date(parsed.year, parsed.month, parsed.day).toordinal()
    return days * 86_400 + parsed.hour * 3_600 + parsed.minute * 60 + parsed.second


def scaled(value: float | None) -> int:
    """A figure as a whole number of ten-thousandths, because sortable floats are not dependable."""
    if value is None or not isfinite(value) or abs(value) > LARGEST:
        return MISSING
    return round(value * _SCALE)


def pack_row(document: SearchDocument, lengths: Iterable[int]) -> bytes:
    """Date, numbers, lengths, then id and version."""
    numbers = [scaled(document.numbers.get(name)) for name in NUMBERS]
    head = _ROW.pack(moment(document.date), *numbers, *lengths)
    return head + f"{document.id}{SEPARATOR}{document.version}".encode("utf-8", "replace")


def unpack_row(packed: bytes) -> Row:
    """The id and version of a packed row."""
    row_id, _, version = packed[ROW_SIZE:].decode().partition(SEPARATOR)
    return Row(row_id, version)


def filter_terms(document: SearchDocument) -> set[str]:
    """One exact term for each filter value of a document; its kind, TRL and year are among them."""
    found = {f"kind{SEPARATOR}{document.kind}"}
    level, year = document.numbers.get("trl"), document.date[:4]
    if level is not None and isfinite(level) and "trl" not in document.filters:
        found.add(f"trl{SEPARATOR}{int(level)}")
    if year.isdecimal() and "year" not in document.filters:
        found.add(f"year{SEPARATOR}{int(year)}")
    for group, value in document.filters.items():
        for one in (value,) if isinstance(value, str) else value:
            if one:
                found.add(f"{group}{SEPARATOR}{one}")
    return found


def typed_terms(document: SearchDocument) -> set[str]:
    """The title, keywords and names of a public row under their spelling, the latter two under their pinyin too."""
    found: set[str] = set()
    if PUBLIC not in document.access:
        return found
    for phrase in (document.title, *document.keywords, *document.names):
        shown = " ".join(phrase.split())
        if 2 <= len(shown) <= _LONGEST_TYPED and SEPARATOR not in shown:
            found.add(normalize(shown) + SEPARATOR + shown)
            if phrase != document.title and any(map(is_han, shown)):
                found.add("".join(syllables(shown)) + SEPARATOR + shown)
    return found


def fields_of(document: SearchDocument) -> dict[str, Any]:
    """A document as the arguments of the Whoosh writer."""
    open_zones = [
        (TITLE, (document.title,)), (KEYWORDS, document.keywords), (TEXT, (document.text,)), (NAMES, document.names),
    ]  # fmt: skip
    words, lengths = word_occurrences(open_zones)
    fields: dict[str, Any] = {
        "id": (document.id,), "words": words, "grams": gram_occurrences(open_zones),
        "pinyin": name_terms(document.names), "typed": typed_terms(document), "access": document.access, "filters": filter_terms(document),
        "title": document.title, "text": document.text, "names": document.names, "keywords": document.keywords,
    }  # fmt: skip
    if document.hidden and document.hidden_access:
        closed_zones = [(HIDDEN, (document.hidden,))]
        fields["secret_words"], secret_lengths = word_occurrences(closed_zones)
        fields["secret_grams"] = gram_occurrences(closed_zones)
        fields["hidden_access"] = document.hidden_access
        lengths[HIDDEN] = secret_lengths[HIDDEN]
    fields["row"] = pack_row(document, lengths)
    return fields
