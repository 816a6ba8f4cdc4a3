"""What a company applies with, read as a whole within what the offer allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_
from webapp.licences.fields import Reader, Size, read_size
from webapp.licences.fields_payment import Payment, payment
from webapp.licences.values import OFFERED_MODELS, SECURITIES, TRIGGER_RULES, TRIGGERS, TRIGGERS_WITH_TEXT


@dataclass(frozen=True)
class Application:
    """What a company applies with: purpose, terms, and the figures of its size."""

    intended_use: str
    plan: str
    related_party: str
    trial_months: int
    payment: Payment
    trigger: str
    more_triggers: list[str]
    trigger_rule: str
    trigger_on: date | None
    trigger_fen: int | None
    trigger_text: str
    security: str
    name_public: bool
    size: Size


@dataclass(frozen=True)
class Allowed:
    """What the offer of a result leaves open to the applicant; an empty tuple allows everything the platform knows."""

    models: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    security: str = "NONE"
    months: int | None = None


def application(data: Mapping[str, Any], settings: Settings, allowed: Allowed = Allowed()) -> Application:
    """A complete application within what the offer allows, or Invalid naming every fault."""
    reader = Reader(data)
    found = Application(
        intended_use=reader.text("intended_use", least=10, most=settings.text_max),
        plan=reader.text("plan", least=10, most=settings.text_max),
        related_party=_related(reader),
        trial_months=reader.whole("trial_months", 1, min(allowed.months or settings.trial_months_cap, settings.trial_months_cap)),
        payment=payment(reader, allowed.models or OFFERED_MODELS),
        **_triggers(reader, allowed, settings),
        security=_security(reader, allowed),
        name_public=bool(data.get("name_public")),
        size=read_size(reader),
    )
    if found.payment.payment_model == "CONDITIONAL" and "TRIAL_END" in (found.trigger, *found.more_triggers) and found.trigger_rule == "ANY":
        reader.faults["trigger"] = N_("达标后付款要选一个达标条件，不能选试用期满。")
    reader.done()
    return found


def _security(reader: Reader, allowed: Allowed) -> str:
    chosen = reader.choice("security", SECURITIES)
    if allowed.security not in {"NONE", chosen}:
        reader.faults["security"] = N_("学校要求的履约保障与所选不同，请按要求选择。")
    return chosen


def _triggers(reader: Reader, allowed: Allowed, settings: Settings) -> dict[str, Any]:
    """The agreed triggers: the first one, more of them, whether any or all must be met, and what each needs to be told."""
    first = reader.choice("trigger", allowed.triggers or TRIGGERS)
    more = [code for code in dict.fromkeys(reader.data.get("more_triggers") or ()) if code != first]
    if not set(more) <= set(allowed.triggers or TRIGGERS):
        reader.faults["more_triggers"] = N_("请从列表中选一项。")
    codes = {first, *more}
    today = clock.today()
    latest = clock.add_months(today, settings.trial_months_cap)
    return {
        "trigger": first, "more_triggers": more,
        "trigger_rule": reader.choice("trigger_rule", TRIGGER_RULES) if more else "ANY",
        "trigger_on": reader.day("trigger_on", today, latest) if "FIXED_DATE" in codes else None,
        "trigger_fen": _threshold(reader) if "REVENUE_THRESHOLD" in codes else None,
        "trigger_text": reader.text("trigger_text", least=5 if codes & TRIGGERS_WITH_TEXT else 0, most=1000),
    }  # fmt: skip


def _threshold(reader: Reader) -> int:
    fen = reader.wan("trigger_revenue")
    if not fen and "trigger_revenue" not in reader.faults:
        reader.faults["trigger_revenue"] = N_("请填写收入达到多少时付费。")
    return fen


def _related(reader: Reader) -> str:
    """Whether the company is related to the school or the team must be declared either way."""
    answer = reader.choice("related", ("no", "yes"))
    return reader.text("related_party", least=2 if answer == "yes" else 0, most=1000) if answer == "yes" else ""
