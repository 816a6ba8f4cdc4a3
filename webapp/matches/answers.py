"""From the broker's recommendation to both sides' answers: ask, answer yes or no with a reason, and expire in silence."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, Forbidden, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.matches import claims, verdicts, wishes
from webapp.matches.models import Match
from webapp.matches.policy import COMPANY, party
from webapp.matches.states import LIVE, MATCH, WAITING
from webapp.matches.values import MUTUAL_GRADE
from webapp.messages import service as messages

MINE = "/matches/mine"
PARTS = ("company", "researcher")
ROLES = {"company": "company", "researcher": "school"}
ASKS = {"company": "match_for_demand", "researcher": "match_for_result"}


def to_answer(actor: Actor) -> Select[Any]:
    """Counts the recommended matches that wait for this side's answer."""
    mine = Match.company_answer if actor.has(*COMPANY) else Match.researcher_answer
    return policy.visible(actor, Match).where(Match.state.in_(WAITING), mine == "").with_only_columns(func.count(Match.id))


def recommend(session: Session, actor: Actor, match: Match, reply_days: int, takeover: bool = False) -> None:
    """Tell both sides of a shortlisted match and ask them to answer; repeating it changes nothing.

    A side that asked to talk by itself has answered already.
    """
    policy.check(actor, "match:recommend", match)
    claims.lock(session, match)
    if match.state in WAITING:
        return
    if not takeover:
        claims.check(session, actor, match)
    if not live(match):
        raise Refused(N_("这项需求或成果已经不在发布中，不能再推荐。"), code="recommend_not_live")
    _somebody_answers(session, match)
    MATCH.step(match, "recommend", actor.roles)
    match.broker_id = actor.person_id
    match.company_answer = match.researcher_answer = ""
    match.recommended_at, match.reminders = clock.now(), 0
    match.reply_until = _end_of_day(reply_days)
    until = clock.local(match.reply_until).date().isoformat()
    audit.record(session, actor, "match:recommend", match, until=until)
    wished = {wish.part: wish for wish in wishes.standing(session, match)}
    for part in PARTS:
        if part in wished:
            messages.notify(session, people(session, match, part), "match_wish_passed", link(match), title=title(match, part))
        else:
            # Each side reads its own title only: the other side's may be confidential.
            messages.notify(session, people(session, match, part), ASKS[part], link(match), title=title(match, part), until=until)
    for part, wish in wished.items():
        _say_yes(session, Actor(wish.person_id, organisation_id=organisation(match, part)), match, part)
    wishes.end(session, match)


def live(match: Match) -> bool:
    """Whether both postings are still offered."""
    return match.demand.state in LIVE["demand"] and match.result.state in LIVE["result"]


def _somebody_answers(session: Session, match: Match) -> None:
    """Asking where nobody is left to answer would only wait for nothing."""
    for part in PARTS:
        if not people(session, match, part):
            home = match.demand.organisation if part == "company" else match.result.organisation
            sentence = N_("%(name)s现在没有可以答复的账号，推荐出去也没有人看到。请先请对方注册或更新人员。")
            raise Refused(sentence, code="nobody_to_ask", name=home.name)


def _end_of_day(days: int) -> datetime:
    """People are given a date, so the last day counts in full."""
    last = clock.today() + timedelta(days=days)
    return datetime.combine(last, time(23, 59, 59), clock.ZONE)


def people(session: Session, match: Match, part: str) -> list[Person]:
    """Who answers for one side: for the demand the company's people, for the result its author and the school's office.

    Only who still belongs there: whoever left the organisation neither answers nor hears.
    """
    if part == "company":
        return accounts.people_of(session, match.demand.organisation_id, ("company_user", "company_admin"))
    office = accounts.people_of(session, match.result.organisation_id, ("tto",))
    staff = accounts.people_of(session, match.result.organisation_id, ("researcher",))
    return [*office, *(person for person in staff if person.id == match.result.created_by_id)]


def company_people(session: Session, match: Match) -> list[Person]:
    """Who answers for the demand."""
    return people(session, match, "company")


def school_people(session: Session, match: Match) -> list[Person]:
    """Who answers for the result."""
    return people(session, match, "researcher")


def title(match: Match, part: str) -> str:
    """A side's own title."""
    return match.demand.title if part == "company" else match.result.title


