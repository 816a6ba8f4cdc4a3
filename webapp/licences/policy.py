"""Who may see a licence, who may take which step, and what each may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, false, or_, select

from webapp.catalog.models import Result
from webapp.core import clock, policy
from webapp.core.errors import N_, AppError, Forbidden, Refused
from webapp.core.policy import Actor
from webapp.licences import outlook, views
from webapp.licences.models import Licence, Objection, PublicNotice
from webapp.licences.states import FINALS, LICENCE

COMPANY = ("company_user", "company_admin")
NEW_BROKER_STATES = ("ELIGIBILITY",)
Guard = Callable[[Actor, Licence, set[str]], AppError | None]

# Steps somebody can take on the licence page today, in the order they are offered.
OFFERED = (
    "check", "confirm", "approve", "resume", "sign", "deliver", "receive", "confirm_trigger", "contest", "decide_payable", "decide_trial",
    "report", "claim", "confirm_exit", "refuse_exit", "continue", "prove_use", "schedule", "receipt", "ask_exit", "send_back", "reject",
    "terminate", "cancel",
)  # fmt: skip


def parts(actor: Actor, licence: Licence) -> set[str]:
    """The parts the lifecycle knows this actor under."""
    found = set()
    if actor.has("system"):
        found.add("system")
    if actor.organisation_id is not None:
        if actor.has(*COMPANY) and actor.organisation_id == licence.licensee_id:
            found.add("company")
        if actor.has("tto") and actor.organisation_id == licence.licensor_id:
            found.add("tto")
    if actor.has("broker") and licence.broker_id in (None, actor.person_id):
        found.add("broker")
    if actor.has("operator"):
        found.add("operator")
    return found


def in_team(actor: Actor, licence: Licence) -> bool:
    """Whether the actor posted the licensed result."""
    return actor.person_id is not None and actor.person_id == licence.result.created_by_id


def refusal(actor: Actor, licence: Licence, action: str) -> AppError | None:
    """Why this actor may not take this step now; None when they may."""
    move = LICENCE.move(licence.state, action)
    if move is None:
        return Refused(code=f"licence_{action}_from_{licence.state}".lower())
    held = parts(actor, licence)
    if "anyone" not in move.who and not held & set(move.who):
        return Forbidden(N_("这一步要由别的角色来做。"), code=f"licence_{action}_not_yours")
    guard = GUARDS.get(action)
    return guard(actor, licence, held) if guard else None


def check(actor: Actor, licence: Licence, action: str) -> None:
    """Raise what `refusal` found."""
    error = refusal(actor, licence, action)
    if error is not None:
        raise error


TWO_PERSONS = N_("提交、核验和确认要由不同的人来做，请换一位同事。")
CREATOR = N_("成果由您发布，审批要换一位同事来做。")


def _check(actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    if licence.eligibility is None or licence.eligibility.checked_at:
        return Refused(N_("这份申请已经核验过，正等运营方确认。"), code="licence_checked_already")
    return Forbidden(TWO_PERSONS, code="two_persons") if actor.person_id == licence.applicant_id else None


def _confirm(actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    eligibility = licence.eligibility
    if eligibility is None or not eligibility.checked_at:
        return Refused(N_("要先由技术经纪人核验，运营方再确认。"), code="licence_not_checked")
    same = actor.person_id in (eligibility.checked_by_id, licence.applicant_id)
    return Forbidden(TWO_PERSONS, code="two_persons") if same else None


def _review(actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    if licence.state != "INST_REVIEW":
        return None
    own = in_team(actor, licence) or (licence.result.lead and actor.name == licence.result.lead)
    return Forbidden(CREATOR, code="two_persons") if own else None


def _decide(actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return Forbidden(N_("被异议的人不能处理异议，请换一位同事。"), code="challenged") if in_team(actor, licence) else None


def _sign(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    left = {"company", "tto"} & held - outlook.signed_sides(licence)
    return None if left else Refused(N_("您这一方已经签署，等对方签署。"), code="licence_signed_already")


def _claim(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    free = outlook.situation(licence) in {"TRIAL", "TRIAL_QUIET"}
    return None if free else Refused(N_("已有一项付费触发或退出申请在处理，请等它有结果。"), code="licence_claim_open")


def _answer(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    if outlook.situation(licence) != "TRIAL_CLAIMED":
        return Refused(N_("现在没有等待答复的付费触发。"), code="licence_no_claim")
    if outlook.OTHER_SIDE[licence.claimed_side] not in held:
        return Forbidden(N_("要由对方来答复。"), code="licence_other_side")
    return None


def _contest(actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    late = licence.contest_until is not None and clock.today() > licence.contest_until
    return Refused(N_("异议期已过。"), code="licence_contest_late") if late else _answer(actor, licence, held)


def _dispute(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if licence.disputed else Refused(N_("现在没有争议要裁定。"), code="licence_no_dispute")


def _ask_exit(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    if licence.exit_asked_on:
        return Refused(N_("退出申请已提交，等学校确认。"), code="licence_exit_asked")
    if licence.disputed or licence.claimed_side in {"company", "tto"}:
        return Refused(N_("有一项付费触发还没有结果，请先确认或提出异议。"), code="licence_claim_open")
    return None


def _exit(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    asked = licence.exit_asked_on or licence.state == "SUSPENDED"
    return None if asked else Refused(N_("企业没有申请退出。"), code="licence_no_exit")


def _refuse_exit(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if licence.exit_asked_on else Refused(N_("企业没有申请退出。"), code="licence_no_exit")


def _continue(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return Refused(N_("退出申请已提交，等学校确认。"), code="licence_exit_asked") if licence.exit_asked_on else None


def _terminate(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    """Until both sides can agree on an early end, only a suspended trial ends this way, by the school."""
    fits = licence.state == "SUSPENDED" and "tto" in held
    return None if fits else Refused(N_("只有中止的试用可以由学校终止。"), code="licence_terminate")


def _receipt(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if outlook.open_instalments(licence) else Refused(N_("没有待收的款项。"), code="licence_nothing_open")


GUARDS: dict[str, Guard] = {
    "check": _check, "confirm": _confirm, "approve": _review, "reject": _review, "dismiss": _decide, "resume": _decide,
    "rerun": _decide, "uphold": _decide, "sign": _sign, "claim": _claim, "contest": _contest, "confirm_trigger": _answer,
    "decide_payable": _dispute, "decide_trial": _dispute, "ask_exit": _ask_exit, "confirm_exit": _exit,
    "refuse_exit": _refuse_exit, "continue": _continue, "terminate": _terminate, "receipt": _receipt,
}  # fmt: skip


def challenged(actor: Actor, licence: Licence, objection: Objection) -> bool:
    """Whether the objection is about this person: who posted the result, or who approved when the approval is challenged."""
    if in_team(actor, licence):
        return True
    approver = next((event.person_id for event in licence.events if event.action == "approve"), None)
    return objection.challenged == "REVIEWER" and actor.person_id == approver


def knows_objector(actor: Actor, licence: Licence, objection: Objection) -> bool:
    """Who objected is known to the school's office and the operator only, never to the challenged person."""
    return bool(parts(actor, licence) & {"tto", "operator"}) and not challenged(actor, licence, objection)


