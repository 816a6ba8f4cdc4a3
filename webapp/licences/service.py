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
from webapp.licences import service_contract, service_money, service_notice, service_review, service_trial
from webapp.licences.models import Licence, PublicNotice
from webapp.licences.service_apply import (
    apply,
    calculate,
    cancel,
    draft,
    find_result,
    live_trials,
    obstacle,
    offers,
    places_left,
    prefill,
    try_calculate,
)
from webapp.licences.service_clocks import run, waiting
from webapp.licences.service_common import lock
from webapp.licences.service_money import first_due
from webapp.licences.service_notice import notices, object_to, seen
from webapp.licences.service_review import uscc_valid

__all__ = [
    "act", "apply", "calculate", "count", "draft", "find_notice", "find_result", "first_due", "licences", "live_trials", "notices", "object_to",
    "obstacle", "offers", "places_left", "prefill", "run", "seen", "try_calculate", "uscc_valid", "waiting",
]  # fmt: skip

Deed = Callable[[Session, Actor, Licence, Mapping[str, Any], Settings], Any]

DEEDS: dict[str, Deed] = {
    "check": service_review.check, "confirm": service_review.confirm, "send_back": service_review.send_back,
    "reject": service_review.reject, "approve": service_review.approve, "decide": service_notice.decide, "cancel": cancel,
    "sign": service_contract.sign, "deliver": service_contract.deliver, "receive": service_contract.receive,
    "report": service_trial.report, "claim": service_trial.claim, "confirm_trigger": service_trial.confirm_trigger,
    "contest": service_trial.contest, "decide_payable": service_trial.decide_payable, "decide_trial": service_trial.decide_trial,
    "ask_exit": service_trial.ask_exit, "confirm_exit": service_trial.confirm_exit, "refuse_exit": service_trial.refuse_exit,
    "continue": service_trial.continue_use, "prove_use": service_trial.prove_use, "terminate": service_trial.terminate,
    "schedule": service_money.schedule, "receipt": service_money.receipt,
}  # fmt: skip
# These carry a key of their own (a hash, a period, a bank reference), so that sending them twice is harmless.
REPEATABLE = frozenset({"sign", "report", "receipt"})


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
    return session.scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0


def find_notice(session: Session, actor: Actor, notice_id: int) -> PublicNotice:
    """A public notice anyone may read."""
    found: PublicNotice = permissions.find(session, actor, PublicNotice, notice_id)
    return found
