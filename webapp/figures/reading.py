"""Reading the aggregates: the cells of one subject and year, and the names of what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.catalog import service as catalog
from webapp.catalog.models import Cluster
from webapp.config import Settings
from webapp.core import clock
from webapp.figures.counting import CELLS
from webapp.figures.models import Cell, Filling
from webapp.figures.reached import STAGES

DISTRICT_WHOLE = ("results", "demands", "judged", "tasks", "trials", "received")
DISTRICT_PUBLIC = ("results_public", "demands_public", "offers_public", "notices_public", "experts_public", "heat_public")
SCHOOL_WHOLE = ("results", "offers_public", "r_contacted", "tasks", "trials", "received")
SCHOOL_PUBLIC = ("results_public", "offers_public", "notices_public")
OF = {
    ("district", True): DISTRICT_WHOLE, ("district", False): DISTRICT_PUBLIC,
    ("circle", True): SCHOOL_WHOLE, ("circle", False): SCHOOL_PUBLIC,
    ("organisation", True): SCHOOL_WHOLE, ("organisation", False): SCHOOL_PUBLIC,
    ("industry", True): ("demands", "results", "judged", "tasks", "trials", "received"),
    ("industry", False): ("demands_public", "results_public", "offers_public"),
    ("person", True): ("p_matched", "tasks", "trials", "received"), ("person", False): (),
}  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """What a page is about; a company is an organisation whose demands are counted."""

    kind: str = "district"
    key: str = ""
    company: bool = False

    def figures(self, whole: bool) -> tuple[str, ...]:
        """The measures that stand on top of its page."""
        return (("demands", "posted") if whole else ()) if self.company else OF[self.kind, whole]

    def funnel(self) -> tuple[str, ...]:
        """The stages: of demands, of a school's results, or of a broker's pairs."""
        if self.kind == "person":
            return tuple(f"p_{stage}" for stage in STAGES[1:])
        own_results = self.kind == "circle" or (self.kind == "organisation" and not self.company)
        return tuple(f"r_{stage}" if own_results else stage for stage in STAGES)


class Cells:
    """The aggregates of one subject: what stands now, and those of one year."""

    def __init__(self, session: Session, subject: Subject, year: int) -> None:
        self.session, self.year = session, str(year)
        query = select(Cell.measure, Cell.other, Cell.period, Cell.value).where(Cell.kind == subject.kind, Cell.key == subject.key)
        self.found = {(measure, other, period): value for measure, other, period, value in session.execute(query)}

    def get(self, measure: str, period: str = "", other: str = "") -> float:
        """One number; what was never counted is nothing."""
        return self.found.get((measure, other, period), 0.0)

    def everything(self, measure: str) -> float:
        """A measure over all years."""
        return sum(value for (name, _, period), value in self.found.items() if name == measure and len(period) == 4)

    def split(self, measure: str, period: str) -> dict[str, float]:
        """A measure by its further split."""
        return {other: value for (name, other, when), value in self.found.items() if name == measure and when == period}

    def judged_months(self) -> list[str]:
        """Months of the year with verdicts."""
        return sorted({when for (name, _, when) in self.found if name == "top_total" and when.startswith(f"{self.year}-")})

    def periods(self, by: str) -> list[tuple[str, list[str]]]:
        """The months or quarters of the year that have begun, each with its months."""
        today = clock.today()
        last = 12 if int(self.year) < today.year else today.month if int(self.year) == today.year else 0
        months = [f"{self.year}-{n:02d}" for n in range(1, last + 1)]
        if by != "quarter":
            return [(month, [month]) for month in months]
        return [(f"{self.year}Q{n // 3 + 1}", months[n : n + 3]) for n in range(0, len(months), 3)]

    def heat(self, measure: str, subject: Subject) -> dict[str, dict[str, float]]:
        """By industry and month."""
        query = select(Cell.key, Cell.period, Cell.value).where(
            Cell.measure == measure, Cell.kind == "industry", Cell.period.like(f"{self.year}-%"), Cell.value > 0
        )
        if subject.kind == "industry":
            query = query.where(Cell.key == subject.key)
        found: dict[str, dict[str, float]] = {}
        for key, period, value in self.session.execute(query):
            found.setdefault(key, {})[period] = value
        return found

    def flow(self, measure: str, period: str, names: Names) -> list[tuple[str, str, float]]:
        """(institution, industry, how many), the largest first, of the institutions this page is about."""
        query = select(Cell.key, Cell.other, Cell.value).where(
            Cell.measure == measure, Cell.kind == "organisation", Cell.period == period, Cell.value > 0
        )
        rows = [(key, other, value) for key, other, value in self.session.execute(query) if names.concerns(key, other)]
        return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


class Names:
    """What codes and numbers are called in one language, and which institutions and industries a page is about."""

    def __init__(self, session: Session, language: str, subject: Subject) -> None:
        self.lists, self.language, self.subject = catalog.lists(session), language, subject
        rows = session.execute(
            select(Organisation.id, Organisation.name, Organisation.name_en, Organisation.cluster_code).where(Organisation.kind.in_(("SCHOOL", "CARRIER")))
        ).all()
        self.organisations = {str(row.id): (row.name_en if language == "en" else "") or row.name for row in rows}
        self.circle_of = {str(row.id): row.cluster_code for row in rows}

    def concerns(self, organisation: str, industry: str) -> bool:
        """Whether a flow between these belongs on the page."""
        kind, key = self.subject.kind, self.subject.key
        if kind == "circle":
            return self.circle_of.get(organisation) == key
        return kind == "district" or key == {"organisation": organisation, "industry": industry}.get(kind)

    def organisation(self, key: str) -> str:
        """An institution's name."""
        return self.organisations.get(key, key)

    def industry(self, code: str) -> str:
        """An industry's name."""
        return self.lists.name("industry", code, self.language)


@dataclass(frozen=True)
class AsOf:
    """When the figures were counted, and whether that is longer ago than it should be."""

    at: datetime | None
    late: bool


def as_of(session: Session, settings: Settings) -> AsOf:
    """How fresh the aggregates are."""
    last = session.get(Filling, CELLS)
    if last is None:
        return AsOf(None, False)
    return AsOf(last.at, clock.now() - last.at > timedelta(minutes=settings.figures_late_minutes))


def circles(session: Session, language: str) -> list[tuple[str, str]]:
    """(code, name) of the circles."""
    rows: Iterable[Cluster] = session.scalars(select(Cluster).order_by(Cluster.position, Cluster.code))
    return [(row.code, row.short_en if language == "en" else row.short_zh) for row in rows]
