"""Append-only events written in the transaction of the deed; the worker seals them in batches, each over the last seal."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, Index, String, event, func, select, update
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column

from webapp.core import clock
from webapp.core.db import Base, BigId
from webapp.core.policy import Actor

GENESIS = "0" * 64
# No transaction stays open longer than this between making an event and committing it.
LONGEST = timedelta(hours=1)
ANCHORS = "audit-seals"
FULL = 1000  # a seal over so many events may have left others waiting


class AuditSeal(Base):
    """A hash over a batch of events and the seal before it."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    events: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(default=clock.now)


class AuditEvent(Base):
    """One deed: who, in which role, did what to which object, when, with which facts."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject", "subject_kind", "subject_id"), Index("ix_audit_event_seal", "seal_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    person_id: Mapped[int | None] = mapped_column(BigId)
    organisation_id: Mapped[int | None] = mapped_column(BigId)
    role: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(80))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(BigId)
    facts: Mapped[dict[str, Any]]
    seal_id: Mapped[int | None] = mapped_column(ForeignKey("audit_seal.id"))


@event.listens_for(AuditEvent, "before_update")
@event.listens_for(AuditEvent, "before_delete")
def _append_only(_mapper: Mapper[AuditEvent], _connection: Any, _target: AuditEvent) -> None:
    raise RuntimeError("audit events are never changed or removed")


def record(session: Session, actor: Actor, action: str, subject: Any = None, **facts: Any) -> AuditEvent:
    """Write one event in the caller's transaction; facts must be plain JSON and hold no confidential text."""
    entry = AuditEvent(
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        role=actor.role,
        action=action,
        subject_kind=type(subject).__tablename__ if subject is not None else "",
        subject_id=getattr(subject, "id", None),
        facts=facts,
    )
    session.add(entry)
    return entry


def _line(entry: AuditEvent) -> bytes:
    values = [entry.id, entry.at.isoformat(), entry.person_id, entry.organisation_id, entry.role, entry.action]
    values += [entry.subject_kind, entry.subject_id, entry.facts]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _digest(entries: list[AuditEvent], previous: str) -> str:
    digest = hashlib.sha256(previous.encode())
    for entry in entries:
        digest.update(_line(entry))
    return digest.hexdigest()


def seal(session: Session, most: int = FULL) -> int:
    """Seal the oldest unsealed events; returns how many. Only the worker calls this, so seals never interleave."""
    entries = list(session.scalars(select(AuditEvent).where(AuditEvent.seal_id.is_(None)).order_by(AuditEvent.id).limit(most)))
    if not entries:
        return 0
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()
    previous = last.digest if last else GENESIS
    mark = AuditSeal(events=len(entries), digest=_digest(entries, previous), previous=previous)
    session.add(mark)
    session.flush()
    ids = [entry.id for entry in entries]
    # A direct UPDATE: the mapper refuses changes to events, and only the seal's number may ever be set.
    session.execute(
        update(AuditEvent).where(AuditEvent.id.in_(ids)).values(seal_id=mark.id), execution_options={"synchronize_session": False}
    )
    return len(entries)


def verify(session: Session, anchors: Path | None = None) -> list[str]:
    """Recompute every seal; returns one line per fault, empty when whole.

    `anchors` is the file in which each seal was noted outside the database: with it the newest seals cannot be cut off unseen.
    """
    faults: list[str] = []
    previous, before_last = GENESIS, None
    last_at: datetime | None = None
    for mark in session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        entries = list(session.scalars(select(AuditEvent).where(AuditEvent.seal_id == mark.id).order_by(AuditEvent.id)))
        if mark.previous != previous:
            faults.append(f"seal {mark.id}: does not follow the seal before it")
        if len(entries) != mark.events:
            faults.append(f"seal {mark.id}: covers {mark.events} events, {len(entries)} found")
        elif _digest(entries, mark.previous) != mark.digest:
            faults.append(f"seal {mark.id}: an event was changed after sealing")
        if before_last is not None and any(entry.at < before_last - LONGEST for entry in entries):
            faults.append(f"seal {mark.id}: an event is dated before the seals it follows, so it was put in later")
        previous = mark.digest
        if mark.events < FULL:  # after a pause of the worker one full seal follows another, over events that were there all the time
            before_last, last_at = last_at, mark.sealed_at
        session.expunge_all()
    return faults + (_unanchored(session, anchors) if anchors else [])


def anchor(session: Session, path: Path) -> None:
    """Note the newest seal outside the database, one line each; whoever keeps a copy of the file can prove what came before."""
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()
    if last is None:
        return
    line = f"{last.id} {last.digest} {last.sealed_at.isoformat()}\n"
    with path.open("a", encoding="ascii") as file:
        file.write(line)


def _unanchored(session: Session, path: Path) -> list[str]:
    if not path.exists():
        return []
    noted = [line.split() for line in path.read_text("ascii", "replace").splitlines()]
    known = {int(words[0]): words[1] for words in noted if len(words) == 3 and words[0].isdigit()}
    there = dict(session.execute(select(AuditSeal.id, AuditSeal.digest).where(AuditSeal.id.in_(known))).all())
    return [f"seal {number}: noted outside the database, but not there as noted" for number in sorted(known) if there.get(number) != known[number]]


def unsealed(session: Session) -> int:
    """Events not yet under a seal."""
    return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.seal_id.is_(None))) or 0
