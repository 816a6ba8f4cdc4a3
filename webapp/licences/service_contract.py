"""Signing and delivery: the contract text, both signatures over one hash, the hand-over and the start of the trial."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import (
    contract,
    fields,
    fields_payment,
    money_plan,
    outlook,
    policy,
    service_papers,
    service_plan,
    service_sign,
)
from webapp.licences.models import Licence, Signature
from webapp.licences.service_common import grant_reason, people, send, step
from webapp.licences.service_review import publish
from webapp.licences.values import SECURITIES, SECURITIES_ON_PAPER

FARTHEST = date(2100, 1, 1)


def terms(licence: Licence, settings: Settings) -> contract.Terms:
    """What the contract says, from the licence as the school approved it."""
    result, licensor, licensee = licence.result, licence.licensor, licence.licensee
    return contract.Terms(
        code=licence.code, licensor=licensor.name, licensor_uscc=licensor.uscc or "", licensee=licensee.name,
        licensee_uscc=licensee.uscc or "", title=result.title, result_code=result.code, lead=result.lead,
        intended_use=licence.intended_use, trial_months=licence.trial_months, trigger=licence.trigger,
        trigger_text=licence.trigger_text, payment_model=licence.payment_model, price_fen=licence.price_fen,
        instalment_count=licence.instalment_count, security=licence.security,
        report_months=outlook.agreed(licence, "report_months"), report_grace_days=outlook.agreed(licence, "report_grace_days"),
        contest_days=outlook.agreed(licence, "contest_working_days"), choose_days=outlook.agreed(licence, "choose_days"),
        first_due_days=outlook.agreed(licence, "first_due_days"), overdue_grace_days=outlook.agreed(licence, "overdue_grace_days"),
        more_triggers=tuple(licence.more_triggers), trigger_rule=licence.trigger_rule, trigger_fen=licence.trigger_fen,
        trigger_on=licence.trigger_on.isoformat() if licence.trigger_on else "", firm=licence.firm.name if licence.firm else "",
        firm_uscc=(licence.firm.uscc or "") if licence.firm else "", silence_confirms=bool(outlook.agreed(licence, "silence_confirms")),
        deems_receipt=bool(outlook.agreed(licence, "deems_receipt")), receipt_days=settings.delivery_working_days,
        run_off_days=outlook.agreed(licence, "run_off_days"), default_after_days=outlook.agreed(licence, "default_after_days"),
        payment_terms=licence.payment_terms, late_fee_rate=outlook.agreed(licence, "late_fee_rate"), statement_days=outlook.agreed(licence, "statement_days"),
        own_clauses=licence.own_clauses,
    )  # fmt: skip


def prepare(session: Session, licence: Licence, settings: Settings) -> None:
    """Fix the text both sides will sign; from here on it is kept, not rendered again, and an older one stays as a version."""
    licence.contract_text = contract.render(terms(licence, settings))
    licence.text_hash = contract.text_hash(licence.contract_text)
    service_papers.keep(session, licence, "CONTRACT", licence.contract_text)


def sign(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """One side signs the text it was shown; the last signature over the same hash puts the contract in force."""
    policy.check(actor, licence, "sign")
    reader = fields.Reader(data)
    shown = reader.raw("text_hash")
    reader.ticked("authorised")
    reader.done()
    if shown != licence.text_hash:
        raise Refused(N_("合同文本已更新，请重新阅读后再签署。"), code="text_changed")
    sides, signed = set(outlook.sides(licence)), outlook.signed_sides(licence)
    side = min(sides & policy.parts(actor, licence) - signed)
    if any(row.person_id == actor.person_id for row in licence.signatures if row.text_hash == licence.text_hash):
        raise Refused(N_("同一个人不能代表双方签署。"), code="two_persons")
    last = sides - signed == {side}
    method, proof = service_sign.proof(session, actor, licence, side, data, settings)
    with step(session, actor, licence, "seal" if last else "sign", settings, document=licence.text_hash, side=side, method=method):
        session.add(Signature(
            licence_id=licence.id, side=side, person_id=actor.person_id, text_hash=licence.text_hash, method=method, proof=proof,
            consent=service_sign.consent(side, licence),
        ))  # fmt: skip
        if last:
            licence.effective_on = clock.today()
            service_plan.plan(session, licence)


def deliver(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school hands over what the list names; from now on the company may see the confidential layer of the result."""
    policy.check(actor, licence, "deliver")
    reader = fields.Reader(data)
    listed = reader.text("delivery_list", least=5, most=settings.text_max)
    on_paper, today = licence.security in SECURITIES_ON_PAPER, clock.today()
    reference = reader.text("security_reference", least=2 if on_paper else 0, most=120)
    needed = clock.add_months(today, licence.trial_months)
    until = reader.day("security_until", needed, FARTHEST) if on_paper else None
    reader.done()
    with step(session, actor, licence, "deliver", settings, document=contract.text_hash(listed)):
        licence.delivery_list, licence.security_reference, licence.security_until = listed, reference, until
        accounts.grant(session, actor, licence.licensee_id, licence.result, grant_reason(licence))


