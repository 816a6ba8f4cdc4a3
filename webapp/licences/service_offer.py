"""Offers: on which terms a school lets a result be used first, the catalogue of them, and the school's rules for all licences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.catalog.models import Result
from webapp.config import Settings
from webapp.core import audit, policy
from webapp.core.errors import N_, Stale
from webapp.core.policy import Actor
from webapp.licences import fields, fields_apply, money_split
from webapp.licences.models import Licence, Offer, SchoolRule
from webapp.licences.money_late import MOST_RATE
from webapp.licences.values import DAY_TYPES, OFFERED_MODELS, OWN_CLAUSES, SECURITIES, SHARERS, TRIGGERS


def offers(actor: Actor, settings: Settings, text: str = "", school_id: int | None = None) -> Select[tuple[Result]]:
    """Published results this actor may see that can be used first and paid later, the newest first."""
    query = policy.visible(actor, Result).where(
        Result.state == "PUBLISHED", Result.use_first_offered, Result.exclusive_in_force.is_(False),
        Result.trl >= settings.use_first_least_trl,
    )  # fmt: skip
    for word in text.split()[:8]:
        query = query.where(or_(Result.title.icontains(word, autoescape=True), Result.summary.icontains(word, autoescape=True)))
    if school_id:
        query = query.where(Result.organisation_id == school_id)
    return query.order_by(Result.published_at.desc(), Result.id.desc())


def schools(session: Session, actor: Actor, settings: Settings) -> list[Organisation]:
    """The schools that have offers in the catalogue, by name."""
    ids = offers(actor, settings).with_only_columns(Result.organisation_id).order_by(None)
    return list(session.scalars(select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.name)))


def offer_of(session: Session, result_id: int) -> Offer | None:
    """The terms the school has set for this result."""
    return session.scalars(select(Offer).where(Offer.result_id == result_id)).first()


def offers_of(session: Session, result_ids: list[int]) -> dict[int, Offer]:
    """The same for many results at once."""
    return {row.result_id: row for row in session.scalars(select(Offer).where(Offer.result_id.in_(result_ids)))}


def allowed(session: Session, result: Result) -> fields_apply.Allowed:
    """What an application for this result may choose from."""
    offer = offer_of(session, result.id)
    if offer is None:
        return fields_apply.Allowed()
    models = tuple(model for model in offer.models if model in OFFERED_MODELS)
    return fields_apply.Allowed(models, tuple(offer.triggers), offer.security)


def set_offer(session: Session, actor: Actor, result: Result, data: Mapping[str, Any], version: int | None = None) -> Offer:
    """The school's office or whoever posted the result sets the terms; running licences keep theirs."""
    policy.check(actor, "licence:offer", result)
    reader = fields.Reader(data)
    values: dict[str, Any] = {
        "models": reader.several("models", OFFERED_MODELS), "triggers": reader.several("triggers", TRIGGERS),
        "security": reader.choice("security", SECURITIES), "conditions": reader.text("conditions", most=2000),
    }  # fmt: skip
    reader.done()
    values["set_by_id"] = actor.person_id
    offer = offer_of(session, result.id)
    if offer is None:
        offer = Offer(result_id=result.id)
        session.add(offer)
    elif version is not None and version != offer.version:
        raise Stale(who="")
    _write(offer, values)
    session.flush()
    audit.record(session, actor, "licence:offer", offer, result=result.id, models=offer.models, security=offer.security)
    return offer


def rule(session: Session, school_id: int) -> SchoolRule | None:
    """What this school has decided for all its licences."""
    return session.scalars(select(SchoolRule).where(SchoolRule.organisation_id == school_id)).first()


def set_rule(session: Session, actor: Actor, data: Mapping[str, Any], version: int | None = None) -> SchoolRule:
    """The school's office sets notice, tiers of approval and clauses for applications approved from now on."""
    policy.check(actor, "licence:rule")
    reader = fields.Reader(data)
    days, higher = reader.whole("notice_days", 1, 90), reader.wan("higher", optional=True, most=fields.MOST_PRICE)
    own = _clauses(reader)
    values: dict[str, Any] = {
        "clauses": own, "notice_days": days, "notice_day_type": reader.choice("notice_day_type", DAY_TYPES), "higher_fen": None if higher < 0 else higher,
        "higher_body": reader.text("higher_body", least=2 if higher >= 0 else 0, most=80),
        "deems_receipt": bool(data.get("deems_receipt")), "silence_confirms": bool(data.get("silence_confirms")),
        "late_fee_rate": max(0, reader.whole("late_fee_rate", 0, MOST_RATE, optional=True)), "shares": _shares(reader),
    }  # fmt: skip
    reader.done()
    row = rule(session, actor.organisation_id or 0)
    if row is None:
        row = SchoolRule(organisation_id=actor.organisation_id or 0)
        session.add(row)
    elif version is not None and version != row.version:
        raise Stale(who="")
    _write(row, values)
    session.flush()
    audit.record(session, actor, "licence:rule", row, **{name: sorted(value) if name == "clauses" else value for name, value in values.items()})
    return row


def _clauses(reader: fields.Reader) -> dict[str, str]:
    """The school's wording of the sections it may word itself; what is left empty stays the platform's."""
    found = {name: reader.text(f"clause_{name}", most=4000).replace("\r\n", "\n") for name in OWN_CLAUSES}
    for name, text in found.items():
        if text and len(text) < 20:
            reader.faults[f"clause_{name}"] = N_("写得太短，请至少写一句完整的话。")
    return {name: text for name, text in found.items() if text}


def _shares(reader: fields.Reader) -> dict[str, int]:
    """Shares of income in per mille, typed as per cent with at most one place; all empty means none are decided yet."""
    typed = {name: reader.raw(f"share_{name}").removesuffix("%") for name in SHARERS}
    if not any(typed.values()):
        return {}
    if bad := next((name for name, text in typed.items() if text and not re.fullmatch(r"[0-9]{1,3}(\.[0-9])?", text)), None):
        reader.faults[f"share_{bad}"] = N_("请填写百分数，最多一位小数。")
        return {}
    shares = {name: int(Decimal(text or "0") * 10) for name, text in typed.items()}
    if money_split.problem(shares):
        reader.faults["share_team"] = N_("各方比例合计要正好是 100%，团队不低于 50%。")
    return shares


def _write(row: Offer | SchoolRule, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def notice_rule(session: Session, school: Organisation, settings: Settings) -> tuple[int, str]:
    """How long this school's notices run and in which days: its rule, else its profile, else the settings."""
    own = rule(session, school.id)
    days = (own and own.notice_days) or school.notice_days or settings.notice_days
    return days, (own and own.notice_day_type) or school.notice_day_type or settings.notice_day_type


def notice_rule_of(session: Session, actor: Actor, settings: Settings) -> tuple[int, str]:
    """The same for the school the actor acts for."""
    school = session.get(Organisation, actor.organisation_id)
    return notice_rule(session, school, settings) if school else (settings.notice_days, settings.notice_day_type)


def signed() -> Select[Any]:
    """Licences under contract or brought to their end, newest first: the public list of deals."""
    query = select(Licence).where(Licence.effective_on.is_not(None), Licence.state != "TERMINATED")
    return query.order_by(Licence.effective_on.desc(), Licence.id.desc())

