"""One cell of a file: as plain text when read, and safe from being taken for a formula when written."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from webapp.catalog import reading
from webapp.core.cells import harmless

Record = tuple[int, list[str]]
LONGEST_CELL = 1 << 20
HALVES = re.compile("[\ud800-\udfff]")
UNSEEN = "\ufeff\u200b"
# The mark core.cells puts before what looks like a formula; reading takes it off again.
GUARDED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")


# Stands in an export where the reader may not read a field: reading it again leaves the field as it is.
WITHHELD = "（不公开）"


def guarded(value: str) -> str:
    """A text that no spreadsheet takes for a formula, and no import for an empty cell when it only says so little."""
    return f"'{value}" if _little(value) else harmless(value)


def _little(value: str) -> bool:
    """“无”, “—” and the like, once a person wrote them: reading takes such a cell for empty unless it is marked."""
    bare = value.lstrip("'")
    return len(bare) <= reading.LONGEST_BLANK and bool(bare) and reading.blank(bare)


def unguarded(value: str) -> str:
    """The text as it was before `guarded`."""
    marked = GUARDED.match(value) or (value.startswith("'") and (_little(value) or withheld(value)))
    return value[1:] if marked else value


def withheld(value: str) -> bool:
    """The sign that a field is kept from the reader, perhaps marked as somebody's own words."""
    return value.lstrip("'") == WITHHELD


def cleaned(value: str) -> str:
    """A cell without what nobody sees and no database stores."""
    if (whole := value.strip()).isprintable():
        return whole
    text = value.replace("\x00", "").strip().strip(UNSEEN).strip()
    return HALVES.sub("", text)


def plain(cell: Any) -> str:
    """A spreadsheet's cell as text: whole floats without `.0`, dates in ISO, never scientific notation for whole numbers."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return cleaned(str(cell)[:LONGEST_CELL])