@policy.rule("licence:apply")
def may_apply(actor: Actor, _result: Any) -> bool:
    """A company's people apply for their company."""
    return actor.has(*COMPANY) and actor.organisation_id is not None


@policy.rule("licence:list")
def may_list(actor: Actor, _obj: Any) -> bool:
    """Everyone with a part in licences has a list of theirs."""
    return actor.has(*COMPANY, "tto", "researcher", "broker", "operator", "auditor")


@policy.rule("licence:texts")
def reads_texts(actor: Actor, licence: Licence) -> bool:
    """Purposes, reports, contract and reasons: for the parties, the broker and the operator; the auditor sees states only."""
    return bool(parts(actor, licence)) or in_team(actor, licence)


@policy.rule("licence:figures")
def reads_figures(actor: Actor, licence: Licence) -> bool:
    """The company's size figures: for those who have to judge them."""
    return bool(parts(actor, licence))


@policy.filters(Licence)
def visible_licences(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Operators and auditors see all; the parties, the team and the broker theirs; new applications go to every broker."""
    if actor.has("operator", "auditor", "system"):
        return query
    mine = []
    if actor.organisation_id is not None and actor.has(*COMPANY):
        mine.append(Licence.licensee_id == actor.organisation_id)
    if actor.organisation_id is not None and actor.has("tto"):
        mine.append(Licence.licensor_id == actor.organisation_id)
    if actor.has("researcher"):
        mine.append(Licence.result_id.in_(select(Result.id).where(Result.created_by_id == actor.person_id)))
    if actor.has("broker"):
        mine.append(Licence.broker_id == actor.person_id)
        mine.append(Licence.broker_id.is_(None) & Licence.state.in_(NEW_BROKER_STATES))
    return query.where(or_(*mine)) if mine else query.where(false())


@policy.views(Licence)
def view(actor: Actor, licence: Licence) -> views.LicenceView:
    """The licence as this actor may read it."""
    return views.build(
        licence, parts(actor, licence), texts=reads_texts(actor, licence), figures=reads_figures(actor, licence),
        actions=tuple(action for action in OFFERED if licence.state not in FINALS and refusal(actor, licence, action) is None),
        objections=tuple(_objection(actor, licence, row) for notice in licence.notices for row in notice.objections),
    )  # fmt: skip


def _objection(actor: Actor, licence: Licence, row: Objection) -> views.ObjectionView:
    known = knows_objector(actor, licence, row)
    can_decide = not row.decision and not challenged(actor, licence, row) and refusal(actor, licence, "resume") is None
    return views.objection(row, known, can_decide, texts=reads_texts(actor, licence))


@policy.filters(PublicNotice)
def visible_notices(_actor: Actor, query: Select[Any]) -> Select[Any]:
    """Public notices are public, except those of an application that was taken back."""
    return query.where(PublicNotice.state != "VOID")


@policy.views(PublicNotice)
def view_notice(_actor: Actor, notice: PublicNotice) -> views.NoticeView:
    """A notice as it was published."""
    return views.notice(notice)
