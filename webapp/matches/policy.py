"""Who may see, judge and answer matches, and what each may read of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session, object_session

import webapp.catalog.policy as catalog  # also registers how each side is revealed
from webapp.accounts import ties
from webapp.catalog.models import Demand, Result
from webapp.core import clock, policy
from webapp.core.policy import Actor
from webapp.matches.models import Match
from webapp.matches.states import MATCH, ON_DESK, SHARED, WISHABLE

DESK = ("broker", "operator")
SERVING = ("SHORTLISTED", "RECOMMENDED", "COMPANY_INTERESTED", "RESEARCHER_INTERESTED", "MUTUAL", "TASK_OPENED")
COMPANY = ("company_user", "company_admin")
COARSE = 10  # the parties read a score in steps of this many points


@dataclass(frozen=True)
class MatchView:
    """What somebody may read of a match; each side is catalog's view, which is all but empty where the reader may not see it."""

    id: int
    state: str
    grade: int
    points: int
    coarse: bool
    position: int
    demand: Any
    result: Any
    found_on: Any
    part: str | None
    mine: str
    theirs: str
    reply_until: Any
    broker_id: int | None
    held_until: Any
    urgent: int
    reviewed_at: Any
    actions: tuple[str, ...]


def party(actor: Actor, match: Match) -> str | None:
    """Which side of the match the actor acts for: company, researcher, or neither."""
    if actor.organisation_id is None:
        return None
    if actor.has(*COMPANY) and match.demand.organisation_id == actor.organisation_id:
        return "company"
    if match.result.organisation_id != actor.organisation_id:
        return None
    own = actor.has("researcher") and match.result.created_by_id == actor.person_id
    return "researcher" if own or actor.has("tto") else None


@policy.rule("match:queue")
def see_queue(actor: Actor, _obj: Any) -> bool:
    """The queue is the brokers' and operators' desk."""
    return actor.has(*DESK)


@policy.rule("match:judge")
@policy.rule("match:recommend")
def judge(actor: Actor, match: Any) -> bool:
    """Brokers and operators judge and recommend; a broker not where a tie or an undisclosed rival stands against it."""
    return actor.has(*DESK) and conflict(actor, match) is None


def conflict(actor: Actor, match: Match | None) -> ties.Conflict | None:
    """What stands against this broker serving the two sides."""
    session = object_session(match) if match is not None else None
    if match is None or session is None or not actor.has("broker") or actor.person_id is None:
        return None
    sides = (match.demand.organisation_id, match.result.organisation_id)
    return ties.of(session, actor.person_id, sides, served(session, actor.person_id, match.id))


def served(session: Session, broker_id: int, but: int | None = None) -> set[int]:
    """The companies this broker works for now."""
    query = select(Demand.organisation_id).join(Match, Match.demand_id == Demand.id)
    query = query.where(Match.broker_id == broker_id, Match.state.in_(SERVING), Match.id != (but or 0))
    with session.no_autoflush:
        return set(session.scalars(query))


@policy.rule("match:pass_on")
def pass_on(actor: Actor, match: Match) -> bool:
    """Giving back and handing over: also for the holder against whom a conflict has come to stand."""
    return actor.has(*DESK) and (holder(match) == actor.person_id or conflict(actor, match) is None)


@policy.says("match:judge")
@policy.says("match:recommend")
@policy.says("match:pass_on")
def why_not(actor: Actor, match: Any) -> str:
    """The conflict in a sentence; empty where it is the role."""
    found = conflict(actor, match) if actor.has(*DESK) else None
    return found.sentence if found else ""


@policy.rule("match:lessons")
def choose_lessons(actor: Actor, _obj: Any) -> bool:
    """Operators decide which version of what was learnt is in use."""
    return actor.has("operator")


@policy.rule("match:mine")
def see_mine(actor: Actor, _obj: Any) -> bool:
    """Companies, researchers and transfer offices see what was recommended to them."""
    return actor.has(*COMPANY, "researcher", "tto")


@policy.rule("match:answer")
def answer(actor: Actor, match: Match) -> bool:
    """Each side answers for itself, once a broker has recommended the match."""
    return match.state in SHARED and party(actor, match) is not None


