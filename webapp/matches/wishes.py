"""One side wants to talk before any broker recommended the pair: the pair goes to the top of the queue, and the wish counts as a yes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.core import audit, clock, policy
from webapp.core.policy import Actor
from webapp.matches.claims import lock
from webapp.matches.models import Match, Wish
from webapp.matches.policy import holder, party
from webapp.messages import service as messages


def standing(session: Session, match: Match) -> list[Wish]:
    """The wishes that still hold, at most one of each side, of people who still belong there."""
    query = select(Wish).where(Wish.match_id == match.id, Wish.ended_at.is_(None)).order_by(Wish.id)
    found = {wish.part: wish for wish in session.scalars(query) if _belongs(session, match, wish)}
    return list(found.values())


def _belongs(session: Session, match: Match, wish: Wish) -> bool:
    home = match.demand.organisation_id if wish.part == "company" else match.result.organisation_id
    roles = ("company_user", "company_admin") if wish.part == "company" else ("researcher", "tto")
    return any(person.id == wish.person_id for person in accounts.people_of(session, home, roles))


def wish(session: Session, actor: Actor, match: Match) -> None:
    """Say "I want to talk": the pair goes to the top of the queue; a second click changes nothing."""
    policy.check(actor, "match:wish", match)
    lock(session, match)
    policy.check(actor, "match:wish", match)
    part = party(actor, match) or ""
    if any(one.part == part for one in standing(session, match)):
        return
    session.add(Wish(match_id=match.id, part=part, person_id=actor.person_id))
    session.flush()
    _count(session, match)
    audit.record(session, actor, "match:wish", match, part=part)
    held = [person for person in accounts.people_with(session, "broker", "operator") if person.id == holder(match)]
    messages.notify(session, held, "match_wish_broker", f"/matches?selected={match.id}", number=match.id)


def take_back(session: Session, actor: Actor, match: Match) -> None:
    """No longer: the pair goes back to its place; repeating it changes nothing."""
    policy.check(actor, "match:wish", match)
    lock(session, match)
    part = party(actor, match)
    for one in standing(session, match):
        if one.part == part:
            one.ended_at = clock.now()
            audit.record(session, actor, "match:unwish", match, part=part)
    session.flush()
    _count(session, match)


def end(session: Session, match: Match) -> None:
    """The wishes have been answered by a recommendation."""
    for one in session.scalars(select(Wish).where(Wish.match_id == match.id, Wish.ended_at.is_(None))):
        one.ended_at = clock.now()
    match.urgent = 0


def _count(session: Session, match: Match) -> None:
    match.urgent = len(standing(session, match))
