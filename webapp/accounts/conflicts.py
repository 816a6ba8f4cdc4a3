"""Conflicts of interest of brokers: ties they declare, rivals organisations name, and the one question others ask."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.fields import LENGTHS
from webapp.accounts.models import Interest, Organisation, Person, Rivalry
from webapp.accounts.ties import of
from webapp.accounts.values import BOTH, TIES
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, Forbidden, Invalid, NotFound
from webapp.core.policy import Actor


def check(session: Session, person_id: int, organisations: Iterable[int], served: Iterable[int] = ()) -> None:
    """Raise what `of` found."""
    found = of(session, person_id, organisations, served)
    if found:
        raise Forbidden(found.sentence, code=f"conflict_{found.code}")


def declare(session: Session, actor: Actor, kind: str, organisation_id: int, other_id: int | None, note: str) -> Interest:
    """A broker declares a tie, or discloses to serve two rivals; both hear of the latter."""
    policy.check(actor, "interest:declare")
    if kind not in TIES and kind != BOTH:
        raise Invalid(fields={"kind": N_("请选利益关系的种类。")})
    if session.get(Organisation, organisation_id) is None:
        raise Invalid(fields={"organisation": N_("请选一个单位。")})
    if kind == BOTH and (other_id is None or other_id == organisation_id or session.get(Organisation, other_id) is None):
        raise Invalid(fields={"other": N_("请选另一个单位。")})
    if len(note) > LENGTHS["note"]:
        raise Invalid(fields={"note": N_("太长了，请缩短。")})
    entry = Interest(person_id=actor.person_id, organisation_id=organisation_id, kind=kind, note=note.strip())
    entry.other_id = other_id if kind == BOTH else None
    session.add(entry)
    session.flush()
    audit.record(session, actor, "interest:declare", entry, kind=kind, organisation=organisation_id, other=entry.other_id)
    outbox.enqueue(session, "people_news", "interest", entry.id)
    return entry


def end(session: Session, actor: Actor, interest_id: int) -> None:
    """A declared interest is over; the row stays as evidence."""
    entry = session.get(Interest, interest_id) if 0 < interest_id < 2**62 else None
    if entry is None or entry.person_id != actor.person_id:
        raise NotFound
    entry.ended_at = entry.ended_at or clock.now()
    session.flush()
    audit.record(session, actor, "interest:end", entry)


def declared(session: Session, actor: Actor) -> list[Interest]:
    """A broker's own declarations; operators read everybody's."""
    query = select(Interest).order_by(Interest.ended_at.is_not(None), Interest.id.desc()).limit(200)
    return list(session.scalars(query if actor.has("operator") else query.where(Interest.person_id == actor.person_id)))


def name_rival(session: Session, actor: Actor, row: Organisation, rival_id: int) -> None:
    """An organisation's manager names a competitor; repeating it changes nothing."""
    policy.check(actor, "rivalry:declare", row)
    if rival_id == row.id or not 0 < rival_id < 2**62 or session.get(Organisation, rival_id) is None:
        raise Invalid(fields={"rival": N_("请选另一个单位。")})
    entry = session.scalars(select(Rivalry).where(Rivalry.organisation_id == row.id, Rivalry.rival_id == rival_id)).one_or_none()
    if entry is None:
        entry = Rivalry(organisation_id=row.id, rival_id=rival_id, made_by_id=actor.person_id)
        session.add(entry)
    entry.ended_at = None
    session.flush()
    audit.record(session, actor, "rivalry:declare", entry)


def end_rivalry(session: Session, actor: Actor, row: Organisation, rivalry_id: int) -> None:
    """A competitor is none any more."""
    policy.check(actor, "rivalry:declare", row)
    entry = session.get(Rivalry, rivalry_id) if 0 < rivalry_id < 2**62 else None
    if entry is None or entry.organisation_id != row.id:
        raise NotFound
    entry.ended_at = clock.now()
    session.flush()
    audit.record(session, actor, "rivalry:end", entry)


def rivals(session: Session, row: Organisation) -> list[Rivalry]:
    """Whom an organisation named as competitors."""
    query = select(Rivalry).where(Rivalry.organisation_id == row.id, Rivalry.ended_at.is_(None)).order_by(Rivalry.id)
    return list(session.scalars(query))


def free(session: Session, people: Iterable[Person], organisations: Iterable[int]) -> list[Person]:
    """Those of these brokers whom no tie bars from these organisations."""
    wanted = list(organisations)
    return [person for person in people if of(session, person.id, wanted) is None]


def choosable(session: Session, language: str) -> list[tuple[int, str]]:
    """Organisations somebody can have an interest in, by name."""
    query = select(Organisation).where(Organisation.kind.in_(("COMPANY", "SCHOOL"))).order_by(Organisation.name).limit(2000)
    return [(row.id, (row.name_en if language == "en" else "") or row.name) for row in session.scalars(query)]


def by_name(session: Session, name: str) -> int:
    """The organisation of exactly this name, told at the field when there is none."""
    text = name.strip()
    found = session.scalars(select(Organisation.id).where((Organisation.name == text) | (Organisation.name_en == text)).limit(1)).first()
    if found is None or not text:
        raise Invalid(fields={"rival": N_("没有这个名称的单位，请写全称。")})
    return found
