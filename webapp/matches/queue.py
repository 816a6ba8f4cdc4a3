"""The broker's queue: which matches are open, wished ones first, then the best, through filters; who stands beside one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload, load_only

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.catalog.models import Classification, Cluster, Demand, Result
from webapp.core import clock, policy
from webapp.core.policy import Actor
from webapp.matches import claims
from webapp.matches.models import Match
from webapp.matches.policy import EntryView, entry
from webapp.matches.states import LIVE, MATCH, ON_DESK, OPEN, WAITING

SIZE = 50
TEXT_MAX = 100
BEST_FIRST = (Match.urgent.desc(), Match.grade.desc(), Match.score.desc(), Match.id)
WORST_FIRST = (Match.urgent, Match.grade, Match.score, Match.id.desc())
POOLS = ("mine", "team", "others")
AT_LEAST = {"2+": 2, "1+": 1}
WORDS = 8
_SIDE = ("id", "title", "state", "sealed", "published_at", "confidentiality", "organisation_id", "created_at")
# A line of the queue needs neither reasons nor texts nor figures, which are most of what a row holds.
LIGHT = (
    load_only(Match.id, Match.state, Match.grade, Match.score, Match.urgent, Match.broker_id, Match.held_until, Match.created_at),
    *(
        joinedload(side).options(load_only(*(getattr(model, name) for name in _SIDE)), lazyload("*"))
        for side, model in ((Match.demand, Demand), (Match.result, Result))
    ),
)
DESK = Actor(name="desk", roles=frozenset({"operator"}))


@dataclass(frozen=True)
class Filters:
    """What a broker narrows the queue to; empty means all.

    `state` "open" is what still waits for a verdict, "waiting" what waits for an answer of the sides.
    """

    state: str = "open"
    pool: str = ""
    wish: str = ""
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
    if values["state"] not in {"open", "waiting", "all", *MATCH.states}:
        values["state"] = "open"
    if values["pool"] not in POOLS:
        values["pool"] = ""
    values["wish"] = "yes" if values["wish"] == "yes" else ""
    if values["grade"] not in {"", "0", "1", "2", "3", *AT_LEAST}:
        values["grade"] = ""
    if values["broker"] not in {"", "me", "none"} and not (values["broker"].isascii() and values["broker"].isdigit()):
        values["broker"] = ""
    return Filters(**values)


@dataclass(frozen=True)
class Listing:
    """One page of the queue: what is shown, how many there are, and how many wait in all."""

    items: list[EntryView]
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


def _query(actor: Actor, filters: Filters, state: str | None) -> Select[*tuple[Any, ...]]:
    """The number, wishes, grade and score of the matches wanted in one state; every condition can be answered from one index."""
    query = policy.visible(actor, Match).with_only_columns(Match.id, Match.urgent, Match.grade, Match.score)
    wanted = _conditions(actor, filters)
    if state:
        wanted.append(Match.state == state)
    if filters.state == "open":
        # A row withdrawn a moment ago leaves the queue before the worker has taken its pairs away.
        wanted += [
            Match.result_id.not_in(_dead(Result, LIVE["result"])),
            Match.demand_id.not_in(_dead(Demand, LIVE["demand"])),
        ]
    return query.where(*wanted)


def _dead(model: type[Demand] | type[Result], live: tuple[str, ...]) -> Select[Any]:
    return select(model.id).where(model.state.not_in(live))


def _states(filters: Filters) -> tuple[str | None, ...]:
    """Asked one by one, the states come out of the index in order already, however many matches there are."""
    groups: dict[str, tuple[str | None, ...]] = {"open": OPEN, "waiting": WAITING, "all": (None,)}
    return groups.get(filters.state, (filters.state,))


def _conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.grade:
        least = AT_LEAST.get(filters.grade)
        wanted.append(Match.grade >= least if least else Match.grade == int(filters.grade))
    if filters.wish:
        wanted.append(Match.urgent > 0)
    if filters.pool:
        wanted.append(_pool(actor, filters))
    if filters.industry:
        wanted.append(Match.demand_id.in_(select(Demand.id).where(Demand.industry_code == filters.industry)))
    if filters.cluster:
        wanted.append(Match.result_id.in_(select(Result.id).where(Result.cluster_code == filters.cluster)))
    if filters.broker:
        wanted.append(Match.broker_id == _broker(actor, filters.broker))
    return wanted + [_holds(word) for word in filters.text.split()[:WORDS]]


def _pool(actor: Actor, filters: Filters) -> ColumnElement[bool]:
    """Mine, the team's, or other brokers'; a claim whose lease is over counts as the team's while the pair is on the desk."""
    on_desk = filters.state == "open" or filters.state in ON_DESK
    if filters.pool == "team":
        return claims.free() if on_desk else Match.broker_id.is_(None)
    if filters.pool == "mine":
        return claims.held_by(actor.person_id) if on_desk else Match.broker_id == actor.person_id
    others = and_(Match.broker_id.is_not(None), Match.broker_id != actor.person_id)
    return and_(others, Match.held_until > clock.now()) if on_desk else others


def _broker(actor: Actor, wanted: str) -> int | None:
    if wanted == "none":
        return None
    return actor.person_id if wanted == "me" else min(int(wanted), 2**62)


