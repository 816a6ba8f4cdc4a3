"""Use cases of tasks: open one for a match, lead it step by step, keep its log, and close it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts import ties
from webapp.accounts.models import Person
from webapp.brokers import service as registered
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid, Refused, Stale
from webapp.core.policy import SYSTEM, Actor
from webapp.matches import answers
from webapp.matches.models import Match
from webapp.matches.policy import served
from webapp.messages import service as messages
from webapp.tasks import clocks as deadlines
from webapp.tasks.clocks import Clocks
from webapp.tasks.models import Task, TaskEntry
from webapp.tasks.policy import parts
from webapp.tasks.states import FINALS, RATED, TASK, WORK, skipped
from webapp.tasks.values import KINDS, REASONS, STEP, SUCCESSES

NOTE_MAX = 2000
ROAD = ("accept", "verify", "nda", "meet", "validate", "negotiate", "sign", "register", "follow")
# Parties hear of what concerns them; assignments and pauses are the desk's own business.
TOLD = frozenset({"verify", "nda", "meet", "validate", "negotiate", "sign", "register", "follow"})


def url(task: Task) -> str:
    """Where a task is read."""
    return f"/tasks/{task.id}"


def open_for(session: Session, match: Match, clocks: Clocks) -> Task | None:
    """The task of a match both sides agreed to: opened once, however often this is asked."""
    existing = session.scalars(select(Task).where(Task.match_id == match.id)).one_or_none()
    if existing or not answers.task_opened(session, match):
        return existing
    task = Task(match=match, is_example=match.is_example, state=TASK.start, due_on=deadlines.due(TASK.start, clocks))
    session.add(task)
    session.flush()
    audit.record(session, SYSTEM, "task:open", task, match=match.id)
    messages.notify(session, parties(session, task), "task_opened", url(task), code=task.code)
    broker = session.get(Person, match.broker_id) if match.broker_id else None
    if broker and _free(session, task, broker):
        _assign(session, SYSTEM, task, broker, clocks)
    else:
        messages.notify(session, accounts.people_with(session, "operator"), "task_unassigned", url(task), code=task.code)
    return task


def open_by_match_id(session: Session, match_id: int, clocks: Clocks) -> Task | None:
    """The same by the match's number; None when there is no such match."""
    match = session.get(Match, match_id)
    return open_for(session, match, clocks) if match else None


def parties(session: Session, task: Task) -> list[Person]:
    """Everybody of both sides who is told of the task."""
    return [*answers.company_people(session, task.match), *answers.school_people(session, task.match)]


def _assign(session: Session, actor: Actor, task: Task, broker: Person, clocks: Clocks) -> None:
    task.broker = broker
    move(session, actor, task, "assign", clocks, broker=broker.id)
    until = task.due_on.isoformat() if task.due_on else ""
    messages.notify(session, [broker], "task_assigned", url(task), code=task.code, until=until)


def assign(session: Session, actor: Actor, task: Task, broker_id: int | None, clocks: Clocks) -> None:
    """An operator names the broker of a task that has none."""
    policy.check(actor, "task:assign", task)
    _assign(session, actor, task, _broker(session, broker_id, task), clocks)


def _free(session: Session, task: Task, broker: Person) -> bool:
    """Whether the broker of the match may lead the task: still a broker, given tasks, and without a conflict of interest."""
    known = broker in accounts.people_with(session, "broker") and not registered.is_suspended(session, broker.id)
    return known and _conflict(session, task, broker) is None


def _conflict(session: Session, task: Task, broker: Person) -> ties.Conflict | None:
    """What stands against this broker leading this task."""
    sides = (task.match.demand.organisation_id, task.match.result.organisation_id)
    return ties.of(session, broker.id, sides, served(session, broker.id, task.match_id))


def _broker(session: Session, broker_id: int | None, task: Task) -> Person:
    found = next((person for person in accounts.people_with(session, "broker") if person.id == broker_id), None)
    if found is None:
        raise Invalid(fields={"broker": N_("请选一位技术经纪人。")})
    if _conflict(session, task, found):
        raise Invalid(fields={"broker": N_("这位经纪人与其中一方有利益关系，或正在服务它的竞争对手，请另选一位。")})
    if registered.is_suspended(session, found.id):
        raise Invalid(fields={"broker": N_("这位经纪人已暂停派任务，请换一位。")})
    return found


def brokers(session: Session) -> list[Person]:
    """Who can be given a task."""
    return accounts.people_with(session, "broker")


