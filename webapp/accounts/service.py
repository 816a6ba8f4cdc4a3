"""Use cases of accounts: who somebody acts as, new organisations and people, grants and looks at confidential fields."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from webapp.accounts.models import Grant, Membership, Organisation, Person, Sight
from webapp.accounts.values import ROLE_KINDS, TRUSTED_KINDS
from webapp.core import audit, clock
from webapp.core.errors import N_, Invalid
from webapp.core.policy import Actor

CONFIDENTIAL = 2  # looks at this level and above are sealed into the audit too


def memberships(session: Session, person_id: int) -> list[Membership]:
    """The memberships a person may act under, oldest first."""
    query = (
        select(Membership)
        .where(Membership.person_id == person_id, Membership.active)
        .options(joinedload(Membership.organisation, innerjoin=True))
        .order_by(Membership.id)
    )
    return list(session.scalars(query))


def actor_for(session: Session, person: Person, organisation_id: int | None, mine: list[Membership] | None = None) -> Actor:
    """The actor a person is while acting for one of their organisations (the first unless another is named)."""
    mine = memberships(session, person.id) if mine is None else mine
    acting = next((m.organisation for m in mine if m.organisation_id == organisation_id), mine[0].organisation if mine else None)
    if acting is None:
        return Actor(person.id, person.name, language=person.language)
    trusted = acting.verified_at is not None or acting.kind not in TRUSTED_KINDS
    roles = frozenset(m.role for m in mine if m.organisation_id == acting.id) if trusted else frozenset()
    return Actor(person.id, person.name, acting.id, acting.kind, roles, acting.verified_at is not None, person.language)


def person_as(session: Session, email: str) -> Actor:
    """The actor of the person with this address, for the command line and tests; LookupError when nobody has it."""
    person = session.scalars(select(Person).where(Person.email == email.lower())).one_or_none()
    if person is None:
        raise LookupError(f"nobody has the address {email}")
    return actor_for(session, person, None)


def change_person(session: Session, actor: Actor, person: Person, values: dict[str, Any]) -> None:
    """Change one's own name, telephone number and language."""
    changed = [name for name in ("name", "phone", "language") if name in values and getattr(person, name) != values[name]]
    for name in changed:
        setattr(person, name, values[name])
    if changed:
        audit.record(session, actor, "person:edit", person, changed=changed)


def add_organisation(session: Session, actor: Actor, kind: str, name: str, **values: Any) -> Organisation:
    """Create an organisation; a code already taken is told at its field."""
    code = values.get("code")
    if code and session.scalars(select(Organisation.id).where(Organisation.code == code)).first():
        raise Invalid(fields={"code": N_("这个代码已被别的单位使用。")})
    organisation = Organisation(kind=kind, name=name, **values)
    session.add(organisation)
    session.flush()
    audit.record(session, actor, "organisation:add", organisation)
    return organisation


def add_person(session: Session, actor: Actor, email: str, name: str, password_hash: str | None, language: str = "zh_CN") -> Person:
    """Create a person who can sign in once a password is set."""
    if session.scalars(select(Person.id).where(Person.email == email.lower())).first():
        raise Invalid(fields={"email": N_("这个邮箱已有账号。")})
    person = Person(
        email=email.lower(), name=name, password=password_hash, language=language,
        fs_uniquifier=secrets.token_hex(32), confirmed_at=clock.now(),
    )  # fmt: skip
    session.add(person)
    session.flush()
    audit.record(session, actor, "person:add", person)
    return person


def join(session: Session, actor: Actor, person: Person, organisation: Organisation, role: str) -> Membership:
    """Give a person a role in an organisation; a role only fits its kind of organisation."""
    if ROLE_KINDS.get(role) != organisation.kind:
        raise Invalid(N_("这个角色不属于这类单位。"), code="role_kind")
    membership = Membership(person=person, organisation=organisation, role=role)
    session.add(membership)
    session.flush()
    audit.record(session, actor, "membership:add", membership, role=role)
    return membership


def people_of(session: Session, organisation_id: int, roles: Iterable[str]) -> list[Person]:
    """Active people holding one of these roles in an organisation."""
    query = _holders(roles).where(Membership.organisation_id == organisation_id)
    return list(session.scalars(query).unique())


def people_with(session: Session, *roles: str) -> list[Person]:
    """Active people holding one of these roles anywhere."""
    return list(session.scalars(_holders(roles)).unique())


def _holders(roles: Iterable[str]) -> Select[Any]:
    return (
        select(Person)
        .join(Membership)
        .where(Membership.active, Person.active, Membership.role.in_(tuple(roles)))
        .order_by(Person.id)
    )


def grant(
    session: Session, actor: Actor, organisation_id: int, subject: Any, reason: str, until: datetime | None = None
) -> Grant:
    """Let an organisation see the confidential layer of `subject` for a reason; repeating it changes nothing.

    Each reason has its own grant, since each ends by itself.
    """
    kind = subject.__tablename__
    same = select(Grant).where(
        Grant.organisation_id == organisation_id, Grant.subject_kind == kind, Grant.subject_id == subject.id,
        Grant.reason == reason, Grant.ended_at.is_(None),
    )  # fmt: skip
    existing = session.scalars(same).first()
    if existing:
        return existing
    entry = Grant(organisation_id=organisation_id, subject_kind=kind, subject_id=subject.id, reason=reason, until=until)
    session.add(entry)
    audit.record(session, actor, "grant:add", subject, organisation=organisation_id, reason=reason)
    return entry


def end_grants(session: Session, actor: Actor, reason: str) -> None:
    """End every grant given for this reason, e.g. `task:12` when the task closes."""
    for entry in session.scalars(select(Grant).where(Grant.reason == reason, Grant.ended_at.is_(None))):
        entry.ended_at = clock.now()
        audit.record(session, actor, "grant:end", entry)


def granted(organisation_id: int, kind: str) -> Select[Any]:
    """A sub-query: ids of the objects of this kind whose confidential layer the organisation may see now."""
    return select(Grant.subject_id).where(
        Grant.organisation_id == organisation_id,
        Grant.subject_kind == kind,
        Grant.ended_at.is_(None),
        or_(Grant.until.is_(None), Grant.until > clock.now()),
    )


def saw(session: Session, actor: Actor, subject: Any, level: int) -> None:
    """Log a look at confidential fields, once per person and hour."""
    if actor.person_id is None or actor.organisation_id == getattr(subject, "organisation_id", None):
        return
    moment = clock.now()
    recent = select(Sight.id).where(
        Sight.person_id == actor.person_id, Sight.subject_kind == subject.__tablename__,
        Sight.subject_id == subject.id, Sight.at > moment - timedelta(hours=1),
    )  # fmt: skip
    if session.scalars(recent).first() is None:
        session.add(
            Sight(
                at=moment, person_id=actor.person_id, organisation_id=actor.organisation_id,
                subject_kind=subject.__tablename__, subject_id=subject.id, level=level,
            )
        )  # fmt: skip
        if level >= CONFIDENTIAL:
            audit.record(session, actor, "secrecy:look", subject, level=level)


def sights(session: Session, subject: Any, most: int = 20) -> list[Sight]:
    """Who looked at the confidential fields of `subject`, newest first."""
    query = select(Sight).where(Sight.subject_kind == subject.__tablename__, Sight.subject_id == subject.id)
    return list(session.scalars(query.options(selectinload(Sight.person)).order_by(Sight.id.desc()).limit(most)))
