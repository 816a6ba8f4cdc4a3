"""Arrears: the formal demand, a new plan, the default and its stages in order, and the way back to paying."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, money, money_late, outlook, outlook_money, policy
from webapp.licences.models import Instalment, Licence
from webapp.licences.service_common import step
from webapp.licences.states import INSTALMENT

ARREARS = ("OVERDUE", "CLAIMED")


def arrears(licence: Licence) -> list[Instalment]:
    """Instalments that are late, the earliest first."""
    return [row for row in outlook_money.open_instalments(licence) if row.state in ARREARS]


def demand(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school demands payment in writing, by a day it names; without it no default can be declared."""
    policy.check(actor, licence, "demand")
    reader, today = fields.Reader(data), clock.today()
    pay_by = reader.day("pay_by", today, today + timedelta(days=366))
    text = reader.text("text", least=10, most=settings.text_max)
    reader.done()
    sums: list[Any] = [[row.position, row.amount_fen - row.received_fen] for row in arrears(licence)]
    document = contract.digest([text, pay_by.isoformat(), sums])
    with step(session, actor, licence, "demand", settings, reason=text, document=document, pay_by=pay_by.isoformat(), sums=sums):
        licence.demanded_on = today


def ask_plan(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company asks to pay its arrears later, from a day it names."""
    policy.check(actor, licence, "ask_plan")
    reader, today = fields.Reader(data), clock.today()
    first = reader.day("first_due", today, today + timedelta(days=366))
    months = reader.whole("months", 1, 12) if len(arrears(licence)) > 1 else 1
    reason = reader.text("reason", least=5, most=settings.text_max)
    reader.done()
    plan: dict[str, Any] = {"first_due": first.isoformat(), "months": months}
    with step(session, actor, licence, "ask_plan", settings, reason=reason, document=contract.digest(plan), **plan):
        licence.plan_asked = plan


def refuse_plan(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school does not agree to later dates."""
    policy.check(actor, licence, "refuse_plan")
    with step(session, actor, licence, "refuse_plan", settings, reason=fields.one_text(data, "reason", settings)):
        licence.plan_asked = {}


def reschedule(session: Session, actor: Actor, licence: Licence, _data: Mapping[str, Any], settings: Settings) -> None:
    """The school agrees to the plan: the late instalments get the new days."""
    policy.check(actor, licence, "reschedule")
    with step(session, actor, licence, "reschedule", settings, document=contract.digest(licence.plan_asked), **licence.plan_asked):
        _apply_plan(licence)


def _apply_plan(licence: Licence) -> None:
    rows = arrears(licence)
    first = max(date.fromisoformat(licence.plan_asked["first_due"]), clock.today())
    for row, due in zip(rows, money.due_dates(first, len(rows), licence.plan_asked["months"]), strict=True):
        if row.state == "CLAIMED":
            INSTALMENT.step(row, "claim_refused", ("tto",))
        row.late_fee_fen += late_fee(licence, row, clock.today())
        INSTALMENT.step(row, "reschedule", ("tto",))
        row.due_on = due
    _forget(licence)


def _forget(licence: Licence) -> None:
    licence.plan_asked, licence.demanded_on, licence.default_stage = {}, None, ""


def declare_default(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """So many days after the due date, a demand unanswered and no plan: the licence is in default."""
    policy.check(actor, licence, "declare_default")
    _late_enough(licence)
    reason = fields.one_text(data, "reason", settings)
    with step(session, actor, licence, "declare_default", settings, reason=reason, document=contract.text_hash(reason)):
        licence.default_stage = "NEGOTIATION"


def _late_enough(licence: Licence) -> None:
    least, late = outlook.agreed(licence, "default_after_days"), arrears(licence)
    since = (clock.today() - late[0].due_on).days if late and late[0].due_on else 0
    if since < least:
        raise Refused(N_("最早一期逾期满 %(least)s 天后才能转入违约处置，现在 %(n)s 天。"), code="not_late_enough", least=least, n=since)
    if licence.demanded_on is None:
        raise Refused(N_("要先书面催告，企业仍不付，才能转入违约处置。"), code="no_demand")


def next_stage(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The stage before came to nothing, and how: on to the next one, with its case or claim number."""
    policy.check(actor, licence, "next_stage")
    reader = fields.Reader(data)
    stage = reader.choice("stage", outlook.next_stages(licence))
    note = reader.text("note", least=5, most=settings.text_max)
    reference = reader.text("reference", least=2, most=120)
    reader.done()
    if stage == "CREDIT" and "operator" not in policy.parts(actor, licence):
        raise Refused(N_("信用信息由运营方报送。"), code="credit_by_operator")
    document = contract.digest([stage, note, reference])
    with step(session, actor, licence, "next_stage", settings, reason=note, document=document, stage=stage, reference=reference):
        _enter(licence, stage)


def _enter(licence: Licence, stage: str) -> None:
    """The security is asked to pay for what is late; what it did not pay is the company's again in the stage after."""
    for row in arrears(licence):
        if stage == "INSURANCE" and row.state == "OVERDUE":
            INSTALMENT.step(row, "claim_insurance", ("tto",))
        elif stage != "INSURANCE" and row.state == "CLAIMED":
            INSTALMENT.step(row, "claim_refused", ("tto",))
    licence.default_stage = stage
    licence.due_on = None  # each stage has its own working days


def settle(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """A plan agreed in the default leads back to paying; arrears that are paid do so by themselves."""
    policy.check(actor, licence, "settle")
    reason = fields.one_text(data, "reason", settings)
    plan = licence.plan_asked
    with step(session, actor, licence, "settle", settings, reason=reason, document=contract.digest([reason, plan]), **plan):
        _apply_plan(licence)


def late_fee(licence: Licence, row: Instalment, until: date) -> int:
    """What being late has cost since the day the sum was due last; nothing on a late fee itself."""
    if row.due_on is None or row.kind == "LATE_FEE":
        return 0
    paid = [(receipt.received_on, receipt.amount_fen) for receipt in row.receipts]
    return money_late.fee(row.amount_fen, row.due_on, paid, until, outlook.agreed(licence, "late_fee_rate"))


def after_receipt(session: Session, licence: Licence, settings: Settings) -> None:
    """With nothing late any more the licence goes back to paying, out of arrears or out of a default."""
    if arrears(licence):
        return
    action = {"OVERDUE": "catch_up", "DEFAULT": "settle"}.get(licence.state)
    if action:
        with step(session, SYSTEM, licence, action, settings):
            _forget(licence)