def move(session: Session, actor: Actor, task: Task, action: str, clocks: Clocks, note: str = "", **facts: Any) -> TaskEntry:
    """Take one step of the lifecycle, write it into the log and set the next deadline."""
    before = task.state
    TASK.step(task, action, {"system"} if actor is SYSTEM else parts(actor, task))
    task.due_on = _deadline(session, task, clocks)
    return record(session, actor, task, action, before, note, **facts)


def _deadline(session: Session, task: Task, clocks: Clocks) -> date | None:
    """The day of the new step, or the earlier one agreed with the parties for what comes next: a step forward does not undo it."""
    due = deadlines.due(task.state, clocks)
    if due is None or task.state not in WORK:
        return due
    contacts = select(TaskEntry).where(TaskEntry.task_id == task.id, TaskEntry.kind.in_(KINDS))
    agreed = agreed_step(list(session.scalars(contacts.order_by(TaskEntry.id.desc()).limit(1))))
    return min(due, agreed.due_on) if agreed and agreed.due_on and agreed.due_on >= clock.today() else due


def agreed_step(log: Sequence[TaskEntry]) -> TaskEntry | None:
    """The last contact, if something was agreed in it that comes next; a later contact settles an earlier promise."""
    last = max((entry for entry in log if entry.kind in KINDS), key=lambda entry: entry.id or 0, default=None)
    return last if last is not None and last.next_step else None


