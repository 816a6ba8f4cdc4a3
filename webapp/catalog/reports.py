"""Reports: anybody may say that a published row should not be there; the operator decides, and the record stays."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.catalog import notices
from webapp.catalog.models import Demand, Report, Result
from webapp.catalog.policy import Posting
from webapp.catalog.reading import without_controls
from webapp.catalog.states import LIFECYCLES
from webapp.catalog.values import REPORT_REASONS
from webapp.catalog.verbs import act
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.policy import Actor

MODELS: dict[str, type[Posting]] = {"result": Result, "demand": Demand}
MOST_OPEN = 20  # of one row; more reports tell the operator nothing new


@policy.rule("catalog:reports")
def may_decide(actor: Actor, _obj: Any) -> bool:
    """Operators decide reports."""
    return actor.has("operator")


def report(session: Session, actor: Actor, row: Posting, reason: str, text: str, contact: str = "") -> None:
    """Take down what somebody says about a row they can see."""
    if reason not in REPORT_REASONS:
        raise Invalid(fields={"reason": N_("请选一个原因。")})
    words = without_controls(text).strip()
    if not words or len(words) > 2000:
        raise Invalid(N_("请说明哪里有问题，最多 2000 个字。"), fields={"text": N_("请说明哪里有问题，最多 2000 个字。")})
    if _open(session, row) >= MOST_OPEN:
        return
    found = Report(
        kind=row.__tablename__, row_id=row.id, reason=reason, text=words, contact=without_controls(contact).strip()[:200], reporter_id=actor.person_id,
    )  # fmt: skip
    session.add(found)
    session.flush()
    audit.record(session, actor, "report:made", found, kind=found.kind, row=row.id, reason=reason)
    notices.tell_of_report(session, row, REPORT_REASONS[reason])


def _open(session: Session, row: Posting) -> int:
    query = select(func.count()).where(Report.kind == row.__tablename__, Report.row_id == row.id, Report.state == "OPEN")
    return session.scalar(query) or 0


def waiting(actor: Actor, state: str = "OPEN") -> Select[Any]:
    """Reports in a state, oldest first."""
    policy.check(actor, "catalog:reports")
    return select(Report).where(Report.state == state).order_by(Report.id if state == "OPEN" else Report.id.desc())


def of_report(session: Session, found: Report) -> Posting | None:
    """The row a report is about."""
    row: Any = session.get(MODELS[found.kind], found.row_id)
    return row  # type: ignore[no-any-return]


def decide(session: Session, actor: Actor, found: Report, upheld: bool, note: str) -> None:
    """Dismiss a report, or take the row down; a possible state secret is sealed, so that nobody but the operator reads it on."""
    policy.check(actor, "catalog:reports")
    note = without_controls(note).strip()
    if not note:
        raise Invalid(N_("请写明核查情况和处理理由。"), fields={"note": N_("请写明核查情况和处理理由。")})
    if found.state != "OPEN":
        raise Refused(N_("这条举报已经处理过了。"), code="report_decided")
    row = of_report(session, found)
    if upheld and row is not None:
        _take_down(session, actor, row, note, found.reason == "SECRET")
    same = select(Report).where(Report.kind == found.kind, Report.row_id == found.row_id, Report.state == "OPEN")
    for one in session.scalars(same if upheld else same.where(Report.id == found.id)).all():
        one.state, one.decided_by_id, one.decided_at, one.decision = "UPHELD" if upheld else "DISMISSED", actor.person_id, clock.now(), note[:2000]
        audit.record(session, actor, "report:upheld" if upheld else "report:dismissed", one, kind=one.kind, row=one.row_id, note=note[:2000])
    session.flush()


def _take_down(session: Session, actor: Actor, row: Posting, note: str, secret: bool) -> None:
    facts = {"sealed": True} if secret else {}
    if LIFECYCLES[row.__tablename__].move(row.state, "revoke") is not None:
        act(session, actor, row, "revoke", note, facts=facts)
    elif secret:
        row.sealed = True
        audit.record(session, actor, f"{row.__tablename__}:seal", row)
