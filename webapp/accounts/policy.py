"""Who may do what with people and organisations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import object_session

from webapp.accounts.models import Expert, Joining, Membership, Organisation, Person, Verification
from webapp.accounts.values import ADMITTED_BY, MANAGERS, ROLE_KINDS
from webapp.accounts.views import ExpertView, OrganisationView
from webapp.core import policy
from webapp.core.policy import Actor

COMPANY = ("company_user", "company_admin")
DESK = ("operator", "admin")


@policy.filters(Organisation)
def visible_organisations(_actor: Actor, query: Select[Any]) -> Select[Any]:
    """Organisations are public; what they post is not always."""
    return query


@policy.rule("organisation:list")
def list_organisations(actor: Actor, _obj: Any) -> bool:
    """Brokers and operators work with the list of companies."""
    return actor.has("broker", "operator")


def belongs(actor: Actor, organisation_id: int | None) -> bool:
    """Whether the actor acts for this organisation."""
    return organisation_id is not None and actor.organisation_id == organisation_id


def manages(actor: Actor, row: Organisation) -> bool:
    """Whether the actor looks after the organisation: its managing role, or its founder while it waits to be verified."""
    if not belongs(actor, row.id):
        return False
    return actor.has(MANAGERS.get(row.kind, "")) or (row.verified_at is None and row.founder_id == actor.person_id)


@policy.rule("organisation:found")
def found(actor: Actor, _obj: Any) -> bool:
    """Everybody signed in may register an organisation; it counts once an operator has verified it."""
    return actor.signed_in


@policy.rule("organisation:carrier")
def carrier(actor: Actor, _obj: Any) -> bool:
    """Carriers are kept by operators."""
    return actor.has("operator")


@policy.rule("organisation:join")
def join(actor: Actor, row: Organisation) -> bool:
    """Everybody signed in may ask to join; bureaus take nobody in by themselves."""
    return actor.signed_in and row.kind in {"COMPANY", "SCHOOL", "BROKER_FIRM"}


@policy.rule("organisation:edit")
def edit(actor: Actor, row: Organisation) -> bool:
    """Its managers and operators change an organisation."""
    return manages(actor, row) or actor.has("operator")


@policy.rule("organisation:people")
def people(actor: Actor, row: Organisation) -> bool:
    """Its managers and operators look after an organisation's people."""
    return manages(actor, row) or actor.has("operator")


@policy.rule("organisation:submit")
def submit(actor: Actor, row: Organisation) -> bool:
    """Its managers ask for verification while it is not verified."""
    return row.verified_at is None and manages(actor, row)


@policy.rule("organisation:verify")
def verify(actor: Actor, entry: Verification) -> bool:
    """An operator verifies, but never their own request, nor an organisation they founded or belong to."""
    if not actor.has("operator") or entry.state != "SUBMITTED":
        return False
    row = entry.organisation
    return actor.person_id not in (entry.submitted_by_id, row.founder_id) and not _member(actor, row)


def _member(actor: Actor, row: Organisation) -> bool:
    session = object_session(row)
    if session is None or actor.person_id is None:
        return belongs(actor, row.id)
    query = select(Membership.id).where(Membership.person_id == actor.person_id, Membership.organisation_id == row.id, Membership.active)
    with session.no_autoflush:
        return session.scalars(query.limit(1)).first() is not None


@policy.rule("organisation:verifications")
def see_verifications(actor: Actor, _obj: Any) -> bool:
    """Operators work through requests for verification."""
    return actor.has("operator")


@policy.rule("organisation:unverify")
def unverify(actor: Actor, row: Organisation) -> bool:
    """Operators take a verification back, except their own organisation's."""
    return row.verified_at is not None and actor.has("operator") and not _member(actor, row)


@policy.rule("joining:admit")
def admit(actor: Actor, entry: Joining) -> bool:
    """Who holds the managing role lets people in, never themselves; brokers are let in by operators, who read their texts.

    Where an organisation has nobody of that role yet, the operator answers; people of bureaus are let in by administrators.
    """
    if entry.person_id is not None and entry.person_id == actor.person_id:
        return False
    wanted = ADMITTED_BY.get(entry.role, ())
    row = entry.organisation
    if belongs(actor, row.id) and wanted and actor.has(*wanted):
        return True
    if row.kind == "BUREAU":
        return actor.has("admin")
    return actor.has("operator") and (not wanted or not _has_manager(row, wanted))


def _has_manager(row: Organisation, wanted: tuple[str, ...]) -> bool:
    session = object_session(row)
    if session is None:
        return False
    query = select(func.count()).select_from(Membership).join(Person)
    query = query.where(Membership.organisation_id == row.id, Membership.active, Person.active, Membership.role.in_(wanted))
    with session.no_autoflush:
        return bool(session.scalar(query))


