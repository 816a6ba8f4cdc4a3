"""kill -9 of the worker at any moment loses nothing: real processes, a real database, real index and matches."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select

from webapp.admin import service as admin
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import outbox, worker
from webapp.core.db import Database
from webapp.core.worker import Context
from webapp.engines import connect
from webapp.jobs import register
from webapp.matches.models import Match

register()
PATIENCE = 300
Make = Callable[..., Any]


@contextmanager
def _worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    environ = os.environ | {
        "SUNMAO_VAR": str(settings.var), "SUNMAO_DATABASE_URL": settings.database_url, "SUNMAO_JOB_BATCH": "3",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "webapp.cli", "worker"], env=environ, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _left(database: Database) -> int:
    with database.transaction(write=False) as session:
        counts = outbox.counts(session)
        return counts["WAITING"] + counts["RUNNING"]


def _wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, "the worker did not catch up"
        time.sleep(0.1)


@pytest.mark.timeout(600)
def test_a_worker_killed_again_and_again_leaves_index_and_matches_whole(
    settings: Settings, database: Database, make_result: Make, make_demand: Make
) -> None:
    context = Context(settings, database, connect(settings))
    settings.var.mkdir(parents=True)
    context.engines["index"].rebuild([])
    with database.transaction() as session:
        for n in range(24):
            make_result(session, title=f"第{n}种海工防腐涂层", summary=f"盐雾 {1000 + n} 小时。")
            make_demand(session, title=f"第{n}处防腐涂层需求", summary=f"盐雾不少于 {900 + n} 小时。")
    worker.wake_on_commit(database, settings)
    chance = random.Random(7)
    for round_ in range(5):
        with _worker(settings) as process:
            begun = _left(database)
            _wait(lambda begun=begun: _left(database) < begun or _left(database) == 0)
            with database.transaction() as session:
                session.get_one(Result, round_ + 1).summary += " 又补充了数据。"
                session.get_one(Demand, round_ + 1).state = "WITHDRAWN"
            time.sleep(chance.random() * 0.4)
            process.send_signal(signal.SIGKILL)
    with _worker(settings):
        _wait(lambda: _left(database) == 0)
    with database.transaction(write=False) as session:
        assert outbox.counts(session) == {"WAITING": 0, "RUNNING": 0, "PARKED": 0}
        assert admin.check(session, connect(settings)["index"]) == []
        withdrawn = select(func.count()).select_from(Match).join(Demand).where(Demand.state == "WITHDRAWN", Match.state == "SUGGESTED")
        assert session.scalar(withdrawn) == 0
        matched = set(session.scalars(select(Match.demand_id)))
        assert matched == set(range(6, 25))
