"""How money, dates, numbers and values are written on pages, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal

from webapp.core import clock

if TYPE_CHECKING:
    from webapp.core.pages import Sunmao

NBSP = "\u00a0"


def yuan(fen: int | None) -> str:
    """Fen as yuan with thousands separators and two places, e.g. 1,234.50."""
    if fen is None:
        return "—"
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def wan(fen: int | None, language: str = "zh_CN") -> str:
    """Fen as a short sum: 80 万元, 1.2 亿元; in English CNY 800,000."""
    if fen is None:
        return "—"
    if language == "en":
        whole, rest = divmod(abs(fen), 100)
        text = f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"
        return f"CNY{NBSP}{'-' if fen < 0 else ''}{text}"
    for size, unit in ((10_000_000_000, "亿元"), (1_000_000, "万元")):
        if abs(fen) >= size:
            return f"{_short(fen / size)}{NBSP}{unit}"
    return f"{_short(fen / 100)}{NBSP}元"


def _short(value: float) -> str:
    return format_decimal(round(value, 2), format="#,##0.##", locale="en")


def number(value: float | int | None) -> str:
    """A number with thousands separators and no needless places."""
    return "—" if value is None else format_decimal(value, format="#,##0.######", locale="en")


def _as_date(value: date | datetime) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


def iso(value: date | datetime | None) -> str:
    """2026-10-31, for tables."""
    return "—" if value is None else _as_date(value).isoformat()


def moment(value: datetime | None) -> str:
    """2026-10-31 16:20 on a Shanghai clock."""
    return "—" if value is None else clock.local(value).strftime("%Y-%m-%d %H:%M")


def day(value: date | datetime | None, language: str = "zh_CN") -> str:
    """10 月 31 日, with the year when it is not this one; in English 31 Oct 2026."""
    if value is None:
        return "—"
    when = _as_date(value)
    if language == "en":
        return f"{when.day}{NBSP}{when:%b}" + ("" if when.year == clock.today().year else f"{NBSP}{when.year}")
    year = "" if when.year == clock.today().year else f"{when.year}{NBSP}年{NBSP}"
    return f"{year}{when.month}{NBSP}月{NBSP}{when.day}{NBSP}日"


def init_app(app: Sunmao) -> None:
    """Register the filters; those with two ways of writing ask for the page's language."""
    from webapp.core.pages import language

    plain: dict[str, Any] = {"yuan": yuan, "number": number, "iso": iso, "moment": moment}
    app.jinja_env.filters.update(plain)
    app.jinja_env.filters["wan"] = lambda fen: wan(fen, language())
    app.jinja_env.filters["day"] = lambda value: day(value, language())
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
