"""The index heals by itself and says so; a full disk, another writer or a lost database only make changes wait."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from search import joining, schema
from search.index import Index
from search.types import IndexBusy, IndexDamaged, IndexFull, IndexUnreachable
from tests.discovery.conftest import Search
from webapp.admin import service as admin
from webapp.core import outbox, worker
from webapp.core.policy import ANONYMOUS
from webapp.core.worker import Context
from webapp.discovery import jobs, upkeep

Make = Callable[..., Any]


def post(context: Context, make: Make, title: str) -> int:
    with context.database.transaction() as session:
        number: int = make(session, title=title).id
        return number


def health(context: Context) -> admin.Health:
    with context.database.transaction(write=False) as session:
        return admin.health(session, context.engines["index"], context.settings)


def later(context: Context) -> None:
    """Let what was postponed run now."""
    with context.database.transaction() as session:
        outbox.hurry(session, "index")
    worker.drain(context)


@pytest.mark.parametrize(
    ("error", "why"),
    [(IndexFull("no room"), "index_full"), (IndexBusy("busy"), "index_busy"), (IndexUnreachable("gone"), "index_unreachable")],
)
def test_changes_wait_untried_while_the_index_cannot_be_written_and_health_says_why(
    context: Context, make_result: Make, search: Search, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Index, "apply", refuse)
    post(context, make_result, "等着的涂层")
    for _ in range(9):
        later(context)
    assert [sentence for sentence, _ in health(context).troubles] == [upkeep.SENTENCES[why]]
    with context.database.transaction(write=False) as session:
        assert outbox.counts(session)["PARKED"] == 0
    monkeypatch.undo()
    later(context)
    assert search(ANONYMOUS, "等着的涂层").total == 1
    assert health(context).troubles == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # a database tells of a full disk by itself
def test_a_full_disk_is_told_as_such_and_leaves_the_last_state(
    context: Context, make_result: Make, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(context, make_result, "先来的涂层")
    worker.drain(context)
    from search import writer

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, "fields_of", full)
    post(context, make_result, "后来的涂层")
    worker.drain(context)
    assert search(ANONYMOUS, "涂层 先来").total == 1
    assert health(context).troubles[0][0] == upkeep.SENTENCES["index_full"]
    monkeypatch.undo()
    later(context)
    assert search(ANONYMOUS, "后来").total == 1


def test_an_index_of_an_older_edition_is_rebuilt_and_health_keeps_a_record(
    context: Context, make_result: Make, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(context, make_result, "旧版里的涂层")
    worker.drain(context)
    monkeypatch.setattr(schema, "_EDITION", "next")
    assert not health(context).index
    jobs.heal(context)
    assert search(ANONYMOUS, "旧版").total == 1
    records = health(context).recoveries
    assert len(records) == 1 and "edition" in records[0].facts["reason"]
    assert records[0].facts["documents"] >= 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # files are what goes bad
def test_bytes_gone_bad_deep_inside_are_found_when_met_and_mended(context: Context, make_result: Make, search: Search) -> None:
    for number in range(30):
        post(context, make_result, f"第{number}种涂层")
    worker.drain(context)
    files = [path for path in Path(context.settings.index).rglob("*") if path.is_file() and path.stat().st_size > 3_000]
    assert files
    for path in files:
        data = bytearray(path.read_bytes())
        middle = len(data) // 5
        data[middle : middle + 1_500] = b"\xff" * 1_500
        path.write_bytes(bytes(data))
    context.engines["index"].index.close()
    jobs.heal_now(context, [])
    context.engines["index"].index.prove()
    assert search(ANONYMOUS, "涂层").total == 30


def test_a_writer_killed_in_the_middle_leaves_the_last_state_and_the_next_one_goes_on(
    context: Context, make_result: Make, search: Search
) -> None:
    post(context, make_result, "先来的涂层")
    worker.drain(context)
    code = (
        "import os, signal, sys\n"
        "from search import Index, SearchDocument\n"
        "def documents():\n"
        "    yield SearchDocument('x:1', 'x', '半截')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "Index.open(sys.argv[1]).rebuild(documents())\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, context.settings.index], cwd=Path(__file__).parents[2], check=False, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL
    post(context, make_result, "后来的涂层")
    worker.drain(context)
    assert search(ANONYMOUS, "先来").total == 1
    assert search(ANONYMOUS, "后来").total == 1
    assert search(ANONYMOUS, "半截").total == 0


def test_check_compares_every_row_of_every_kind_with_the_index(context: Context, make_result: Make, make_demand: Make) -> None:
    def faults() -> list[str]:
        with context.database.transaction(write=False) as session:
            return upkeep.check(session, context.engines["index"])

    gone, changed, unseen = (post(context, make, title) for make, title in ((make_result, "甲"), (make_demand, "乙"), (make_result, "丙")))
    worker.drain(context)
    assert faults() == []
    with context.database.transaction() as session:
        session.execute(text("UPDATE result SET state = 'WITHDRAWN' WHERE id = :id"), {"id": gone})
        session.execute(text("UPDATE demand SET title = '改过' WHERE id = :id"), {"id": changed})
        owner = session.scalar(text("SELECT organisation_id FROM result WHERE id = :id"), {"id": unseen})
        session.execute(text("UPDATE organisation SET name = '改名' WHERE id = :id"), {"id": owner})
    assert faults() == [
        f"index: result:{gone} should not be there", f"index: demand:{changed} is of an older version",
        f"index: organisation:{owner} is of an older version", f"index: result:{unseen} is of an older version",
    ]  # fmt: skip
    context.engines["index"].apply([], [f"result:{unseen}"])
    assert f"index: result:{unseen} is missing" in faults()
    jobs.reindex(context, [])
    assert faults() == []


def test_check_of_a_missing_index_is_a_fault_and_no_crash(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_: Any) -> None:
        raise IndexDamaged("gone")

    monkeypatch.setattr(Index, "versions", damaged)
    with context.database.transaction(write=False) as session:
        assert upkeep.check(session, context.engines["index"]) == ["index: gone"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # in tables all segments lie together
def test_segments_are_joined_when_there_are_many_and_nothing_else_is_to_be_done(
    context: Context, make_result: Make, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "LARGE", 1)
    monkeypatch.setattr("search.writer.LARGE", 1)
    monkeypatch.setattr(jobs, "STEP", 0.0)
    engine, order = context.engines["index"], list[str]()
    for number in range(joining.MANY):
        post(context, make_result, f"第{number}种涂层")
        worker.drain(context)
    jobs.look_for_crowd(context)
    monkeypatch.setattr(engine.index, "join", lambda seconds, join=engine.index.join: (order.append("join"), join(seconds))[1])
    monkeypatch.setattr(engine.index, "apply", lambda *rows, apply=engine.index.apply: (order.append("edit"), apply(*rows))[1])
    post(context, make_result, "最后一种涂层")
    worker.drain(context)
    assert order[0] == "edit" and order[1:] == ["join"] * len(order[1:]) and len(order) > 5
    assert engine.describe()["segments"] == 1
    assert search(ANONYMOUS, "涂层").total == joining.MANY + 1
    assert not engine.crowded()