def receive(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company has everything on the list: the trial begins today."""
    policy.check(actor, licence, "receive")
    reader = fields.Reader(data)
    reader.ticked("complete")
    reader.done()
    with step(session, actor, licence, "receive", settings, document=contract.text_hash(licence.delivery_list)):
        _begin(licence)


def deem_received(session: Session, licence: Licence, settings: Settings) -> bool:
    """The company was silent after the hand-over: received, where the contract says so."""
    over = licence.due_on is not None and clock.today() > licence.due_on
    if not over or not outlook.agreed(licence, "deems_receipt"):
        return False
    with step(session, SYSTEM, licence, "deem_received", settings, document=contract.text_hash(licence.delivery_list)):
        _begin(licence)
    return True


def _begin(licence: Licence) -> None:
    """The trial begins today; it never outlasts the right it stands on."""
    licence.trial_start = clock.today()
    end = clock.add_months(licence.trial_start, licence.trial_months)
    licence.trial_end = min(end, licence.rights_until) if licence.rights_until else end


PUBLISHED = ("price_fen", "instalment_count", "payment_terms")


def _new_price(reader: fields.Reader, licence: Licence) -> dict[str, Any]:
    """Price and parts as typed anew, under the model that stands; fields a form left out keep what was agreed."""
    before: dict[str, Any] = fields_payment.typed(licence.payment_terms) | {"payment_model": licence.payment_model}
    reader.data = before | {name: value for name, value in reader.data.items() if value is not None}
    found = vars(fields_payment.payment(reader, (licence.payment_model,)))
    if licence.payment_model in money_plan.BY_CONVERSION and not reader.raw("price"):
        found["price_fen"] = licence.price_fen
    return {name: found[name] for name in PUBLISHED}


def amend(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """Before all have signed the terms change: another price is published anew; every signature so far falls away."""
    policy.check(actor, licence, "amend")
    reader = fields.Reader(data)
    new = _new_price(reader, licence) | {
        "trial_months": reader.whole("trial_months", 1, settings.trial_months_cap), "security": reader.choice("security", SECURITIES),
    }  # fmt: skip
    reason = reader.text("reason", least=5, most=settings.text_max)
    reader.done()
    changed = {name: value for name, value in new.items() if value != getattr(licence, name)}
    if not changed:
        raise Refused(N_("没有改动，合同文本不变。"), code="nothing_changed")
    action = "renotice" if set(PUBLISHED) & set(changed) else "amend"
    with step(session, actor, licence, action, settings, reason=reason, changed=changed) as event:
        for name, value in changed.items():
            setattr(licence, name, value)
        if action == "renotice":
            event.document_hash = contract.digest(publish(session, licence, settings).facts)
        else:
            prepare(session, licence, settings)
            event.document_hash = licence.text_hash
    send(session, licence, people(session, licence, outlook.sides(licence)), "licence_amended")
