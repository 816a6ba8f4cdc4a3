"""Failed tries to sign in, counted for typed addresses whether known or not, so that a lock tells nobody which are."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from webapp.accounts.models import Attempt
from webapp.config import Settings, secret_key


def real_now() -> datetime:
    """The real time: a demonstration's clock that was moved forward must neither lock nor unlock, nor end a sign-in."""
    return datetime.now(UTC)


def key_of(settings: Settings, kind: str, typed: str) -> str:
    """A keyed hash of what was typed, so that the table is no list of addresses."""
    words = f"{kind}:{typed.strip().lower()[:320]}".encode()
    return hmac.new(secret_key(settings).encode(), words, hashlib.sha256).hexdigest()


def locked(session: Session, key: str) -> datetime | None:
    """Until when no more tries are taken under this key."""
    row = session.get(Attempt, key)
    return row.locked_until if row and row.locked_until and row.locked_until > real_now() else None


def failed(session: Session, settings: Settings, key: str) -> bool:
    """Count one failure; True when this one locks the key."""
    moment, window = real_now(), timedelta(minutes=settings.lock_minutes)
    row = session.get(Attempt, key, with_for_update=True)
    if row is None:
        row = Attempt(key=key, failures=0, since=moment)
        session.add(row)
    elif row.since + window < moment:
        row.failures, row.since, row.locked_until = 0, moment, None
    row.failures += 1
    if row.failures < settings.lock_after:
        return False
    row.failures, row.since, row.locked_until = 0, moment, moment + window
    return True


def passed(session: Session, key: str) -> None:
    """A right try starts the count anew."""
    session.execute(delete(Attempt).where(Attempt.key == key))


def forget(session: Session, before: datetime) -> int:
    """Drop counts that are over."""
    return session.execute(delete(Attempt).where(Attempt.since < before)).rowcount  # type: ignore[attr-defined, no-any-return]
