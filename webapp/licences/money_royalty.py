"""Royalties in whole fen: what one period's report makes due, with floor and cap, and the periods that must be reported.

Rates are in per mille of a sum in fen, or in fen for each unit sold. Sources: payment by a share of income is one of the
usual ways of use-first licences; the guide for open licences advises at most 20 % of net sales or 40 % of profit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from webapp.core import clock

BASES = ("NET_SALES", "GROSS_SALES", "PROFIT", "UNIT")
PERIODS = (1, 3, 6, 12)
ADVISED = {"NET_SALES": 200, "GROSS_SALES": 200, "PROFIT": 400}


@dataclass(frozen=True)
class Royalty:
    """The terms: `rate` in per mille of the base, or in fen for each unit; floor for each period, cap for the whole term."""

    base: str
    rate: int
    floor_fen: int
    cap_fen: int | None
    period_months: int
    term_months: int

    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


@dataclass(frozen=True)
class Due:
    """What one period makes due, and why: by the rate, raised to the floor, cut by the cap."""

    computed_fen: int
    due_fen: int
    floored: bool
    capped: bool


def read(plain: Mapping[str, Any]) -> Royalty | None:
    """The terms as they were stored; None where none were agreed."""
    return Royalty(**plain) if plain else None


def by_rate(terms: Royalty, reported: int) -> int:
    """The royalty on a reported figure, rounded half up to the fen once."""
    if reported < 0:
        raise ValueError("a report is never negative")
    return reported * terms.rate if terms.base == "UNIT" else (reported * terms.rate + 500) // 1000


def due(terms: Royalty, reported: int, before_fen: int) -> Due:
    """What a period with this figure makes due, when `before_fen` was due for the periods before it."""
    computed = by_rate(terms, reported)
    least = max(computed, terms.floor_fen)
    room = least if terms.cap_fen is None else max(0, terms.cap_fen - before_fen)
    return Due(computed, min(least, room), computed < terms.floor_fen, room < least)


def periods(terms: Royalty, start: date) -> list[tuple[date, date]]:
    """First and last day of every period of the term, without gaps; the last one ends with the term."""
    marks = [*range(0, terms.term_months, terms.period_months), terms.term_months]
    days = [clock.add_months(start, months) for months in marks]
    return [(first, after - timedelta(days=1)) for first, after in pairwise(days)]


def above_advice(terms: Royalty) -> bool:
    """Whether the rate is above what the guide for open licences advises; a warning, never a bar."""
    return terms.rate > ADVISED.get(terms.base, terms.rate)
