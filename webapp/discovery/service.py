"""Use cases of discovery: the circles and the newest of both sides, for the home page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.catalog.models import Cluster, Demand, Result
from webapp.core import policy
from webapp.core.policy import Actor

__all__ = ["Demand", "Result", "circles", "newest", "of_circle", "wanted"]


def newest(session: Session, actor: Actor, model: Any, most: int = 4) -> list[Any]:
    """The newest published rows a visitor may see, revealed."""
    states = ("PUBLISHED",) if model is Result else ("OPEN", "MATCHING")
    query = policy.visible(actor, model).where(model.state.in_(states)).order_by(model.published_at.desc(), model.id.desc())
    return [policy.reveal(actor, row) for row in session.scalars(query.limit(most)).unique()]


def wanted(session: Session, actor: Actor, most: int = 5) -> list[tuple[str, int]]:
    """The industries most open demands are of, with how many: what is wanted most, of what this reader may see."""
    seen = policy.visible(actor, Demand).where(Demand.state.in_(("OPEN", "MATCHING")), Demand.industry_code.is_not(None), Demand.industry_code != "")
    number = func.count().label("number")
    query = seen.with_only_columns(Demand.industry_code, number).group_by(Demand.industry_code).order_by(number.desc(), Demand.industry_code)
    return [(str(code), count) for code, count in session.execute(query.limit(most)).all()]


def of_circle(session: Session, actor: Actor, code: str, most: int = 12) -> list[Any]:
    """The newest published results of a circle, revealed."""
    query = policy.visible(actor, Result).where(Result.state == "PUBLISHED", Result.cluster_code == code)
    rows = session.scalars(query.order_by(Result.published_at.desc(), Result.id.desc()).limit(most)).unique()
    return [policy.reveal(actor, row) for row in rows]


def circles(session: Session) -> list[tuple[Cluster, int, list[Organisation]]]:
    """Each circle with its number of published results and its institutions."""
    counts = dict(
        session.execute(
            select(Result.cluster_code, func.count()).where(Result.state == "PUBLISHED", Result.confidentiality <= 1).group_by(Result.cluster_code)
        ).all()
    )  # type: ignore[arg-type]
    schools: dict[str | None, list[Organisation]] = {}
    for school in session.scalars(select(Organisation).where(Organisation.kind == "SCHOOL").order_by(Organisation.id)):
        schools.setdefault(school.cluster_code, []).append(school)
    rows = session.scalars(select(Cluster).order_by(Cluster.position, Cluster.code))
    return [(row, counts.get(row.code, 0), schools.get(row.code, [])) for row in rows]
