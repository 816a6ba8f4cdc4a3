"""Who may see, judge and answer matches, and what each may read of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, or_, select

import webapp.catalog.policy  # noqa: F401 - registers how each side is revealed
from webapp.catalog.models import Demand, Result
from webapp.core import policy
from webapp.core.policy import Actor
from webapp.matches.models import Match
from webapp.matches.states import MATCH, SHARED

DESK = ("broker", "operator")
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
def judge(actor: Actor, _match: Any) -> bool:
    """Brokers and operators judge and recommend."""
    return actor.has(*DESK)


@policy.rule("match:mine")
def see_mine(actor: Actor, _obj: Any) -> bool:
    """Companies, researchers and transfer offices see what was recommended to them."""
    return actor.has(*COMPANY, "researcher", "tto")


@policy.rule("match:answer")
def answer(actor: Actor, match: Match) -> bool:
    """Each side answers for itself, once a broker has recommended the match."""
    return match.state in SHARED and party(actor, match) is not None


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
        reply_until=match.reply_until, broker_id=match.broker_id if desk else None,
        reviewed_at=match.reviewed_at if desk else None, actions=tuple(MATCH.actions(match.state, parts(actor, part))),
    )  # fmt: skip


def parts(actor: Actor, part: str | None) -> set[str]:
    """The parts the lifecycle knows this actor under."""
    return set(actor.roles & set(DESK)) | ({{"company": "company", "researcher": "school"}[part]} if part else set())
