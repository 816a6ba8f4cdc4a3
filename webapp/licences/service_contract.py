"""Signing and delivery: the contract text, both signatures over one hash, the hand-over and the start of the trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Refused
from webapp.core.policy import Actor
from webapp.licences import contract, fields, money, outlook, policy
from webapp.licences.models import Instalment, Licence, Signature
from webapp.licences.service_common import grant_reason, step
from webapp.licences.values import SECURITIES_ON_PAPER


def terms(licence: Licence) -> contract.Terms:
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
    )  # fmt: skip


def prepare(licence: Licence) -> None:
    """Fix the text both sides will sign; from here on it is kept, not rendered again."""
    licence.contract_text = contract.render(terms(licence))
    licence.text_hash = contract.text_hash(licence.contract_text)


def sign(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """One side signs the text it was shown; the second signature over the same hash puts the contract in force."""
    policy.check(actor, licence, "sign")
    reader = fields.Reader(data)
    shown = reader.raw("text_hash")
    reader.ticked("authorised")
    reader.done()
    if shown != licence.text_hash:
        raise Refused(N_("合同文本已更新，请重新阅读后再签署。"), code="text_changed")
    side = next(iter({"company", "tto"} & policy.parts(actor, licence) - outlook.signed_sides(licence)))
    if any(row.person_id == actor.person_id for row in licence.signatures):
        raise Refused(N_("同一个人不能代表双方签署。"), code="two_persons")
    last = bool(outlook.signed_sides(licence))
    with step(session, actor, licence, "seal" if last else "sign", settings, document=licence.text_hash, side=side):
        session.add(Signature(licence_id=licence.id, side=side, person_id=actor.person_id, text_hash=licence.text_hash))
        if last:
            licence.effective_on = clock.today()
            _plan_instalments(session, licence)


def _plan_instalments(session: Session, licence: Licence) -> None:
    """The agreed sums, not yet due: nothing is owed before the trigger."""
    for position, fen in enumerate(money.split(licence.price_fen, licence.instalment_count), 1):
        session.add(Instalment(licence_id=licence.id, position=position, amount_fen=fen))


def deliver(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school hands over what the list names; from now on the company may see the confidential layer of the result."""
    policy.check(actor, licence, "deliver")
    reader = fields.Reader(data)
    listed = reader.text("delivery_list", least=5, most=settings.text_max)
    reference = reader.text("security_reference", least=2 if licence.security in SECURITIES_ON_PAPER else 0, most=120)
    reader.done()
    with step(session, actor, licence, "deliver", settings, document=contract.text_hash(listed)):
        licence.delivery_list, licence.security_reference = listed, reference
        accounts.grant(session, actor, licence.licensee_id, licence.result, grant_reason(licence))


def receive(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company has everything on the list: the trial begins today."""
    policy.check(actor, licence, "receive")
    reader = fields.Reader(data)
    reader.ticked("complete")
    reader.done()
    with step(session, actor, licence, "receive", settings, document=contract.text_hash(licence.delivery_list)):
        licence.trial_start = clock.today()
        licence.trial_end = clock.add_months(licence.trial_start, licence.trial_months)
