"""Browsers a person is signed in with: begun at sign-in, seen now and then, listed, ended one by one or all at once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.accounts.attempts import real_now
from webapp.accounts.models import Person, SignIn
from webapp.config import Settings
from webapp.core import audit
from webapp.core.errors import NotFound
from webapp.core.policy import Actor

SEEN_EVERY = timedelta(minutes=10)


def digest(secret: str) -> str:
    """What is stored of a secret: somebody who reads the table cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(session: Session, settings: Settings, person: Person, way: str, address: str, agent: str, stay: bool) -> str:
    """Note a new sign-in; returns the secret for the browser's cookie."""
    secret, moment = secrets.token_urlsafe(32), real_now()
    lasts = timedelta(days=settings.sign_in_days) if stay else timedelta(hours=settings.sign_in_hours)
    session.add(
        SignIn(
            person_id=person.id, secret_hash=digest(secret), way=way[:40], address=address[:64], agent=agent[:300],
            seen_at=moment, expires_at=moment + lasts,
        )
    )  # fmt: skip
    session.flush()
    return secret


def current(session: Session, settings: Settings, person_id: int, secret: str) -> SignIn | None:
    """The sign-in this secret belongs to, None once it was ended, has expired or lay idle too long."""
    row = session.scalars(select(SignIn).where(SignIn.secret_hash == digest(secret))).one_or_none()
    moment = real_now()
    if row is None or row.person_id != person_id or row.ended_at is not None or row.expires_at < moment:
        return None
    if row.seen_at + timedelta(hours=settings.sign_in_idle_hours) < moment:
        return None
    if row.seen_at + SEEN_EVERY < moment:
        row.seen_at = moment
    return row


def alive(session: Session, settings: Settings, person_id: int) -> list[SignIn]:
    """Where the person is signed in now, the latest seen first."""
    moment = real_now()
    idle = moment - timedelta(hours=settings.sign_in_idle_hours)
    query = select(SignIn).where(
        SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > moment, SignIn.seen_at > idle
    )
    return list(session.scalars(query.order_by(SignIn.seen_at.desc(), SignIn.id.desc())))


def end(session: Session, actor: Actor, sign_in_id: int) -> None:
    """End one of one's own sign-ins."""
    row = session.get(SignIn, sign_in_id) if 0 < sign_in_id < 2**62 else None
    if row is None or row.person_id != actor.person_id:
        raise NotFound
    row.ended_at = row.ended_at or real_now()
    audit.record(session, actor, "sign_in:end", row)


def end_all(session: Session, person_id: int, but: str = "") -> None:
    """End every sign-in of a person, except the one with this secret."""
    mine = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if but:
        mine = mine.where(SignIn.secret_hash != digest(but))
    session.execute(mine.values(ended_at=real_now()))
