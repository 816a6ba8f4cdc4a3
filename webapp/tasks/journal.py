"""The log of a task: contacts people write down, and the reminders the platform writes when nobody does."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid
from webapp.core.policy import SYSTEM, Actor
from webapp.messages import service as messages
from webapp.tasks import clocks as deadlines
from webapp.tasks import service
from webapp.tasks.clocks import Clocks
from webapp.tasks.models import Task, TaskEntry
from webapp.tasks.states import FINALS, LIVE
from webapp.tasks.values import CLOCK, KINDS, STEP, VISIBILITY

LENGTHS = {"people": 200, "next_step": 200, "summary": 4000}


def log(session: Session, actor: Actor, task: Task, data: dict[str, Any], clocks: Clocks) -> TaskEntry:
    """Write down a contact; the same form sent twice leaves one line, and the deadline starts anew."""
    policy.check(actor, "task:log", task)
    values = checked(data)
    submission = str(data.get("submission") or "")
    service.lock(session, task)
    twin = _sent(session, task, submission)
    if twin:
        return twin
    entry = TaskEntry(task=task, person_id=actor.person_id, facts={"submission": submission} if submission else {}, **values)
    session.add(entry)
    if task.state not in FINALS and task.state not in {"ON_HOLD", "ASSIGNED", "CREATED", "REASSIGNED"}:
        task.due_on = values["due_on"] or _next(session, task, clocks)
    session.flush()
    audit.record(session, actor, "task:log", task, kind=entry.kind, visibility=entry.visibility)
    return entry


def _sent(session: Session, task: Task, submission: str) -> TaskEntry | None:
    if not submission:
        return None
    recent = select(TaskEntry).where(TaskEntry.task_id == task.id).order_by(TaskEntry.id.desc()).limit(50)
    return next((entry for entry in session.scalars(recent) if entry.facts.get("submission") == submission), None)


def _next(session: Session, task: Task, clocks: Clocks) -> date | None:
    if task.state != "FOLLOW_UP":
        return deadlines.due(task.state, clocks)
    began = select(TaskEntry.happened_on).where(
        TaskEntry.task_id == task.id, TaskEntry.kind == STEP, TaskEntry.to_state == "FOLLOW_UP"
    )
    started = session.scalars(began.order_by(TaskEntry.id.desc()).limit(1)).first()
    return deadlines.next_visit(started or clock.today(), clocks) or clock.add_working_days(clock.today(), clocks.quiet_days)


def checked(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of a log line, each by its rule."""
    faults: dict[str, str] = {}
    values = {name: str(data.get(name) or "").strip() for name in LENGTHS}
    for name, most in LENGTHS.items():
        if len(values[name]) > most:
            faults[name] = N_("内容太长，请精简后再存。")
    if not values["summary"]:
        faults["summary"] = N_("请写下谈了什么。")
    kind, visibility = data.get("kind"), data.get("visibility") or "PARTIES"
    if kind not in KINDS:
        faults["kind"] = N_("请选联系方式。")
    if visibility not in VISIBILITY:
        faults["visibility"] = N_("请选谁可以看到。")
    happened, due = data.get("happened_on"), data.get("due_on")
    if happened is None or happened > clock.today():
        faults["happened_on"] = N_("请填今天或以前的日期。")
    if due is not None and due < clock.today():
        faults["due_on"] = N_("下一步的日期要在今天以后。")
    if faults:
        raise Invalid(fields=faults)
    return values | {"kind": kind, "visibility": visibility, "happened_on": happened, "due_on": due}


def wake(session: Session, clocks: Clocks) -> int:
    """Holds whose last day has passed go on by themselves; returns how many."""
    ended = select(Task).where(Task.state == "ON_HOLD", Task.due_on <= clock.today()).order_by(Task.id)
    tasks = session.scalars(ended).unique().all()
    for task in tasks:
        service.resume(session, SYSTEM, task, clocks)
        if task.broker:
            messages.notify(session, [task.broker], "task_resumed", service.url(task), code=task.code)
    return len(tasks)


def remind(session: Session, clocks: Clocks) -> int:
    """Tell broker and supervisors of tasks gone red, once for each missed deadline; returns how many."""
    late = select(Task).where(Task.state.in_(LIVE), Task.due_on < clock.today()).order_by(Task.id)
    told = 0
    for task in session.scalars(late).unique():
        how = deadlines.lateness(task.state, task.due_on, clocks)
        if how is None or how.kind != "late" or task.due_on is None or _reminded(session, task, task.due_on):
            continue
        session.add(
            TaskEntry(
                task=task, kind=CLOCK, happened_on=clock.today(), visibility="BROKER", from_state=task.state, to_state=task.state,
                facts={"due": task.due_on.isoformat(), "late": how.days},
            )
        )  # fmt: skip
        people = [*accounts.people_with(session, "operator"), *([task.broker] if task.broker else [])]
        messages.notify(session, people, "task_late", service.url(task), code=task.code)
        audit.record(session, SYSTEM, "task:late", task, days=how.days)
        told += 1
    return told


def _reminded(session: Session, task: Task, due_on: date) -> bool:
    marks = select(TaskEntry).where(TaskEntry.task_id == task.id, TaskEntry.kind == CLOCK)
    return any(mark.facts.get("due") == due_on.isoformat() for mark in session.scalars(marks))
