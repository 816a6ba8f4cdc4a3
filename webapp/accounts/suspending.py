"""Accounts the desk stops: a person is suspended or let in again, their sign-ins are ended, each with a reason on record."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, selectinload

from webapp.accounts import sign_ins
from webapp.accounts.fields import LENGTHS
from webapp.accounts.models import Membership, Person
from webapp.core import audit, policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.policy import Actor

SUSPENDED, REOPENED, ENDED = "person:suspend", "person:reopen", "person:end_sign_ins"


def listed(actor: Actor, text: str) -> Select[Any]:
    """People whose name or address holds these words, by name; closed accounts have neither."""
    query = policy.visible(actor, Person).where(Person.closed_at.is_(None)).order_by(Person.name, Person.id)
    query = query.options(selectinload(Person.memberships).selectinload(Membership.organisation))
    if text:
        query = query.where(or_(Person.name.contains(text, autoescape=True), Person.email.contains(text.lower(), autoescape=True)))
    return query


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise Invalid(fields={"note": N_("请写明原因。")})
    if len(reason) > LENGTHS["note"]:
        raise Invalid(fields={"note": N_("太长了，请缩短。")})
    return reason


def _open(actor: Actor, person: Person) -> None:
    policy.check(actor, "person:suspend", person)
    if person.closed_at is not None:
        raise Refused(N_("这个账号已注销。"), code="account_closed")


def suspend(session: Session, actor: Actor, person: Person, reason: str) -> None:
    """Stop an account: nobody gets in with it, and every browser it is signed in with is out at once."""
    _open(actor, person)
    why = _reason(reason)
    if not person.active:
        return
    person.active, person.fs_uniquifier = False, secrets.token_hex(32)
    sign_ins.end_all(session, person.id)
    session.flush()
    audit.record(session, actor, SUSPENDED, person, reason=why)


def reopen(session: Session, actor: Actor, person: Person, reason: str) -> None:
    """Let a suspended person in again, with the password and second factor they had."""
    _open(actor, person)
    why = _reason(reason)
    if person.active:
        return
    person.active = True
    session.flush()
    audit.record(session, actor, REOPENED, person, reason=why)


def end_sign_ins(session: Session, actor: Actor, person: Person, reason: str) -> None:
    """Put a person out of every browser; they may sign in again."""
    _open(actor, person)
    why = _reason(reason)
    person.fs_uniquifier = secrets.token_hex(32)
    sign_ins.end_all(session, person.id)
    session.flush()
    audit.record(session, actor, ENDED, person, reason=why)


def history(session: Session, person: Person) -> list[tuple[AuditEvent, str]]:
    """What the desk did with this account, newest first, each with who did it."""
    query = select(AuditEvent, Person.name).outerjoin(Person, Person.id == AuditEvent.person_id)
    query = query.where(AuditEvent.subject_kind == "person", AuditEvent.subject_id == person.id, AuditEvent.action.in_((SUSPENDED, REOPENED, ENDED)))
    return [(event, name or "") for event, name in session.execute(query.order_by(AuditEvent.id.desc()).limit(50))]
