"""Whom to give a task: brokers of its field with a free hand first, and the reason beside each name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.brokers import service as brokers
from webapp.brokers.models import BrokerProfile
from webapp.brokers.values import CAPACITY
from webapp.matches.models import Match
from webapp.tasks.models import Task
from webapp.tasks.states import LIVE


@dataclass(frozen=True)
class Suggestion:
    """A broker with what speaks for and against giving them a task."""

    person: Person
    shared: int
    load: int
    capacity: int
    suspended: bool

    @property
    def full(self) -> bool:
        """Whether the broker has as many tasks as they take."""
        return self.load >= self.capacity

    @property
    def rank(self) -> tuple[bool, bool, int, float, int]:
        """Order of preference: may take it, has a free hand, shares most, has least to do."""
        return (self.suspended, self.full, -self.shared, self.load / max(self.capacity, 1), self.person.id)


def suggest(session: Session, match: Match) -> list[Suggestion]:
    """Every broker, the best fitting first."""
    people = accounts.people_with(session, "broker")
    ids = [person.id for person in people]
    profiles, loads, wanted = brokers.profiles(session, ids), loads_of(session, ids), _codes(match)
    found = [_judge(person, profiles.get(person.id), loads.get(person.id, 0), wanted) for person in people]
    return sorted(found, key=lambda one: one.rank)


def _codes(match: Match) -> set[tuple[str, str]]:
    sides = (match.demand, match.result)
    codes = {("industry", side.industry_code) for side in sides} | {("field", side.field_code) for side in sides}
    return {(scheme, code) for scheme, code in codes if code}


def _judge(person: Person, profile: BrokerProfile | None, load: int, wanted: set[tuple[str, str]]) -> Suggestion:
    if profile is None:
        return Suggestion(person, 0, load, CAPACITY, False)
    offered = {("industry", code) for code in profile.industries} | {("field", code) for code in profile.fields}
    return Suggestion(person, len(offered & wanted), load, profile.capacity, profile.suspended_at is not None)


def loads_of(session: Session, ids: Iterable[int]) -> dict[int, int]:
    """How many open tasks each broker leads."""
    query = select(Task.broker_id, func.count()).where(Task.broker_id.in_(list(ids)), Task.state.in_(LIVE)).group_by(Task.broker_id)
    return {row[0]: row[1] for row in session.execute(query) if row[0] is not None}
