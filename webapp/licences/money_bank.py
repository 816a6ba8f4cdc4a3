"""Lines of a bank statement read from CSV as banks write it, and which open sums each of them may be for."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from webapp.core.money import read_yuan

# What banks call the columns; the first that is there counts.
COLUMNS = {
    "on": ("交易日期", "入账日期", "记账日期", "交易时间", "日期", "date"),
    "amount": ("贷方金额", "收入金额", "贷方发生额", "转入金额", "收入", "交易金额", "金额", "amount"),
    "reference": ("交易流水号", "流水号", "凭证号", "交易参考号", "回单编号", "reference"),
    "payer": ("对方户名", "对方名称", "付款人名称", "付款人", "对方账户名称", "payer"),
    "memo": ("附言", "用途", "摘要", "备注", "memo"),
    "currency": ("币种", "currency"),
}
NEEDED = ("on", "amount", "reference")
YUAN = frozenset({"", "CNY", "RMB", "人民币", "人民币元"})
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")
MOST_LINES = 5000


@dataclass(frozen=True)
class Line:
    """One line with money coming in; `fault` names what is wrong with it: day, amount, reference or currency."""

    number: int
    on: date | None
    fen: int
    reference: str
    payer: str
    memo: str
    currency: str
    fault: str = ""


@dataclass(frozen=True)
class Open:
    """An open sum that a line may be for."""

    instalment_id: int
    left_fen: int
    payer: str
    codes: tuple[str, ...]


class Unreadable(ValueError):
    """The file is no table of bank lines; `args[0]` is the column that is missing, or empty."""


def decode(content: bytes) -> str:
    """The text of a file as Chinese banks and spreadsheets save it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("")


def read(text: str) -> list[Line]:
    """The incoming lines of a statement; lines that only pay out are passed over, faulty ones carry their fault."""
    rows = [[_clean(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    at = next((index for index, row in enumerate(rows) if _columns(row).keys() >= set(NEEDED)), None)
    if at is None:
        found = max((_columns(row) for row in rows), key=len, default={})
        raise Unreadable(next((name for name in NEEDED if name not in found), ""))
    where = _columns(rows[at])
    lines = (_line(number, {name: _cell(row, column) for name, column in where.items()}) for number, row in enumerate(rows[at + 1 :], at + 2) if any(row))
    return [line for line in lines if line is not None][:MOST_LINES]


def _clean(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).replace("\t", "").strip()


def _columns(row: Sequence[str]) -> dict[str, int]:
    names = [re.sub(r"[（(].*?[)）]", "", cell).lower().strip() for cell in row]
    return {column: next(names.index(word) for word in words if word in names) for column, words in COLUMNS.items() if set(words) & set(names)}


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _line(number: int, cells: dict[str, str]) -> Line | None:
    amount = cells["amount"].lstrip("+")
    if not amount or amount.startswith("-") or re.fullmatch(r"0+(\.0+)?", amount):
        return None
    on, fen, currency = _day(cells["on"]), read_yuan(amount) or 0, cells.get("currency", "").upper()
    reference = cells["reference"].upper()
    checks = {"day": on is None, "amount": not fen, "reference": not 3 <= len(reference) <= 80, "currency": currency not in YUAN}
    fault = next((name for name, bad in checks.items() if bad), "")
    return Line(number, on, fen, reference[:80], cells.get("payer", "")[:120], cells.get("memo", "")[:200], currency[:12], fault)


def _day(text: str) -> date | None:
    plain = text.split(" ", maxsplit=1)[0].split("T", maxsplit=1)[0]
    for pattern in DAYS:
        try:
            return datetime.strptime(plain, pattern).date()
        except ValueError:
            continue
    return None


def suggest(line: Line, opens: Iterable[Open], most: int = 3) -> list[tuple[int, int]]:
    """Open sums this line may be for, as (instalment, points), the likeliest first; without any hint there is none."""
    words = f"{line.memo} {line.payer}".upper()
    found = []
    for row in opens:
        named = 4 * any(code and code.upper() in words for code in row.codes)
        same = 3 * bool(row.payer and line.payer and row.payer == line.payer)
        exact = 2 * (row.left_fen == line.fen)
        points = named + same + exact
        if points >= 3 or exact:
            found.append((row.instalment_id, points))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]
