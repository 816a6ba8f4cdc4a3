"""From application to public notice: the broker checks, the operator confirms, the school approves; or it goes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from webapp.accounts import conflicts
from webapp.accounts import service as accounts
from webapp.accounts.models import Membership, Organisation, Person
from webapp.catalog.models import Result
from webapp.catalog.policy import over
from webapp.config import Settings
from webapp.core import clock
from webapp.core import policy as permissions
from webapp.core.errors import N_, Forbidden, Refused
from webapp.core.policy import ANONYMOUS, Actor
from webapp.licences import contract, fields, money_plan, outlook, policy, service_offer
from webapp.licences.models import Licence, PublicNotice, SchoolRule
from webapp.licences.service_apply import hold, obstacle
from webapp.licences.service_common import step
from webapp.licences.values import CO_OWNERS, PLEDGES, REVIEW_CHECKS, SME_TIERS
from webapp.matches.policy import served


def uscc_valid(company: Organisation) -> bool:
    """Whether the company's unified social credit code is there and its check digit fits."""
    return bool(uscc.is_valid(company.uscc or ""))


def check(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The broker has looked at the evidence and the credit record; who checks first takes the application on."""
    policy.check(actor, licence, "check")
    sides = (licence.licensor_id, licence.licensee_id)
    conflicts.check(session, actor.person_id or 0, sides, served(session, actor.person_id or 0, licence.task.match_id if licence.task else None))
    reader = fields.Reader(data)
    reader.ticked("evidence_seen")
    reader.ticked("credit_clear")
    today = clock.today()
    looked = reader.day("credit_on", today - timedelta(days=CREDIT_FRESH_DAYS), today)
    source = reader.text("credit_source", least=2, most=120)
    note = reader.text("note", most=1000)
    reader.done()
    facts: dict[str, Any] = {"credit_on": looked.isoformat(), "credit_source": source, "third_party": bool(data.get("third_party"))}
    with step(session, actor, licence, "check", settings, reason=note, document=_size_hash(licence), **facts):
        licence.broker_id = licence.broker_id or actor.person_id
        licence.firm_id = actor.organisation_id if data.get("third_party") else None
        if licence.eligibility:
            licence.eligibility.checked_by_id, licence.eligibility.checked_at = actor.person_id, clock.now()
            licence.eligibility.credit_on, licence.eligibility.credit_source = looked, source


CREDIT_FRESH_DAYS = 30  # an older extract of the credit record says too little


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
    if relations(session, licence) and not licence.related_party:
        raise Refused(N_("平台发现双方有共同的成员，申请没有声明关联关系，请退回补正。"), code="relation_undeclared")
    _still_possible(session, licence, settings)
    reader = fields.Reader(data)
    note = reader.text("note", most=1000)
    reader.done()
    with step(session, actor, licence, "confirm", settings, reason=note, document=_size_hash(licence)):
        row.confirmed_by_id, row.confirmed_at = actor.person_id, clock.now()


def relations(session: Session, licence: Licence) -> int:
    """How many people are members of both sides, or lead the result and are members of the company."""
    company = select(Membership.person_id).where(Membership.organisation_id == licence.licensee_id, Membership.active)
    school = select(Membership.person_id).where(Membership.organisation_id == licence.licensor_id, Membership.active)
    own = [Person.id.in_(school), Person.id == (licence.result.created_by_id or 0), Person.name == (licence.result.lead or None)]
    return session.scalar(select(func.count()).select_from(Person).where(Person.id.in_(company), or_(*own))) or 0


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
    reader = fields.Reader(data)
    sheet, note = _rights(reader, licence), reader.text("note", most=2000)
    rule = service_offer.rule(session, licence.licensor_id)
    decision = reader.text("decision_reference", least=2 if needs_higher(licence, rule) else 0, most=120)
    reader.done()
    _two_levels(actor, licence, rule)
    with step(session, actor, licence, "approve", settings, reason=note, sheet=sheet, decision=decision) as event:
        licence.rights, licence.clocks = sheet, licence.clocks | outlook.clauses(rule)
        licence.own_clauses = rule.clauses if rule else {}
        licence.rights_until = date.fromisoformat(sheet["rights_until"]) if sheet["rights_until"] else None
        notice = publish(session, licence, settings)
        event.document_hash = contract.digest([sheet, notice.facts])
    return notice


def needs_higher(licence: Licence, rule: SchoolRule | None) -> bool:
    """Whether the price is one that a higher body of the school decides about; a share of income without a limit is."""
    most = money_plan.most(licence.price_fen, licence.payment_terms)
    return rule is not None and rule.higher_fen is not None and (most is None or most >= rule.higher_fen)


def _two_levels(actor: Actor, licence: Licence, rule: SchoolRule | None) -> None:
    if not needs_higher(licence, rule) or rule is None:
        return
    if licence.endorsed_by_id is None:
        body = rule.higher_body or "—"
        raise Refused(N_("这个金额要由%(body)s决定，请先提出审核意见上报。"), code="needs_higher", body=body)
    if licence.endorsed_by_id == actor.person_id:
        raise Forbidden(N_("提出审核意见和登记上级决定要由不同的人来做。"), code="two_persons")


def endorse(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The office has checked everything and passes a high price on to the body that decides."""
    policy.check(actor, licence, "endorse")
    if not needs_higher(licence, service_offer.rule(session, licence.licensor_id)):
        raise Refused(N_("这个金额由技术转移机构直接审批，不用上报。"), code="no_higher")
    reason = fields.one_text(data, "reason", settings)
    with step(session, actor, licence, "endorse", settings, reason=reason, document=contract.text_hash(reason)):
        licence.endorsed_by_id = actor.person_id


FARTHEST = date(2100, 1, 1)


def _rights(reader: fields.Reader, licence: Licence) -> dict[str, Any]:
    """The school's findings about the right it licenses, kept with the approval."""
    done = set(reader.data.get("checks") or ())
    if done != set(REVIEW_CHECKS):
        reader.faults["checks"] = N_("每一项都核对并勾选后才能同意。")
    today = clock.today()
    until = reader.day("rights_until", today, FARTHEST) if reader.data.get("rights_until") else None
    if until and clock.add_months(today, licence.trial_months) > until:
        reader.faults["rights_until"] = N_("权利在试用期满之前到期，请退回申请缩短试用期，或先续展。")
    if lapsed := [right for right in licence.result.ip_rights if over(right)]:
        reader.faults["rights_until"] = N_("成果登记的知识产权 %(number)s 已失效、到期或欠费，先续展再审批。")
        reader.params["number"] = lapsed[0].number
    owners, pledge = reader.choice("co_owners", CO_OWNERS), reader.choice("pledge", PLEDGES)
    if owners == "NONE" and any(right.co_owned for right in licence.result.ip_rights):
        reader.faults["co_owners"] = N_("成果登记的知识产权有共有人，请写明已告知或已同意。")
    if pledge == "NONE" and any(right.status == "PLEDGED" for right in licence.result.ip_rights):
        reader.faults["pledge"] = N_("成果登记的知识产权已质押，要有质权人的书面同意。")
    names = reader.text("co_owner_names", least=2 if owners != "NONE" else 0, most=300)
    consent = reader.text("pledge_consent", least=2 if pledge != "NONE" else 0, most=120)
    foreign = bool(licence.eligibility and licence.eligibility.foreign_controlled)
    if foreign:
        reader.ticked("export_checked")
    return {
        "checks": sorted(done), "rights_until": until.isoformat() if until else "", "co_owners": owners, "co_owner_names": names,
        "pledge": pledge, "pledge_consent": consent, "export_checked": foreign,
    }  # fmt: skip


def publish(session: Session, licence: Licence, settings: Settings, about: str = "LICENCE", more: dict[str, Any] | None = None) -> PublicNotice:
    """Begin a notice with the school's own length and way of counting, else the settings'; the day it begins does not count."""
    today, (days, day_type) = clock.today(), service_offer.notice_rule(session, licence.licensor, settings)
    notice = PublicNotice(
        licence_id=licence.id, about=about, starts_on=today, counted_from=today, ends_on=clock.deadline(today, days, day_type),
        days=days, day_type=day_type, facts=content(licence) | (more or {}),
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
        "price_fen": licence.price_fen, "payment_model": licence.payment_model, "instalment_count": licence.instalment_count, "payment_terms": licence.payment_terms,
        "triggers": licence.triggers, "trigger_rule": licence.trigger_rule, "trial_months": licence.trial_months, "related_party": licence.related_party,
    }  # fmt: skip
