"""The trial: usage reports, payment triggers claimed, confirmed or contested, and the ways out of the trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.policy import Actor
from webapp.licences import contract, fields, outlook, policy
from webapp.licences.models import Licence, UsageReport
from webapp.licences.service_common import step
from webapp.licences.states import INSTALMENT


def report(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> UsageReport:
    """The company reports on one period of the trial; the same period twice changes nothing."""
    policy.check(actor, licence, "report")
    reader = fields.Reader(data)
    ends = outlook.periods(licence)
    end = reader.day("period_end", ends[0], ends[-1])
    text, sales = reader.text("text", least=10, most=settings.text_max), reader.wan("sales", optional=True)
    reader.done()
    existing = session.scalars(
        select(UsageReport).where(UsageReport.licence_id == licence.id, UsageReport.period_end == end)
    ).first()
    if existing:
        return existing
    start = outlook.period_start(licence, end)
    if end not in ends or start is None or clock.today() < start:
        raise Invalid(fields={"period_end": N_("这一期还没有开始，请到期再交。")})
    with step(session, actor, licence, "report", settings, document=contract.text_hash(text), period_end=end.isoformat()):
        row = UsageReport(
            licence_id=licence.id, person_id=actor.person_id, period_end=end, text=text, sales_fen=max(sales, 0)
        )
        session.add(row)
    return row


def claim(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """One side says, with evidence, that the trigger is met; the other has its working days to contest."""
    policy.check(actor, licence, "claim")
    reader = fields.Reader(data)
    evidence = reader.text("evidence", least=10, most=settings.text_max)
    reader.done()
    side = "company" if "company" in policy.parts(actor, licence) else "tto"
    with step(session, actor, licence, "claim", settings, reason=evidence, document=contract.text_hash(evidence)):
        open_claim(licence, side)


def open_claim(licence: Licence, side: str) -> None:
    """From today the other side may contest."""
    licence.claimed_side = side
    licence.contest_until = clock.add_working_days(clock.today(), outlook.agreed(licence, "contest_working_days"))


def drop_claim(licence: Licence) -> None:
    """No claim is open any more."""
    licence.claimed_side, licence.contest_until, licence.disputed = "", None, False


def confirm_trigger(session: Session, actor: Actor, licence: Licence, _data: Mapping[str, Any], settings: Settings) -> None:
    """The other side agrees at once: the fee is due to be scheduled."""
    policy.check(actor, licence, "confirm_trigger")
    with step(session, actor, licence, "confirm_trigger", settings, claimed_by=licence.claimed_side):
        become_payable(session, licence)


def become_payable(session: Session, licence: Licence) -> None:
    """The agreed sums are triggered; their due dates come with the schedule."""
    drop_claim(licence)
    licence.exit_asked_on = None
    for row in licence.instalments:
        if row.state == "SCHEDULED":
            INSTALMENT.step(row, "trigger", ("system",))


def contest(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The other side does not agree: the trial goes on under dispute until the operator decides."""
    policy.check(actor, licence, "contest")
    reason = _text(data, "reason", settings)
    with step(session, actor, licence, "contest", settings, reason=reason, document=contract.text_hash(reason)):
        licence.disputed, licence.contest_until = True, None


def _text(data: Mapping[str, Any], name: str, settings: Settings) -> str:
    reader = fields.Reader(data)
    text = reader.text(name, least=5, most=settings.text_max)
    reader.done()
    return text


def decide_payable(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The operator finds in writing that the trigger is met."""
    policy.check(actor, licence, "decide_payable")
    reason = _text(data, "reason", settings)
    with step(session, actor, licence, "decide_payable", settings, reason=reason, document=contract.text_hash(reason)):
        become_payable(session, licence)


def decide_trial(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The operator finds in writing that the trigger is not met: the trial goes on."""
    policy.check(actor, licence, "decide_trial")
    reason = _text(data, "reason", settings)
    with step(session, actor, licence, "decide_trial", settings, reason=reason, document=contract.text_hash(reason)):
        drop_claim(licence)


def ask_exit(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company wants to stop: it promises to stop using and to return or destroy what it got."""
    policy.check(actor, licence, "ask_exit")
    reader = fields.Reader(data)
    reader.ticked("stop_use")
    reason = reader.text("reason", least=5, most=2000)
    reader.done()
    with step(session, actor, licence, "ask_exit", settings, reason=reason, document=contract.text_hash(reason)):
        drop_claim(licence)  # only the system's own claim at the end of the trial can be open here
        licence.exit_asked_on = clock.today()


def confirm_exit(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school confirms that nothing is owed: the licence ends without a fee."""
    policy.check(actor, licence, "confirm_exit")
    reader = fields.Reader(data)
    reason = reader.text("note", least=0 if licence.exit_asked_on else 5, most=2000)
    reader.done()
    with step(session, actor, licence, "confirm_exit", settings, reason=reason):
        _void_instalments(licence)


def _void_instalments(licence: Licence) -> None:
    """What was planned is not owed any more."""
    for row in licence.instalments:
        if row.state == "SCHEDULED":
            INSTALMENT.step(row, "waive", ("tto",))


def refuse_exit(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school does not agree to the exit and says why."""
    policy.check(actor, licence, "refuse_exit")
    reason = _text(data, "reason", settings)
    with step(session, actor, licence, "refuse_exit", settings, reason=reason):
        licence.exit_asked_on = None


def continue_use(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """After the trial the company chooses to go on and pay."""
    policy.check(actor, licence, "continue")
    reader = fields.Reader(data)
    reader.ticked("agreed")
    reader.done()
    with step(session, actor, licence, "continue", settings):
        become_payable(session, licence)


def prove_use(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company was silent but went on using: the school shows the evidence and the clause."""
    policy.check(actor, licence, "prove_use")
    reason = _text(data, "reason", settings)
    with step(session, actor, licence, "prove_use", settings, reason=reason, document=contract.text_hash(reason)):
        become_payable(session, licence)


def terminate(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school ends a suspended trial for a reason it states."""
    policy.check(actor, licence, "terminate")
    reason = _text(data, "reason", settings)
    if any(row.received_fen for row in licence.instalments):
        raise Refused(N_("已有款项到账，请先结清再终止。"), code="money_received")
    with step(session, actor, licence, "terminate", settings, reason=reason):
        _void_instalments(licence)
