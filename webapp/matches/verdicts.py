"""What brokers decide about a match: shortlist, reject with a reason, put aside, undo; every verdict is kept for learning."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, Forbidden, Invalid, Refused
from webapp.core.policy import Actor
from webapp.matches import claims
from webapp.matches.claims import DEFAULTS, lock
from webapp.matches.models import Match, Verdict
from webapp.matches.policy import holder
from webapp.matches.states import MATCH
from webapp.matches.values import REASONS, taught

NOTE_MAX = 2000
TARGETS = {"shortlist": "SHORTLISTED", "reject": "REJECTED"}


def judge(
    session: Session, actor: Actor, match: Match, decision: str, reason: str = "", note: str = "", *, seen: str = "", takeover: bool = False
) -> Verdict:
    """Shortlist or reject; the same decision sent twice changes nothing and gives the first verdict back.

    `seen` is the stamp of what the broker read: where somebody changed or judged it since, that is told instead.
    """
    policy.check(actor, "match:judge", match)
    if decision not in TARGETS:
        raise Invalid(N_("请选择入围或不入围。"), code="decision")
    reason, note = checked(decision, reason, note)
    lock(session, match)
    given = standing(session, match)
    if given and (given.decision, given.reason, given.note) == (decision, reason, note) and match.state == TARGETS[decision]:
        return given
    if not takeover:
        claims.check(session, actor, match)
    _unchanged(session, match, seen, given)
    before = match.state
    MATCH.step(match, decision, actor.roles)
    match.broker_id, match.held_until = actor.person_id, None
    match.reviewed_at = clock.now()
    verdict = remember(session, actor, match, "broker", decision, before, reason, note)
    audit.record(session, actor, f"match:{decision}", match, reason=reason, before=before)
    return verdict


def stamp(match: Match) -> str:
    """What a verdict rests on: the state and both texts; scores and places may move without harm."""
    return f"{match.state}.{match.demand_text[:8]}.{match.result_text[:8]}"


def _unchanged(session: Session, match: Match, seen: str, given: Verdict | None) -> None:
    if not seen or seen == stamp(match):
        return
    if seen.split(".", maxsplit=1)[0] == match.state:
        raise Refused(N_("需求或成果的文字刚刚改过，分数也重算了。请再看一眼后判断。"), code="text_changed")
    if given:
        sentence = N_("%(who)s 刚刚已经判断过这一对。请看过新的状态再决定。")
        raise Refused(sentence, code="judged_meanwhile", who=given.person.name)


def checked(decision: str, reason: str, note: str) -> tuple[str, str]:
    """A no needs a reason of the list, 其他 needs words; a yes carries neither."""
    if decision in {"shortlist", "accept"}:
        return "", ""
    note = note.strip()
    if reason not in REASONS:
        raise Invalid(fields={"reason": N_("请选一个原因，对方会看到它。")})
    if reason == "OTHER" and not note:
        raise Invalid(fields={"note": N_("选“其他”时请写明原因。")})
    if len(note) > NOTE_MAX:
        raise Invalid(fields={"note": N_("说明太长，请控制在 2000 字以内。")})
    return reason, note


def put_aside(session: Session, actor: Actor, match: Match, settings: Settings = DEFAULTS) -> None:
    """Keep a match in the queue as looked at but undecided, under one's own name; repeating it changes nothing."""
    policy.check(actor, "match:judge", match)
    lock(session, match)
    claims.check(session, actor, match)
    if match.state == "REVIEWING" and holder(match) == actor.person_id:
        return
    if match.state != "REVIEWING":
        MATCH.step(match, "review", actor.roles)
    claims.hold(match, actor, settings)
    match.reviewed_at = clock.now()
    audit.record(session, actor, "match:review", match)


def may_undo(session: Session, actor: Actor, match: Match) -> bool:
    """Whether this actor can take back the verdict the match stands under."""
    verdict = standing(session, match)
    if verdict is None or verdict.part != "broker" or MATCH.move(match.state, "undo") is None:
        return False
    return policy.can(actor, "match:judge", match) and (verdict.person_id == actor.person_id or actor.has("operator"))


def undo(session: Session, actor: Actor, match: Match, settings: Settings = DEFAULTS) -> Verdict:
    """Take back the last verdict: the match is where it was before; an undone verdict teaches nothing."""
    policy.check(actor, "match:judge", match)
    lock(session, match)
    verdict = standing(session, match)
    if verdict is None or verdict.part != "broker" or MATCH.move(match.state, "undo") is None:
        raise Refused(N_("没有可以撤回的判断：可能已经推荐给双方，或者别人已经撤回。"), code="nothing_to_undo")
    if verdict.person_id != actor.person_id and not actor.has("operator"):
        raise Forbidden(N_("只能撤回自己的判断。"), code="not_your_verdict")
    MATCH.step(match, "undo", actor.roles)
    match.state = verdict.before
    match.reviewed_at = None if verdict.before == "SUGGESTED" else match.reviewed_at
    verdict.undone_at = clock.now()
    claims.hold(match, actor, settings)
    outbox.enqueue(session, "learn", "match", match.id)
    audit.record(session, actor, "match:undo", match, decision=verdict.decision, reason=verdict.reason)
    return verdict


def standing(session: Session, match: Match) -> Verdict | None:
    """The latest verdict about this match that nobody took back."""
    query = select(Verdict).where(Verdict.match_id == match.id, Verdict.undone_at.is_(None)).order_by(Verdict.id.desc())
    return session.scalars(query.limit(1)).first()


def remember(
    session: Session, actor: Actor, match: Match, part: str, decision: str, before: str, reason: str = "", note: str = "",
    share_note: bool = False,
) -> Verdict:
    """Keep a verdict with what the match looked like when it was given, and let the ranking learn from it."""
    verdict = Verdict(
        match=match, person_id=actor.person_id, part=part, decision=decision, reason=reason, note=note, before=before,
        grade=taught(decision, reason), score=match.score, position=match.position, is_example=match.is_example,
        share_note=share_note, engine_version=match.engine_version,
    )  # fmt: skip
    session.add(verdict)
    session.flush()
    outbox.enqueue(session, "learn", "match", match.id)
    if decision in {"reject", "decline"}:
        # It may have been the last suitable one: then the demand is watched again.
        outbox.enqueue(session, "watch", "demand", match.demand_id)
    return verdict
