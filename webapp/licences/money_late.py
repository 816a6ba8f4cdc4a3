"""Late fees in whole fen: so much for each day and each hundred thousand of what was still unpaid that day.

Source: a contract may agree on damages for late payment (civil code, art. 585); the rate is the school's, zero unless it sets one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

BASE = 100_000
MOST_RATE = 100  # a thousandth a day; courts cut what is far above the loss


def fee(amount_fen: int, due_on: date, payments: Iterable[tuple[date, int]], until: date, rate: int) -> int:
    """The fee from the day after the due date to `until`; a payment ends the counting for its sum on its day."""
    left, since, total = amount_fen, due_on, 0
    for day, fen in sorted(payments):
        here = min(max(day, since), until)
        total += left * (here - since).days
        left, since = left - fen, here
    if left > 0 and until > since:
        total += left * (until - since).days
    return (total * rate + BASE // 2) // BASE
