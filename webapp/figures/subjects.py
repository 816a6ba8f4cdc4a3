"""What a figures page can be about: found by its code, with its name, and whether this reader sees the whole count."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation, Person
from webapp.catalog import service as catalog
from webapp.core import policy
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.figures import brokers
from webapp.figures import policy as _policy  # noqa: F401 - registers the rules
from webapp.figures.measures import MEASURES
from webapp.figures.models import Cell
from webapp.figures.reading import Names, Subject, circles

DISTRICT = N_("青岛西海岸新区")


@dataclass(frozen=True)
class Named:
    """A subject with its name."""

    subject: Subject
    name: str
    whole: bool


def find(session: Session, actor: Actor, subject: Subject, language: str) -> Named | None:
    """The subject if this reader may have a page about it."""
    whole = policy.can(actor, "figures:district")
    if subject.kind == "organisation":
        return _organisation(session, actor, subject, language)
    if subject.kind == "person":
        return _person(session, actor, subject)
    if subject.kind == "district":
        return Named(Subject(), "", whole) if not subject.key else None
    known = dict(circles(session, language) if subject.kind == "circle" else _industries(session, language) if subject.kind == "industry" else ())
    return Named(subject, known[subject.key], whole) if subject.key in known else None


def _industries(session: Session, language: str) -> list[tuple[str, str]]:
    lists = catalog.lists(session)
    return [(code, lists.name("industry", code, language)) for code in lists.industry]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) < 2**62 else None


def _organisation(session: Session, actor: Actor, subject: Subject, language: str) -> Named | None:
    number = _number(subject.key)
    row = session.get(Organisation, number) if number else None
    if row is None or row.kind not in ("SCHOOL", "CARRIER", "COMPANY"):
        return None
    company, whole = row.kind == "COMPANY", policy.can(actor, "figures:organisation", row)
    if company and not whole:
        return None
    return Named(replace(subject, company=company), (row.name_en if language == "en" else "") or row.name, whole)


def _person(session: Session, actor: Actor, subject: Subject) -> Named | None:
    number = _number(subject.key)
    row = session.get(Person, number) if number else None
    if row is None or not policy.can(actor, "figures:broker", row) or row.id not in {one.id for one in brokers.people(session, actor)}:
        return None
    return Named(subject, row.name, True)


@dataclass(frozen=True)
class List:
    """Subjects of one kind beside each other: their names and a few numbers, each with the rows it opens."""

    kind: str
    title: str
    columns: tuple[tuple[str, str], ...]  # measure and its name
    lines: tuple[tuple[str, str, tuple[float, ...]], ...]  # code, name, numbers


KINDS = (
    ("circle", N_("创新圈"), ("results_public", "offers_public"), ("results", "trials")),
    ("organisation", N_("院校和载体"), ("results_public", "offers_public"), ("results", "trials")),
    ("industry", N_("产业"), ("demands_public", "results_public"), ("demands", "results")),
)


def listed(session: Session, language: str, whole: bool) -> list[List]:
    """The three lists; institutions without a number stay out."""
    names = Names(session, language, Subject())
    found = []
    for kind, title, public, inside in KINDS:
        codes = inside if whole else public
        query = select(Cell.key, Cell.measure, Cell.value).where(Cell.kind == kind, Cell.measure.in_(codes), Cell.period == "")
        cells = {(key, measure): value for key, measure, value in session.execute(query)}
        known = {"circle": circles(session, language), "industry": _industries(session, language), "organisation": list(names.organisations.items())}[kind]
        lines = [(key, name, tuple(cells.get((key, code), 0.0) for code in codes)) for key, name in known]
        kept = [line for line in lines if kind != "organisation" or any(line[2])]
        found.append(List(kind, title, tuple((code, MEASURES[code].name) for code in codes), tuple(sorted(kept, key=lambda line: -line[2][0]))))
    return found
