"""Money in whole fen: reading 万元, splitting a price, due dates and amounts in Chinese capitals."""

from __future__ import annotations

import re
from datetime import date

from webapp.core import clock
from webapp.core.money import MOST_FEN, read_wan, read_yuan, write_wan

__all__ = ["MOST_FEN", "capitals", "due_dates", "figures", "read_wan", "read_yuan", "split", "write_wan", "write_yuan"]
DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ((10**8, "亿"), (10**4, "万"))


def write_yuan(fen: int) -> str:
    """An amount in 元 with two places."""
    return f"{fen // 100}.{fen % 100:02d}"


def figures(fen: int) -> str:
    """An amount in figures with thousands separators, as contracts write it."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def split(price_fen: int, parts: int) -> list[int]:
    """`parts` sums that add up to the price exactly; what does not divide goes to the last one."""
    if price_fen < 0 or parts < 1:
        raise ValueError("a price is split into at least one part and is not negative")
    each, left = divmod(price_fen, parts)
    return [each] * (parts - 1) + [each + left]


def due_dates(first: date, parts: int, months: int) -> list[date]:
    """Due dates `months` apart, each moved to the next working day when it falls on a day off."""
    return [clock.add_days(clock.add_months(first, months * n), 0) for n in range(parts)]


def _group(number: int) -> str:
    """Up to four digits in capitals, with one 零 for a gap inside."""
    digits = [(number // 10**place % 10, PLACES[place]) for place in (3, 2, 1, 0)]
    text = "".join(DIGITS[digit] + place if digit else DIGITS[0] for digit, place in digits)
    return re.sub("零+", DIGITS[0], text).strip(DIGITS[0])


def _whole(yuan: int) -> str:
    for size, word in GROUPS:
        if yuan >= size:
            high, low = divmod(yuan, size)
            gap = DIGITS[0] if low and (low < size // 10 or high % 10 == 0) else ""
            return _whole(high) + word + gap + _whole(low)
    return _group(yuan)


def capitals(fen: int) -> str:
    """An amount in Chinese capitals as bills are written: 壹仟肆佰零玖元伍角."""
    yuan, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, 10)
    head = _whole(yuan) + "元" if yuan else ""
    if not cents:
        return (head or DIGITS[0] + "元") + "整"
    tail = DIGITS[jiao] + "角" if jiao else (DIGITS[0] if head else "")
    return head + tail + (DIGITS[rest] + "分" if rest else "整")
