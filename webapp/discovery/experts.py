"""Experts for readers: published profiles, each with the public results the person posted where they agreed to list them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.accounts import experts as people
from webapp.accounts.models import Expert, Organisation
from webapp.catalog import service as catalog
from webapp.catalog.models import Result
from webapp.core import policy
from webapp.core.errors import NotFound
from webapp.core.policy import Actor

shown = people.shown


def profile(session: Session, actor: Actor, expert_id: int) -> tuple[Any, list[Any]]:
    """A profile and the results listed with it; one that is not published is not there, for its writer's visitors alike."""
    row = policy.find(session, actor, Expert, expert_id)
    if not people.published(row):
        raise NotFound
    view = policy.reveal(actor, row)
    return view, _results(session, actor, row) if row.shows_results else []


def _results(session: Session, actor: Actor, row: Expert, most: int = 20) -> list[Any]:
    """Named results only: an anonymous one must not be found through its author."""
    own = or_(Result.created_by_id == row.person_id, Result.lead == row.person.name)
    query = catalog.published(actor, Result).where(Result.organisation_id == row.organisation_id, Result.confidentiality == 0, own)
    rows = session.scalars(query.order_by(Result.published_at.desc(), Result.id.desc()).limit(most)).unique()
    return [policy.reveal(actor, found) for found in rows]


def carriers(session: Session, actor: Actor, cluster: str) -> list[Any]:
    """Incubators, parks and other carriers of a circle."""
    query = policy.visible(actor, Organisation).where(Organisation.kind == "CARRIER", Organisation.cluster_code == cluster)
    return [policy.reveal(actor, row) for row in session.scalars(query.order_by(Organisation.id))]


def of_circle(session: Session, actor: Actor, cluster: str, most: int = 8) -> list[Any]:
    """Published experts of a circle's schools."""
    schools = select(Organisation.id).where(Organisation.cluster_code == cluster)
    query = shown(actor).where(Expert.organisation_id.in_(schools)).limit(most)
    return [policy.reveal(actor, row) for row in session.scalars(query).unique()]
