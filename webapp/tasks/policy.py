"""Who may see and lead tasks, and what each may read of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, event, false, or_, select
from sqlalchemy.orm import Session

from webapp.attachments.policy import Owner, register
from webapp.attachments.values import BROKERS, NDA
from webapp.catalog import contacts
from webapp.catalog.models import Demand, Result
from webapp.core import policy
from webapp.core.policy import Actor
from webapp.matches.models import Match
from webapp.matches.policy import party
from webapp.tasks.models import FeeRule, Task, TaskEntry
from webapp.tasks.states import PAID, RATED, TASK
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


def side_of(actor: Actor, task: Task) -> str | None:
    """For which side somebody speaks in a task: company, researcher, broker, or none."""
    if parts(actor, task):
        return "broker"
    return party(actor, task.match)


@policy.rule("task:talk")
def talk(actor: Actor, task: Task) -> bool:
    """Parties and broker talk while the task is open and has a broker's hand on it or had one."""
    return side_of(actor, task) is not None and task.state not in TASK.finals


@policy.rule("task:rate")
def rate(actor: Actor, task: Task) -> bool:
    """Each side says how satisfied it was once the task has closed."""
    return task.state in RATED and party(actor, task.match) is not None


@policy.rule("task:money")
def money(actor: Actor, task: Task) -> bool:
    """The task's broker and operators write down what a contract is worth and what came in."""
    return bool(parts(actor, task)) and task.state in PAID


@policy.rule("fee:rules")
@policy.rule("fee:share")
def fees(actor: Actor, _obj: Any) -> bool:
    """Operators keep the rate table and say how brokers share a fee."""
    return actor.has("operator")


@policy.rule("fee:statement")
def statement(actor: Actor, _obj: Any) -> bool:
    """Brokers read their own fees, operators all."""
    return actor.has("broker", "operator")


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


@policy.filters(FeeRule)
def visible_rules(actor: Actor, query: Select[Any]) -> Select[Any]:
    """The rate table is the operators' to keep."""
    return query if actor.has("operator") else query.where(false())


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


def _opens(actor: Actor, task: Task, level: int) -> bool:
    """Files of a task are for its parties and its broker; those kept to the brokers are not even listed to the parties."""
    return level < BROKERS or bool(parts(actor, task))


register(
    Owner(
        Task, may_change=talk, level=lambda _task, level: level, opens=_opens, levels=lambda _task: (NDA, BROKERS),
    )
)  # fmt: skip


OPEN_PAIRS = "pairs of open tasks"


@contacts.working
def works_on(session: Session, actor: Actor, row: Result | Demand) -> bool:
    """Whether the actor is the other side, or the broker, of an open task about this row."""
    known = session.info.setdefault(OPEN_PAIRS, {})
    who = (actor.person_id, actor.organisation_id, actor.roles)
    if who not in known:
        with session.no_autoflush:
            known[who] = _open_pairs(session, actor)
    return (row.__tablename__, row.id) in known[who]


def _open_pairs(session: Session, actor: Actor) -> set[tuple[str, int]]:
    sides = []
    if actor.has("broker"):
        sides.append(Task.broker_id == actor.person_id)
    if actor.has(*PARTIES):
        sides += [Demand.organisation_id == actor.organisation_id, Result.organisation_id == actor.organisation_id]
    if not sides:
        return set()
    query = select(Match.demand_id, Match.result_id).join(Task, Task.match_id == Match.id).join(Demand, Demand.id == Match.demand_id)
    query = query.join(Result, Result.id == Match.result_id).where(Task.state.not_in(TASK.finals), or_(*sides))
    return {pair for demand, result in session.execute(query) for pair in (("demand", demand), ("result", result))}


@event.listens_for(Session, "after_flush")
def _tasks_changed(session: Session, _context: Any) -> None:
    """What was known of open tasks in this session is asked again once one of them has changed."""
    if OPEN_PAIRS in session.info and any(isinstance(row, Task) for row in (*session.new, *session.dirty, *session.deleted)):
        session.info.pop(OPEN_PAIRS)


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
