"""One cell of a file: as plain text when read, and safe from being taken for a formula when written."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

Record = tuple[int, list[str]]
LONGEST_CELL = 1 << 20
HALVES = re.compile("[\ud800-\udfff]")
UNSEEN = "\ufeff\u200b"
# A spreadsheet runs what begins like this; a quotation mark before it keeps it text, and reading takes that mark off again.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
GUARDED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")


def guarded(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if FORMULA.match(value) else value


def unguarded(value: str) -> str:
    """The text as it was before `guarded`."""
    return value[1:] if GUARDED.match(value) else value


def cleaned(value: str) -> str:
    """A cell without what nobody sees and no database stores."""
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
