"""The database: migrations, transactions, moments and the lock of SQLite."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError

from webapp.core import clock, migrate
from webapp.core.audit import AuditEvent
from webapp.core.db import Base, Database, at_once
from webapp.core.outbox import Job


def _event(action: str) -> AuditEvent:
    return AuditEvent(role="system", action=action, subject_kind="", facts={})


def test_migrations_from_empty_give_exactly_the_models_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    migrate.upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    with pytest.raises(migrate.DatabaseTooNew, match="newer version"):
        migrate.upgrade(database)


def test_an_error_inside_a_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        session.add(_event("half:done"))
        session.flush()
        raise RuntimeError
    with database.transaction(write=False) as session:
        assert session.scalars(select(AuditEvent)).all() == []


def test_a_moment_without_zone_cannot_be_stored(database: Database) -> None:
    with pytest.raises(Exception, match="without a zone"), database.transaction() as session:
        session.add(Job(kind="x", model="y", row_id=1, run_after=datetime(2026, 1, 1)))


def test_moments_come_back_in_utc(database: Database) -> None:
    moment = clock.now()
    with database.transaction() as session:
        session.add(Job(kind="x", model="y", row_id=1, run_after=moment))
    with database.transaction(write=False) as session:
        assert session.scalars(select(Job.run_after)).one() == moment


def test_two_writers_wait_for_each_other(database: Database) -> None:
    def write(number: int) -> None:
        for n in range(10):
            with database.transaction() as session:
                seen = len(session.scalars(select(AuditEvent.id)).all())
                session.add(_event(f"{number}:{n}:{seen}"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction(write=False) as session:
        assert len(session.scalars(select(AuditEvent.id)).all()) == 40


def test_a_writer_gets_in_between_the_writes_of_a_long_job(database: Database) -> None:
    order: list[str] = []
    held = threading.Event()

    def wait() -> None:
        held.wait(10)
        with database.transaction():
            order.append("page")

    page = threading.Thread(target=wait)
    page.start()
    for slice_ in range(12):
        if slice_:
            database.breathe()
        with database.transaction():
            held.set()
            time.sleep(0.15)
            order.append("job")
    page.join(30)
    assert order.index("page") < order.count("job"), "the page waited for the whole job"


def test_values_stay_out_of_errors_and_logs(database: Database) -> None:
    with pytest.raises(DBAPIError) as told, database.transaction() as session:
        session.execute(text("SELECT * FROM no_such_table WHERE name = :name"), {"name": "geheim"})
    assert "geheim" not in str(told.value)


def test_several_values_are_asked_in_one_statement_and_a_missing_row_gives_none(database: Database) -> None:
    with database.transaction() as session:
        session.add_all([_event("one"), _event("two")])
        session.flush()
        asked: list[str] = []
        note = lambda _c, _k, statement, *_: asked.append(statement)  # noqa: E731
        event.listen(database.engine, "before_cursor_execute", note)
        wanted = select(AuditEvent.action).where(AuditEvent.action == "two")
        found = at_once(session, {
            "count": select(func.count(AuditEvent.id)).where(AuditEvent.action.in_(("one", "two"))), "there": wanted,
            "missing": select(AuditEvent.id).where(AuditEvent.action == "three"),
        })  # fmt: skip
        event.remove(database.engine, "before_cursor_execute", note)
        assert found == {"count": 2, "there": "two", "missing": None}
        assert len(asked) == 1
        assert at_once(session, {}) == {}
