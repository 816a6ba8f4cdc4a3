"""Use cases of brokers: profile, certificates, training, and the register of those who want to be found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Membership, Organisation
from webapp.brokers import policy as _policy  # noqa: F401 - registers the rules
from webapp.brokers.models import BrokerProfile, Certificate, Training
from webapp.brokers.values import CAPACITY, CERTIFICATES, LEVELS
from webapp.catalog import service as catalog
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid, Stale
from webapp.core.policy import Actor
from webapp.messages import service as messages

TOO_LONG = N_("内容太长，请精简后再存。")


def profile(session: Session, person_id: int) -> BrokerProfile | None:
    """A broker's profile, if there is one."""
    return session.scalars(select(BrokerProfile).where(BrokerProfile.person_id == person_id)).one_or_none()


def profiles(session: Session, ids: Iterable[int]) -> dict[int, BrokerProfile]:
    """Profiles by person."""
    rows = session.scalars(select(BrokerProfile).where(BrokerProfile.person_id.in_(list(ids)))).unique()
    return {row.person_id: row for row in rows}


def save_profile(session: Session, actor: Actor, data: dict[str, Any]) -> BrokerProfile:
    """Keep one's own profile; codes no list knows are refused at their field."""
    policy.check(actor, "broker:profile")
    values = _profile(session, data)
    row = profile(session, actor.person_id or 0)
    if row is None:
        row = BrokerProfile(person_id=actor.person_id or 0, capacity=CAPACITY)
        session.add(row)
    elif str(data.get("version") or row.version) != str(row.version):
        raise Stale(who=actor.name)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    audit.record(session, actor, "broker:profile", row, is_public=row.is_public)
    return row


def _profile(session: Session, data: dict[str, Any]) -> dict[str, Any]:
    faults: dict[str, str] = {}
    lists = catalog.lists(session)
    chosen = {name: [str(code) for code in data.get(name) or []] for name in ("fields", "industries")}
    for name, scheme in (("fields", "field"), ("industries", "industry")):
        known = {code for code, _ in lists.choices(scheme)}
        if not set(chosen[name]) <= known:
            faults[name] = N_("请从列表里选。")
    about, level, capacity = str(data.get("about") or "").strip(), str(data.get("level") or ""), data.get("capacity")
    if len(about) > 1000:
        faults["about"] = TOO_LONG
    if level not in LEVELS:
        faults["level"] = N_("请从列表里选。")
    if not isinstance(capacity, int) or not 1 <= capacity <= 100:
        faults["capacity"] = N_("请填 1 到 100 之间的整数。")
    if faults:
        raise Invalid(fields=faults)
    return chosen | {"about": about, "level": level, "capacity": capacity, "is_public": bool(data.get("is_public"))}


def add_certificate(session: Session, actor: Actor, data: dict[str, Any]) -> Certificate:
    """Name a certificate; the same number again gives the first entry."""
    policy.check(actor, "broker:profile")
    faults: dict[str, str] = {}
    kind, title = str(data.get("kind") or ""), str(data.get("title") or "").strip()
    number, issuer = str(data.get("number") or "").strip(), str(data.get("issuer") or "").strip()
    if kind not in CERTIFICATES:
        faults["kind"] = N_("请从列表里选。")
    if not title:
        faults["title"] = N_("请填证书名称。")
    if not number:
        faults["number"] = N_("请填证书编号。")
    issued, expires = data.get("issued_on"), data.get("expires_on")
    if issued and issued > clock.today():
        faults["issued_on"] = N_("请填今天或以前的日期。")
    if issued and expires and expires < issued:
        faults["expires_on"] = N_("到期日不能早于发证日。")
    if faults:
        raise Invalid(fields=faults)
    mine = select(Certificate).where(Certificate.person_id == actor.person_id, Certificate.kind == kind, Certificate.number == number[:60])
    found = session.scalars(mine).first()
    if found:
        return found
    row = Certificate(
        person_id=actor.person_id or 0, kind=kind, title=title[:120], number=number[:60], issuer=issuer[:120], issued_on=issued,
        expires_on=expires,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, "broker:certificate", row, kind=kind)
    return row


