"""The broker's queue: which matches are open, best first, through filters, and who stands before and after one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from webapp.accounts import service as accounts
from webapp.catalog.models import Classification, Cluster, Demand, Result
from webapp.core import clock, policy
from webapp.core.policy import Actor
from webapp.matches.models import Match
from webapp.matches.policy import MatchView
from webapp.matches.states import MATCH, OPEN

SIZE = 50
TEXT_MAX = 100
BEST_FIRST = (Match.grade.desc(), Match.score.desc(), Match.id)
WORST_FIRST = (Match.grade, Match.score, Match.id.desc())
LIVE = and_(Result.state == "PUBLISHED", Demand.state.in_(("OPEN", "MATCHING")))
AT_LEAST = {"2+": 2, "1+": 1}


@dataclass(frozen=True)
class Filters:
    """What a broker narrows the queue to; empty means all. `state` "open" is what still waits for a verdict."""

    state: str = "open"
    grade: str = ""
    industry: str = ""
    cluster: str = ""
    broker: str = ""
    text: str = ""

    def query(self) -> dict[str, str]:
        """The filters as parameters of an address, without the defaults."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}


def read_filters(given: Mapping[str, str]) -> Filters:
    """Filters as they come from an address; rubbish counts as not given."""
    values = {f.name: given.get(f.name, "").replace("\x00", "").strip()[:TEXT_MAX].strip() for f in fields(Filters)}
    if values["state"] not in {"open", "all", *MATCH.states}:
        values["state"] = "open"
    if values["grade"] not in {"", "0", "1", "2", "3", *AT_LEAST}:
        values["grade"] = ""
    if values["broker"] not in {"", "me", "none"} and not (values["broker"].isascii() and values["broker"].isdigit()):
        values["broker"] = ""
    return Filters(**values)


@dataclass(frozen=True)
class Listing:
    """One page of the queue: what is shown, how many there are, and how many wait in all."""

    items: list[MatchView]
    number: int
    total: int
    waiting: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // SIZE))


@dataclass(frozen=True)
class Neighbours:
    """Where one match stands among those of the filters; place 0 when it is not among them."""

    previous: int | None
    next: int | None
    place: int
    total: int


def _query(actor: Actor, filters: Filters) -> Select[Any]:
    query = policy.visible(actor, Match).join(Match.demand).join(Match.result)
    return query.where(*_conditions(actor, filters))


def _conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.state == "open":
        # A row withdrawn a moment ago leaves the queue before the worker has taken its pairs away.
        wanted += [Match.state.in_(OPEN), LIVE]
    elif filters.state != "all":
        wanted.append(Match.state == filters.state)
    if filters.grade:
        least = AT_LEAST.get(filters.grade)
        wanted.append(Match.grade >= least if least else Match.grade == int(filters.grade))
    if filters.industry:
        wanted.append(Demand.industry_code == filters.industry)
    if filters.cluster:
        wanted.append(Result.cluster_code == filters.cluster)
    if filters.broker:
        wanted.append(Match.broker_id == _broker(actor, filters.broker))
    if filters.text:
        wanted += [_holds(word) for word in filters.text.split()[:8]]
    return wanted


def _broker(actor: Actor, wanted: str) -> int | None:
    if wanted == "none":
        return None
    return actor.person_id if wanted == "me" else min(int(wanted), 2**62)


def _holds(word: str) -> ColumnElement[bool]:
    return or_(Demand.title.icontains(word, autoescape=True), Result.title.icontains(word, autoescape=True))


def listing(session: Session, actor: Actor, filters: Filters, number: int = 1) -> Listing:
    """One page of the queue; a number past the end gives the last page."""
    total = count(session, actor, filters)
    number = max(1, min(number, -(-total // SIZE)))
    query = _query(actor, filters).options(contains_eager(Match.demand), contains_eager(Match.result))
    rows = session.scalars(query.order_by(*BEST_FIRST).limit(SIZE).offset((number - 1) * SIZE)).unique()
    return Listing([policy.reveal(actor, row) for row in rows], number, total, waiting(session))


def count(session: Session, actor: Actor, filters: Filters) -> int:
    """How many matches the filters leave."""
    return session.scalar(_query(actor, filters).with_only_columns(func.count(Match.id))) or 0


def waiting(session: Session) -> int:
    """How many matches wait for a broker's verdict."""
    query = select(func.count(Match.id)).join(Match.demand).join(Match.result).where(Match.state.in_(OPEN), LIVE)
    return session.scalar(query) or 0


def neighbours(session: Session, actor: Actor, filters: Filters, match: Match) -> Neighbours:
    """Who comes before and after this match, whether or not the filters still hold for it."""
    base = _query(actor, filters).with_only_columns(Match.id)
    before, after = _beyond(match, better=True), _beyond(match, better=False)
    among = session.scalar(base.where(Match.id == match.id)) is not None
    ahead = session.scalar(_query(actor, filters).where(before).with_only_columns(func.count(Match.id))) or 0
    return Neighbours(
        previous=session.scalar(base.where(before).order_by(*WORST_FIRST).limit(1)),
        next=session.scalar(base.where(after).order_by(*BEST_FIRST).limit(1)),
        place=ahead + 1 if among else 0,
        total=count(session, actor, filters),
    )


def _beyond(match: Match, better: bool) -> ColumnElement[bool]:
    """Strictly better, or strictly worse, in the queue's order."""
    if better:
        later = and_(Match.score == match.score, Match.id < match.id)
        return or_(Match.grade > match.grade, and_(Match.grade == match.grade, or_(Match.score > match.score, later)))
    later = and_(Match.score == match.score, Match.id > match.id)
    return or_(Match.grade < match.grade, and_(Match.grade == match.grade, or_(Match.score < match.score, later)))


def first(session: Session, actor: Actor, filters: Filters) -> int | None:
    """The best match the filters leave."""
    return session.scalar(_query(actor, filters).with_only_columns(Match.id).order_by(*BEST_FIRST).limit(1))


def rivals(session: Session, match: Match) -> int:
    """How many results are matched with the same demand."""
    return session.scalar(select(func.count(Match.id)).where(Match.demand_id == match.demand_id)) or 0


@dataclass(frozen=True)
class Choices:
    """What the filters offer, with names in the reader's language."""

    industries: list[tuple[str, str]]
    clusters: list[tuple[str, str]]
    brokers: list[tuple[str, str]]


def choices(session: Session, language: str) -> Choices:
    """Industries valid today, circles, and everybody who works as a broker."""
    today = clock.today()
    lists = select(Classification).where(
        Classification.scheme == "industry", or_(Classification.valid_to.is_(None), Classification.valid_to >= today)
    )
    industries = session.scalars(lists.order_by(Classification.position, Classification.code))
    clusters = session.scalars(select(Cluster).order_by(Cluster.position, Cluster.code))
    english = language == "en"
    return Choices(
        industries=[(row.code, row.en if english else row.zh) for row in industries],
        clusters=[(row.code, row.short_en if english else row.short_zh) for row in clusters],
        brokers=[(str(person.id), person.name) for person in accounts.people_with(session, "broker")],
    )
