"""Applying for a use-first licence: the offers, the guards, the application with its size snapshot, taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Grant, Organisation
from webapp.catalog.models import Result
from webapp.config import Settings
from webapp.core import clock, outbox, policy
from webapp.core.errors import N_, AppError, Invalid, NotFound, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, fields_apply, fields_payment, money, outlook, service_offer
from webapp.licences.eligibility import Calculation
from webapp.licences.models import Eligibility, Licence, Offer
from webapp.licences.service_common import step
from webapp.licences.states import FINALS, LIVE_TRIALS
from webapp.licences.values import OFFERED_MODELS
from webapp.tasks.models import Task


def find_result(session: Session, actor: Actor, result_id: int) -> Result:
    """The result if the actor may see it."""
    found: Result = policy.find(session, actor, Result, result_id)
    return found


def obstacle(session: Session, result: Result, licensee_id: int | None, settings: Settings, own: int | None = None) -> AppError | None:
    """Why this result cannot be licensed to this company now; None when it can."""
    if result.state != "PUBLISHED" or not result.use_first_offered:
        return Refused(N_("这项成果现在不提供先用后付。"), code="not_offered")
    if result.exclusive_in_force:
        return Refused(N_("这项成果正在独占许可中，不能再申请试用。"), code="exclusive_in_force")
    if result.trl is None or result.trl < settings.use_first_least_trl:
        least = settings.use_first_least_trl
        return Refused(N_("这项成果的技术成熟度不到 TRL %(least)s，还不能先用后付。"), code="trl_too_low", least=least)
    if live_trials(session, result.id, own) >= result.max_concurrent_trials:
        return Refused(N_("这项成果同时试用的企业已满，请等有名额再申请。"), code="trials_full")
    return _company_obstacle(session, result, licensee_id, own) if licensee_id else None


def barred(session: Session, result: Result, company_id: int | None, settings: Settings, own: int | None = None) -> AppError | None:
    """Why this company cannot apply now: what stands in the way of a licence, or a result it has not read yet."""
    if company_id and _unread(session, result, company_id):
        return Refused(N_("这项成果要先签保密协议、看过详情，才能申请试用。"), code="nda_needed")
    return obstacle(session, result, company_id, settings, own)


NDA_LEVEL = 3  # from here on a company reads the result only after signing, so it signs before it applies


def _unread(session: Session, result: Result, licensee_id: int) -> bool:
    seen = accounts.granted(licensee_id, "result").where(Grant.subject_id == result.id)
    return result.confidentiality >= NDA_LEVEL and session.scalars(seen.limit(1)).first() is None


def _company_obstacle(session: Session, result: Result, licensee_id: int, own: int | None) -> AppError | None:
    mine = select(Licence.id).where(Licence.licensee_id == licensee_id, Licence.id != (own or 0))
    if session.scalars(mine.where(Licence.state == "DEFAULT").limit(1)).first():
        return Refused(N_("本企业还有一项许可在违约处置中，处置完再申请。"), code="in_default")
    running = mine.where(Licence.result_id == result.id, Licence.state.not_in([*FINALS, "DRAFT"]))
    if session.scalars(running.limit(1)).first():
        return Refused(N_("本企业对这项成果已有一份申请或许可在进行。"), code="already_running")
    return None


def hold(session: Session, result: Result) -> None:
    """Lock the result while its places are counted, so that two applicants do not both get the last one."""
    session.flush()
    session.refresh(result, ["version", "state", "max_concurrent_trials"], with_for_update=True)


def live_trials(session: Session, result_id: int, own: int | None = None) -> int:
    """How many of the result's places are taken."""
    query = select(func.count()).select_from(Licence).where(Licence.result_id == result_id, Licence.state.in_(LIVE_TRIALS))
    return session.scalar(query.where(Licence.id != (own or 0))) or 0


def for_company(session: Session, actor: Actor, result: Result, task_id: int | None) -> int | None:
    """For which company the actor applies: their own, or as the broker of a task the one whose demand it is about."""
    if not actor.has("broker"):
        return actor.organisation_id
    task = session.get(Task, task_id) if task_id else None
    if task is None or task.broker_id != actor.person_id or task.match.result_id != result.id:
        raise Refused(N_("技术经纪人只能从自己的对接任务里、经企业授权代为申请。"), code="broker_needs_task")
    return task.match.demand.organisation_id


