"""What the engine learns from verdicts: refitted on schedule, tried out first, numbered, and taken back when it disappoints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

import webapp.matches.policy  # noqa: F401 - registers the rules asked below
from webapp.catalog import documents
from webapp.catalog.models import Demand
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, Refused
from webapp.core.policy import Actor
from webapp.engines.matcher import Document, Matcher, Trial
from webapp.engines.matcher import Verdict as Said
from webapp.matches.models import Lesson, Match, Verdict

SHOWN = 12  # versions listed on the page


@dataclass(frozen=True)
class Proof:
    """What a new version would rest on, and how it did when it was tried out (None: too few verdicts to say)."""

    upto: int
    verdicts: int
    trial: Trial | None


def said(session: Session, upto: int | None = None) -> tuple[list[Said], list[Document]]:
    """Every standing verdict that says something about fit, the latest of each pair, and the demands they speak of."""
    query = (
        select(Match.demand_id, Match.result_id, Verdict.grade, Verdict.reason)
        .join(Verdict.match)
        .where(Verdict.undone_at.is_(None), Verdict.grade.is_not(None), Verdict.is_example.is_(False))
        .order_by(Verdict.id)
    )
    rows = session.execute(query if upto is None else query.where(Verdict.id <= upto))
    latest = {(demand, result): Said(str(demand), str(result), grade or 0, reason) for demand, result, grade, reason in rows}
    asked = session.scalars(select(Demand).where(Demand.id.in_({demand for demand, _ in latest})).order_by(Demand.id)).unique()
    return list(latest.values()), [documents.match_document(demand) for demand in asked]


def current(session: Session) -> Lesson | None:
    """The version in use; None while nothing was learnt."""
    return session.scalars(select(Lesson).where(Lesson.state.in_(("CURRENT", "PINNED")))).one_or_none()


def teach(session: Session, matcher: Matcher) -> None:
    """Bring the engine to the version in use, and let newer verdicts move their own demands unless a person chose the version."""
    lesson = current(session)
    if lesson is None:
        matcher.learn([], [])
    elif lesson.id != matcher.lesson or not matcher.studied:
        matcher.learn(*said(session, lesson.upto))
    matcher.lesson = lesson.id if lesson else 0
    note(session, matcher)


def note(session: Session, matcher: Matcher) -> None:
    """Verdicts move the ranking of their own demands at once; the grades of all others wait for the schedule."""
    lesson = current(session)
    matcher.note(*said(session, lesson.upto if lesson and lesson.state == "PINNED" else None))


def due(session: Session, hours: int) -> bool:
    """Whether the schedule asks for a new version: verdicts given or undone since the last, and nobody chose one."""
    last = session.scalars(select(Lesson).order_by(Lesson.id.desc()).limit(1)).one_or_none()
    if last is not None and last.created_at + timedelta(hours=hours) > clock.now():
        return False
    lesson = current(session)
    if lesson is not None and lesson.state == "PINNED":
        return False
    return (_newest(session), _standing(session)) != ((last.upto, last.verdicts) if last else (0, 0))


def _newest(session: Session) -> int:
    """The last thing that changed what may be learnt: a verdict given."""
    return session.scalar(select(func.max(Verdict.id)).where(Verdict.grade.is_not(None), Verdict.is_example.is_(False))) or 0


def _standing(session: Session) -> int:
    """How many pairs have a verdict that teaches."""
    query = select(func.count(distinct(Verdict.match_id)))
    wanted = query.where(Verdict.undone_at.is_(None), Verdict.grade.is_not(None), Verdict.is_example.is_(False))
    return session.scalar(wanted) or 0


def prove(session: Session, matcher: Matcher) -> Proof:
    """Try all standing verdicts out; takes its time, and changes nothing."""
    upto = _newest(session)
    verdicts, demands = said(session, upto)
    return Proof(upto, len(verdicts), matcher.try_out(verdicts, demands))


def refit(session: Session, proof: Proof) -> Lesson:
    """A new version from what was tried out; one that foretells grades worse than none at all is kept but not used."""
    trial = proof.trial
    lesson = Lesson(
        upto=proof.upto, verdicts=proof.verdicts, state="REFUSED" if trial and trial.worse else "CURRENT",
        unlearned=trial.unlearned if trial else None, learned=trial.learned if trial else None,
    )  # fmt: skip
    if lesson.state == "CURRENT" and (old := current(session)):
        old.state = "OLD"
    session.add(lesson)
    session.flush()
    audit.record(session, policy.SYSTEM, "match:lesson", lesson, verdicts=lesson.verdicts, state=lesson.state)
    return lesson


def choose(session: Session, actor: Actor, lesson: Lesson) -> None:
    """Go back to an earlier version; the schedule rests until somebody lets it go on."""
    policy.check(actor, "match:lessons")
    if lesson.state == "PINNED":
        return
    if old := current(session):
        old.state = "OLD"
        session.flush()
    lesson.state, lesson.chosen_by_id = "PINNED", actor.person_id
    outbox.enqueue(session, "relearn", "lesson", lesson.id)
    audit.record(session, actor, "match:lesson_chosen", lesson, verdicts=lesson.verdicts)


def go_on(session: Session, actor: Actor) -> None:
    """Let the schedule go on: the newest version that was not refused is used again."""
    policy.check(actor, "match:lessons")
    pinned = current(session)
    if pinned is None or pinned.state != "PINNED":
        raise Refused(N_("学习正在按计划进行，没有固定在某个版本。"), code="not_pinned")
    newest = session.scalars(select(Lesson).where(Lesson.state != "REFUSED").order_by(Lesson.id.desc()).limit(1)).one()
    pinned.state = "OLD"
    session.flush()
    newest.state = "CURRENT"
    outbox.enqueue(session, "relearn", "lesson", newest.id)
    audit.record(session, actor, "match:lessons_go_on", newest)


def versions(session: Session) -> list[Lesson]:
    """The latest versions, newest first."""
    return list(session.scalars(select(Lesson).order_by(Lesson.id.desc()).limit(SHOWN)))
