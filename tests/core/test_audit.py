"""Audit: events are append-only; seals find a changed, a removed and an inserted event."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text

from webapp.core import audit
from webapp.core.audit import AuditEvent, AuditSeal
from webapp.core.db import Database
from webapp.core.policy import SYSTEM


def _sealed(database: Database, count: int = 5) -> None:
    for n in range(count):
        with database.transaction() as session:
            audit.record(session, SYSTEM, "thing:do", n=n)
        if n % 2:
            with database.transaction() as session:
                audit.seal(session)
    with database.transaction() as session:
        audit.seal(session)


def _faults(database: Database) -> list[str]:
    with database.transaction(write=False) as session:
        return audit.verify(session)


def test_sealed_events_verify(database: Database) -> None:
    _sealed(database)
    assert _faults(database) == []
    with database.transaction(write=False) as session:
        assert audit.unsealed(session) == 0


def test_a_changed_event_is_found(database: Database) -> None:
    _sealed(database)
    with database.transaction() as session:
        session.execute(text("UPDATE audit_event SET action = 'thing:undo' WHERE id = 3"))
    assert any("changed" in fault for fault in _faults(database))


def test_a_removed_event_is_found(database: Database) -> None:
    _sealed(database)
    with database.transaction() as session:
        session.execute(delete(AuditEvent).where(AuditEvent.id == 2))
    assert any("found" in fault for fault in _faults(database))


def test_an_inserted_event_is_found(database: Database) -> None:
    _sealed(database)
    with database.transaction() as session:
        entry = audit.record(session, SYSTEM, "thing:forge")
        session.flush()
        session.execute(text(f"UPDATE audit_event SET seal_id = 1 WHERE id = {entry.id}"))
    assert any("found" in fault for fault in _faults(database))


def test_a_removed_seal_is_found(database: Database) -> None:
    _sealed(database)
    with database.transaction() as session:
        first = session.scalars(select(AuditSeal).order_by(AuditSeal.id)).first()
        assert first is not None
        session.execute(text("UPDATE audit_event SET seal_id = NULL WHERE seal_id = :id"), {"id": first.id})
        session.execute(delete(AuditSeal).where(AuditSeal.id == first.id))
    assert any("does not follow" in fault for fault in _faults(database))


def test_the_program_itself_cannot_change_an_event(database: Database) -> None:
    _sealed(database, 1)
    with pytest.raises(RuntimeError, match="never changed"), database.transaction() as session:
        entry = session.scalars(select(AuditEvent)).one()
        entry.action = "thing:rewrite"
        session.flush()
