"""Who may see a licence, who may take which step, and what each may read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false, or_, select

from webapp.attachments.policy import Owner, register
from webapp.catalog.models import Result
from webapp.core import policy
from webapp.core.errors import N_, AppError, Forbidden, Refused
from webapp.core.policy import Actor
from webapp.licences import views
from webapp.licences.guards import GUARDS, OFFERED, in_team
from webapp.licences.models import Licence, Objection, PublicNotice
from webapp.licences.models_money import BankLine
from webapp.licences.states import FINALS, LICENCE

COMPANY = ("company_user", "company_admin")
NEW_BROKER_STATES = ("ELIGIBILITY",)

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
    """A company's people apply for their company, a broker for the company of a task and with its authorisation."""
    return actor.has(*COMPANY, "broker") and actor.organisation_id is not None


@policy.rule("licence:offer")
def may_offer(actor: Actor, result: Result) -> bool:
    """The office of the school that owns a result sets the terms of its offer, and so does who posted it."""
    own = actor.organisation_id is not None and actor.organisation_id == result.organisation_id
    return own and (actor.has("tto") or (actor.has("researcher") and actor.person_id == result.created_by_id))


@policy.rule("licence:rule")
def may_rule(actor: Actor, _obj: Any) -> bool:
    """A school's office decides its school's rules."""
    return actor.has("tto") and actor.organisation_id is not None


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


@policy.rule("licence:ledger")
def reads_ledger(actor: Actor, licence: Licence) -> bool:
    """The sums kept apart and how income is divided: for the school's office, the team, the operator and the auditor."""
    return bool(parts(actor, licence) & {"tto", "operator"}) or in_team(actor, licence) or actor.has("auditor")


@policy.rule("licence:books")
def keeps_books(actor: Actor, licence: Licence) -> bool:
    """The school's office keeps the books of its licences, once they are signed."""
    return "tto" in parts(actor, licence) and licence.effective_on is not None


@policy.rule("licence:diligence")
def proves_diligence(actor: Actor, licence: Licence) -> bool:
    """The file that shows how a decision was made, with every text: for the school that made it and the operator, who pass it on."""
    return bool(parts(actor, licence) & {"tto", "operator"})


@policy.rule("licence:bank")
def reads_bank(actor: Actor, _obj: Any) -> bool:
    """A school's office sees its bank lines and nobody else's."""
    return actor.has("tto") and actor.organisation_id is not None


@policy.filters(BankLine)
def visible_lines(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Bank lines are the business of the office whose account it is."""
    return query.where(BankLine.organisation_id == actor.organisation_id) if reads_bank(actor, None) else query.where(false())


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


NDA = 3  # files of a licence are between its parties


register(
    Owner(
        Licence, may_change=lambda actor, licence: bool(parts(actor, licence) & {"company", "tto", "broker"}),
        level=lambda _licence, _level: NDA, opens=lambda actor, licence, _level: reads_texts(actor, licence), levels=lambda _licence: (NDA,),
    )
)  # fmt: skip
