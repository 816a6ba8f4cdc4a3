"""Sums: nothing lost in splitting, amounts read exactly, capitals that say the same number, due dates on working days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core import clock
from webapp.licences import money

VALUES = {character: number for number, character in enumerate(money.DIGITS)}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def spoken(text: str) -> int:
    """The fen a text in capitals means, read the way people read it."""
    head, _, tail = text.partition("元")
    if "元" not in text:
        head, tail = "", text
    fen, digit = 0, 0
    for character in tail:
        if character in VALUES:
            digit = VALUES[character]
        fen += digit * {"角": 10, "分": 1}.get(character, 0)
    return _yuan(head) * 100 + fen


def _yuan(text: str) -> int:
    for word, size in (("亿", 10**8), ("万", 10**4)):
        if word in text:
            high, low = text.split(word, 1) if word == "万" else text.rsplit(word, 1)
            return _yuan(high) * size + _yuan(low)
    total, digit = 0, 0
    for character in text:
        if character in VALUES:
            digit = VALUES[character]
        else:
            total, digit = total + digit * UNITS[character], 0
    return total + digit


@given(st.integers(0, 10**14), st.integers(1, 60))
def test_no_fen_is_lost_in_instalments(price: int, parts: int) -> None:
    sums = money.split(price, parts)
    assert sum(sums) == price
    assert len(sums) == parts
    assert max(sums) - min(sums) < parts
    assert min(sums) >= 0


@given(st.integers(0, 10**14))
def test_an_amount_written_in_wan_reads_back_as_the_same_fen(fen: int) -> None:
    assert money.read_wan(money.write_wan(fen)) == fen
    assert money.read_yuan(money.write_yuan(fen)) == fen


@given(st.integers(0, 10**13))
def test_capitals_say_the_number_they_were_made_from(fen: int) -> None:
    text = money.capitals(fen)
    assert spoken(text) == fen, text
    assert "零零" not in text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (140950, "壹仟肆佰零玖元伍角整"), (600714, "陆仟零柒元壹角肆分"), (1640902, "壹万陆仟肆佰零玖元零贰分"), (32504, "叁佰贰拾伍元零肆分"),
        (10700053, "壹拾万零柒仟元伍角叁分"), (100_000_000, "壹佰万元整"), (0, "零元整"), (5, "伍分"), (10, "壹角整"),
        (10**10, "壹亿元整"), (1_0000_0001_00, "壹亿零壹元整"), (10_500_000, "壹拾万零伍仟元整"),
    ],
)  # fmt: skip
def test_capitals_are_written_as_on_bills(fen: int, text: str) -> None:
    assert money.capitals(fen) == text


@pytest.mark.parametrize(
    ("text", "fen"),
    [("100", 10**8), ("１，２００．５", 1_200_500_000), ("0.000001", 1), ("80万元", 80_000_000), (" 3 万 ", 3_000_000)],
)
def test_amounts_are_read_however_people_type_them(text: str, fen: int) -> None:
    assert money.read_wan(text) == fen


@pytest.mark.parametrize("text", ["", "abc", "-1", "1e5", "NaN", "∞", "1.2.3", "0.0000001", "9" * 16, "1 2", "😀", "一百"])
def test_what_is_no_amount_is_not_guessed(text: str) -> None:
    assert money.read_wan(text) is None


def test_a_bank_amount_has_at_most_two_places() -> None:
    assert money.read_yuan("333,333.33") == 33_333_333
    assert money.read_yuan("1.234") is None


def test_due_dates_step_by_months_and_avoid_days_off() -> None:
    days = money.due_dates(date(2025, 7, 31), 3, 1)
    assert days == [date(2025, 7, 31), date(2025, 9, 1), date(2025, 9, 30)]  # 31 August 2025 is a Sunday
    assert all(clock.is_working_day(day) for day in money.due_dates(date(2025, 9, 1), 12, 1))
