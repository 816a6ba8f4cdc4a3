"""The worker's registry: every kind of job and every periodic task is done by one topic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import FunctionType
from typing import Any

import pytest

from webapp.config import Settings
from webapp.core import clock, outbox, worker
from webapp.core.db import Database
from webapp.core.worker import Context


def of_topic(topic: str) -> Callable[..., Any]:
    """A function that says it belongs to this module."""
    function = FunctionType((lambda *_: None).__code__, {"__name__": topic}, "do")
    function.__module__ = topic
    return function


def test_two_topics_cannot_do_jobs_of_one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_handlers", {})
    worker.handler("look")(of_topic("webapp.a"))
    with pytest.raises(ValueError, match=r"look is done by webapp\.a already"):
        worker.handler("look")(of_topic("webapp.b"))
    worker.handler("look")(of_topic("webapp.a"))


def test_two_topics_cannot_have_one_periodic_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_periodic", {})
    worker.periodic("hourly", timedelta(hours=1))(of_topic("webapp.a"))
    with pytest.raises(ValueError, match="already"):
        worker.periodic("hourly", timedelta(hours=1))(of_topic("webapp.b"))


@pytest.fixture
def context(settings: Settings, database: Database) -> Context:
    return Context(settings, database)


def test_periodic_jobs_come_in_time_during_a_long_backlog(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def slow(_context: Context, _keys: list[worker.Key]) -> None:
        done.append("job")
        clock.set_offset(clock.offset() + timedelta(seconds=25))

    monkeypatch.setattr(worker, "_handlers", {"slow": slow})
    monkeypatch.setattr(worker, "_most", {"slow": 1})
    monkeypatch.setattr(worker, "_periodic", {"minutely": (timedelta(minutes=1), lambda _context: done.append("tick"))})
    with context.database.transaction() as session:
        outbox.enqueue_many(session, [("slow", "row", n) for n in range(8)])
    with clock.frozen(clock.now()):
        worker.drain(context)
    assert done == [*["job"] * 3, "tick", *["job"] * 3, "tick", *["job"] * 2]


def test_a_short_drain_leaves_periodic_jobs_to_the_tick(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(worker, "_handlers", {"quick": lambda _context, _keys: done.append("job")})
    monkeypatch.setattr(worker, "_periodic", {"minutely": (timedelta(minutes=1), lambda _context: done.append("tick"))})
    for hour in range(2):
        with clock.frozen(clock.now() + timedelta(hours=hour)):
            with context.database.transaction() as session:
                outbox.enqueue(session, "quick", "row", 1)
            worker.drain(context)
    assert done == ["job", "job"]