@policy.rule("match:own")
def see_own(actor: Actor, posting: Demand | Result) -> bool:
    """The owner of a posting sees its ranked other side: the company's people, the result's author and its office."""
    if actor.organisation_id is None or posting.organisation_id != actor.organisation_id:
        return False
    if isinstance(posting, Demand):
        return actor.has(*COMPANY)
    return actor.has("tto") or (actor.has("researcher") and posting.created_by_id == actor.person_id)


@policy.rule("match:wish")
def wish(actor: Actor, match: Match) -> bool:
    """An owner may ask to talk about a pair of their own list that no broker has recommended yet."""
    others: dict[str, Demand | Result] = {"company": match.result, "researcher": match.demand}
    other = others.get(party(actor, match) or "")
    return other is not None and match.state in WISHABLE and catalog.sees(actor, other)


def own_pairs(actor: Actor, posting: Demand | Result) -> Select[Any]:
    """The pairs of one's own posting whose other side one may see, whether or not a broker has looked at them."""
    if not see_own(actor, posting):
        return select(Match).where(false())
    if isinstance(posting, Demand):
        others = policy.visible(actor, Result).with_only_columns(Result.id)
        return select(Match).where(Match.demand_id == posting.id, Match.result_id.in_(others))
    others = policy.visible(actor, Demand).with_only_columns(Demand.id)
    return select(Match).where(Match.result_id == posting.id, Match.demand_id.in_(others))


@policy.filters(Match)
def visible_matches(actor: Actor, query: Select[Any]) -> Select[Any]:
    """The desk sees all; the parties their own pairs from the recommendation on; nobody else any."""
    if actor.has(*DESK):
        return query
    if actor.organisation_id is None:
        return query.where(false())
    sides = []
    if actor.has(*COMPANY):
        sides.append(Match.demand_id.in_(select(Demand.id).where(Demand.organisation_id == actor.organisation_id)))
    if actor.has("tto"):
        sides.append(Match.result_id.in_(select(Result.id).where(Result.organisation_id == actor.organisation_id)))
    elif actor.has("researcher"):
        own = select(Result.id).where(Result.organisation_id == actor.organisation_id, Result.created_by_id == actor.person_id)
        sides.append(Match.result_id.in_(own))
    return query.where(Match.state.in_(SHARED), or_(*sides)) if sides else query.where(false())


@policy.views(Match)
def view(actor: Actor, match: Match) -> MatchView:
    """The desk reads the score as it is, a party in coarse steps; each side is what catalog reveals to this reader."""
    desk = actor.has(*DESK)
    part = party(actor, match)
    points = round(match.score * 100)
    answers = {"company": match.company_answer, "researcher": match.researcher_answer}
    return MatchView(
        id=match.id, state=match.state, grade=match.grade, position=match.position if desk else 0, coarse=not desk,
        points=points if desk else points // COARSE * COARSE,
        demand=policy.reveal(actor, match.demand), result=policy.reveal(actor, match.result),
        found_on=match.created_at, part=part, mine=answers.get(part or "", ""),
        theirs=answers.get({"company": "researcher", "researcher": "company"}.get(part or "", ""), ""),
        reply_until=match.reply_until, broker_id=holder(match) if desk else None,
        held_until=match.held_until if desk else None, urgent=match.urgent if desk else 0,
        reviewed_at=match.reviewed_at if desk else None, actions=tuple(MATCH.actions(match.state, parts(actor, part))),
    )  # fmt: skip


@dataclass(frozen=True)
class EntryView:
    """One line of the queue: little enough to read fifty of them at once."""

    id: int
    state: str
    grade: int
    points: int
    urgent: int
    broker_id: int | None
    found_on: Any
    demand_title: str
    result_title: str


def entry(actor: Actor, match: Match) -> EntryView:
    """A line of the queue for a reader of the desk; what they may not see of a side is its number."""
    sides: tuple[Demand | Result, ...] = (match.demand, match.result)
    titles = [row.title if catalog.sees(actor, row) else row.code for row in sides]
    return EntryView(
        match.id, match.state, match.grade, round(match.score * 100), match.urgent, holder(match), match.created_at, *titles
    )


def holder(match: Match) -> int | None:
    """Who holds this match now; while it is still to be judged a claim ends with its lease."""
    if match.state in ON_DESK and (match.held_until is None or match.held_until <= clock.now()):
        return None
    return match.broker_id


def parts(actor: Actor, part: str | None) -> set[str]:
    """The parts the lifecycle knows this actor under."""
    return set(actor.roles & set(DESK)) | ({{"company": "company", "researcher": "school"}[part]} if part else set())
