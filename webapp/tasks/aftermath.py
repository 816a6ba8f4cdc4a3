"""What a task comes to: what its contract is worth, what came in, how satisfied both sides were, and the visits afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Forbidden, Invalid
from webapp.core.money import read_wan
from webapp.core.policy import SYSTEM, Actor
from webapp.matches.policy import party
from webapp.messages import service as messages
from webapp.tasks import clocks as deadlines
from webapp.tasks import fees, service
from webapp.tasks.clocks import Clocks
from webapp.tasks.models import Rating, Task, TaskEntry, TaskReceipt
from webapp.tasks.values import CLOCK, SCORES, STEP


def _sum(data: dict[str, Any], name: str, faults: dict[str, str], needed: bool = True) -> int | None:
    text = str(data.get(name) or "").strip()
    if not text and not needed:
        return None
    fen = read_wan(text)
    if fen is None:
        faults[name] = N_("请填以万元计的金额，例如 12.5。")
    return fen


def value(session: Session, actor: Actor, task: Task, data: dict[str, Any]) -> None:
    """Write down what the contract is worth; the technology value is the part that is no equipment or material."""
    policy.check(actor, "task:money", task)
    faults: dict[str, str] = {}
    whole, technology = _sum(data, "contract_value", faults), _sum(data, "technology_value", faults, needed=False)
    signed = data.get("signed_on")
    if signed is None or signed > clock.today():
        faults["signed_on"] = N_("请填今天或以前的签约日期。")
    number = str(data.get("registration_no") or "").strip()
    if number and not (number.isascii() and number.isdigit() and len(number) in (14, 16)):
        faults["registration_no"] = N_("登记编号是 16 位数字（旧号 14 位）。")
    if whole is not None and technology is not None and technology > whole:
        faults["technology_value"] = N_("技术交易额不能大于合同成交额。")
    if faults:
        raise Invalid(fields=faults)
    service.lock(session, task)
    task.contract_value_fen, task.technology_value_fen = whole, technology
    task.signed_on, task.registration_no = signed, number
    session.flush()
    audit.record(session, actor, "task:value", task, contract_value=whole, technology_value=technology, registration_no=number)


def receive(session: Session, actor: Actor, task: Task, data: dict[str, Any]) -> TaskReceipt:
    """Write down money that came in, with what proves it."""
    policy.check(actor, "task:money", task)
    faults: dict[str, str] = {}
    amount, received = _sum(data, "amount", faults), data.get("received_on")
    if amount == 0:
        faults["amount"] = N_("到账金额要大于零。")
    if received is None or received > clock.today():
        faults["received_on"] = N_("请填今天或以前的到账日期。")
    evidence = str(data.get("evidence") or "").strip()
    if not evidence:
        faults["evidence"] = N_("请写凭证，例如银行回单号。")
    if faults or amount is None or received is None:
        raise Invalid(fields=faults)
    twin = select(TaskReceipt).where(
        TaskReceipt.task_id == task.id, TaskReceipt.amount_fen == amount, TaskReceipt.received_on == received,
        TaskReceipt.evidence == evidence[:200],
    )  # fmt: skip
    found = session.scalars(twin).first()
    if found:
        return found
    row = TaskReceipt(task=task, amount_fen=amount, received_on=received, evidence=evidence[:200], person_id=actor.person_id)
    session.add(row)
    session.flush()
    audit.record(session, actor, "task:receipt", task, receipt=row.id, amount=amount)
    fees.accrue(session, actor, task, row)
    return row


def received_elsewhere(session: Session, actor: Actor, task_id: int, amount_fen: int, received_on: date, evidence: str) -> None:
    """Money a licence of this task brought: counted with the task's receipts, once for each piece of evidence."""
    task = session.get(Task, task_id)
    if task is None or session.scalars(select(TaskReceipt.id).where(TaskReceipt.task_id == task_id, TaskReceipt.evidence == evidence)).first():
        return
    row = TaskReceipt(task=task, amount_fen=amount_fen, received_on=received_on, evidence=evidence[:200], person_id=actor.person_id)
    session.add(row)
    session.flush()
    audit.record(session, actor, "task:receipt", task, receipt=row.id, amount=amount_fen)
    fees.accrue(session, actor, task, row)


def receipts(session: Session, task: Task) -> list[TaskReceipt]:
    """What came in, oldest first."""
    return list(session.scalars(select(TaskReceipt).where(TaskReceipt.task_id == task.id).order_by(TaskReceipt.received_on, TaskReceipt.id)))


def received(session: Session, task: Task) -> int:
    """The sum of what came in, in fen."""
    return session.scalar(select(func.coalesce(func.sum(TaskReceipt.amount_fen), 0)).where(TaskReceipt.task_id == task.id)) or 0


def rate(session: Session, actor: Actor, task: Task, score: Any, note: str) -> Rating:
    """A side says how satisfied it was; it may change its mind, the last word counts."""
    policy.check(actor, "task:rate", task)
    side = party(actor, task.match)
    if side is None:
        raise Forbidden
    faults: dict[str, str] = {}
    if score not in SCORES:
        faults["score"] = N_("请选一个满意度。")
    if len(note) > 500:
        faults["note"] = N_("请控制在 500 字以内。")
    if faults:
        raise Invalid(fields=faults)
    row = session.scalars(select(Rating).where(Rating.task_id == task.id, Rating.side == side)).one_or_none()
    if row is None:
        row = Rating(task_id=task.id, side=side, person_id=actor.person_id or 0, score=score)
        session.add(row)
    row.person_id, row.score, row.note = actor.person_id or 0, score, note.strip()
    session.flush()
    audit.record(session, actor, "task:rate", task, side=side, score=score)
    return row


def ratings(session: Session, task: Task) -> dict[str, Rating]:
    """What each side said."""
    return {row.side: row for row in session.scalars(select(Rating).where(Rating.task_id == task.id))}


def remind_visits(session: Session, clocks: Clocks) -> int:
    """Tell the broker of each follow-up visit on its day, once for each; returns how many."""
    told = 0
    for task in session.scalars(select(Task).where(Task.state == "FOLLOW_UP").order_by(Task.id)).unique():
        month = _visit_due(session, task, clocks)
        if month is None or not task.broker:
            continue
        session.add(
            TaskEntry(
                task=task, kind=CLOCK, happened_on=clock.today(), visibility="BROKER", from_state=task.state, to_state=task.state,
                facts={"visit": month},
            )
        )  # fmt: skip
        messages.notify(session, [task.broker], "task_follow_up", service.url(task), code=task.code, month=month)
        audit.record(session, SYSTEM, "task:follow_up", task, month=month)
        told += 1
    session.flush()
    return told


def _visit_due(session: Session, task: Task, clocks: Clocks) -> int | None:
    """The latest visit whose day has come and of which nobody was told; earlier ones that were slept through count as told."""
    entries = session.scalars(select(TaskEntry).where(TaskEntry.task_id == task.id, TaskEntry.kind.in_((CLOCK, STEP)))).all()
    began: date | None = max((e.happened_on for e in entries if e.kind == STEP and e.to_state == "FOLLOW_UP"), default=None)
    if began is None:
        return None
    told = max((int(e.facts["visit"]) for e in entries if e.facts.get("visit") and e.happened_on >= began), default=0)
    due = [month for month in deadlines.visits(clocks) if month > told and deadlines.visit_day(began, month) <= clock.today()]
    return due[-1] if due else None
