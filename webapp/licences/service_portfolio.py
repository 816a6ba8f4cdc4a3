"""The licences somebody may see, as a whole: groups that open their rows, sums, how long each state lasts, and a calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from webapp.core import clock, policy
from webapp.core.policy import Actor
from webapp.licences import service_filing
from webapp.licences.models import Instalment, Licence, LicenceEvent, PublicNotice, Receipt
from webapp.licences.models_money import Distribution
from webapp.licences.models_papers import Filing
from webapp.licences.states import FINALS, OPEN_INSTALMENTS
from webapp.licences.values import CALENDAR
from webapp.tasks import agenda

PAID_STATES = ("PAYABLE", "PAYING", "OVERDUE", "DEFAULT", "COMPLETED", "CONVERTED")
STATES: dict[str, tuple[str, ...]] = {
    "applying": ("DRAFT", "APPLIED", "ELIGIBILITY", "INST_REVIEW"), "notice": ("NOTICE", "OBJECTION", "SIGNING"),
    "trial": ("SIGNED", "DELIVERING", "TRIAL", "SUSPENDED", "EVALUATION"), "paying": ("PAYABLE", "PAYING"),
    "late": ("OVERDUE", "DEFAULT"), "paid": ("COMPLETED", "CONVERTED"), "left": ("EXITED", "TERMINATED", "REJECTED", "CANCELLED"),
}  # fmt: skip


def _in_state(states: tuple[str, ...]) -> ColumnElement[bool]:
    return Licence.state.in_(states)


def _due(late: bool) -> Select[Any]:
    states = ("OVERDUE", "CLAIMED") if late else OPEN_INSTALMENTS
    return select(Instalment.licence_id).where(Instalment.state.in_(states), Instalment.due_on <= clock.today())


GROUPS: dict[str, Callable[[], ColumnElement[bool]]] = {
    **{name: partial(_in_state, states) for name, states in STATES.items()},
    "tried": lambda: Licence.trial_start.is_not(None) & Licence.state.in_((*PAID_STATES, "EXITED", "TERMINATED")),
    "converted": lambda: Licence.trial_start.is_not(None) & Licence.state.in_(PAID_STATES),
    "sum_due": lambda: Licence.id.in_(_due(late=False)),
    "sum_late": lambda: Licence.id.in_(_due(late=True)),
    "sum_received": lambda: Licence.id.in_(select(Instalment.licence_id).join(Receipt)),
}  # fmt: skip


def rows(actor: Actor, group: str) -> Select[Any]:
    """The licences of one group that the actor may see, newest first."""
    return policy.visible(actor, Licence).where(GROUPS[group]()).order_by(Licence.id.desc())


@dataclass(frozen=True)
class Portfolio:
    """Figures over the licences an actor may see; every count and sum names the group that holds its rows."""

    counts: dict[str, int]
    sums: dict[str, int]
    days: tuple[tuple[str, int, float], ...]

    @property
    def conversion(self) -> int | None:
        """Of a hundred trials that ended, how many went on to be paid; None before any has ended."""
        tried = self.counts["tried"]
        return round(100 * self.counts["converted"] / tried) if tried else None


def portfolio(session: Session, actor: Actor) -> Portfolio:
    """All figures at once."""
    mine = policy.visible(actor, Licence).with_only_columns(Licence.id).order_by(None)
    counts = {name: session.scalar(select(func.count()).select_from(mine.where(clause()).subquery())) or 0 for name, clause in GROUPS.items()}
    return Portfolio(counts, _sums(session, mine), tuple(_days(session, mine)))


def _sums(session: Session, mine: Select[Any]) -> dict[str, int]:
    received = select(func.coalesce(func.sum(Receipt.amount_fen), 0)).join(Instalment).where(Instalment.licence_id.in_(mine))
    found = {"sum_received": session.scalar(received) or 0}
    for name, late in (("sum_due", False), ("sum_late", True)):
        states = ("OVERDUE", "CLAIMED") if late else OPEN_INSTALMENTS
        open_ = (Instalment.licence_id.in_(mine), Instalment.state.in_(states), Instalment.due_on <= clock.today())
        owed = session.scalar(select(func.coalesce(func.sum(Instalment.amount_fen), 0)).where(*open_)) or 0
        paid = session.scalar(select(func.coalesce(func.sum(Receipt.amount_fen), 0)).join(Instalment).where(*open_)) or 0
        found[name] = owed - paid
    return found


def _days(session: Session, mine: Select[Any]) -> list[tuple[str, int, float]]:
    """For each state: how many stays have ended, and the median of their days."""
    query = select(LicenceEvent.licence_id, LicenceEvent.from_state, LicenceEvent.created_at, Licence.created_at).join(Licence, Licence.id == LicenceEvent.licence_id)
    query = query.where(LicenceEvent.licence_id.in_(mine), LicenceEvent.from_state != LicenceEvent.to_state)
    stays: dict[str, list[float]] = {}
    last, since = 0, clock.now()
    for licence_id, state, at, began in session.execute(query.order_by(LicenceEvent.licence_id, LicenceEvent.id)):
        if licence_id != last:
            last, since = licence_id, began
        stays.setdefault(state, []).append((at - since).total_seconds() / 86400)
        since = at
    return [(state, len(stays[state]), round(median(stays[state]), 1)) for state in _in_order(stays)]


def _in_order(stays: dict[str, list[float]]) -> list[str]:
    order = [state for states in STATES.values() for state in states]
    return [state for state in order if state in stays and state != "APPLIED"]


@dataclass(frozen=True)
class Entry:
    """One day on the calendar: what happens to which licence."""

    day: date
    what: str
    licence_id: int
    code: str
    title: str


def calendar(session: Session, actor: Actor, first: date, last: date) -> list[Entry]:
    """What falls on these days: steps due, notices and trials that end, instalments to be paid; for the school also its filings."""
    mine = policy.visible(actor, Licence).where(Licence.state.not_in(FINALS))
    licences = {row.id: row for row in session.scalars(mine).unique()}
    dates: list[tuple[date | None, str, int]] = [(row.due_on, "step", row.id) for row in licences.values()]
    dates += [(row.trial_end, "trial_end", row.id) for row in licences.values() if row.state in STATES["trial"]]
    open_ = Instalment.licence_id.in_(licences), Instalment.due_on.between(first, last), Instalment.state.in_(OPEN_INSTALMENTS)
    dates += [(row.due_on, "instalment", row.licence_id) for row in session.scalars(select(Instalment).where(*open_))]
    notices = PublicNotice.licence_id.in_(licences), PublicNotice.state == "OPEN", PublicNotice.ends_on.between(first, last)
    dates += [(row.ends_on, "notice_end", row.licence_id) for row in session.scalars(select(PublicNotice).where(*notices))]
    dates += _books(session, actor, first, last)
    found = {(day, what, number) for day, what, number in dates if day and first <= day <= last}
    # A step that is the payment or the end of the notice itself is told once.
    told = {(day, number) for day, what, number in found if what != "step"}
    kept = [(day, what, number) for day, what, number in sorted(found) if what != "step" or (day, number) not in told]
    ended = policy.visible(actor, Licence).where(Licence.id.in_({number for _, _, number in kept} - set(licences)))
    licences |= {row.id: row for row in session.scalars(ended).unique()}
    return [Entry(day, what, number, licences[number].code, licences[number].result.title) for day, what, number in kept]


def _books(session: Session, actor: Actor, first: date, last: date) -> list[tuple[date | None, str, int]]:
    """What the keepers of the books await, also once a licence is complete: filings to be made, notices of divided income that end."""
    filed = select(Filing).where(Filing.state.in_(service_filing.OPEN), Filing.due_on.between(first, last))
    divided = select(Distribution).where(Distribution.state == "PROPOSED", Distribution.notice_until.between(first, last))
    mine = policy.visible(actor, Licence).with_only_columns(Licence.id).order_by(None)
    found: list[tuple[date | None, str, int]] = []
    for row in session.scalars(filed.where(Filing.licence_id.in_(mine))).unique():
        if policy.can(actor, "licence:ledger", row.licence):
            found.append((row.due_on, "filing", row.licence_id))
    for one in session.scalars(divided.where(Distribution.licence_id.in_(mine))).unique():
        if policy.can(actor, "licence:ledger", one.licence):
            found.append((one.notice_until, "income_end", one.licence_id))
    return found


def days_for_feed(session: Session, actor: Actor, first: date, last: date) -> list[agenda.Day]:
    """The same for the calendar other programs read: the licence's number and what falls due, no title."""
    if not policy.can(actor, "licence:list"):
        return []
    found, seen = [], Counter[tuple[str, int]]()
    for entry in calendar(session, actor, first, last):
        seen[entry.what, entry.licence_id] += 1
        kind = f"licence-{entry.what}-{seen[entry.what, entry.licence_id]}"
        found.append(agenda.Day(kind, entry.licence_id, entry.day, f"/licences/{entry.licence_id}", entry.code, CALENDAR[entry.what]))
    return found


agenda.others.append(days_for_feed)