def record(session: Session, actor: Actor, task: Task, action: str, before: str, note: str = "", **facts: Any) -> TaskEntry:
    """The log line and the audit event of a step."""
    entry = TaskEntry(
        task=task, person_id=actor.person_id, kind=STEP, happened_on=clock.today(), summary=note, from_state=before,
        to_state=task.state, due_on=task.due_on, facts={"action": action} | facts,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    audit.record(session, actor, f"task:{action}", task, before=before, after=task.state, **facts)
    return entry


def lock(session: Session, task: Task) -> None:
    """Hold the row and read it afresh, so that two clicks at once are answered one after the other."""
    session.flush()
    session.refresh(task, ["state", "version", "broker_id", "held_from", "due_on", "outcome"], with_for_update=True)


def already(session: Session, actor: Actor, task: Task, action: str, seen: str) -> bool:
    """Whether this very step was taken by this actor already (a second click); raises Stale when somebody else moved on."""
    if not seen or task.state == seen:
        return False
    steps = select(TaskEntry).where(TaskEntry.task_id == task.id, TaskEntry.kind == STEP).order_by(TaskEntry.id.desc())
    last = session.scalars(steps.limit(1)).first()
    if last and last.person_id == actor.person_id and last.from_state == seen and last.facts.get("action") == action:
        return True
    raise Stale(who=last.person.name if last and last.person else N_("别人"))


def advance(session: Session, actor: Actor, task: Task, action: str, clocks: Clocks, note: str = "") -> None:
    """Take a step of the road; leaving out an optional step needs a note that says why."""
    policy.check(actor, "task:lead", task)
    step = TASK.move(task.state, action) if action in ROAD else None
    if step is None:
        raise Refused(code=f"task_{action}_from_{task.state}".lower())
    left_out = skipped(task.state, step.target)
    if left_out and not note.strip():
        raise Invalid(fields={"note": N_("跳过了可选的一步，请写明原因。")})
    move(session, actor, task, action, clocks, checked_note(note), **({"skipped": list(left_out)} if left_out else {}))
    if action in TOLD:
        messages.notify(session, parties(session, task), "task_step", url(task), code=task.code)


def checked_note(note: str) -> str:
    """A note within its length."""
    if len(note) > NOTE_MAX:
        raise Invalid(fields={"note": N_("说明太长，请控制在 2000 字以内。")})
    return note.strip()


def _needed_note(note: str) -> str:
    if not note.strip():
        raise Invalid(fields={"note": N_("请写明原因。")})
    return checked_note(note)


def hold(session: Session, actor: Actor, task: Task, note: str, until: date | None, clocks: Clocks) -> None:
    """Pause a task until a day; the step it stood at is kept."""
    policy.check(actor, "task:lead", task)
    note, until = _needed_note(note), deadlines.checked_hold(until, clocks)
    before = task.state
    TASK.step(task, "hold", parts(actor, task))
    task.held_from, task.due_on = before, until
    record(session, actor, task, "hold", before, note, until=until.isoformat())


def resume(session: Session, actor: Actor, task: Task, clocks: Clocks, note: str = "") -> None:
    """Go on where the task was held, or where the broker before had come to."""
    if actor is not SYSTEM:
        policy.check(actor, "task:lead", task)
    if not task.held_from:
        raise Refused(N_("没有可以接着做的一步，请从核实开始。"), code="nothing_to_resume")
    before, back = task.state, task.held_from
    TASK.step(task, "resume", {"system"} if actor is SYSTEM else parts(actor, task))
    task.state, task.held_from = back, ""
    task.due_on = deadlines.due(back, clocks)
    record(session, actor, task, "resume", before, checked_note(note))


def reassign(session: Session, actor: Actor, task: Task, note: str, clocks: Clocks, broker_id: int | None = None) -> None:
    """Hand a task over: an operator names the next broker at once, a broker gives it back with a reason."""
    policy.check(actor, "task:lead", task)
    note = _needed_note(note)
    following = _broker(session, broker_id, task) if broker_id and actor.has("operator") else None
    reached = task.held_from or (task.state if task.state not in {"ASSIGNED", "ACCEPTED"} else "")
    move(session, actor, task, "reassign", clocks, note)
    task.held_from, task.broker = reached, None
    if following:
        _assign(session, actor, task, following, clocks)
    else:
        messages.notify(session, accounts.people_with(session, "operator"), "task_unassigned", url(task), code=task.code)


def succeed(session: Session, actor: Actor, task: Task, outcome: str, note: str, clocks: Clocks) -> None:
    """Close with what came of it."""
    policy.check(actor, "task:lead", task)
    if outcome not in SUCCESSES:
        raise Invalid(fields={"outcome": N_("请选成交的方式。")})
    _close(session, actor, task, "succeed", outcome, checked_note(note), clocks)


def fail(session: Session, actor: Actor, task: Task, reason: str, note: str, clocks: Clocks) -> None:
    """Close without a deal; the reason reaches both sides."""
    policy.check(actor, "task:lead", task)
    if reason not in REASONS:
        raise Invalid(fields={"reason": N_("请选一个原因，双方会看到它。")})
    note = _needed_note(note) if reason == "OTHER" else checked_note(note)
    _close(session, actor, task, "fail", "NOT_REACHED", note, clocks, reason=reason)


def cancel(session: Session, actor: Actor, task: Task, note: str, clocks: Clocks) -> None:
    """An operator ends a task that should not go on."""
    policy.check(actor, "task:lead", task)
    _close(session, actor, task, "cancel", "", _needed_note(note), clocks)


def licensed_by_id(session: Session, task_id: int) -> None:
    """A use-first licence was applied for out of this task: that is what it comes to."""
    task = session.get(Task, task_id)
    if task and task.state not in FINALS and task.outcome != "USE_FIRST":
        task.outcome = "USE_FIRST"
        audit.record(session, SYSTEM, "task:licensed", task)


def settle_by_id(session: Session, task_id: int, clocks: Clocks) -> None:
    """The licence of this task was paid to the end; a closed task stays as it is."""
    task = session.get(Task, task_id)
    if task and task.state not in FINALS:
        _close(session, SYSTEM, task, "settle", "USE_FIRST", "", clocks)


def _close(
    session: Session, actor: Actor, task: Task, action: str, outcome: str, note: str, clocks: Clocks, **facts: Any
) -> None:
    """Closed is closed: deadlines stop, and so does the sight of each other's confidential layer."""
    move(session, actor, task, action, clocks, note, **facts)
    task.outcome, task.outcome_note, task.held_from, task.closed_at = outcome or task.outcome, note, "", clock.now()
    accounts.end_grants(session, actor, answers.grant_reason(task.match))
    if task.state in RATED:
        messages.notify(session, parties(session, task), "task_rate", url(task) + "#rate", code=task.code)
    told = [*parties(session, task), *([task.broker] if task.broker and actor.person_id != task.broker_id else [])]
    messages.notify(session, told, "task_closed", url(task), code=task.code)


def act(session: Session, actor: Actor, task: Task, action: str, data: dict[str, Any], clocks: Clocks) -> None:
    """Whatever somebody does to a task: the step named, with what its form says; a second click changes nothing."""
    lock(session, task)
    if already(session, actor, task, action, str(data.get("seen") or "")):
        return
    note = str(data.get("note") or "")
    special: dict[str, Callable[[], None]] = {
        "assign": lambda: assign(session, actor, task, data.get("broker"), clocks),
        "reassign": lambda: reassign(session, actor, task, note, clocks, data.get("broker")),
        "hold": lambda: hold(session, actor, task, note, data.get("until"), clocks),
        "resume": lambda: resume(session, actor, task, clocks, note),
        "succeed": lambda: succeed(session, actor, task, str(data.get("outcome") or ""), note, clocks),
        "fail": lambda: fail(session, actor, task, str(data.get("reason") or ""), note, clocks),
        "cancel": lambda: cancel(session, actor, task, note, clocks),
    }
    if action in special:
        special[action]()
    else:
        advance(session, actor, task, action, clocks, note)
