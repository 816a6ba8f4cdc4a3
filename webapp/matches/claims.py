"""Who holds a match: claimed under a lease, taken over knowingly, handed over, given back; two brokers never meet unknowingly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Membership, Person
from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Forbidden, Invalid, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.matches.models import Match
from webapp.matches.policy import conflict, holder
from webapp.matches.states import ON_DESK, OPEN, WAITING
from webapp.messages import service as messages

DEFAULTS = Settings()
DESK = ("broker", "operator")
NOTE_MAX = 500
LED = (*ON_DESK, "SHORTLISTED", *WAITING)


def free() -> ColumnElement[bool]:
    """A condition: nobody holds the match (of those still to be judged)."""
    return or_(Match.broker_id.is_(None), Match.held_until.is_(None), Match.held_until <= clock.now())


def held_by(person_id: int | None) -> ColumnElement[bool]:
    """A condition: this person holds the match (of those still to be judged)."""
    return and_(Match.broker_id == person_id, Match.held_until > clock.now())


def lock(session: Session, match: Match) -> None:
    """Hold the row and read it afresh, so that two clicks at once are answered one after the other."""
    session.flush()
    fresh = ["state", "version", "broker_id", "held_until", "urgent", "company_answer", "researcher_answer", "reminders"]
    session.refresh(match, fresh, with_for_update=True)


def check(session: Session, actor: Actor, match: Match) -> None:
    """Refuse, with the name, what somebody else holds."""
    other = holder(match)
    if other is None or other == actor.person_id:
        return
    person = session.get(Person, other)
    raise Refused(N_("%(who)s 正在跟这一对。请先与对方商量，再点“接手”。"), code="held", who=person.name if person else "?")


def claim(session: Session, actor: Actor, match: Match, takeover: bool = False, settings: Settings = DEFAULTS) -> None:
    """Take a match into one's own pool, or keep it longer; what another holds only on purpose, and they are told."""
    policy.check(actor, "match:judge", match)
    lock(session, match)
    before = holder(match)
    if before not in (None, actor.person_id):
        if not takeover:
            check(session, actor, match)
        _tell(session, before, "match_taken_over", match, who=actor.name)
    elif before is None and match.state in OPEN and mine(session, actor) >= settings.match_claim_most:
        raise Refused(N_("您的池里已有 %(n)s 对没有判断，请先处理或放回一些。"), code="pool_full", n=settings.match_claim_most)
    hold(match, actor, settings)
    if before != actor.person_id:
        audit.record(session, actor, "match:takeover" if before else "match:claim", match, before=before)


def hold(match: Match, actor: Actor, settings: Settings) -> None:
    """Put a match under this person's name for as long as a claim lasts."""
    match.broker_id = actor.person_id
    match.held_until = clock.now() + timedelta(days=settings.match_claim_days) if match.state in ON_DESK else None


def mine(session: Session, actor: Actor) -> int:
    """How many matches without a verdict this person holds."""
    held = select(func.count(Match.id)).where(Match.state.in_(OPEN), held_by(actor.person_id))
    return session.scalar(held) or 0


def take(session: Session, actor: Actor, ids: Iterable[int], settings: Settings = DEFAULTS) -> int:
    """Claim several at once, leaving out what somebody was quicker with or a conflict bars; stops when the pool is full."""
    policy.check(actor, "match:judge")
    room = settings.match_claim_most - mine(session, actor)
    taken = 0
    for match_id in ids:
        match = session.get(Match, match_id) if taken < room else None
        if match is None:
            continue
        lock(session, match)
        if match.state in OPEN and holder(match) is None and policy.can(actor, "match:judge", match):
            hold(match, actor, settings)
            audit.record(session, actor, "match:claim", match, before=None)
            taken += 1
    return taken


def release(session: Session, actor: Actor, match: Match) -> None:
    """Give a match back to the team's pool; repeating it changes nothing."""
    policy.check(actor, "match:pass_on", match)
    lock(session, match)
    held = holder(match)
    if held is None:
        return
    if held != actor.person_id and not actor.has("operator"):
        check(session, actor, match)
    if match.state not in (*ON_DESK, "SHORTLISTED"):
        raise Refused(N_("已经推荐给双方的一对不能放回，只能交给另一位经纪人。"), code="release_too_late")
    match.broker_id = match.held_until = None
    audit.record(session, actor, "match:release", match)


def hand_over(
    session: Session, actor: Actor, match: Match, to: int | None, note: str = "", settings: Settings = DEFAULTS
) -> Person:
    """Give a match to another broker, who is told; only the holder and operators hand over."""
    policy.check(actor, "match:pass_on", match)
    following = _receiver(session, to, match)
    lock(session, match)
    held = holder(match)
    if held == following.id:
        return following
    if held is not None and held != actor.person_id and not actor.has("operator"):
        raise Forbidden(N_("只有在跟的经纪人或运营方能转交。"), code="hand_over_not_yours")
    if match.state not in LED:
        raise Refused(N_("这一对已经结束或开了任务，不能再转交。"), code="hand_over_closed")
    hold(match, Actor(following.id), settings)
    # The note is for the colleague alone: it goes into the notice, not into the log of events.
    _tell(session, following.id, "match_handed_over", match, who=actor.name, note=note.strip()[:NOTE_MAX])
    if held not in (None, actor.person_id):
        _tell(session, held, "match_taken_over", match, who=following.name)
    audit.record(session, actor, "match:hand_over", match, before=held, to=following.id)
    return following


def _receiver(session: Session, to: int | None, match: Match) -> Person:
    people = {person.id: person for person in accounts.people_with(session, "broker")}
    if to not in people:
        raise Invalid(N_("请选一位在岗的经纪人。"), fields={"to": N_("请选一位在岗的经纪人。")})
    if conflict(Actor(to, roles=frozenset({"broker"})), match):
        barred = N_("这位经纪人与其中一方有利益关系，或正在服务它的竞争对手，请另选一位。")
        raise Invalid(barred, fields={"to": barred})
    return people[to]


def _tell(session: Session, person_id: int | None, kind: str, match: Match, **more: str) -> None:
    person = session.get(Person, person_id) if person_id else None
    if person:
        messages.notify(session, [person], kind, f"/matches?state=all&selected={match.id}", number=match.id, **more)


def free_expired(session: Session) -> int:
    """Claims whose lease is over go back to the team; a second run finds none of them."""
    over = select(Match).where(Match.state.in_(ON_DESK), Match.broker_id.is_not(None), free())
    count = 0
    for match in session.scalars(over).unique():
        match.broker_id = match.held_until = None
        audit.record(session, SYSTEM, "match:claim_ended", match)
        count += 1
    return count


def free_absent(session: Session) -> int:
    """What suspended brokers hold goes back to the team, and operators hear how much waits for a new hand."""
    working = select(Membership.person_id).join(Person, Person.id == Membership.person_id)
    working = working.where(Membership.active, Person.active, Membership.role.in_(DESK))
    left = select(Match).where(Match.state.in_(LED), Match.broker_id.is_not(None), Match.broker_id.not_in(working))
    found = list(session.scalars(left).unique())
    for match in found:
        audit.record(session, SYSTEM, "match:broker_absent", match, before=match.broker_id)
        match.broker_id = match.held_until = None
    if found:
        operators = accounts.people_with(session, "operator")
        messages.notify(session, operators, "match_broker_absent", "/matches?state=all&broker=none", count=len(found))
    return len(found)
