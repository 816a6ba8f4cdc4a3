"""Use cases of expert profiles: written by the researcher, published only with consent, gone at once when it is withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.accounts import fields
from webapp.accounts.models import Expert
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid, NotFound, Stale
from webapp.core.policy import Actor

LEAST_SUMMARY = 10


def mine(session: Session, actor: Actor) -> Expert | None:
    """The actor's profile at the school they act for."""
    query = select(Expert).where(Expert.person_id == actor.person_id, Expert.organisation_id == actor.organisation_id)
    return session.scalars(query).one_or_none()


def save(session: Session, actor: Actor, values: Mapping[str, Any], version: int, known_fields: Iterable[str]) -> Expert:
    """Write one's profile; it is published with consent given anew or before, else it stays unseen."""
    policy.check(actor, "expert:edit")
    columns: dict[str, Any] = fields.short(values, "title", "department", "summary")
    columns["keywords"] = fields.words("keywords", values.get("keywords"))
    chosen = set(values.get("fields") or ())
    columns["fields"] = [code for code in known_fields if code in chosen]
    columns["shows_results"] = bool(values.get("shows_results"))
    wants = bool(values.get("consent"))
    if wants and len(columns["summary"]) < LEAST_SUMMARY:
        raise Invalid(fields={"summary": N_("公开之前，请用一两句话写写研究什么、能帮企业解决什么问题。")})
    row = mine(session, actor)
    if row is None:
        row = Expert(person_id=actor.person_id, organisation_id=actor.organisation_id)
        session.add(row)
    elif row.version != version:
        raise Stale(who=actor.name)
    for name, value in columns.items():
        setattr(row, name, value)
    if wants and not published(row):
        row.consented_at, row.withdrawn_at = clock.now(), None
        session.flush()
        audit.record(session, actor, "expert:consent", row)
    elif not wants and published(row):
        _withdraw(session, actor, row)
    session.flush()
    audit.record(session, actor, "expert:edit", row)
    return row


def published(row: Expert) -> bool:
    """Whether the person's consent stands."""
    return row.consented_at is not None and row.withdrawn_at is None


def withdraw(session: Session, actor: Actor) -> None:
    """Take the profile down at once; the text stays for its writer."""
    row = mine(session, actor)
    if row is None:
        raise NotFound
    _withdraw(session, actor, row)


def _withdraw(session: Session, actor: Actor, row: Expert) -> None:
    row.withdrawn_at = clock.now()
    session.flush()
    audit.record(session, actor, "expert:withdraw", row)


def withdraw_all(session: Session, actor: Actor, person_id: int, organisation_id: int | None = None) -> None:
    """Whoever leaves a school or closes the account is no longer shown."""
    query = select(Expert).where(Expert.person_id == person_id, Expert.consented_at.is_not(None), Expert.withdrawn_at.is_(None))
    for row in session.scalars(query if organisation_id is None else query.where(Expert.organisation_id == organisation_id)):
        _withdraw(session, actor, row)


def shown(actor: Actor) -> Select[Any]:
    """Published profiles as this actor may see them, by name."""
    query = policy.visible(actor, Expert).where(Expert.consented_at.is_not(None), Expert.withdrawn_at.is_(None))
    return query.order_by(Expert.updated_at.desc(), Expert.id.desc())
