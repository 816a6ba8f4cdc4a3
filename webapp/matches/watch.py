"""Nothing suitable yet: which demands have no suitable result, watched until one comes, and who works nearest to the subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Expert, Membership, Person
from webapp.catalog import documents
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.policy import SYSTEM, Actor
from webapp.engines.matcher import Matcher
from webapp.matches.models import Match, Watch
from webapp.matches.states import CLOSED, LIVE
from webapp.messages import service as messages

COMPANY = ("company_user", "company_admin")
NEAR, TEAMS, SHOWN = 60, 5, 3


def look(session: Session, settings: Settings, demand_ids: Iterable[int] | None = None) -> int:
    """Watch demands without a suitable result, and tell the companies of watched ones that now have one; returns how many."""
    wanted = None if demand_ids is None else set(demand_ids)
    live = select(Demand.id).where(Demand.state.in_(LIVE["demand"]))
    open_ids = set(session.scalars(live if wanted is None else live.where(Demand.id.in_(wanted))))
    best = _best(session, settings, open_ids)
    known = {watch.demand_id: watch for watch in session.scalars(select(Watch).where(Watch.demand_id.in_(open_ids)))}
    told = 0
    for demand_id in sorted(open_ids):
        watch = known.get(demand_id)
        if demand_id not in best:
            _watch(session, demand_id, watch)
        elif watch is not None and watch.told_at is None:
            told += _tell(session, watch, best[demand_id])
    return told


def _best(session: Session, settings: Settings, demand_ids: set[int]) -> dict[int, list[int]]:
    """The suitable pairs of these demands that still stand, best first."""
    found: dict[int, list[int]] = {}
    query = select(Match.demand_id, Match.id).where(
        Match.demand_id.in_(demand_ids), Match.grade >= settings.match_suitable_grade, Match.state.not_in(CLOSED)
    )
    for demand_id, match_id in session.execute(query.order_by(Match.grade.desc(), Match.score.desc(), Match.id)):
        found.setdefault(demand_id, []).append(match_id)
    return found


def _watch(session: Session, demand_id: int, watch: Watch | None) -> None:
    if watch is None:
        session.add(Watch(demand_id=demand_id))
    elif watch.told_at is not None:
        watch.told_at = watch.match_id = None


def _tell(session: Session, watch: Watch, match_ids: list[int]) -> int:
    """Tell the company once, of the best pair whose result it may see; what it may not see its broker will bring."""
    demand = session.get_one(Demand, watch.demand_id)
    company = accounts.people_of(session, demand.organisation_id, COMPANY)
    shown = _first_seen(session, accounts.actor_for(session, company[0], demand.organisation_id), match_ids) if company else None
    watch.told_at, watch.match_id = clock.now(), shown or match_ids[0]
    audit.record(session, SYSTEM, "demand:suitable", demand, match=watch.match_id)
    if shown is None:
        return 0
    messages.notify(session, company, "demand_suitable", f"/matches/for/demand/{demand.id}", title=demand.title)
    return 1


def _first_seen(session: Session, actor: Actor, match_ids: list[int]) -> int | None:
    seen = policy.visible(actor, Result).with_only_columns(Result.id)
    rows = set(session.scalars(select(Match.id).where(Match.id.in_(match_ids), Match.result_id.in_(seen))))
    return next((match_id for match_id in match_ids if match_id in rows), None)


def since(session: Session, demand: Demand) -> Any:
    """Since when this demand is watched, None when it is not."""
    watch = session.scalars(select(Watch).where(Watch.demand_id == demand.id)).first()
    return watch.updated_at if watch and watch.told_at is None else None


@dataclass(frozen=True)
class Team:
    """A team near a subject: where it works, and what of it this reader may see that shows so."""

    organisation: str
    department: str
    lead: str
    works: list[Any]


def nearest(session: Session, actor: Actor, matcher: Matcher, demand: Demand) -> list[Team]:
    """The teams whose visible results come nearest to a demand, though none of them fits it."""
    if not matcher.read():
        return []
    ranked = [int(scored.id) for scored in matcher.rank(documents.match_document(demand), NEAR) if scored.score > 0]
    rows = {row.id: row for row in session.scalars(policy.visible(actor, Result).where(Result.id.in_(ranked))).unique()}
    teams: dict[tuple[str, str], list[Any]] = {}
    for view in (policy.reveal(actor, rows[number]) for number in ranked if number in rows):
        if not view.anonymous and view.organisation_id != actor.organisation_id:
            teams.setdefault((view.owner_name, view.department), []).append(view)
    nearest = list(teams.items())[:TEAMS]
    return [Team(home, department, works[0].lead, works[:SHOWN]) for (home, department), works in nearest]


def experts(session: Session, teams: list[Team]) -> list[Expert]:
    """The people behind these works who agreed to be found and still belong there, nearest first."""
    works = [work.id for team in teams for work in team.works]
    authors = dict(session.execute(select(Result.created_by_id, Result.id).where(Result.id.in_(works), Result.created_by_id.is_not(None))).all())
    here = select(Membership.person_id).join(Person, Person.id == Membership.person_id)
    here = here.where(Membership.active, Person.active, Membership.organisation_id == Expert.organisation_id)
    agreed = select(Expert).where(
        Expert.person_id.in_(authors), Expert.consented_at.is_not(None), Expert.withdrawn_at.is_(None), Expert.person_id.in_(here)
    )
    found = list(session.scalars(agreed).unique())
    return sorted(found, key=lambda expert: (works.index(authors[expert.person_id]), expert.id))[:TEAMS]
