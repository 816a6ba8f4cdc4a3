"""Audit: events are append-only; seals find a changed, a removed and an inserted event."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from webapp.core import audit, clock
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


def test_newest_events_cut_off_together_with_their_seal_are_found_by_the_note_outside(database: Database, tmp_path: Path) -> None:
    _sealed(database)
    notes = tmp_path / "seals"
    with database.transaction(write=False) as session:
        audit.anchor(session, notes)
        last = session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc())).first()
        assert last is not None
        number = last.id
        assert audit.verify(session, notes) == []
    with database.transaction() as session:
        session.execute(text("DELETE FROM audit_event WHERE seal_id = :id"), {"id": number})
        session.execute(text("DELETE FROM audit_seal WHERE id = :id"), {"id": number})
    with database.transaction(write=False) as session:
        assert audit.verify(session) == []  # the database alone does not tell
        assert any("not there as noted" in fault for fault in audit.verify(session, notes))


def test_an_event_put_in_later_under_an_old_date_is_found(database: Database) -> None:
    _sealed(database, 6)
    with database.transaction() as session:
        entry = audit.record(session, SYSTEM, "thing:forge")
        entry.at = clock.now() - timedelta(days=30)
    with database.transaction() as session:
        audit.seal(session)
    assert any("put in later" in fault for fault in _faults(database))


def test_a_chain_sealed_anew_from_a_changed_event_on_is_found_by_the_note_outside(database: Database, tmp_path: Path) -> None:
    """Whoever may write to the database can also compute new seals; the note cannot be reached from there."""
    _sealed(database)
    notes = tmp_path / "seals"
    with database.transaction(write=False) as session:
        audit.anchor(session, notes)
    with database.transaction() as session:
        session.execute(text("UPDATE audit_event SET seal_id = NULL, action = 'thing:undo'"))
        session.execute(delete(AuditSeal))
    with database.transaction() as session:
        while audit.seal(session):
            session.flush()
    with database.transaction(write=False) as session:
        assert audit.verify(session) == []
        assert audit.verify(session, notes) != []


def test_a_backlog_sealed_after_a_pause_is_whole_and_an_event_put_in_later_is_still_told(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "FULL", 3)
    long_ago = datetime(2026, 1, 5, 2, 0, tzinfo=clock.UTC)
    with clock.frozen(long_ago):
        for _ in range(10):
            audit.record(session, SYSTEM, "deed")
        session.flush()
    for day in (3, 4, 5):  # the worker slept for days, then seals in batches, and goes on
        with clock.frozen(long_ago + timedelta(days=day)):
            while audit.seal(session, 3):
                pass
            audit.record(session, SYSTEM, "deed")
            session.flush()
    assert audit.verify(session) == []
    with clock.frozen(long_ago):
        audit.record(session, SYSTEM, "forged")
        session.flush()
    with clock.frozen(long_ago + timedelta(days=6)):
        audit.seal(session, 3)
    assert ["put in later" in fault for fault in audit.verify(session)] == [True]
