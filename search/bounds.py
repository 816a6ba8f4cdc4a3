"""Bounds of figures and dates as the whole numbers the index keeps."""

import re
from datetime import date
from math import isnan

from search.schema import LARGEST, scaled
from search.types import NUMBERS

_DAY = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?(?:[T ].*)?", re.DOTALL)
_SECONDS = 86_400


def _days(text: str) -> tuple[int, int] | None:
    """First and last day (as ordinals) of a year, month or day."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        if day:
            return first.toordinal(), first.toordinal()
        if month:
            following = date(first.year + month // 12, month % 12 + 1, 1)
        else:
            following = date(first.year + 1, 1, 1)
    except ValueError:
        return None
    return first.toordinal(), following.toordinal() - 1


def _edges(field: str, value: float | str) -> tuple[int, int] | None:
    if field == "date":
        days = _days(str(value))
        return (days[0] * _SECONDS, days[1] * _SECONDS + _SECONDS - 1) if days else None
    try:
        figure = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    whole = scaled(min(max(figure, -LARGEST), LARGEST))
    return None if isnan(figure) else (whole, whole)


def inclusive(field: str, low: float | str | None, high: float | str | None) -> tuple[int | None, int | None]:
    """Both bounds belong to the range; a bound that is no figure is no bound."""
    if field not in (*NUMBERS, "date"):
        return None, None
    bottom = _edges(field, low) if low not in (None, "") else None
    top = _edges(field, high) if high not in (None, "") else None
    return (bottom[0] if bottom else None), (top[1] if top else None)


def compared(field: str, sign: str, value: str) -> tuple[int | None, int | None]:
    """The range that a comparison such as ">= 6" names."""
    edges = _edges(field, value)
    if edges is None:
        return None, None
    first, last = edges
    return {
        ">": (last + 1, None), ">=": (first, None), "≥": (first, None),
        "<": (None, first - 1), "<=": (None, last), "≤": (None, last),
    }.get(sign, (first, last))  # fmt: skip