def draft(session: Session, company_id: int | None, result: Result) -> Licence | None:
    """The company's application for this result that was sent back, to be mended."""
    query = select(Licence).where(Licence.result_id == result.id, Licence.licensee_id == company_id, Licence.state == "DRAFT")
    return session.scalars(query.order_by(Licence.id.desc()).limit(1)).first()


def places_left(session: Session, results: Sequence[Result]) -> dict[int, int]:
    """How many more companies may try each of these results at the same time; one question for a whole page of them."""
    here = Licence.result_id.in_([result.id for result in results])
    taken = select(Licence.result_id, func.count().label("trials")).where(here, Licence.state.in_(LIVE_TRIALS)).group_by(Licence.result_id)
    counted = {row.result_id: row.trials for row in session.execute(taken)}
    return {result.id: max(0, result.max_concurrent_trials - counted.get(result.id, 0)) for result in results}


def try_calculate(data: Mapping[str, Any]) -> Calculation | None:
    """The calculation as far as the figures allow one, to be shown beside a form that has other faults."""
    try:
        return calculate(data)
    except AppError:
        return None


def prefill(session: Session, company_id: int | None, result: Result, settings: Settings) -> dict[str, Any]:
    """What the form begins with: the draft that was sent back, else the company's own figures and the offer's terms."""
    company = session.get(Organisation, company_id) if company_id else None
    licence = draft(session, company_id, result)
    size = licence.eligibility if licence and licence.eligibility else company
    offer = service_offer.offer_of(session, result.id)
    values: dict[str, Any] = {
        "trial_months": str(result.trial_months or settings.trial_months), "price": money.write_wan(result.use_first_price_fen or result.price_min_fen),
        "payment_model": result.payment_model if result.payment_model in OFFERED_MODELS else OFFERED_MODELS[0],
        "instalment_count": "2", "related": "", "trigger": result.trial_trigger or "TRIAL_END", "security": "PROMISE",
    }  # fmt: skip
    if offer:
        values |= _offered(offer)
    if size:
        values |= {
            "size_class": size.size_class or "", "staff": "" if size.staff is None else str(size.staff),
            "revenue": money.write_wan(size.revenue_fen), "assets": money.write_wan(size.assets_fen),
            "figures_year": str(size.figures_year or clock.today().year - 1),
        }  # fmt: skip
    return values | (_typed_before(licence) if licence else {})


def _offered(offer: Offer) -> dict[str, Any]:
    """What the school's offer puts into the form."""
    found: dict[str, Any] = {"security": offer.security} if offer.security != "NONE" else {}
    found |= {"trigger": offer.triggers[0]} if offer.triggers else {}
    return found | ({"payment_model": offer.models[0]} if offer.models else {})


def _typed_before(licence: Licence) -> dict[str, Any]:
    size = licence.eligibility
    return {
        "intended_use": licence.intended_use, "plan": licence.plan, "related": "yes" if licence.related_party else "no",
        "related_party": licence.related_party, "trial_months": str(licence.trial_months), "payment_model": licence.payment_model,
        **fields_payment.typed(licence.payment_terms),
        "price": money.write_wan(licence.price_fen), "instalment_count": str(licence.instalment_count), "trigger": licence.trigger,
        "more_triggers": licence.more_triggers, "trigger_rule": licence.trigger_rule, "trigger_on": licence.trigger_on,
        "trigger_revenue": money.write_wan(licence.trigger_fen), "name_public": licence.name_public,
        "foreign_controlled": size.foreign_controlled if size else False, "trigger_text": licence.trigger_text, "security": licence.security, "evidence": size.evidence if size else "",
        "controlled_by_large": size.controlled_by_large if size else False,
    }  # fmt: skip


def calculate(data: Mapping[str, Any]) -> Calculation:
    """The SME calculation of what was typed, before anything is stored."""
    return fields.size(data).calculate()