def _holds(word: str) -> ColumnElement[bool]:
    return or_(
        Match.demand_id.in_(select(Demand.id).where(Demand.title.icontains(word, autoescape=True))),
        Match.result_id.in_(select(Result.id).where(Result.title.icontains(word, autoescape=True))),
    )


def _ids(
    session: Session, actor: Actor, filters: Filters, most: int, skip: int = 0, *, beyond: Any = None, back: bool = False
) -> list[int]:
    """The numbers of the matches in the queue's order (or the reverse), merged over the states."""
    found: list[tuple[int, int, float, int]] = []
    for state in _states(filters):
        query = _query(actor, filters, state)
        query = query if beyond is None else query.where(beyond)
        rows = session.execute(query.order_by(*(WORST_FIRST if back else BEST_FIRST)).limit(most + skip))
        found += [(-row.urgent, -row.grade, -row.score, row.id) for row in rows]
    return [number for _, _, _, number in sorted(found, reverse=back)][skip : skip + most]


def count(session: Session, actor: Actor, filters: Filters, beyond: Any = None) -> int:
    """How many matches the filters leave."""
    query = _counting(actor, filters)
    return session.scalar(query if beyond is None else query.where(beyond)) or 0


def _counting(actor: Actor, filters: Filters) -> Select[Any]:
    states = [state for state in _states(filters) if state]
    query = _query(actor, filters, None).with_only_columns(func.count(Match.id))
    return query.where(Match.state.in_(states)) if states else query


def listing(session: Session, actor: Actor, filters: Filters, number: int = 1, total: int | None = None) -> Listing:
    """One page of the queue; a number past the end gives the last page."""
    total = count(session, actor, filters) if total is None else total
    number = max(1, min(number, -(-total // SIZE)))
    start = (number - 1) * SIZE
    size = max(0, min(SIZE, total - start))
    if start > total // 2:  # nearer to the end: counted from there, so that the last page costs what the first does
        ids = _ids(session, actor, filters, size, total - start - size, back=True)[::-1]
    else:
        ids = _ids(session, actor, filters, size, start)
    rows = {row.id: row for row in session.scalars(select(Match).where(Match.id.in_(ids)).options(*LIGHT))}
    items = [entry(actor, rows[match_id]) for match_id in ids if match_id in rows]
    return Listing(items, number, total, total if filters == Filters() else session.scalar(waiting()) or 0)


def wanted(actor: Actor, filters: Filters) -> Select[Any]:
    """All matches of the filters, best first, whole rows: for who takes the list along."""
    states = [state for state in _states(filters) if state]
    query = policy.visible(actor, Match).where(*_conditions(actor, filters)).order_by(*BEST_FIRST)
    return query.where(Match.state.in_(states)) if states else query


def waiting() -> Select[Any]:
    """Counts the matches that wait for a broker's verdict."""
    return _counting(DESK, Filters())


def neighbours(session: Session, actor: Actor, filters: Filters, match: Match, total: int | None = None) -> Neighbours:
    """Who comes before and after this match, whether or not the filters still hold for it."""
    before, after = _beyond(match, better=True), _beyond(match, better=False)
    among = _ids(session, actor, filters, 1, beyond=Match.id == match.id)
    return Neighbours(
        previous=next(iter(_ids(session, actor, filters, 1, beyond=before, back=True)), None),
        next=next(iter(_ids(session, actor, filters, 1, beyond=after)), None),
        place=count(session, actor, filters, before) + 1 if among else 0,
        total=count(session, actor, filters) if total is None else total,
    )


def _beyond(match: Match, better: bool) -> ColumnElement[bool]:
    """Strictly better, or strictly worse, in the queue's order."""
    keys = ((Match.urgent, match.urgent), (Match.grade, match.grade), (Match.score, match.score))
    found: ColumnElement[bool] = Match.id < match.id if better else Match.id > match.id
    for column, value in reversed(keys):
        found = or_(column > value if better else column < value, and_(column == value, found))
    return found


def first(session: Session, actor: Actor, filters: Filters) -> int | None:
    """The best match the filters leave."""
    return next(iter(_ids(session, actor, filters, 1)), None)


def next_free(session: Session, actor: Actor, filters: Filters, most: int) -> list[int]:
    """The best of the team's pool within the filters, whatever pool they name."""
    return _ids(session, actor, replace(filters, state="open", pool="team", broker=""), most)


def following(session: Session, actor: Actor, filters: Filters, match: Match) -> int | None:
    """Who comes after this match."""
    return next(iter(_ids(session, actor, filters, 1, beyond=_beyond(match, better=False))), None)


def rivals(session: Session, match: Match) -> int:
    """How many results are matched with the same demand."""
    return session.scalar(select(func.count(Match.id)).where(Match.demand_id == match.demand_id)) or 0


def pools(session: Session, actor: Actor) -> dict[str, int]:
    """How many wait in each pool, how many a side asked for, and how many of mine are still to be recommended."""
    wanted = {
        "mine": Filters(pool="mine"), "team": Filters(pool="team"), "others": Filters(pool="others"), "wish": Filters(wish="yes"),
        "recommend": Filters(state="SHORTLISTED", pool="mine"), "waiting": Filters(state="waiting", pool="mine"),
    }  # fmt: skip
    return {name: count(session, actor, filters) for name, filters in wanted.items()}


def names(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of the people who hold these matches."""
    wanted = {person_id for person_id in ids if person_id}
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))).all()) if wanted else {}


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