def verify(session: Session, actor: Actor, certificate: Certificate) -> None:
    """An operator has seen the evidence of a certificate; a second click changes nothing."""
    policy.check(actor, "broker:verify", certificate)
    if certificate.verified_at:
        return
    certificate.verified_at, certificate.verified_by_id = clock.now(), actor.person_id
    session.flush()
    audit.record(session, actor, "broker:verify", certificate)
    messages.notify(session, [certificate.person], "task_certificate", "/brokers/me", title=certificate.title)


def add_training(session: Session, actor: Actor, data: dict[str, Any]) -> Training:
    """Write down a course; the same course on the same day again gives the first entry."""
    policy.check(actor, "broker:profile")
    faults: dict[str, str] = {}
    title, hours, ended = str(data.get("title") or "").strip(), data.get("hours"), data.get("ended_on")
    if not title:
        faults["title"] = N_("请填课程名称。")
    if not isinstance(hours, int) or not 1 <= hours <= 1000:
        faults["hours"] = N_("学时请填 1 到 1000 之间的整数。")
    if ended is None or ended > clock.today():
        faults["ended_on"] = N_("请填今天或以前的日期。")
    if faults:
        raise Invalid(fields=faults)
    mine = select(Training).where(Training.person_id == actor.person_id, Training.title == title[:120], Training.ended_on == ended)
    found = session.scalars(mine).first()
    if found:
        return found
    row = Training(
        person_id=actor.person_id, title=title[:120], hours=hours, ended_on=ended, organiser=str(data.get("organiser") or "").strip()[:120],
        high_level=bool(data.get("high_level")),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, "broker:training", row, hours=hours)
    return row


def learned(session: Session, person_id: int, verified_only: bool = False) -> tuple[list[Certificate], list[Training]]:
    """Certificates and courses of a broker, latest first."""
    certificates = select(Certificate).where(Certificate.person_id == person_id)
    if verified_only:
        certificates = certificates.where(Certificate.verified_at.is_not(None))
    courses = select(Training).where(Training.person_id == person_id).order_by(Training.ended_on.desc())
    return list(session.scalars(certificates.order_by(Certificate.id.desc()))), list(session.scalars(courses))


def unverified(actor: Actor) -> Select[Any]:
    """Certificates that wait for an operator."""
    return policy.visible(actor, Certificate).where(Certificate.verified_at.is_(None)).order_by(Certificate.id)


def suspend(session: Session, actor: Actor, row: BrokerProfile, suspended: bool) -> None:
    """A suspended broker gets no new tasks; those in hand stay until an operator hands them over."""
    policy.check(actor, "broker:suspend", row)
    if bool(row.suspended_at) == suspended:
        return
    row.suspended_at = clock.now() if suspended else None
    session.flush()
    audit.record(session, actor, "broker:suspend" if suspended else "broker:resume", row)


def is_suspended(session: Session, person_id: int) -> bool:
    """Whether a broker gets no new tasks for now."""
    row = profile(session, person_id)
    return row is not None and row.suspended_at is not None


def firms(session: Session, ids: Iterable[int]) -> dict[int, Organisation]:
    """The firm each broker works for."""
    query = select(Membership).where(Membership.person_id.in_(list(ids)), Membership.role == "broker", Membership.active)
    return {row.person_id: row.organisation for row in session.scalars(query)}


def register(session: Session, actor: Actor) -> list[BrokerProfile]:
    """The brokers this reader finds, by name; people who have left are not among them."""
    policy.check(actor, "broker:register")
    active = {person.id for person in accounts.people_with(session, "broker")}
    rows = session.scalars(policy.visible(actor, BrokerProfile)).unique()
    return sorted((row for row in rows if row.person_id in active), key=lambda row: (row.person.name, row.id))


def trained_in(session: Session, year: int) -> int:
    """People who finished a high-level course in a year, each once."""
    query = select(Training.person_id).where(
        Training.high_level, Training.ended_on.between(date(year, 1, 1), date(year, 12, 31))
    )
    return len(set(session.scalars(query)))
