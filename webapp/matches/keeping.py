"""How long verdicts and answers name people: pairs closed long ago keep what was decided and lose who, and their notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.accounts.upkeep import nobody
from webapp.core import retention
from webapp.core.errors import N_
from webapp.matches.models import Match, Verdict, Wish
from webapp.matches.states import CLOSED

# A stale pair waits to be ranked anew: only ends that people made, or time, count.
ENDED = tuple(state for state in CLOSED if state != "STALE")


def forget(session: Session, ids: list[int]) -> None:
    """Take people and their words out of these matches; decision, grade and score stay, since the ranking learnt from them."""
    session.execute(update(Verdict).where(Verdict.match_id.in_(ids)).values(person_id=nobody(session).id, note="", share_note=False))
    session.execute(delete(Wish).where(Wish.match_id.in_(ids)))
    session.execute(update(Match).where(Match.id.in_(ids)).values(broker_id=None, held_until=None, version=Match.version + 1))


@retention.rule("matches", "keep_deal_months", N_("已结束的匹配：谁判断、谁答复、留言"), N_("抹去姓名和留言，保留结论"))
def end_matches(session: Session, before: datetime) -> int:
    """Matches that ended without a task; those still open, and those a task grew from, are not touched here."""
    anybody = select(Verdict.match_id).where(or_(Verdict.person_id != nobody(session).id, Verdict.note != ""))
    last = select(func.max(Verdict.created_at)).where(Verdict.match_id == Match.id).scalar_subquery()
    named = or_(Match.id.in_(anybody), Match.id.in_(select(Wish.match_id)), Match.broker_id.is_not(None))
    old = (func.coalesce(last, Match.updated_at) < before, func.coalesce(Match.reply_until, Match.created_at) < before)
    ids = list(session.scalars(select(Match.id).where(Match.state.in_(ENDED), named, *old).limit(retention.MOST)))
    if ids:
        forget(session, ids)
    return len(ids)
