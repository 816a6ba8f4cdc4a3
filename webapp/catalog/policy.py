"""Who may see, read, edit and approve results and demands: the rules, the filters on lists, and the views."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import object_session

from webapp.accounts.models import Grant
from webapp.accounts.policy import belongs
from webapp.catalog import contacts, layers
from webapp.catalog.models import Classification, Demand, IpRight, Result
from webapp.catalog.secrecy import checks
from webapp.catalog.states import DESK_WORK, EDITABLE, LIFECYCLES, LIVE, PRIVATE, WAITING
from webapp.catalog.values import ANONYMOUS, BROKERS, NDA, VERIFIED
from webapp.catalog.views import DemandView, FigureView, PostingView, ResultView, RightView
from webapp.core import clock, policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import N_
from webapp.core.languages import translate
from webapp.core.policy import Actor

SCHOOL = ("researcher", "tto")
COMPANY = ("company_user", "company_admin")
DESK = ("broker", "operator")
# Administrators and auditors read what a visitor reads: their work needs no confidential text.
READERS = (*SCHOOL, *COMPANY, *DESK)
DECLARATIONS = ("non_secret", "ownership_clear", "inventors_agree")
# What of a demand belongs to its confidential layer, beside details and contact.
INSIDE = ("background", "present", "scope", "conditions", "experts", "verified_note", "verified_how", "answer_note", "answer_result_id")
Posting = Result | Demand


def own(actor: Actor, row: Posting) -> bool:
    """Whether the actor works for the organisation the row belongs to."""
    return belongs(actor, row.organisation_id) and actor.has(*READERS)


def verified_reader(actor: Actor) -> bool:
    """Whether the actor acts for a verified organisation, in a role that reads."""
    return actor.signed_in and actor.verified and actor.has(*READERS)


def parts(actor: Actor, row: Posting) -> set[str]:
    """The parts the lifecycle knows this actor under for this row."""
    found = set(actor.roles & {*DESK, "system"})
    if not own(actor, row):
        return found
    if isinstance(row, Demand):
        return found | ({"owner"} if actor.has(*COMPANY) else set())
    if actor.has("tto"):
        found |= {"owner", "tto"}
    elif actor.has("researcher") and row.created_by_id == actor.person_id:
        found.add("owner")
    return found


def granted(actor: Actor, model: type[Posting]) -> Select[Any]:
    """Ids of the rows whose confidential layer was opened to the actor's organisation and still is."""
    return select(Grant.subject_id).where(
        Grant.organisation_id == actor.organisation_id, Grant.subject_kind == model.__tablename__,
        Grant.ended_at.is_(None), or_(Grant.until.is_(None), Grant.until > clock.now()),
    )  # fmt: skip


def holds_grant(actor: Actor, row: Posting) -> bool:
    """Whether the actor's organisation was let in and, where the level asks for it, has accepted the agreement."""
    return layers.let_in(actor, row) and (row.confidentiality < NDA or layers.bound(actor, row))


def reads(actor: Actor, row: Posting) -> bool:
    """Whether the confidential layer is open to the actor."""
    if row.sealed:
        return actor.has("operator")
    return own(actor, row) or (sees(actor, row) and (actor.has(*DESK) or holds_grant(actor, row)))


def sees(actor: Actor, row: Posting) -> bool:
    """Whether the actor may know of the row at all; says the same as the filter on lists."""
    if row.sealed:
        return actor.has("operator")
    if own(actor, row):
        return True
    if row.state in PRIVATE:
        return False
    if actor.has(*DESK) and (row.published_at is not None or (isinstance(row, Demand) and row.state in DESK_WORK)):
        return True
    if row.state in LIVE[row.__tablename__] and (
        row.confidentiality <= ANONYMOUS or (row.confidentiality == VERIFIED and verified_reader(actor))
    ):
        return True
    return row.published_at is not None and row.state != WAITING and layers.let_in(actor, row)


