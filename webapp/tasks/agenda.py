"""What falls on which day, and who waits for whom: the calendar, its feed, and the lists of the day."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.core import audit, clock, policy
from webapp.core.errors import NotFound
from webapp.core.policy import Actor
from webapp.tasks.models import CalendarFeed, ContactConsent, Meeting, Rating, Task
from webapp.tasks.policy import side_of
from webapp.tasks.states import FINALS, LIVE, RATED
from webapp.tasks.talk import BOTH

FEED_BACK, FEED_AHEAD = timedelta(days=31), timedelta(days=366)
FEED_MOST = 1000
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Item:
    """Something on a day: a deadline of a task, or a meeting with its hour."""

    kind: str
    day: date
    at: datetime | None
    minutes: int
    task: Task
    state: str
    number: int


@dataclass(frozen=True)
class Day:
    """Something of another topic on a day: a number and plain words, no title."""

    kind: str
    number: int
    day: date
    path: str
    code: str
    words: str


# Topics above this one add what falls on the actor's days: (session, actor, first, last).
others: list[Callable[[Session, Actor, date, date], list[Day]]] = []


def items(session: Session, actor: Actor, first: date, last: date) -> list[Item]:
    """Deadlines and meetings of the actor's tasks between two days, in order."""
    due = select(Task).where(Task.id.in_(_numbers(actor)), Task.state.in_(LIVE), Task.due_on.between(first, last))
    found = [Item("due", task.due_on, None, 0, task, task.state, task.id) for task in session.scalars(due).unique() if task.due_on]
    found += _meetings(session, actor, first, last, ("PROPOSED", "AGREED"))
    return sorted(found, key=_in_order)


def _in_order(item: Item) -> tuple[date, datetime, int]:
    return item.day, item.at or _midnight(item.day), item.number


def meetings_ahead(session: Session, actor: Actor) -> list[Item]:
    """The meetings agreed on for the next seven days, in order."""
    today = clock.today()
    return sorted(_meetings(session, actor, today, today + WEEK, ("AGREED",)), key=_in_order)


def _numbers(actor: Actor) -> Select[Any]:
    return policy.visible(actor, Task).with_only_columns(Task.id)


def _meetings(session: Session, actor: Actor, first: date, last: date, states: tuple[str, ...]) -> list[Item]:
    start, end = _midnight(first), _midnight(last + timedelta(days=1))
    met = select(Meeting).where(
        Meeting.task_id.in_(_numbers(actor)), Meeting.state.in_(states), Meeting.starts_at >= start, Meeting.starts_at < end
    )
    return [
        Item("meeting", clock.local(row.starts_at).date(), row.starts_at, row.minutes, row.task, row.state, row.id)
        for row in session.scalars(met).unique()
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.ZONE)


def month(session: Session, actor: Actor, first: date) -> list[list[tuple[date, list[Item | Day]]]]:
    """The weeks of a month from Monday on, each day with what falls on it: the actor's tasks first, then what other topics add."""
    start = first - timedelta(days=first.weekday())
    end = clock.add_months(first, 1) - timedelta(days=1)
    end += timedelta(days=6 - end.weekday())
    by_day: dict[date, list[Item | Day]] = {}
    found: list[Item | Day] = [*items(session, actor, start, end)]
    found += [day for days in others for day in days(session, actor, start, end)]
    for item in found:
        by_day.setdefault(item.day, []).append(item)
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    return [[(day, by_day.get(day, [])) for day in days[n : n + 7]] for n in range(0, len(days), 7)]


@dataclass(frozen=True)
class Waiting:
    """Something that waits for an answer: a meeting, contact details, a rating."""

    kind: str
    task: Task
    at: datetime | None = None


Around = tuple[Task, list[Meeting], set[str], set[str]]


def waits_for_me(session: Session, actor: Actor, read: list[Around] | None = None) -> list[Waiting]:
    """What the actor's own side has still to answer; `read` is what `around` gave, where the page asks for both."""
    found: list[Waiting] = []
    for task, meetings, consents, rated in around(session, actor) if read is None else read:
        side = side_of(actor, task)
        if side not in BOTH:
            continue
        found += [Waiting("meeting", task, m.starts_at) for m in meetings if side not in m.answers]
        if task.state not in FINALS and consents and side not in consents:
            found.append(Waiting("contact", task))
        if task.state in RATED and side not in rated and task.closed_at and task.closed_at > clock.now() - timedelta(days=30):
            found.append(Waiting("rate", task))
    return found


