"""What time does to recommendations: reminders for sides that have not answered, expiry, and an end when one side is withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import audit, clock
from webapp.core.policy import SYSTEM
from webapp.matches import claims
from webapp.matches.answers import PARTS, link, people, tell_broker, title
from webapp.matches.models import Match
from webapp.matches.states import LIVE, MATCH, WAITING
from webapp.messages import service as messages

REMINDS = {"company": "match_reminder_demand", "researcher": "match_reminder_result"}


def expire(session: Session) -> int:
    """Close every recommendation whose time to answer is over; a second run finds none of them."""
    late = select(Match).where(Match.state.in_(WAITING), Match.reply_until < clock.now())
    count = 0
    for match in _locked(session, late):
        if match.state not in WAITING or match.reply_until is None or match.reply_until >= clock.now():
            continue
        MATCH.step(match, "expire", SYSTEM.roles)
        audit.record(session, SYSTEM, "match:expire", match)
        for part in PARTS:
            if getattr(match, f"{part}_answer") == "YES":  # whoever said yes should not wonder what became of it
                messages.notify(session, people(session, match, part), "match_expired", link(match), title=title(match, part))
        tell_broker(session, match, "match_expired_broker")
        count += 1
    return count


def _locked(session: Session, query: Select[Any]) -> list[Match]:
    """The matches of a query, each held and read afresh: somebody may have answered a moment ago."""
    found = list(session.scalars(query.order_by(Match.id)).unique())
    for match in found:
        claims.lock(session, match)
    return found


def remind(session: Session, settings: Settings) -> int:
    """Remind sides that have not answered: once after some days, once shortly before the end, on working days only."""
    if not clock.is_working_day(clock.today()):
        return 0
    now = clock.now()
    first = and_(Match.reminders == 0, Match.recommended_at <= now - timedelta(days=settings.match_remind_days))
    last = and_(Match.reminders < 2, Match.reply_until <= now + timedelta(days=settings.match_last_days))
    due = select(Match).where(Match.state.in_(WAITING), Match.reply_until > now, or_(first, last))
    return sum(_remind(session, match, settings) for match in _locked(session, due))


def _remind(session: Session, match: Match, settings: Settings) -> int:
    if match.state not in WAITING or match.reply_until is None:
        return 0
    close = match.reply_until <= clock.now() + timedelta(days=settings.match_last_days)
    if match.reminders >= (2 if close else 1):
        return 0
    match.reminders = 2 if close else 1
    until = clock.local(match.reply_until).date().isoformat()
    for part in (part for part in PARTS if not getattr(match, f"{part}_answer")):
        told = people(session, match, part)
        messages.notify(session, told, REMINDS[part], link(match), title=title(match, part), until=until)
        if not told:
            tell_broker(session, match, "match_nobody_broker")
    audit.record(session, SYSTEM, "match:remind", match, number=match.reminders)
    return 1


def recall(session: Session) -> int:
    """Recommendations of what was withdrawn since wait for nobody any more; both sides and the broker hear why."""
    dead = or_(
        Match.demand_id.in_(select(Demand.id).where(Demand.state.not_in(LIVE["demand"]))),
        Match.result_id.in_(select(Result.id).where(Result.state.not_in(LIVE["result"]))),
    )
    count = 0
    for match in _locked(session, select(Match).where(Match.state.in_(WAITING), dead)):
        if match.state not in WAITING:
            continue
        MATCH.step(match, "stale", SYSTEM.roles)
        audit.record(session, SYSTEM, "match:recall", match)
        for part in PARTS:
            messages.notify(session, people(session, match, part), "match_withdrawn", link(match), title=title(match, part))
        tell_broker(session, match, "match_withdrawn_broker")
        count += 1
    return count
