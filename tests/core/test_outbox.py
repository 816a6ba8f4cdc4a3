"""The outbox: jobs live and die with their transaction, fold together, are retried, parked and released."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from webapp.config import Settings
from webapp.core import clock, outbox, worker
from webapp.core.db import Database
from webapp.core.outbox import Job
from webapp.core.worker import Context


@pytest.fixture
def context(settings: Settings, database: Database) -> Context:
    return Context(settings, database)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[str, int]]]:
    """Batches the handler of kind `echo` was given; row 13 always fails there."""
    batches: list[list[tuple[str, int]]] = []

    def echo(_context: Context, keys: list[tuple[str, int]]) -> None:
        if any(row_id == 13 for _, row_id in keys):
            raise RuntimeError("unlucky")
        batches.append(keys)

    monkeypatch.setattr(worker, "_handlers", {"echo": echo})
    return batches


def _enqueue(database: Database, *ids: int) -> None:
    with database.transaction() as session:
        outbox.enqueue_many(session, [("echo", "row", n) for n in ids])


def _jobs(database: Database) -> list[tuple[int, str, int]]:
    with database.transaction(write=False) as session:
        return [(job.row_id, job.state, job.attempts) for job in session.scalars(select(Job).order_by(Job.id))]


def test_a_rolled_back_transaction_leaves_no_job(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        outbox.enqueue(session, "echo", "row", 1)
        raise RuntimeError
    assert _jobs(database) == []


def test_repeated_edits_of_one_row_fold_into_one_waiting_job(database: Database) -> None:
    for _ in range(5):
        _enqueue(database, 1)
    assert _jobs(database) == [(1, "WAITING", 0)]


def test_draining_runs_jobs_in_one_batch_and_removes_them(context: Context, seen: list[Any]) -> None:
    _enqueue(context.database, 1, 2, 3)
    assert worker.drain(context) == 3
    assert seen == [[("row", 1), ("row", 2), ("row", 3)]]
    assert _jobs(context.database) == []


def test_one_bad_row_does_not_hold_up_the_others(context: Context, seen: list[Any]) -> None:
    _enqueue(context.database, 12, 13, 14)
    worker.drain(context)
    assert [("row", 12)] in seen and [("row", 14)] in seen
    assert _jobs(context.database) == [(13, "WAITING", 1)]


def test_a_job_that_keeps_failing_is_parked_and_can_be_retried(context: Context, seen: list[Any]) -> None:
    _enqueue(context.database, 13)
    for n in range(context.settings.job_tries):
        clock.set_offset(timedelta(hours=n))
        worker.drain(context)
    assert _jobs(context.database) == [(13, "PARKED", context.settings.job_tries)]
    with context.database.transaction() as session:
        parked = session.scalars(select(Job)).one()
        assert "unlucky" in parked.error
        outbox.retry(session, parked.id)
    assert _jobs(context.database) == [(13, "WAITING", 0)]


def test_a_job_of_a_dead_worker_is_taken_again_after_its_lease(context: Context, seen: list[Any]) -> None:
    _enqueue(context.database, 1)
    with context.database.transaction() as session:
        outbox.take(session, "echo", 10, lease_seconds=60)
    worker.drain(context)
    assert seen == []
    clock.set_offset(timedelta(seconds=61))
    worker.drain(context)
    assert seen == [[("row", 1)]]


def test_an_edit_while_its_job_runs_makes_a_second_job(context: Context) -> None:
    _enqueue(context.database, 1)
    with context.database.transaction() as session:
        outbox.take(session, "echo", 10, lease_seconds=60)
    _enqueue(context.database, 1)
    assert sorted(state for _, state, _ in _jobs(context.database)) == ["RUNNING", "WAITING"]
    with context.database.transaction() as session:
        outbox.release(session, everything=True)
    assert _jobs(context.database) == [(1, "WAITING", 0)]


def test_a_periodic_job_runs_once_per_period_even_with_two_ticks(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    monkeypatch.setattr(worker, "_periodic", {"count": (timedelta(hours=1), lambda _context: runs.append(1))})
    worker.tick(context)
    worker.tick(context)
    assert runs == [1]
    clock.set_offset(timedelta(hours=1, seconds=1))
    worker.tick(context)
    assert runs == [1, 1]


def test_what_takes_long_waits_while_what_people_wait_for_is_due(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    for name in ("_handlers", "_most", "_after"):
        monkeypatch.setattr(worker, name, {})
    worker.handler("long", after=("echo",))(lambda _context, _keys: order.append("long"))
    worker.handler("echo", most=1)(lambda _context, _keys: order.append("echo"))
    with context.database.transaction() as session:
        outbox.enqueue_many(session, [("long", "row", 1), ("echo", "row", 1), ("echo", "row", 2)])
        outbox.enqueue(session, "echo", "row", 3, delay=timedelta(hours=1))
    worker.drain(context)
    assert order == ["echo", "echo", "long"]
