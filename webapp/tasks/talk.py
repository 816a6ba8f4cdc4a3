"""What the parties of a task and its broker do together: talk, propose to meet, and exchange contact details when both agree."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from webapp.accounts.models import Person
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.policy import Actor
from webapp.messages import service as messages
from webapp.messages import talks
from webapp.messages.models import Message
from webapp.tasks import service
from webapp.tasks.models import ContactConsent, Meeting, Task
from webapp.tasks.policy import side_of
from webapp.tasks.states import FINALS, MEETING

BOTH = ("company", "researcher")


def people(session: Session, task: Task) -> list[Person]:
    """Everybody who takes part in the conversation of a task."""
    return [*service.parties(session, task), *([task.broker] if task.broker else [])]


def others(session: Session, actor: Actor, task: Task) -> list[Person]:
    """Everybody but the one who acts."""
    return [person for person in people(session, task) if person.id != actor.person_id]


def say(session: Session, actor: Actor, task: Task, text: str, submission: str = "") -> Message | None:
    """Send a message; the others hear that there is one, not what it says."""
    policy.check(actor, "task:talk", task)
    message = talks.post(session, actor, task, side_of(actor, task) or "", text, submission)
    if message:
        messages.notify(session, others(session, actor, task), "task_message", f"/tasks/{task.id}/talk", code=task.code)
    return message


def propose(session: Session, actor: Actor, task: Task, starts_at: datetime | None, place: str, minutes: int | None, note: str) -> Meeting:
    """Propose to meet; the proposer's own side counts as having said yes."""
    policy.check(actor, "task:talk", task)
    faults: dict[str, str] = {}
    if starts_at is None or starts_at <= clock.now():
        faults["starts_at"] = N_("请填现在以后的时间。")
    if not place.strip():
        faults["place"] = N_("请写地点，或线上会议的链接。")
    if minutes is None or not 10 <= minutes <= 600:
        faults["minutes"] = N_("时长请填 10 到 600 分钟。")
    if faults or starts_at is None or minutes is None:
        raise Invalid(fields=faults)
    side = side_of(actor, task) or ""
    meeting = Meeting(
        task=task, proposed_by_id=actor.person_id, side=side, starts_at=starts_at, minutes=minutes, place=place.strip()[:200],
        note=note.strip()[:500], answers={side: "YES"} if side in BOTH else {},
    )  # fmt: skip
    session.add(meeting)
    session.flush()
    audit.record(session, actor, "task:meeting_propose", task, meeting=meeting.id)
    _tell(session, actor, task, "task_meeting_proposed", meeting)
    return meeting


def _tell(session: Session, actor: Actor, task: Task, kind: str, meeting: Meeting) -> None:
    at = clock.local(meeting.starts_at).strftime("%Y-%m-%d %H:%M")
    messages.notify(session, others(session, actor, task), kind, f"/tasks/{task.id}/talk#meetings", code=task.code, at=at)


def answer(session: Session, actor: Actor, meeting: Meeting, yes: bool) -> None:
    """A side says yes or no; with both yeses the meeting stands, one no ends the proposal. The same answer twice changes nothing."""
    task = meeting.task
    policy.check(actor, "task:talk", task)
    side = side_of(actor, task)
    if side not in BOTH:
        raise Refused(N_("见面由双方自己答复。"), code="meeting_not_a_side")
    session.refresh(meeting, with_for_update=True)
    decision = "YES" if yes else "NO"
    if meeting.answers.get(side) == decision:
        return
    meeting.answers = meeting.answers | {side: decision}
    if not yes:
        MEETING.step(meeting, "decline", {"side"})
        _tell(session, actor, task, "task_meeting_declined", meeting)
    elif all(meeting.answers.get(one) == "YES" for one in BOTH):
        MEETING.step(meeting, "agree", {"side"})
        _tell(session, actor, task, "task_meeting_agreed", meeting)
    session.flush()
    audit.record(session, actor, "task:meeting_answer", task, meeting=meeting.id, answer=decision)


