"""How far a demand, a result or a pair has come, as conditions: each stage holds whoever reached it or any later one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.licences.models import Instalment, Licence, Receipt
from webapp.matches.models import Match
from webapp.matches.states import SHARED
from webapp.tasks.models import Task, TaskEntry, TaskReceipt
from webapp.tasks.states import STEPS

STAGES = ("posted", "matched", "contacted", "met", "trial", "paid")
MATCHED, CONTACTED, MET, TRIAL, PAID = range(1, 6)
FROM_MEETING = STEPS[STEPS.index("MEETING") :]
TALKS = ("VISIT", "ONLINE", "ON_SITE")
SHORTLISTED = ("SHORTLISTED", *SHARED)
Condition = ColumnElement[bool]


def _matched(settings: Settings) -> Condition:
    suitable = and_(Match.grade >= settings.match_suitable_grade, Match.state.not_in(("STALE", "REJECTED")))
    return or_(suitable, Match.state.in_(SHORTLISTED))


def _contacted() -> Condition:
    return or_(Match.recommended_at.is_not(None), Match.state.in_(SHARED))


def _met() -> Condition:
    talks = select(TaskEntry.task_id).where(or_(TaskEntry.to_state.in_(FROM_MEETING), TaskEntry.kind.in_(TALKS)))
    return Match.id.in_(select(Task.match_id).where(or_(Task.state.in_(FROM_MEETING), Task.id.in_(talks))))


def _trial() -> Condition:
    trials = select(Licence.task_id).where(Licence.trial_start.is_not(None), Licence.task_id.is_not(None))
    return Match.id.in_(select(Task.match_id).where(or_(Task.signed_on.is_not(None), Task.id.in_(trials))))


def _paid_licences(column: Any) -> Select[Any]:
    query = select(column).join(Instalment, Instalment.licence_id == Licence.id).join(Receipt, Receipt.instalment_id == Instalment.id)
    return query.where(column.is_not(None))


def _paid() -> Condition:
    paid = or_(Task.id.in_(select(TaskReceipt.task_id)), Task.id.in_(_paid_licences(Licence.task_id)))
    return Match.id.in_(select(Task.match_id).where(paid))


def pair_reached(step: int, settings: Settings) -> Condition:
    """Pairs that reached the stage or a later one."""
    steps = (_matched(settings), _contacted(), _met(), _trial(), _paid())
    return or_(*steps[step - 1 :])


def demand_reached(step: int, settings: Settings) -> list[Condition]:
    """Demands one of whose pairs came so far; no condition for the first stage."""
    return [Demand.id.in_(select(Match.demand_id).where(pair_reached(step, settings)))] if step else []


def result_reached(step: int, settings: Settings) -> list[Condition]:
    """Results one of whose pairs came so far, or that were licensed without a demand."""
    if not step:
        return []
    ways = [Result.id.in_(select(Match.result_id).where(pair_reached(step, settings)))]
    ways.append(Result.id.in_(_paid_licences(Licence.result_id)))
    if step <= TRIAL:
        ways.append(Result.id.in_(select(Licence.result_id).where(Licence.trial_start.is_not(None))))
    return [or_(*ways)]