def organisation(match: Match, part: str) -> int:
    """A side's organisation."""
    return match.demand.organisation_id if part == "company" else match.result.organisation_id


def link(match: Match) -> str:
    """Where a party finds the pair, whatever has become of it."""
    return f"{MINE}?show=all#match-{match.id}"


def answer(
    session: Session, actor: Actor, match: Match, yes: bool, reason: str = "", note: str = "", share_note: bool = False
) -> None:
    """One side's yes, or no with a reason; the second yes makes the interest mutual."""
    policy.check(actor, "match:answer", match)
    part = party(actor, match)
    if part is None:
        raise Forbidden
    reason, note = verdicts.checked("accept" if yes else "decline", reason, note)
    claims.lock(session, match)
    if getattr(match, f"{part}_answer") == ("YES" if yes else "NO"):
        return
    _in_time(match, yes)
    if yes:
        _say_yes(session, actor, match, part)
    else:
        _say_no(session, actor, match, part, reason, note, share_note)


def _in_time(match: Match, yes: bool) -> None:
    """A late or pointless yes is told as such, not as a mere "not now"."""
    if match.state == "EXPIRED":
        day = clock.local(match.reply_until).date().isoformat() if match.reply_until else ""
        raise Refused(N_("这次推荐已在 %(day)s 到期。还想谈，请告诉经纪人，可以再推荐一次。"), code="answer_expired", day=day)
    if yes and match.state in WAITING and not live(match):
        raise Refused(N_("对方的内容已经撤下，这次推荐不用再答复。"), code="answer_withdrawn")


def _say_yes(session: Session, actor: Actor, match: Match, part: str) -> None:
    before = match.state
    MATCH.step(match, f"{part}_yes", (ROLES[part],))
    setattr(match, f"{part}_answer", "YES")
    verdict = verdicts.remember(session, actor, match, part, "accept", before)
    audit.record(session, actor, "match:accept", match, part=part, reason="")
    if match.state == "MUTUAL":
        verdict.grade = MUTUAL_GRADE
        _mutual(session, actor, match)


def _say_no(session: Session, actor: Actor, match: Match, part: str, reason: str, note: str, share_note: bool) -> None:
    before = match.state
    MATCH.step(match, f"{part}_no", (ROLES[part],))
    setattr(match, f"{part}_answer", "NO")
    verdicts.remember(session, actor, match, part, "decline", before, reason, note, share_note)
    audit.record(session, actor, "match:decline", match, part=part, reason=reason)
    _declined(session, match, part)


def _mutual(session: Session, actor: Actor, match: Match) -> None:
    """Both may now read each other's confidential layer, and a task opens."""
    reason = grant_reason(match)
    accounts.grant(session, actor, match.demand.organisation_id, match.result, reason)
    accounts.grant(session, actor, match.result.organisation_id, match.demand, reason)
    outbox.enqueue(session, "open_task", "match", match.id)
    for part in PARTS:
        messages.notify(session, people(session, match, part), "match_mutual", link(match), title=title(match, part))
    tell_broker(session, match, "match_mutual_broker")


def grant_reason(match: Match) -> str:
    """Under which name the grants of a match stand; they end under the same name."""
    return f"match:{match.id}"


def _declined(session: Session, match: Match, part: str) -> None:
    """The other side hears of a no, worded for them."""
    other = "researcher" if part == "company" else "company"
    messages.notify(session, people(session, match, other), "match_declined", link(match), title=title(match, other))
    tell_broker(session, match, "match_declined_broker")


def tell_broker(session: Session, match: Match, kind: str) -> None:
    """Tell whoever looks after the match, or the operators where that broker no longer works here."""
    brokers = [person for person in accounts.people_with(session, "broker", "operator") if person.id == match.broker_id]
    told = brokers or accounts.people_with(session, "operator")
    messages.notify(session, told, kind, f"/matches?state=all&selected={match.id}", number=match.id)


def task_opened(session: Session, match: Match) -> bool:
    """A task was opened for this match; False when it is not (or no longer) waiting for one."""
    if match.state != "MUTUAL":
        return False
    MATCH.step(match, "open_task", SYSTEM.roles)
    audit.record(session, SYSTEM, "match:open_task", match)
    return True
