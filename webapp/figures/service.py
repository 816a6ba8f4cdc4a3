"""Counts for the home page, and the 2028 targets."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.catalog.models import Demand, Result
from webapp.figures.models import KpiTarget
from webapp.figures.quality import by_version, quality


def public_counts(session: Session) -> dict[str, int]:
    """How many results and demands are open, and how many matches wait: figures for the home page."""
    offered = select(Result.use_first_offered, func.count()).where(Result.state == "PUBLISHED").group_by(Result.use_first_offered)
    results = dict(session.execute(offered).tuples().all())  # one walk over the table gives both numbers
    return {
        "results": sum(results.values()),
        "demands": session.scalar(select(func.count()).select_from(Demand).where(Demand.state.in_(("OPEN", "MATCHING")), Demand.confidentiality <= 1)) or 0,
        "use_first": results.get(True, 0),
    }


def targets(session: Session) -> list[KpiTarget]:
    """The 2028 targets in their order."""
    return list(session.scalars(select(KpiTarget).order_by(KpiTarget.position, KpiTarget.code)))


__all__ = ["by_version", "public_counts", "quality", "targets"]
