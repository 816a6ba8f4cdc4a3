"""Live matching quality from brokers' real verdicts: whole and per engine version, each figure with its count and interval."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.catalog.models import Demand
from webapp.core import clock
from webapp.matches.models import Match, Verdict

ENOUGH = 30  # verdicts below which a share says nothing yet
ENOUGH_DEMANDS = 10  # demands below which a mean or a median over demands says nothing yet
GOOD = 2  # grade from which a pair counts as accepted
TOP = 5
WIDTH = 1.96  # standard errors of a 95 % interval


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
        n, p, z = self.total, self.value, WIDTH
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return (max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class Middle:
    """A mean or median over demands with its 95 % interval and how many demands it is over; None over none."""

    value: float | None
    low: float
    high: float
    demands: int

    @property
    def enough(self) -> bool:
        """Whether there are enough demands to say anything."""
        return self.demands >= ENOUGH_DEMANDS


def mean(values: Sequence[float]) -> Middle:
    """The mean of values between 0 and 1, with the normal interval."""
    if not values:
        return Middle(None, 0.0, 1.0, 0)
    count, middle = len(values), sum(values) / len(values)
    spread = math.sqrt(sum((v - middle) ** 2 for v in values) / (count - 1)) if count > 1 else 1.0
    half = WIDTH * spread / math.sqrt(count)
    return Middle(middle, max(0.0, middle - half), min(1.0, middle + half), count)


def median(values: Iterable[float]) -> Middle:
    """The median with the interval that order statistics give, whatever the distribution."""
    rows = sorted(values)
    if not rows:
        return Middle(None, 0.0, 0.0, 0)
    count, half = len(rows), WIDTH * math.sqrt(len(rows)) / 2
    low, high = max(0, math.floor(count / 2 - half)), min(count - 1, math.ceil(count / 2 + half) - 1)
    middle = (rows[(count - 1) // 2] + rows[count // 2]) / 2
    return Middle(middle, min(rows[low], middle), max(rows[high], middle), count)


@dataclass(frozen=True)
class Quality:
    """How good the ranking was, from verdicts that are not undone and not examples."""

    top: Share
    ndcg: Middle
    demands: int
    accepted: Share
    hours: Middle  # from publishing a demand to the first verdict about it
    version: str = ""
    since: datetime | None = None


class Given(NamedTuple):
    """One verdict that says something about fit."""

    demand_id: int
    position: int
    grade: int
    version: str
    at: datetime


def quality(session: Session) -> Quality:
    """Live quality over all demands with verdicts that say something about fit."""
    return _measure(_given(session), _hours(session))


def by_version(session: Session) -> list[Quality]:
    """The same for each engine version that ranked a judged pair, newest first; verdicts from before versions stand last."""
    rows, hours = defaultdict(list), defaultdict(list)
    for given in _given(session):
        rows[given.version].append(given)
    for version, hour in _hours(session):
        hours[version].append((version, hour))
    made = [_measure(rows[v], hours[v], v) for v in rows.keys() | hours.keys() if rows[v]]
    return sorted(made, key=lambda q: (q.version != "", q.since, q.version), reverse=True)


def _measure(rows: Sequence[Given], hours: Iterable[tuple[str, float]], version: str = "") -> Quality:
    by_demand: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for given in rows:
        by_demand[given.demand_id].append((given.position, given.grade))
    early = [given.grade for given in rows if 0 < given.position <= TOP]
    return Quality(
        top=Share(sum(g >= GOOD for g in early), len(early)),
        ndcg=mean([score for pairs in by_demand.values() if (score := _ndcg(pairs)) is not None]),
        demands=len(by_demand),
        accepted=Share(sum(given.grade >= GOOD for given in rows), len(rows)),
        hours=median(hour for _, hour in hours),
        version=version,
        since=min((given.at for given in rows), default=None),
    )


def _given(session: Session) -> list[Given]:
    """The standing verdicts of brokers, the latest of each pair."""
    query = (
        select(Match.id, Match.demand_id, Verdict.position, Verdict.grade, Verdict.engine_version, Verdict.created_at)
        .join(Verdict.match)
        .where(Verdict.undone_at.is_(None), Verdict.is_example.is_(False), Verdict.part == "broker", Verdict.grade.is_not(None))
        .order_by(Verdict.id)
    )
    return list({row[0]: Given(row[1], row[2], row[3] or 0, row[4], row[5]) for row in session.execute(query)}.values())


def _ndcg(pairs: list[tuple[int, int]]) -> float | None:
    """nDCG@10 over the judged pairs of one demand, gains 2^grade - 1 (Järvelin and Kekäläinen 2002)."""
    ranked = [grade for _, grade in sorted(pairs)]
    best = sorted(ranked, reverse=True)
    ideal = _dcg(best)
    return _dcg(ranked) / ideal if ideal else None


def _dcg(grades: list[int]) -> float:
    return float(sum((2**g - 1) / math.log2(n + 2) for n, g in enumerate(grades[:10])))


def _hours(session: Session) -> list[tuple[str, float]]:
    """For each published demand the engine version of the first verdict about it, and how many hours that took."""
    real = (Verdict.is_example.is_(False), Verdict.part == "broker")
    first = (
        select(Match.demand_id, func.min(Verdict.id).label("verdict_id")).join(Verdict.match).where(*real)
        .group_by(Match.demand_id).subquery()
    )  # fmt: skip
    query = (
        select(Verdict.engine_version, Demand.published_at, Verdict.created_at)
        .join(first, first.c.verdict_id == Verdict.id)
        .join(Demand, Demand.id == first.c.demand_id)
    )
    rows = session.execute(query).all()
    # A demand published again after its first verdict has no such time.
    return [(v, (at - published).total_seconds() / 3600) for v, published, at in rows if published and at >= published]


def monthly(session: Session) -> dict[str, dict[str, float]]:
    """What the screen shows of the quality, for everything ("") and for each month of a verdict (2026-11)."""
    given = _given(session)
    by_month: dict[str, list[Given]] = defaultdict(list)
    for row in given:
        by_month[f"{clock.local(row.at):%Y-%m}"].append(row)
    return {period: _told(rows) for period, rows in (("", given), *by_month.items()) if rows}


def _told(rows: Sequence[Given]) -> dict[str, float]:
    found = _measure(rows, ())
    known = {} if found.ndcg.value is None else {"ndcg": found.ndcg.value}
    return known | {"ndcg_demands": found.ndcg.demands}
