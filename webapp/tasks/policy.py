"""Who may see and lead tasks, and what each may read of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, false, or_

import webapp.matches.policy  # noqa: F401 - registers how the match of a task is revealed
from webapp.core import policy
from webapp.core.policy import Actor
from webapp.matches.models import Match
from webapp.tasks.models import Task, TaskEntry
from webapp.tasks.states import TASK
from webapp.tasks.values import CLOCK

PARTIES = ("company_user", "company_admin", "researcher", "tto")


@dataclass(frozen=True)
class TaskView:
    """What somebody may read of a task; `match` carries both sides as this actor may see them."""

    id: int
    code: str
    state: str
    held_from: str
    due_on: date | None
    outcome: str
    outcome_note: str
    broker: str
    broker_id: int | None
    match: Any
    leads: bool
    actions: tuple[str, ...]
    created_on: Any
    closed_on: Any


def parts(actor: Actor, task: Task) -> set[str]:
    """The parts the lifecycle knows this actor under: only the task's own broker is its broker."""
    mine = {"operator"} & actor.roles
    return mine | ({"broker"} if actor.has("broker") and task.broker_id == actor.person_id else set())


@policy.rule("task:list")
def list_tasks(actor: Actor, _obj: Any) -> bool:
    """Brokers, operators and the parties have tasks to look at."""
    return actor.has("broker", "operator", *PARTIES)


@policy.rule("task:lead")
@policy.rule("task:log")
def lead(actor: Actor, task: Task) -> bool:
    """The task's broker and operators take its steps and write its log."""
    return bool(parts(actor, task))


@policy.rule("task:assign")
def assign(actor: Actor, _task: Any) -> bool:
    """Operators say which broker leads."""
    return actor.has("operator")


@policy.filters(Task)
def visible_tasks(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Operators see all, a broker their own, the parties those of their matches."""
    if actor.has("operator"):
        return query
    sides = []
    if actor.has("broker"):
        sides.append(Task.broker_id == actor.person_id)
    if actor.has(*PARTIES):
        sides.append(Task.match_id.in_(policy.visible(actor, Match).with_only_columns(Match.id)))
    return query.where(or_(*sides)) if sides else query.where(false())


def readable(actor: Actor, task: Task) -> list[TaskEntry]:
    """The lines of the log this actor may read, newest first."""
    if parts(actor, task):
        return list(task.log)
    return [entry for entry in task.log if entry.visibility == "PARTIES" and entry.kind != CLOCK]


@policy.views(Task)
def view(actor: Actor, task: Task) -> TaskView:
    """A task with both sides as the actor may see them."""
    mine = parts(actor, task)
    actions = [action for action in TASK.actions(task.state, mine) if action != "resume" or task.held_from]
    return TaskView(
        id=task.id, code=task.code, state=task.state, held_from=task.held_from, due_on=task.due_on, outcome=task.outcome,
        outcome_note=task.outcome_note, broker=task.broker.name if task.broker else "", broker_id=task.broker_id,
        match=policy.reveal(actor, task.match), leads=bool(mine), actions=tuple(actions),
        created_on=task.created_at, closed_on=task.closed_at,
    )  # fmt: skip
