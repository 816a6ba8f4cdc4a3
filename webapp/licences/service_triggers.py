"""Payment triggers: which are met by facts, claims with evidence, the other side's word, disputes, and what falls due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, outlook, outlook_money, policy
from webapp.licences.models import Licence
from webapp.licences.money_plan import BY_CONVERSION
from webapp.licences.service_common import step
from webapp.licences.service_money import finish
from webapp.licences.states import INSTALMENT

MET, DENIED = "MET", "DENIED"


def shown_by_facts(licence: Licence) -> list[str]:
    """Triggers the platform itself can tell to be met: by the calendar, or by the sales the company reported."""
    sales, today = sum(row.sales_fen for row in licence.reports), clock.today()
    facts = {
        "TRIAL_END": licence.trial_end is not None and today > licence.trial_end,
        "FIXED_DATE": licence.trigger_on is not None and today >= licence.trigger_on,
        "FIRST_REVENUE": sales > 0,
        "REVENUE_THRESHOLD": bool(licence.trigger_fen) and sales >= (licence.trigger_fen or 0),
    }
    return [] if licence.payment_model in BY_CONVERSION else [code for code in licence.triggers if facts.get(code)]


def unclaimed(licence: Licence) -> str | None:
    """The first trigger met by facts about which nothing has been decided yet."""
    return next((code for code in shown_by_facts(licence) if code not in licence.met), None)


def satisfied(licence: Licence, code: str) -> bool:
    """Whether the fee is payable once `code` is met too."""
    met = {name for name, found in licence.met.items() if found["state"] == MET} | {code}
    return licence.trigger_rule == "ANY" or set(licence.triggers) <= met


def claim(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """One side says, with evidence, that a trigger is met; the other has its working days to contest."""
    policy.check(actor, licence, "claim")
    open_codes = outlook.open_triggers(licence)
    reader = fields.Reader({"claimed": open_codes[0] if open_codes else ""} | {k: v for k, v in data.items() if v})
    evidence = reader.text("evidence", least=10, most=settings.text_max)
    code = reader.choice("claimed", open_codes)
    reader.done()
    side = "company" if "company" in policy.parts(actor, licence) else "tto"
    document = contract.text_hash(evidence)
    with step(session, actor, licence, "claim", settings, reason=evidence, document=document, trigger=code):
        open_claim(licence, side, code)


def claim_by_facts(session: Session, actor: Actor, licence: Licence, code: str, settings: Settings) -> None:
    """The system claims a trigger the facts show; the company may still contest it."""
    with step(session, actor, licence, "claim", settings, trigger=code):
        open_claim(licence, "system", code)


def open_claim(licence: Licence, side: str, code: str) -> None:
    """From today the other side may contest."""
    licence.claimed_side, licence.claimed_trigger = side, code
    licence.contest_until = clock.add_working_days(clock.today(), outlook.agreed(licence, "contest_working_days"))


def drop_claim(licence: Licence) -> None:
    """No claim is open any more."""
    licence.claimed_side, licence.claimed_trigger, licence.contest_until, licence.disputed = "", "", None, False


def _decided(licence: Licence, state: str) -> None:
    """Keep what was found about the claimed trigger; a new dictionary, since a changed one would not be noticed."""
    code = licence.claimed_trigger or licence.trigger
    licence.met = licence.met | {code: {"state": state, "on": clock.today().isoformat()}}


def accept(session: Session, actor: Actor, licence: Licence, action: str, settings: Settings, **facts: Any) -> None:
    """The claimed trigger stands: the fee is payable, or one of several triggers is met and the trial goes on."""
    code, side = licence.claimed_trigger or licence.trigger, licence.claimed_side
    whole = satisfied(licence, code)
    with step(session, actor, licence, action if whole else "confirm_part", settings, trigger=code, claimed_by=side, **facts):
        _decided(licence, MET)
        if whole:
            become_payable(licence)
        else:
            drop_claim(licence)
    if_free(session, licence, settings)


def if_free(session: Session, licence: Licence, settings: Settings) -> None:
    """A licence without a fee has nothing to schedule: it is complete as soon as the company goes on."""
    if licence.state == "PAYABLE" and not licence.instalments and not licence.royalty_from:
        with step(session, SYSTEM, licence, "nothing_due", settings):
            pass
        finish(session, licence, settings)


def confirm_trigger(session: Session, actor: Actor, licence: Licence, _data: Mapping[str, Any], settings: Settings) -> None:
    """The other side agrees at once: the fee is due to be scheduled."""
    policy.check(actor, licence, "confirm_trigger")
    accept(session, actor, licence, "confirm_trigger", settings)


def become_payable(licence: Licence) -> None:
    """The agreed sums are triggered; a single sum paid later has its day by contract, others get theirs with the schedule."""
    drop_claim(licence)
    licence.exit_asked_on, licence.cure_until, licence.suspended_cause, licence.suspended_on = None, None, "", None
    licence.extension_months, licence.conversion, licence.conversion_agreed_on = None, "", None
    due = clock.add_days(clock.today(), outlook.agreed(licence, "first_due_days"))
    licence.royalty_from = clock.today() if outlook_money.royalty(licence) else None
    for row in licence.instalments:
        # A stage is due when it is reached, not before.
        if row.state == "SCHEDULED" and row.kind != "MILESTONE":
            INSTALMENT.step(row, "trigger", ("system",))
            row.due_on = due if licence.payment_model == "DEFERRED_LUMP" else None


def contest(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The other side does not agree: the trial goes on under dispute until the operator decides."""
    policy.check(actor, licence, "contest")
    reason = fields.one_text(data, "reason", settings)
    with step(session, actor, licence, "contest", settings, reason=reason, document=contract.text_hash(reason)):
        licence.disputed, licence.contest_until = True, None


def decide_payable(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The operator finds in writing, alone or with a mediator, that the trigger is met."""
    policy.check(actor, licence, "decide_payable")
    reason, body = _finding(data, settings)
    accept(session, actor, licence, "decide_payable", settings, reason=reason, document=contract.text_hash(reason), body=body)


def decide_trial(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The operator finds in writing that the trigger is not met: the trial goes on."""
    policy.check(actor, licence, "decide_trial")
    reason, body = _finding(data, settings)
    document = contract.text_hash(reason)
    with step(session, actor, licence, "decide_trial", settings, reason=reason, document=document, body=body):
        _decided(licence, DENIED)
        drop_claim(licence)


def _finding(data: Mapping[str, Any], settings: Settings) -> tuple[str, str]:
    """What was found, and the mediation body that was heard, if any."""
    reader = fields.Reader(data)
    reason, body = reader.text("reason", least=5, most=settings.text_max), reader.text("body", most=120)
    reader.done()
    return reason, body


def when_time_is_over(session: Session, actor: Actor, licence: Licence, settings: Settings) -> bool:
    """Nobody contested in time: the trigger stands if the contract says so, otherwise it is a dispute to decide."""
    if licence.contest_until is None or clock.today() <= licence.contest_until:
        return False
    if outlook.agreed(licence, "silence_confirms"):
        accept(session, actor, licence, "uncontested", settings)
        return True
    with step(session, actor, licence, "unanswered", settings, trigger=licence.claimed_trigger):
        licence.disputed, licence.contest_until = True, None
    return True
