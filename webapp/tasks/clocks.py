"""The deadlines of tasks: how long each step may stay without a word, and how late a task is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from webapp.core import clock
from webapp.core.errors import N_, Invalid
from webapp.tasks import values
from webapp.tasks.states import FINALS


@dataclass(frozen=True)
class Clocks:
    """Days a step may take; working days, but `hold_days` are calendar days."""

    accept_days: int = values.ACCEPT_DAYS
    contact_days: int = values.CONTACT_DAYS
    quiet_days: int = values.QUIET_DAYS
    silent_days: int = values.SILENT_DAYS
    hold_days: int = values.HOLD_DAYS
    follow_months: str = values.FOLLOW_MONTHS

    @classmethod
    def of(cls, settings: Any) -> Clocks:
        """The district's own numbers where the settings have them (task_accept_days and so on)."""
        plain = cls()
        days = {f.name: getattr(settings, f"task_{f.name}", getattr(plain, f.name)) for f in fields(cls)}
        return cls(**(days | {"follow_months": read_months(str(days["follow_months"]))}))


def read_months(text: str) -> str:
    """The months of the follow-up visits, rising; refuses what is no such list."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"task_follow_months={text!r}: expected months like 3,6,12")
    return ",".join(str(month) for month in sorted({int(part) for part in parts}))


def due(state: str, clocks: Clocks) -> date | None:
    """When a task that enters this state, or has just been worked on in it, needs somebody again."""
    today = clock.today()
    if state in FINALS:
        return None
    if state in {"CREATED", "ASSIGNED", "REASSIGNED"}:
        return clock.add_working_days(today, clocks.accept_days)
    if state == "FOLLOW_UP":
        return visit_day(today, visits(clocks)[0])
    return clock.add_working_days(today, clocks.contact_days if state == "ACCEPTED" else clocks.quiet_days)


def visits(clocks: Clocks) -> list[int]:
    """Months after which a closed deal is looked at again."""
    return [int(month) for month in clocks.follow_months.split(",")]


def visit_day(began: date, month: int) -> date:
    """The day of the visit so many months after the follow-up began."""
    return clock.add_months(began, month)


def next_visit(began: date, clocks: Clocks) -> date | None:
    """The next follow-up visit after today, counted from the start of the follow-up; None after the last."""
    days = (visit_day(began, month) for month in visits(clocks))
    return next((day for day in days if day > clock.today()), None)


def checked_hold(until: date | None, clocks: Clocks) -> date:
    """A hold ends on a day ahead, within the longest time allowed."""
    today = clock.today()
    if until is None or until <= today:
        raise Invalid(fields={"until": N_("请填今天以后的日期。")})
    if until > today + timedelta(days=clocks.hold_days):
        raise Invalid(fields={"until": N_("暂停最长 %(days)s 天。")}, days=clocks.hold_days)
    return until


@dataclass(frozen=True)
class Lateness:
    """How a deadline stands: `kind` names the mark, `days` counts what is left or passed."""

    kind: str
    days: int


def lateness(state: str, due_on: date | None, clocks: Clocks) -> Lateness | None:
    """Silence in a step turns amber first and red later; a task nobody has accepted is red at once."""
    today = clock.today()
    if due_on is None or state in FINALS:
        return None
    if due_on > today:
        return Lateness("wait" if state == "ON_HOLD" else "normal", (due_on - today).days)
    over = clock.working_days_between(due_on, today)
    if over <= 0:
        return Lateness("soon", 0)
    patient = state not in {"CREATED", "ASSIGNED", "REASSIGNED", "ACCEPTED"}
    return Lateness("amber" if patient and over <= clocks.silent_days - clocks.quiet_days else "late", over)