def apply(
    session: Session, actor: Actor, result: Result, data: Mapping[str, Any], settings: Settings, *,
    task_id: int | None = None, submission: str | None = None,
) -> Licence:  # fmt: skip
    """Apply for a licence; a form sent twice leads to the same application, one sent back is mended and goes in again."""
    policy.check(actor, "licence:apply", result)
    same = session.scalars(select(Licence).where(Licence.submission == submission)).first() if submission else None
    company_id = for_company(session, actor, result, task_id)
    if same and same.licensee_id == company_id:
        return same
    hold(session, result)
    licence = draft(session, company_id, result)
    error = barred(session, result, company_id, settings, licence.id if licence else None)
    if error:
        raise error
    authorisation = _authorisation(actor, data)
    application = fields_apply.application(data, settings, service_offer.allowed(session, result))
    calculation = application.size.calculate()
    if not calculation.sme:
        raise Invalid(fields={"size_class": N_("按这些数据属于大型企业，先用后付只面向中小微企业。")}, code="not_sme")
    licence = licence or _open(session, actor, result, submission, company_id)
    licence.task, licence.applicant_id = _task(session, company_id, result, task_id) or licence.task, actor.person_id or 0
    licence.broker_id = licence.task.broker_id if licence.task else licence.broker_id
    if licence.broker_id == actor.person_id:
        licence.broker_id = None  # who applies for the company does not check the application
    _fill(licence, application, settings)
    _snapshot(session, licence, application.size, calculation)
    _hand_in(session, actor, licence, application, settings, authorisation)
    return licence


def _authorisation(actor: Actor, data: Mapping[str, Any]) -> str:
    """Under which authorisation of the company a broker applies; nobody else needs one."""
    if not actor.has("broker"):
        return ""
    reader = fields.Reader(data)
    found = reader.text("authorisation", least=2, most=120)
    reader.done()
    return found


def _open(session: Session, actor: Actor, result: Result, submission: str | None, company_id: int | None) -> Licence:
    licence = Licence(
        result=result, licensor_id=result.organisation_id, licensee_id=company_id, applicant_id=actor.person_id,
        submission=submission, is_example=result.is_example, state="DRAFT", trial_months=1, price_fen=0,
    )  # fmt: skip
    session.add(licence)
    return licence


def _task(session: Session, company_id: int | None, result: Result, task_id: int | None) -> Task | None:
    """The task the application comes from: it must join this result with a demand of this company."""
    if task_id is None:
        return None
    task = session.get(Task, task_id)
    if task is None or task.match.result_id != result.id or task.match.demand.organisation_id != company_id:
        raise NotFound(N_("这项对接任务不属于本企业和这项成果，请从任务页面重新进入。"))
    return task


def _fill(licence: Licence, application: fields_apply.Application, settings: Settings) -> None:
    for name in (
        "intended_use", "plan", "related_party", "trial_months", "trigger",
        "more_triggers", "trigger_rule", "trigger_on", "trigger_fen", "trigger_text", "security", "name_public",
    ):  # fmt: skip
        setattr(licence, name, getattr(application, name))
    for name, value in vars(application.payment).items():
        setattr(licence, name, value)
    licence.clocks = outlook.agree(settings)


def _snapshot(session: Session, licence: Licence, size: fields.Size, calculation: Calculation) -> None:
    """The calculation as it stands today; it is never worked out again later."""
    session.flush()
    values: dict[str, Any] = asdict(size) | {"tier": calculation.tier, "calculation": calculation.as_rows()}
    values |= dict.fromkeys(("checked_by_id", "checked_at", "confirmed_by_id", "confirmed_at", "credit_on")) | {"credit_source": ""}
    if licence.eligibility is None:
        session.add(Eligibility(licence_id=licence.id, **values))
    else:
        for name, value in values.items():
            setattr(licence.eligibility, name, value)
    session.flush()
    session.expire(licence, ["eligibility"])


def _hand_in(
    session: Session, actor: Actor, licence: Licence, application: fields_apply.Application, settings: Settings, authorisation: str
) -> None:  # fmt: skip
    document = contract.digest(asdict(application))
    facts: dict[str, Any] = {"authorisation": authorisation} if authorisation else {}
    with step(session, actor, licence, "apply", settings, document=document, **facts):
        pass
    with step(session, SYSTEM, licence, "open_check", settings, document=document):
        pass
    if licence.task_id:
        outbox.enqueue(session, "task_licensed", "task", licence.task_id)


def cancel(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company takes its application back, any time before both sides have signed."""
    reader = fields.Reader(data)
    reason = reader.text("reason", most=1000)
    reader.done()
    with step(session, actor, licence, "cancel", settings, reason=reason):
        for notice in licence.notices:
            notice.state = "VOID" if notice.state in {"OPEN", "STOPPED"} else notice.state