@policy.rule("membership:end")
def end_membership(actor: Actor, row: Membership) -> bool:
    """Everybody leaves by themselves; managers and operators take others off."""
    return row.person_id == actor.person_id or manages(actor, row.organisation) or actor.has("operator")


@policy.rule("interest:declare")
def declare(actor: Actor, _obj: Any) -> bool:
    """Brokers declare their interests."""
    return actor.has("broker")


@policy.rule("interest:read")
def read_interests(actor: Actor, _obj: Any) -> bool:
    """Brokers read their own declarations, operators everybody's."""
    return actor.has("broker", "operator")


@policy.rule("rivalry:declare")
def declare_rivalry(actor: Actor, row: Organisation) -> bool:
    """A company's administrators name its competitors."""
    return row.kind == "COMPANY" and manages(actor, row)


@policy.rule("expert:edit")
def edit_expert(actor: Actor, _obj: Any) -> bool:
    """Researchers write their own profile."""
    return actor.organisation_kind == "SCHOOL" and actor.has("researcher")


@policy.rule("person:read")
def read_person(actor: Actor, row: Person) -> bool:
    """Everybody reads their own account; operators and administrators those of others."""
    return row.id == actor.person_id or actor.has(*DESK)


@policy.filters(Person)
def visible_people(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Everybody knows of their own account; operators and administrators of all."""
    return query if actor.has(*DESK) else query.where(Person.id == actor.person_id if actor.person_id is not None else false())


@policy.rule("person:list")
def list_people(actor: Actor, _obj: Any) -> bool:
    """Operators and administrators work with the list of accounts."""
    return actor.has(*DESK)


@policy.rule("person:suspend")
def suspend(actor: Actor, row: Person) -> bool:
    """Operators and administrators stop an account, never their own; those of the desk and its auditors only administrators."""
    if not actor.has(*DESK) or row.id == actor.person_id:
        return False
    return actor.has("admin") or not any(one.active and ROLE_KINDS.get(one.role) == "BUREAU" for one in row.memberships)


@policy.filters(Expert)
def visible_experts(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Profiles whose consent stands, and one's own; a withdrawn one is gone at once."""
    published = Expert.consented_at.is_not(None) & Expert.withdrawn_at.is_(None)
    people = select(Person.id).where(Person.active, Person.closed_at.is_(None))
    members = select(Membership.id).where(
        Membership.person_id == Expert.person_id, Membership.organisation_id == Expert.organisation_id, Membership.active
    )
    shown = published & Expert.person_id.in_(people) & members.exists()
    mine = Expert.person_id == actor.person_id if actor.person_id is not None else false()
    return query.where(or_(shown, mine))


@policy.views(Expert)
def view_expert(actor: Actor, row: Expert) -> ExpertView:
    """A profile without any way to reach the person: that goes through a broker."""
    english = actor.language == "en"
    return ExpertView(
        id=row.id, name=row.person.name, title=row.title, department=row.department, fields=tuple(row.fields),
        organisation_id=row.organisation_id, organisation=(row.organisation.name_en if english else "") or row.organisation.name,
        cluster=row.organisation.cluster_code, keywords=tuple(row.keywords), summary=row.summary, shows_results=row.shows_results,
        published=row.consented_at is not None and row.withdrawn_at is None, consented_at=row.consented_at,
        mine=row.person_id == actor.person_id, person_id=row.person_id, version=row.version, is_example=row.is_example,
    )  # fmt: skip


@policy.views(Organisation)
def view_organisation(actor: Actor, row: Organisation) -> OrganisationView:
    """Everybody reads who it is; figures, code and address are for itself, brokers and operators."""
    inside = belongs(actor, row.id) or actor.has("broker", "operator")
    name = (row.name_en if actor.language == "en" else "") or row.name
    return OrganisationView(
        id=row.id, kind=row.kind, name=name, cluster=row.cluster_code, industry=row.industry_code, badges=tuple(row.badges),
        website=row.website, summary=(row.summary_en if actor.language == "en" else "") or row.summary, services=tuple(row.services),
        verified=row.verified_at is not None, verified_at=row.verified_at, is_example=row.is_example, founded=row.founded,
        faculties=tuple((one.name_en if actor.language == "en" else "") or one.name for one in row.faculties),
        products=row.products, address=row.address if inside or row.kind != "COMPANY" else "", inside=inside,
        uscc=(row.uscc or "") if inside else "", size_class=row.size_class if inside else None, staff=row.staff if inside else None,
        revenue_fen=row.revenue_fen if inside else None, assets_fen=row.assets_fen if inside else None,
        figures_year=row.figures_year if inside else None, controlled_by_large=row.controlled_by_large and inside,
        mine=belongs(actor, row.id), may_edit=edit(actor, row), may_people=people(actor, row), version=row.version,
        notice_days=row.notice_days, notice_day_type=row.notice_day_type,
    )  # fmt: skip