def _visible(actor: Actor, query: Select[Any], model: type[Posting]) -> Select[Any]:
    state, level, published = model.state, model.confidentiality, model.published_at.is_not(None)
    highest = VERIFIED if verified_reader(actor) else ANONYMOUS
    ways: list[ColumnElement[bool]] = [and_(state.in_(LIVE[model.__tablename__]), level <= highest)]
    desk = actor.has(*DESK)
    if desk:
        waiting = state.in_(DESK_WORK) if model is Demand else false()
        ways.append(and_(state.not_in(PRIVATE), or_(published, waiting)))
    reader = actor.organisation_id is not None and actor.has(*READERS)
    if reader:
        ways.append(model.organisation_id == actor.organisation_id)
    if reader and not desk:  # the desk sees all of these anyway
        ways.append(and_(state.not_in({*PRIVATE, WAITING}), published, level < BROKERS, model.id.in_(granted(actor, model))))
    open_ = query.where(or_(*ways))
    return open_ if actor.has("operator") else open_.where(model.sealed.is_(False))


@policy.filters(Result)
def visible_results(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Published results by level; one's own in any state; the desk what was ever published; guests what was opened to them."""
    return _visible(actor, query, Result)


@policy.filters(Demand)
def visible_demands(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Open demands by level; one's own in any state; the desk also those to be verified; guests what was opened to them."""
    return _visible(actor, query, Demand)


@policy.rule("catalog:post_result")
def post_result(actor: Actor, _obj: Any) -> bool:
    """Researchers and transfer offices post results of their school."""
    return actor.organisation_kind == "SCHOOL" and actor.has(*SCHOOL)


@policy.rule("catalog:post_demand")
def post_demand(actor: Actor, _obj: Any) -> bool:
    """Company people post demands of their company."""
    return actor.organisation_kind == "COMPANY" and actor.has(*COMPANY)


@policy.rule("catalog:collect")
def collect(actor: Actor, _company: Any) -> bool:
    """Brokers and operators draft what a company told them; only the company submits it."""
    return actor.has(*DESK)


@policy.rule("catalog:edit")
def edit(actor: Actor, row: Posting) -> bool:
    """The author or the office edits, while the row may still change."""
    return "owner" in parts(actor, row) and row.state in EDITABLE[row.__tablename__]


@policy.rule("catalog:approvals")
def approvals(actor: Actor, _obj: Any) -> bool:
    """Transfer offices approve results, brokers and operators verify demands."""
    return actor.has("tto", *DESK)


@policy.rule("catalog:approve")
def approve(actor: Actor, row: Posting) -> bool:
    """The approver is somebody else than who wrote or submitted it."""
    approvers = {"tto"} if isinstance(row, Result) else set(DESK)
    return row.state == WAITING and bool(parts(actor, row) & approvers) and actor.person_id not in authors(row)


@policy.rule("catalog:mine")
def mine(actor: Actor, _obj: Any) -> bool:
    """Schools and companies have rows of their own."""
    return actor.organisation_id is not None and actor.has(*SCHOOL, *COMPANY)


@policy.rule("catalog:details")
def details(actor: Actor, row: Posting) -> bool:
    """Who reads the confidential layer."""
    return reads(actor, row)


@policy.rule("catalog:import")
def bulk(actor: Actor, _obj: Any) -> bool:
    """Files are imported by offices, company administrators, brokers and operators, and by the command line."""
    return actor.has("tto", "company_admin", "system", *DESK)


@policy.rule("catalog:import_published")
def publish_imports(actor: Actor, model: Any) -> bool:
    """Imported rows go live at once when whoever may approve such rows imports them."""
    return actor.has("system", "operator", "tto" if model is Result else "broker")


def authors(row: Posting) -> set[int]:
    """Who wrote the row, who last submitted it, and who changed it since: none of them approves it."""
    session = object_session(row)
    found = {row.created_by_id} if row.created_by_id else set()
    if session is None or row.id is None:
        return found
    kind = row.__tablename__
    about = (AuditEvent.subject_kind == kind, AuditEvent.subject_id == row.id)
    submitted = session.scalar(select(func.max(AuditEvent.id)).where(*about, AuditEvent.action == f"{kind}:submit"))
    if submitted is not None:
        since = (AuditEvent.id >= submitted, AuditEvent.action.in_((f"{kind}:submit", f"{kind}:edit", f"{kind}:import")))
        found |= {person for person in session.scalars(select(AuditEvent.person_id).where(*about, *since)) if person}
    return found


def actions(actor: Actor, row: Posting) -> tuple[str, ...]:
    """What the actor may do with the row now."""
    found = LIFECYCLES[row.__tablename__].actions(row.state, parts(actor, row))
    barred = {"approve", "verify"} if not approve(actor, row) else set()
    return tuple(action for action in dict.fromkeys(found) if action not in barred)


def owner_name(actor: Actor, row: Posting) -> str:
    """The organisation's name, or 某…企业 where the actor may not know it."""
    return _owner_name(actor.language, row, row.confidentiality == ANONYMOUS and not reads(actor, row))


def _owner_name(language: str, row: Posting, unnamed: bool) -> str:
    if not unnamed:
        return (row.organisation.name_en if language == "en" else "") or row.organisation.name
    if isinstance(row, Result):
        return translate(language, N_("某高校院所"))
    industry = _industry(row, language)
    return translate(language, N_("某%(industry)s企业"), industry=industry) if industry else translate(language, N_("某企业"))


def _industry(row: Posting, language: str) -> str:
    """The industry's name, read once per session: names of a list do not change while a page is made."""
    session = object_session(row)
    code = row.organisation.industry_code or row.industry_code
    if session is None or not code:
        return ""
    known: dict[str, tuple[str, str]] = session.info.setdefault("industry_names", {})
    if code not in known:
        query = select(Classification.zh, Classification.en).where(Classification.scheme == "industry", Classification.code == code)
        found = session.execute(query.order_by(Classification.version.desc()).limit(1)).first()
        if found is None:
            return ""
        known[code] = (found.zh, found.en)
    return known[code][language == "en"]


def public_title(row: Posting) -> str:
    """What a mail or a notice may call the row: its title only where everybody may read it, else its number."""
    return row.title if row.confidentiality <= ANONYMOUS and row.state not in PRIVATE else row.code


def first_sentence(text: str) -> str:
    """What an unfiled invention may tell the public: one sentence, no technical detail."""
    found = re.match(r"[^。！？!?；;\n]{1,80}[。！？!?]?", text.strip())
    return found[0] if found else ""


def public_summary(row: Posting) -> str:
    """The summary as everybody who sees the row may read it."""
    return first_sentence(row.summary) if isinstance(row, Result) and row.unfiled else row.summary


def public_keywords(row: Posting) -> tuple[str, ...]:
    """The keywords as everybody who sees the row may read them: of an unfiled invention they may give the idea away."""
    return () if isinstance(row, Result) and row.unfiled else tuple(row.keywords)


def _locked(actor: Actor, row: Posting) -> str:
    """How somebody gets to read the rest."""
    if not actor.signed_in:
        return N_("登录后，由技术经纪人牵线，对方同意即可查看。")
    if row.confidentiality >= BROKERS:
        return N_("这部分只给技术经纪人和运营方看，请联系技术经纪人。")
    return N_("由技术经纪人牵线，对方同意后即可查看。")


def _common(actor: Actor, row: Posting) -> dict[str, Any]:
    open_ = reads(actor, row)
    ours, unnamed = own(actor, row), row.confidentiality == ANONYMOUS and not open_
    reachable = open_ and contacts.readable(actor, row, ours)
    more = bool(row.details or row.contact) or (row.unfiled if isinstance(row, Result) else any(getattr(row, name) for name in INSIDE[:4]))
    return {
        "kind": row.__tablename__, "id": row.id, "code": row.code, "title": row.title, "state": row.state,
        "confidentiality": row.confidentiality, "owner_name": _owner_name(actor.language, row, unnamed), "anonymous": unnamed,
        "organisation_id": None if unnamed else row.organisation_id,
        "summary": row.summary if open_ else public_summary(row),
        "details": row.details if open_ else "", "contact": row.contact if reachable else "", "reads_contact": reachable,
        "keywords": tuple(row.keywords) if open_ else public_keywords(row), "field": row.field_code, "industry": row.industry_code, "cluster": row.cluster_code,
        "modes": tuple(row.modes), "price_kind": row.price_kind,
        "price_min_fen": row.price_min_fen, "price_max_fen": row.price_max_fen,
        "published_at": row.published_at, "confirmed_at": row.confirmed_at, "updated_at": row.updated_at,
        "valid_until": row.valid_until, "is_example": row.is_example, "version": row.version,
        "reads": open_, "hidden": more and not open_, "locked": "" if open_ or not more else _locked(actor, row),
        "mine": ours, "may_edit": edit(actor, row), "actions": actions(actor, row),
        "paused_for": row.paused_for if open_ else "", "merged_into_id": row.merged_into_id,
        "checks": checks(row) if row.state == WAITING and open_ else (),
        "returned_note": row.returned_note if ours else "", "author": row.created_by.name if ours and row.created_by else "",
    }  # fmt: skip


def _opened(actor: Actor, row: Posting) -> bool:
    """Whether more than the number may be read: a guest of level 3 accepts the agreement first."""
    return row.confidentiality < NDA or layers.reach(actor, row) >= NDA


def _closed(row: Posting) -> dict[str, Any]:
    """All that is left for somebody who may not see the row: its number."""
    return {
        "kind": row.__tablename__, "id": row.id, "code": row.code, "title": row.code, "state": row.state,
        "confidentiality": row.confidentiality, "owner_name": "", "anonymous": True, "organisation_id": None,
    }  # fmt: skip


@policy.views(Result)
def view_result(actor: Actor, row: Result) -> ResultView:
    """A result for one reader; an unfiled invention shows the public no technical detail."""
    if not sees(actor, row) or not _opened(actor, row):
        return ResultView(**_closed(row))
    common = _common(actor, row)
    open_, unnamed = common["reads"], common["anonymous"]
    view = ResultView(
        **common, **(_technical(row) if open_ or not row.unfiled else {}),
        department="" if unnamed else row.department, lead="" if unnamed else row.lead, form=row.form, stage=row.stage, trl=row.trl,
        use_first=row.use_first_offered, trial_months=row.trial_months, payment_model=row.payment_model,
        trial_trigger=row.trial_trigger, use_first_price_fen=row.use_first_price_fen,
        exclusive_in_force=row.exclusive_in_force, unfiled=row.unfiled,
        declared=tuple(name for name in DECLARATIONS if getattr(row, name)),
        members=() if unnamed else tuple(member if open_ else {**member, "share": None} for member in row.members),
        scenes=tuple(row.scenes), rights=tuple(_right(right, open_, unnamed) for right in row.ip_rights),
        project="" if unnamed else row.project, research_from=row.research_from, research_to=row.research_to, nature=row.nature,
        standing=row.standing, exclusivity=row.exclusivity, landing=row.landing, supports=tuple(row.supports),
        compliance=tuple(row.compliance) if open_ else (),
    )  # fmt: skip
    return layers.veil(actor, row, view)


def _technical(row: Result) -> dict[str, Any]:
    """What may give an invention away that is not filed yet."""
    return {
        "figures": tuple(FigureView.of(figure) for figure in row.indicators), "evidence": tuple(row.evidence),
        "trl_evidence": row.trl_evidence, "cases": row.cases, "benefits": row.benefits,
    }  # fmt: skip


def _right(right: IpRight, open_: bool, unnamed: bool) -> RightView:
    """A number tells whoever looks it up who holds it, and one not yet published tells what is being filed."""
    secret = right.kind == "KNOW_HOW" or right.status == "APPLIED" or unnamed
    return RightView(
        right.kind, right.status, right.number if open_ or not secret else "", right.holder if open_ or not unnamed else "",
        right.co_owned, right.expires, right.fee_paid_until, over(right),
    )  # fmt: skip


def over(right: IpRight) -> bool:
    """Whether the right no longer holds: lapsed, expired, or its annual fee is not paid."""
    today = clock.today()
    return right.status == "LAPSED" or any(day is not None and day < today for day in (right.expires, right.fee_paid_until))


@policy.views(Demand)
def view_demand(actor: Actor, row: Demand) -> DemandView:
    """A demand for one reader; the company stays unnamed where its level says so."""
    if not sees(actor, row) or not _opened(actor, row):
        return DemandView(**_closed(row))
    common = _common(actor, row)
    inside: dict[str, Any] = {}
    if common["reads"]:
        inside = {name: getattr(row, name) for name in INSIDE} | {"fundings": tuple(row.fundings)}
    view = DemandView(
        **common, **inside,
        figures=tuple(FigureView.of(target) for target in row.targets),
        demand_kind=row.kind, min_trl=row.min_trl, deadline=row.deadline, location=row.location,
        wants_use_first=row.wants_use_first, verified_at=row.verified_at, cooperations=tuple(row.cooperations),
        ip_ownership=row.ip_ownership, months=row.months, wants_board=row.wants_board,
    )  # fmt: skip
    return layers.veil(actor, row, view)


def view(actor: Actor, row: Posting) -> PostingView:
    """The view of either."""
    found: PostingView = policy.reveal(actor, row)
    return found