def call_off(session: Session, actor: Actor, meeting: Meeting) -> None:
    """Whoever proposed it, or the broker, calls a meeting off."""
    policy.check(actor, "task:talk", meeting.task)
    if actor.person_id != meeting.proposed_by_id and side_of(actor, meeting.task) != "broker":
        raise Refused(N_("只有提议的人或经纪人可以取消。"), code="meeting_not_yours")
    session.refresh(meeting, with_for_update=True)
    if meeting.state == "CANCELLED":
        return
    MEETING.step(meeting, "cancel", {"side"})
    session.flush()
    audit.record(session, actor, "task:meeting_cancel", meeting.task, meeting=meeting.id)
    _tell(session, actor, meeting.task, "task_meeting_cancelled", meeting)


def meetings(session: Session, task: Task) -> list[Meeting]:
    """The meetings of a task, latest first."""
    query = select(Meeting).where(Meeting.task_id == task.id).options(selectinload(Meeting.proposed_by))
    return list(session.scalars(query.order_by(Meeting.starts_at.desc(), Meeting.id.desc())))


def ahead(session: Session, task: Task) -> Meeting | None:
    """The meeting that comes next: one that stands before one still asked about, the earliest first."""
    now = clock.now()
    open_ = [row for row in meetings(session, task) if row.state in ("PROPOSED", "AGREED") and row.starts_at + timedelta(minutes=row.minutes) > now]
    return min(open_, key=lambda row: (row.state != "AGREED", row.starts_at, row.id), default=None)


def unanswered(meeting: Meeting) -> list[str]:
    """The sides a proposal still waits for."""
    return [side for side in BOTH if side not in meeting.answers] if meeting.state == "PROPOSED" else []


def give_contact(session: Session, actor: Actor, task: Task, details: str) -> ContactConsent:
    """Agree for one's side to exchange contact details, and say which; until the other side agrees nobody sees them."""
    policy.check(actor, "task:talk", task)
    side = side_of(actor, task)
    if side not in BOTH:
        raise Refused(N_("联系方式由双方自己决定给不给。"), code="contact_not_a_side")
    if not details.strip():
        raise Invalid(fields={"details": N_("请写要给对方的联系方式，例如电话或邮箱。")})
    if len(details) > 300:
        raise Invalid(fields={"details": N_("请控制在 300 字以内。")})
    row = _consents(session, task).get(side)
    if row is None:
        row = ContactConsent(task_id=task.id, side=side, person_id=actor.person_id or 0, details=details.strip())
        session.add(row)
    else:
        row.person_id, row.details = actor.person_id or 0, details.strip()
    session.flush()
    audit.record(session, actor, "task:contact_agree", task, side=side)
    kind = "task_contact_open" if len(_consents(session, task)) == len(BOTH) else "task_contact_asked"
    messages.notify(session, others(session, actor, task), kind, f"/tasks/{task.id}/talk#contact", code=task.code)
    return row


def withdraw_contact(session: Session, actor: Actor, task: Task) -> None:
    """Take one's side's consent back: the details are gone at once, for everybody."""
    row = _consents(session, task).get(side_of(actor, task) or "")
    if row is not None:
        session.delete(row)
        session.flush()
        audit.record(session, actor, "task:contact_withdraw", task, side=row.side)


def _consents(session: Session, task: Task) -> dict[str, ContactConsent]:
    rows = session.scalars(select(ContactConsent).where(ContactConsent.task_id == task.id).options(selectinload(ContactConsent.person)))
    return {row.side: row for row in rows}


def contacts(session: Session, actor: Actor, task: Task) -> dict[str, Any]:
    """What the reader may know of contact details: who has agreed, and the details only with both yeses while the task is open."""
    given, side = _consents(session, task), side_of(actor, task)
    open_ = len(given) == len(BOTH) and task.state not in FINALS and side is not None
    shown = [{"side": one, "name": given[one].person.name, "details": given[one].details} for one in BOTH] if open_ else []
    mine = given.get(side or "")
    return {"agreed": [one for one in BOTH if one in given], "shown": shown, "mine": mine.details if mine else "", "side": side}
