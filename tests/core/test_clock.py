"""The clock: working days with holidays and make-up days, deadlines by the Civil Code, months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core import clock

days = st.dates(date(2024, 1, 1), date(2026, 10, 1))


def test_the_national_holiday_is_off_and_its_make_up_weekend_is_not() -> None:
    assert not clock.is_working_day(date(2026, 10, 1))
    assert clock.is_working_day(date(2026, 10, 10))  # a Saturday worked to make up


def test_a_year_without_published_holidays_falls_back_to_weekends() -> None:
    assert not clock.knows_year(2090)
    assert clock.is_working_day(date(2090, 10, 2))
    assert not clock.is_working_day(date(2090, 10, 1))  # a Sunday


def test_the_start_day_is_not_counted_and_an_end_on_a_day_off_moves_on() -> None:
    assert clock.add_days(date(2026, 9, 16), 15) == date(2026, 10, 8)  # 1 October falls into the holiday
    assert clock.add_days(date(2026, 3, 2), 15) == date(2026, 3, 17)


def test_working_days_skip_the_holiday() -> None:
    assert clock.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)


@given(days, st.integers(0, 60))
def test_working_days_between_undoes_adding_them(start: date, count: int) -> None:
    assert clock.working_days_between(start, clock.add_working_days(start, count)) == count


@given(days, st.integers(0, 60))
def test_a_deadline_never_ends_on_a_day_off(start: date, count: int) -> None:
    if count:
        assert clock.is_working_day(clock.deadline(start, count, "calendar"))
        assert clock.is_working_day(clock.deadline(start, count, "working"))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_months_end_on_the_last_day_where_the_day_is_missing(start: date, months: int, end: date) -> None:
    assert clock.add_months(start, months) == end


def test_today_is_shanghais_date() -> None:
    with clock.frozen(datetime(2026, 3, 1, 16, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 2)


def test_the_demonstration_clock_is_shared_through_its_file(tmp_path: Path) -> None:
    clock.write_offset(tmp_path / "clock-offset", timedelta(days=16))
    clock.set_offset(timedelta())
    clock.read_offset(tmp_path / "clock-offset")
    assert clock.offset() == timedelta(days=16)
    clock.read_offset(tmp_path / "no-such-file")
    assert clock.offset() == timedelta()
