"""Use cases of use-first licences, gathered: each takes (session, actor, licence or result, what was typed, settings)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, false, func, or_
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core import policy as permissions
from webapp.core.errors import NotFound, Stale
from webapp.core.policy import Actor
from webapp.licences import (
    service_contract,
    service_default,
    service_end,
    service_extend,
    service_filing,
    service_money,
    service_notice,
    service_payments,
    service_review,
    service_royalty,
    service_stages,
    service_suspend,
    service_trial,
    service_triggers,
)
from webapp.licences.models import Licence, PublicNotice
from webapp.licences.service_apply import (
    apply,
    barred,
    calculate,
    cancel,
    draft,
    find_result,
    for_company,
    live_trials,
    places_left,
    prefill,
    try_calculate,
)
from webapp.licences.service_clocks import run, waiting
from webapp.licences.service_common import lock
from webapp.licences.service_money import first_due
from webapp.licences.service_notice import notices, object_to, seen, unknown_years
from webapp.licences.service_offer import (
    allowed,
    notice_rule_of,
    offer_of,
    offers,
    offers_of,
    rule,
    schools,
    set_offer,
    set_rule,
    signed,
)
from webapp.licences.service_portfolio import GROUPS, calendar, portfolio, rows
from webapp.licences.service_review import needs_higher, relations, uscc_valid

__all__ = [
    "FILING",
    "GROUPS",
    "act",
    "allowed",
    "apply",
    "barred",
    "calculate",
    "calendar",
    "count",
    "draft",
    "find_notice",
    "find_result",
    "first_due",
    "for_company",
    "licences",
    "live_trials",
    "needs_higher",
    "notice_rule_of",
    "notices",
    "object_to",
    "offer_of",
    "offers",
    "offers_of",
    "places_left",
    "portfolio",
    "prefill",
    "relations",
    "rows",
    "rule",
    "run",
    "schools",
    "seen",
    "set_offer",
    "set_rule",
    "signed",
    "try_calculate",
    "unknown_years",
    "uscc_valid",
    "waiting",
]  # fmt: skip

FILING = service_filing.FILING  # its steps are heard of with the last signature

Deed = Callable[[Session, Actor, Licence, Mapping[str, Any], Settings], Any]

DEEDS: dict[str, Deed] = {
    "check": service_review.check, "confirm": service_review.confirm, "send_back": service_review.send_back,
    "reject": service_review.reject, "endorse": service_review.endorse, "approve": service_review.approve,
    "decide": service_notice.decide, "cancel": cancel, "amend": service_contract.amend, "sign": service_contract.sign,
    "deliver": service_contract.deliver, "receive": service_contract.receive, "report": service_trial.report,
    "claim": service_triggers.claim, "confirm_trigger": service_triggers.confirm_trigger, "contest": service_triggers.contest,
    "decide_payable": service_triggers.decide_payable, "decide_trial": service_triggers.decide_trial,
    "suspend": service_suspend.suspend, "lift": service_suspend.lift, "renew_rights": service_suspend.renew_rights,
    "ask_extension": service_extend.ask_extension, "extend": service_extend.extend,
    "refuse_extension": service_extend.refuse_extension, "ask_conversion": service_extend.ask_conversion,
    "agree_conversion": service_extend.agree_conversion, "drop_conversion": service_extend.drop_conversion,
    "convert": service_extend.convert, "ask_exit": service_end.ask_exit, "confirm_exit": service_end.confirm_exit,
    "refuse_exit": service_end.refuse_exit, "continue": service_trial.continue_use, "prove_use": service_trial.prove_use,
    "ask_end": service_end.ask_end, "refuse_end": service_end.refuse_end, "terminate": service_end.terminate,
    "schedule": service_money.schedule, "receipt": service_money.receipt, "demand": service_default.demand,
    "ask_plan": service_default.ask_plan, "refuse_plan": service_default.refuse_plan, "reschedule": service_default.reschedule,
    "declare_default": service_default.declare_default, "next_stage": service_default.next_stage, "settle": service_default.settle,
    "statement": service_royalty.statement, "audit": service_royalty.audit, "reach": service_stages.reach, "claim_stage": service_stages.claim,
    "confirm_stage": service_stages.confirm, "contest_stage": service_stages.contest, "refuse_stage": service_stages.refuse, "invoice": service_payments.invoice,
    "void_invoice": service_payments.void_invoice, "forgive": service_payments.forgive, "refund": service_payments.refund,
}  # fmt: skip
# These carry a key of their own (a hash, a period, a bank reference), so that sending them twice is harmless.
REPEATABLE = frozenset({"sign", "report", "receipt", "statement", "invoice"})


def act(
    session: Session, actor: Actor, licence: Licence, action: str, data: Mapping[str, Any], *, settings: Settings,
    version: int | None = None,
) -> Any:
    """Take one step by its name; `version` is the one the person saw, and another one means somebody acted in between."""
    deed = DEEDS.get(action)
    if deed is None:
        raise NotFound
    lock(session, licence)
    if version is not None and version != licence.version and action not in REPEATABLE:
        last = next((event.person for event in licence.events if event.person), None)
        raise Stale(who=last.name if last else "")
    return deed(session, actor, licence, data, settings)


def licences(actor: Actor, waiting_for_me: bool = False) -> Select[tuple[Licence]]:
    """The licences this actor may see; those waiting for their part first come first due."""
    query = permissions.visible(actor, Licence)
    if not waiting_for_me:
        return query.order_by(Licence.id.desc())
    held = [part for part, roles in ROLES.items() if actor.has(*roles)]
    clauses = [Licence.awaits.contains(part) for part in held]
    # Reports and instalments far ahead are nothing to do yet.
    soon = or_(Licence.state.not_in(("TRIAL", "PAYING")), Licence.due_on <= clock.today() + AHEAD)
    return query.where(or_(false(), *clauses), soon).order_by(Licence.due_on, Licence.id)


AHEAD = timedelta(days=30)
ROLES = {"company": ("company_user", "company_admin"), "tto": ("tto",), "broker": ("broker",), "operator": ("operator",)}


def count(session: Session, query: Select[Any]) -> int:
    """How many rows a list has."""
    return session.scalar(counting(query)) or 0


def counting(query: Select[Any]) -> Select[Any]:
    """Counts the rows of a list."""
    return query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)


def find_notice(session: Session, actor: Actor, notice_id: int) -> PublicNotice:
    """A public notice anyone may read."""
    found: PublicNotice = permissions.find(session, actor, PublicNotice, notice_id)
    return found