def waits_for_others(session: Session, actor: Actor, read: list[Around] | None = None) -> list[Waiting]:
    """What somebody who leads tasks, or has asked, waits for."""
    found: list[Waiting] = []
    for task, meetings, consents, _rated in around(session, actor) if read is None else read:
        side = side_of(actor, task)
        open_ = [m for m in meetings if any(one not in m.answers for one in BOTH if one != side)]
        found += [Waiting("meeting", task, m.starts_at) for m in open_ if side == "broker" or side in m.answers]
        if task.state not in FINALS and consents and len(consents) < len(BOTH) and (side == "broker" or side in consents):
            found.append(Waiting("contact", task))
    return found


def around(session: Session, actor: Actor) -> list[Around]:
    """The actor's tasks that have an open proposal, consent or rating round them, read in four queries whatever their number."""
    recent = clock.now() - timedelta(days=30)
    mine = policy.visible(actor, Task).where((Task.state.in_(LIVE)) | (Task.closed_at > recent)).limit(500)
    tasks = {task.id: task for task in session.scalars(mine).unique()}
    if not tasks:
        return []
    ahead = select(Meeting).where(Meeting.task_id.in_(tasks), Meeting.state == "PROPOSED", Meeting.starts_at > clock.now())
    meetings: dict[int, list[Meeting]] = {}
    for row in session.scalars(ahead.order_by(Meeting.starts_at)).unique():
        meetings.setdefault(row.task_id, []).append(row)
    consents = _sides(session.execute(select(ContactConsent.task_id, ContactConsent.side).where(ContactConsent.task_id.in_(tasks))))
    rated = _sides(session.execute(select(Rating.task_id, Rating.side).where(Rating.task_id.in_(tasks))))
    return [(task, meetings.get(n, []), consents.get(n, set()), rated.get(n, set())) for n, task in tasks.items()]


def _sides(rows: Iterable[Any]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for number, side in rows:
        found.setdefault(number, set()).add(side)
    return found


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def open_feed(session: Session, actor: Actor) -> str:
    """A new secret address for the actor's calendar; the one before ends. The secret is shown once and never stored."""
    close_feed(session, actor)
    secret = secrets.token_urlsafe(32)
    row = CalendarFeed(person_id=actor.person_id or 0, secret_sha256=_hash(secret))
    session.add(row)
    session.flush()
    audit.record(session, actor, "calendar:open", row)
    return secret


def close_feed(session: Session, actor: Actor) -> None:
    """End the actor's calendar address."""
    for row in session.scalars(select(CalendarFeed).where(CalendarFeed.person_id == actor.person_id, CalendarFeed.ended_at.is_(None))):
        row.ended_at = clock.now()
        audit.record(session, actor, "calendar:close", row)


def feed(session: Session, actor: Actor) -> CalendarFeed | None:
    """The actor's calendar address in force."""
    query = select(CalendarFeed).where(CalendarFeed.person_id == actor.person_id, CalendarFeed.ended_at.is_(None))
    return session.scalars(query).first()


def read_feed(session: Session, secret: str) -> tuple[Person, list[Item | Day]]:
    """Whose calendar a secret opens and what stands in it, over all the organisations the person belongs to."""
    row = session.scalars(select(CalendarFeed).where(CalendarFeed.secret_sha256 == _hash(secret), CalendarFeed.ended_at.is_(None))).first()
    person = session.get(Person, row.person_id) if row else None
    if person is None or not person.active:
        raise NotFound
    found: dict[tuple[str, int], Item | Day] = {}
    first, last = clock.today() - FEED_BACK, clock.today() + FEED_AHEAD
    for membership in accounts.memberships(session, person.id):
        actor = accounts.actor_for(session, person, membership.organisation_id)
        if policy.can(actor, "task:list"):
            found |= {(item.kind, item.number): item for item in items(session, actor, first, last)}
        for days in others:
            found |= {(day.kind, day.number): day for day in days(session, actor, first, last)}
    return person, sorted(found.values(), key=lambda item: (item.day, item.number))[:FEED_MOST]
