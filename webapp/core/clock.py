"""Time: now in UTC, today in Shanghai, working days with holidays and make-up days, and deadlines."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar

ZONE = ZoneInfo("Asia/Shanghai")
_offset = timedelta()
_frozen: datetime | None = None
log = logging.getLogger(__name__)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return (_frozen or datetime.now(UTC)) + _offset


def today() -> date:
    """The date in Shanghai."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """The same moment on a Shanghai clock."""
    return moment.astimezone(ZONE)


def set_offset(offset: timedelta) -> None:
    """Move this process's clock by `offset` from real time (demonstrations and tests)."""
    global _offset
    _offset = offset


def offset() -> timedelta:
    """How far this process's clock is ahead of real time."""
    return _offset


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stop the clock at `moment` for a test."""
    global _frozen, _offset
    before = (_frozen, _offset)
    _frozen, _offset = moment.astimezone(UTC), timedelta()
    try:
        yield
    finally:
        _frozen, _offset = before


def is_working_day(day: date) -> bool:
    """True on a Chinese working day (make-up days included); unknown years fall back to Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        _say_unknown(day.year)
        return day.weekday() < 5


@cache
def _say_unknown(year: int) -> None:
    """Once for a process and year: counting a deadline asks about every day on its way."""
    log.warning("no published holiday calendar for %s: weekends only", year)


def knows_year(year: int) -> bool:
    """Whether the holiday calendar of `year` is known."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def add_working_days(start: date, days: int) -> date:
    """The `days`-th working day after `start`; the start day is not counted (Civil Code art. 201)."""
    day = start
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return day


def add_days(start: date, days: int) -> date:
    """`days` calendar days after `start`, moved to the next working day if it ends on a day off (Civil Code art. 203)."""
    day = start + timedelta(days=days)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def deadline(start: date, days: int, day_type: str) -> date:
    """End of a period that is counted in `calendar` or `working` days."""
    return add_working_days(start, days) if day_type == "working" else add_days(start, days)


def add_months(start: date, months: int) -> date:
    """The same day `months` later; the last day of a shorter month stands in for a missing day."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), month % 12 + 2 if month < 11 else 1, 1)
    return date(year, month + 1, min(start.day, (following - timedelta(days=1)).day))


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` is earlier."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def read_offset(path: Path) -> None:
    """Take over the offset another process of this demonstration has stored at `path`; no file means real time."""
    try:
        set_offset(timedelta(seconds=int(path.read_text())))
    except (FileNotFoundError, ValueError):
        set_offset(timedelta())


def write_offset(path: Path, moved: timedelta) -> None:
    """Store the offset for every process of this demonstration and use it here."""
    path.write_text(str(int(moved.total_seconds())))
    set_offset(moved)
