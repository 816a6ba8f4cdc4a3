"""The trial and the choice at its end: usage reports, going on and paying, use that went on in silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Invalid
from webapp.core.policy import Actor
from webapp.licences import contract, fields, outlook, policy
from webapp.licences.models import Licence, UsageReport
from webapp.licences.service_common import step
from webapp.licences.service_extend import evaluation
from webapp.licences.service_triggers import become_payable, if_free


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


def continue_use(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """After the trial the company says what it has shown and chooses to go on and pay."""
    policy.check(actor, licence, "continue")
    reader = fields.Reader(data)
    reader.ticked("agreed")
    text = evaluation(reader, settings)
    reader.done()
    with step(session, actor, licence, "continue", settings, reason=text, document=contract.text_hash(text)):
        licence.evaluation = text
        become_payable(licence)
    if_free(session, licence, settings)


def prove_use(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company was silent but went on using: the school shows the evidence and the clause."""
    policy.check(actor, licence, "prove_use")
    reason = fields.one_text(data, "reason", settings)
    with step(session, actor, licence, "prove_use", settings, reason=reason, document=contract.text_hash(reason)):
        become_payable(licence)
    if_free(session, licence, settings)
