"""From the broker's recommendation to both sides' answers: ask, answer yes or no with a reason, and expire in silence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, Forbidden, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.matches import verdicts
from webapp.matches.models import Match
from webapp.matches.policy import party
from webapp.matches.states import MATCH, WAITING
from webapp.matches.values import MUTUAL_GRADE
from webapp.messages import service as messages

LIVE_DEMANDS = ("OPEN", "MATCHING")
MINE = "/matches/mine"


def recommend(session: Session, actor: Actor, match: Match, reply_days: int) -> None:
    """Tell both sides of a shortlisted match and ask them to answer; repeating it changes nothing."""
    policy.check(actor, "match:recommend", match)
    verdicts.lock(session, match)
    if match.state in WAITING:
        return
    if match.demand.state not in LIVE_DEMANDS or match.result.state != "PUBLISHED":
        raise Refused(N_("这项需求或成果已经不在发布中，不能再推荐。"), code="recommend_not_live")
    MATCH.step(match, "recommend", actor.roles)
    match.broker_id = match.broker_id or actor.person_id
    match.company_answer = match.researcher_answer = ""
    match.recommended_at = clock.now()
    match.reply_until = _end_of_day(reply_days)
    until = clock.local(match.reply_until).date().isoformat()
    # Each side reads its own title only: the other side's may be confidential.
    messages.notify(session, company_people(session, match), "match_for_demand", MINE, title=match.demand.title, until=until)
    messages.notify(session, school_people(session, match), "match_for_result", MINE, title=match.result.title, until=until)
    audit.record(session, actor, "match:recommend", match, until=until)


def _end_of_day(days: int) -> datetime:
    """People are given a date, so the last day counts in full."""
    last = clock.today() + timedelta(days=days)
    return datetime.combine(last, time(23, 59, 59), clock.ZONE)


def company_people(session: Session, match: Match) -> list[Person]:
    """Who answers for the demand."""
    return accounts.people_of(session, match.demand.organisation_id, ("company_user", "company_admin"))


def school_people(session: Session, match: Match) -> list[Person]:
    """Who answers for the result: the researcher who posted it and the school's transfer office."""
    office = accounts.people_of(session, match.result.organisation_id, ("tto",))
    author = match.result.created_by
    return [*office, *([author] if author and author.active else [])]


def answer(session: Session, actor: Actor, match: Match, yes: bool, reason: str = "", note: str = "") -> None:
    """One side's yes, or no with a reason; the second yes makes the interest mutual."""
    policy.check(actor, "match:answer", match)
    part = party(actor, match)
    if part is None:
        raise Forbidden
    decision = "accept" if yes else "decline"
    reason, note = verdicts.checked(decision, reason, note)
    verdicts.lock(session, match)
    column = f"{part}_answer"
    if getattr(match, column) == ("YES" if yes else "NO"):
        return
    before = match.state
    MATCH.step(match, f"{part}_{'yes' if yes else 'no'}", ("company" if part == "company" else "school",))
    setattr(match, column, "YES" if yes else "NO")
    verdict = verdicts.remember(session, actor, match, part, decision, before, reason, note)
    audit.record(session, actor, f"match:{decision}", match, part=part, reason=reason)
    if match.state == "MUTUAL":
        verdict.grade = MUTUAL_GRADE
        _mutual(session, actor, match)
    elif not yes:
        _declined(session, match, part)


def _mutual(session: Session, actor: Actor, match: Match) -> None:
    """Both may now read each other's confidential layer, and a task opens."""
    reason = grant_reason(match)
    accounts.grant(session, actor, match.demand.organisation_id, match.result, reason)
    accounts.grant(session, actor, match.result.organisation_id, match.demand, reason)
    outbox.enqueue(session, "open_task", "match", match.id)
    messages.notify(session, company_people(session, match), "match_mutual", MINE, title=match.demand.title)
    messages.notify(session, school_people(session, match), "match_mutual", MINE, title=match.result.title)
    _tell_broker(session, match, "match_mutual_broker")


def grant_reason(match: Match) -> str:
    """Under which name the grants of a match stand; they end under the same name."""
    return f"match:{match.id}"


def _declined(session: Session, match: Match, part: str) -> None:
    """The other side hears of a no only when it had been asked and may still be waiting."""
    others: Iterable[Person] = school_people(session, match) if part == "company" else company_people(session, match)
    title = match.result.title if part == "company" else match.demand.title
    messages.notify(session, others, "match_declined", MINE, title=title)
    _tell_broker(session, match, "match_declined_broker")


def _tell_broker(session: Session, match: Match, kind: str) -> None:
    broker = session.get(Person, match.broker_id) if match.broker_id else None
    if broker:
        messages.notify(session, [broker], kind, f"/matches?state=all&selected={match.id}", number=match.id)


def expire(session: Session) -> int:
    """Close every recommendation whose time to answer is over; a second run finds none of them."""
    late = select(Match).where(Match.state.in_(WAITING), Match.reply_until < clock.now()).order_by(Match.id)
    count = 0
    for match in session.scalars(late).unique():
        MATCH.step(match, "expire", SYSTEM.roles)
        audit.record(session, SYSTEM, "match:expire", match)
        _tell_broker(session, match, "match_expired_broker")
        count += 1
    return count


def task_opened(session: Session, match: Match) -> bool:
    """A task was opened for this match; False when it is not (or no longer) waiting for one."""
    if match.state != "MUTUAL":
        return False
    MATCH.step(match, "open_task", SYSTEM.roles)
    audit.record(session, SYSTEM, "match:open_task", match)
    return True
