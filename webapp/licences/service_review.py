"""From application to public notice: the broker checks, the operator confirms, the school approves; or it goes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session
from stdnum.cn import uscc

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.catalog.models import Result
from webapp.config import Settings
from webapp.core import clock
from webapp.core import policy as permissions
from webapp.core.errors import N_, Forbidden, Invalid, Refused
from webapp.core.policy import ANONYMOUS, Actor
from webapp.licences import contract, fields, policy
from webapp.licences.models import Licence, PublicNotice
from webapp.licences.service_apply import hold, obstacle
from webapp.licences.service_common import step
from webapp.licences.values import REVIEW_CHECKS, SME_TIERS


def uscc_valid(company: Organisation) -> bool:
    """Whether the company's unified social credit code is there and its check digit fits."""
    return bool(uscc.is_valid(company.uscc or ""))


def check(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The broker has looked at the evidence and the credit record; who checks first takes the application on."""
    policy.check(actor, licence, "check")
    reader = fields.Reader(data)
    reader.ticked("evidence_seen")
    reader.ticked("credit_clear")
    note = reader.text("note", most=1000)
    reader.done()
    with step(session, actor, licence, "check", settings, reason=note, document=_size_hash(licence), checks=["evidence", "credit"]):
        licence.broker_id = licence.broker_id or actor.person_id
        if licence.eligibility:
            licence.eligibility.checked_by_id, licence.eligibility.checked_at = actor.person_id, clock.now()


def _size_hash(licence: Licence) -> str:
    row = licence.eligibility
    return contract.digest([row.size_class, row.figures_year, row.evidence, row.calculation, row.tier]) if row else ""


def confirm(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The operator confirms the size and hands the application to the school."""
    policy.check(actor, licence, "confirm")
    row = licence.eligibility
    if row is None or row.tier not in SME_TIERS:
        raise Refused(N_("企业不属于中小微企业，不能先用后付。"), code="not_sme")
    if not uscc_valid(licence.licensee):
        raise Refused(N_("企业的统一社会信用代码缺失或校验不通过，请先补正单位资料。"), code="uscc_invalid")
    _still_possible(session, licence, settings)
    reader = fields.Reader(data)
    note = reader.text("note", most=1000)
    reader.done()
    with step(session, actor, licence, "confirm", settings, reason=note, document=_size_hash(licence)):
        row.confirmed_by_id, row.confirmed_at = actor.person_id, clock.now()


def _still_possible(session: Session, licence: Licence, settings: Settings) -> None:
    hold(session, licence.result)
    error = obstacle(session, licence.result, licence.licensee_id, settings, own=licence.id)
    if error:
        raise error


def _reason(data: Mapping[str, Any]) -> str:
    reader = fields.Reader(data)
    reason = reader.text("reason", least=5, most=2000)
    reader.done()
    return reason


def send_back(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """Back to the company with what has to be mended."""
    policy.check(actor, licence, "send_back")
    with step(session, actor, licence, "send_back", settings, reason=_reason(data)):
        pass


def reject(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """Not eligible, or the school does not agree; the reason reaches the company."""
    policy.check(actor, licence, "reject")
    with step(session, actor, licence, "reject", settings, reason=_reason(data)):
        pass


def approve(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> PublicNotice:
    """The school agrees after its checks, and the public notice begins today."""
    policy.check(actor, licence, "approve")
    if any(m.organisation_id == licence.licensee_id for m in accounts.memberships(session, actor.person_id or 0)):
        raise Forbidden(N_("您也是申请企业的成员，审批要换一位同事来做。"), code="conflict")
    _still_possible(session, licence, settings)
    done = set(data.get("checks") or ())
    if done != set(REVIEW_CHECKS):
        raise Invalid(fields={"checks": N_("每一项都核对并勾选后才能同意。")})
    reader = fields.Reader(data)
    note = reader.text("note", most=2000)
    reader.done()
    with step(session, actor, licence, "approve", settings, reason=note, checks=sorted(done)) as event:
        notice = _publish(session, licence, settings)
        event.document_hash = contract.digest(notice.facts)
    return notice


def _publish(session: Session, licence: Licence, settings: Settings) -> PublicNotice:
    """Begin the notice with the school's own length and way of counting, else the settings'; the day it begins does not count."""
    school, today = licence.licensor, clock.today()
    days = school.notice_days or settings.notice_days
    day_type = school.notice_day_type or settings.notice_day_type
    notice = PublicNotice(
        licence_id=licence.id, starts_on=today, counted_from=today, ends_on=clock.deadline(today, days, day_type),
        days=days, day_type=day_type, facts=content(licence),
    )  # fmt: skip
    session.add(notice)
    session.flush()
    return notice


def content(licence: Licence) -> dict[str, Any]:
    """What the notice says, fixed as published: the object, the sides, the price, and whether they are related."""
    result: Result = licence.result
    summary = permissions.reveal(ANONYMOUS, result).summary if result.confidentiality == 0 else ""
    return {
        "code": licence.code, "title": result.title, "summary": summary,
        "licensor": licence.licensor.name, "licensee": licence.licensee.name, "department": result.department, "lead": result.lead,
        "price_fen": licence.price_fen, "payment_model": licence.payment_model, "instalment_count": licence.instalment_count,
        "trigger": licence.trigger, "trial_months": licence.trial_months, "related_party": licence.related_party,
    }  # fmt: skip
