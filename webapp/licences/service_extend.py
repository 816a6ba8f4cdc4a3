"""After the trial: one extension, or the conversion into a transfer, a long or exclusive licence, or shares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, outlook, policy
from webapp.licences.models import Licence
from webapp.licences.service_common import step
from webapp.licences.service_end import waive_planned
from webapp.licences.service_review import publish
from webapp.licences.values import CONVERSIONS, SECURITIES_ON_PAPER


def evaluation(reader: fields.Reader, settings: Settings) -> str:
    """What the trial has shown, in the company's words: every choice at its end begins with it."""
    return reader.text("evaluation", least=10, most=settings.text_max)


def ask_extension(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company wants more time to try; not longer than the first trial, the longest trial and the right allow."""
    policy.check(actor, licence, "ask_extension")
    reader = fields.Reader(data)
    months = reader.whole("months", 1, licence.trial_months)
    text = evaluation(reader, settings)
    reader.done()
    _fits(licence, months)
    with step(session, actor, licence, "ask_extension", settings, reason=text, document=contract.text_hash(text), months=months):
        licence.extension_months, licence.evaluation = months, text


def _new_end(licence: Licence, months: int) -> date:
    return clock.add_months(licence.trial_end or clock.today(), months)


def _fits(licence: Licence, months: int) -> None:
    end = _new_end(licence, months)
    cap = outlook.agreed(licence, "trial_months_cap")
    if licence.trial_start and end > clock.add_months(licence.trial_start, cap):
        raise Invalid(fields={"months": N_("连同延长，试用总共不能超过 %(cap)s 个月。")}, cap=cap)
    if licence.rights_until and end > licence.rights_until:
        raise Invalid(fields={"months": N_("延长后会晚于权利到期日 %(day)s，请缩短。")}, day=licence.rights_until.isoformat())
    if end <= clock.today():
        raise Invalid(fields={"months": N_("这样延长，试用已经期满，请多延几个月。")})


def extend(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school agrees: a supplementary agreement moves the end; a security on paper must reach as far."""
    policy.check(actor, licence, "extend")
    months = licence.extension_months or 0
    _fits(licence, months)
    end = _new_end(licence, months)
    reader = fields.Reader(data)
    on_paper = licence.security in SECURITIES_ON_PAPER
    until = reader.day("security_until", end, date(2100, 1, 1)) if on_paper else None
    reader.done()
    text = contract.supplement(licence.code, months, end)
    with step(session, actor, licence, "extend", settings, reason=text, document=contract.text_hash(text), months=months):
        licence.trial_end, licence.extension_months, licence.extensions = end, None, licence.extensions + 1
        licence.security_until = until or licence.security_until
        licence.met = {code: found for code, found in licence.met.items() if code != "TRIAL_END"}


def refuse_extension(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school does not agree to more time; the company chooses again among the other ways."""
    policy.check(actor, licence, "refuse_extension")
    with step(session, actor, licence, "refuse_extension", settings, reason=fields.one_text(data, "reason", settings)):
        licence.extension_months = None


def ask_conversion(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company wants another deal in place of this licence."""
    policy.check(actor, licence, "ask_conversion")
    reader = fields.Reader(data)
    kind = reader.choice("conversion", CONVERSIONS)
    terms = reader.text("terms", least=10, most=settings.text_max)
    text = evaluation(reader, settings)
    reader.done()
    with step(session, actor, licence, "ask_conversion", settings, reason=terms, document=contract.text_hash(terms), kind=kind):
        licence.conversion, licence.conversion_terms, licence.evaluation = kind, terms, text


def agree_conversion(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school wants it too: the new deal has a public notice of its own and its time to be negotiated."""
    policy.check(actor, licence, "agree_conversion")
    reader = fields.Reader(data)
    price_fen = reader.wan("price")
    basis = reader.text("basis", least=5, most=1000)
    reader.done()
    with step(session, actor, licence, "agree_conversion", settings, reason=basis, price_fen=price_fen) as event:
        licence.conversion_agreed_on = clock.today()
        more = {"conversion": licence.conversion, "price_fen": price_fen, "basis": basis}
        notice = publish(session, licence, settings, about="CONVERSION", more=more)
        event.document_hash = contract.digest(notice.facts)


def drop_conversion(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """One side gives up on the other deal; the company chooses anew."""
    policy.check(actor, licence, "drop_conversion")
    _drop(session, actor, licence, fields.one_text(data, "reason", settings), settings)


def conversion_over(session: Session, licence: Licence, settings: Settings) -> bool:
    """The time to negotiate has passed without a new deal."""
    if licence.conversion_agreed_on is None or licence.due_on is None or clock.today() <= licence.due_on:
        return False
    _drop(session, SYSTEM, licence, "", settings)
    return True


def _drop(session: Session, actor: Actor, licence: Licence, reason: str, settings: Settings) -> None:
    with step(session, actor, licence, "drop_conversion", settings, reason=reason):
        licence.conversion, licence.conversion_agreed_on = "", None
        for notice in licence.notices:
            if notice.about == "CONVERSION" and notice.state in {"OPEN", "STOPPED"}:
                notice.state = "VOID"


def convert(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The new deal is in force, its notice has run: this licence closes, nothing of its own fee is owed."""
    policy.check(actor, licence, "convert")
    notice = next((row for row in reversed(licence.notices) if row.about == "CONVERSION"), None)
    if notice is None or notice.state != "ENDED":
        raise Refused(N_("转正的公示还没有结束，公示期满无异议后才能转正。"), code="conversion_notice_open")
    reader = fields.Reader(data)
    number = reader.text("contract_number", least=2, most=80)
    effective = reader.day("effective_on", licence.conversion_agreed_on or clock.today(), clock.today())
    reader.done()
    facts: dict[str, Any] = {"kind": licence.conversion, "number": number, "effective_on": effective.isoformat()}
    with step(session, actor, licence, "convert", settings, reason=number, document=contract.digest(facts), **facts):
        waive_planned(licence)
