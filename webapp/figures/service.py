"""Live matching quality from real verdicts, and the 2028 targets; every figure with its count."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.catalog.models import Demand, Result
from webapp.figures.models import KpiTarget
from webapp.matches.models import Match, Verdict

ENOUGH = 30  # verdicts below which a share says nothing yet
GOOD = 2  # grade from which a pair counts as accepted
TOP = 5


@dataclass(frozen=True)
class Share:
    """A share with its counts and a 95 % interval (Wilson); `enough` is False while there are too few."""

    good: int
    total: int

    @property
    def enough(self) -> bool:
        """Whether there are enough verdicts to say anything."""
        return self.total >= ENOUGH

    @property
    def value(self) -> float:
        """The share itself."""
        return self.good / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson score interval at 95 %."""
        if not self.total:
            return (0.0, 1.0)
        n, p, z = self.total, self.value, 1.96
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return (max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class Quality:
    """How good the ranking was, from verdicts that are not undone and not examples."""

    top: Share
    ndcg: float | None
    demands: int
    accepted: Share
    hours_to_first: float | None


def quality(session: Session) -> Quality:
    """Live quality over all demands with verdicts that say something about fit."""
    rows = session.execute(
        select(Match.demand_id, Verdict.position, Verdict.grade)
        .join(Verdict.match)
        .where(Verdict.undone_at.is_(None), Verdict.is_example.is_(False), Verdict.part == "broker", Verdict.grade.is_not(None))
    ).all()
    by_demand: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for demand_id, position, grade in rows:
        by_demand[demand_id].append((position, grade or 0))
    early = [grade for pairs in by_demand.values() for position, grade in pairs if 0 < position <= TOP]
    grades = [grade or 0 for _, _, grade in rows]
    scores = [score for pairs in by_demand.values() if (score := _ndcg(pairs)) is not None]
    return Quality(
        top=Share(sum(g >= GOOD for g in early), len(early)),
        ndcg=sum(scores) / len(scores) if scores else None,
        demands=len(by_demand),
        accepted=Share(sum(g >= GOOD for g in grades), len(grades)),
        hours_to_first=_hours_to_first(session),
    )


def _ndcg(pairs: list[tuple[int, int]]) -> float | None:
    """nDCG@10 over the judged pairs of one demand, gains 2^grade - 1 (Järvelin and Kekäläinen 2002)."""
    ranked = [grade for _, grade in sorted(pairs)]
    best = sorted(ranked, reverse=True)
    ideal = _dcg(best)
    return _dcg(ranked) / ideal if ideal else None


def _dcg(grades: list[int]) -> float:
    return float(sum((2**g - 1) / math.log2(n + 2) for n, g in enumerate(grades[:10])))


def _hours_to_first(session: Session) -> float | None:
    first = (
        select(Match.demand_id, func.min(Verdict.created_at).label("at"))
        .join(Verdict.match).where(Verdict.is_example.is_(False), Verdict.part == "broker").group_by(Match.demand_id).subquery()
    )  # fmt: skip
    rows = session.execute(select(Demand.published_at, first.c.at).join(first, first.c.demand_id == Demand.id)).all()
    hours = sorted((at - published).total_seconds() / 3600 for published, at in rows if published and at)
    return hours[len(hours) // 2] if hours else None


def public_counts(session: Session) -> dict[str, int]:
    """How many results and demands are open, and how many matches wait: figures for the home page."""
    return {
        "results": session.scalar(select(func.count()).select_from(Result).where(Result.state == "PUBLISHED")) or 0,
        "demands": session.scalar(select(func.count()).select_from(Demand).where(Demand.state.in_(("OPEN", "MATCHING")), Demand.confidentiality <= 1)) or 0,
        "use_first": session.scalar(select(func.count()).select_from(Result).where(Result.state == "PUBLISHED", Result.use_first_offered)) or 0,
    }


def targets(session: Session) -> list[KpiTarget]:
    """The 2028 targets in their order."""
    return list(session.scalars(select(KpiTarget).order_by(KpiTarget.position, KpiTarget.code)))
