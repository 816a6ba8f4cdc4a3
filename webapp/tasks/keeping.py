"""How long closed tasks name people and hold their words: without a deal as long as transactions, with one as long as contracts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from webapp.accounts.upkeep import nobody
from webapp.core import clock, retention
from webapp.core.errors import N_
from webapp.core.files import Attachment
from webapp.matches import keeping
from webapp.messages.models import Message, ReadMark
from webapp.tasks.models import ContactConsent, Fee, FeeShare, Meeting, Rating, Task, TaskEntry, TaskReceipt, TaskShare
from webapp.tasks.states import FINALS

DEAL = or_(Task.state == "CLOSED_SUCCESS", Task.signed_on.is_not(None), Task.id.in_(select(TaskReceipt.task_id)))


def _due(session: Session, before: datetime, *which: ColumnElement[bool]) -> list[int]:
    """Closed tasks of this kind that ended before, and still name somebody or hold their words."""
    talked = select(Message.subject_id).where(Message.subject_kind == "task")
    written = select(TaskEntry.task_id).where(or_(TaskEntry.person_id.is_not(None), TaskEntry.summary != "", TaskEntry.people != ""))
    holds = or_(Task.broker_id.is_not(None), Task.id.in_(talked), Task.id.in_(written), Task.id.in_(select(ContactConsent.task_id)))
    over = (Task.state.in_(FINALS), Task.closed_at < before)
    return list(session.scalars(select(Task.id).where(*over, *which, holds).limit(retention.MOST)))


def _forget(session: Session, ids: list[int]) -> int:
    """Steps, dates and sums stay; names, notes, conversations, contact details and files go."""
    if not ids:
        return 0
    who = nobody(session).id

    def change(model: Any, **values: Any) -> None:
        session.execute(update(model).where(model.task_id.in_(ids)).values(**values))

    for model in (ContactConsent, Meeting, TaskShare):
        session.execute(delete(model).where(model.task_id.in_(ids)))
    for said in (Message, ReadMark):
        session.execute(delete(said).where(said.subject_kind == "task", said.subject_id.in_(ids)))
    change(TaskEntry, person_id=None, people="", summary="", next_step="")
    change(TaskReceipt, person_id=None, evidence="")
    change(Rating, person_id=who, note="")
    session.execute(update(FeeShare).where(FeeShare.fee_id.in_(select(Fee.id).where(Fee.task_id.in_(ids)))).values(person_id=who))
    owned = (Attachment.owner_kind == "task", Attachment.owner_id.in_(ids), Attachment.removed_at.is_(None))
    session.execute(update(Attachment).where(*owned).values(removed_at=clock.now(), uploaded_by=None))
    session.execute(update(Task).where(Task.id.in_(ids)).values(broker_id=None, outcome_note="", version=Task.version + 1))
    keeping.forget(session, list(session.scalars(select(Task.match_id).where(Task.id.in_(ids)))))
    return len(ids)


@retention.rule("tasks", "keep_deal_months", N_("没有成交的对接任务：日志、对话、见面、联系方式"), N_("抹去姓名和文字，删除对话和联系方式"))
def end_tasks(session: Session, before: datetime) -> int:
    """Tasks that ended without a contract."""
    return _forget(session, _due(session, before, ~DEAL))


@retention.rule("task_deals", "keep_contract_months", N_("成交的对接任务：日志、对话、见面、联系方式"), N_("抹去姓名和文字，删除对话和联系方式，保留金额"))
def end_deals(session: Session, before: datetime) -> int:
    """Tasks that led to a contract, kept as long as the contract."""
    return _forget(session, _due(session, before, DEAL))


@retention.rule("contacts", "keep_log_months", N_("对接任务办结后双方留下的联系方式"), N_("删除"))
def end_contacts(session: Session, before: datetime) -> int:
    """Nobody sees them once the task has closed; after a while nobody keeps them either."""
    closed = select(Task.id).where(Task.state.in_(FINALS), Task.closed_at < before)
    return int(session.execute(delete(ContactConsent).where(ContactConsent.task_id.in_(closed))).rowcount)  # type: ignore[attr-defined]
