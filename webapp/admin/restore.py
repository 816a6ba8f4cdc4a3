"""Put a backup back: whole, checked against its list of hashes, and only where nothing is."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from webapp.admin import backup
from webapp.config import Settings
from webapp.core import audit, migrate
from webapp.core.db import Base, Database


class NotRestored(LookupError):
    """Why nothing was put back."""


def read(settings: Settings, folder: Path) -> list[str]:
    """Restore into an empty installation; returns what `sunmao check` says of the seals, empty when they hold."""
    manifest = _manifest(folder)
    _refuse_if_used(settings)
    settings.var.mkdir(parents=True, exist_ok=True)
    {backup.SQLITE: _sqlite, backup.DUMP: _postgresql, backup.ROWS: _rows}[manifest["database"]](settings, folder, manifest)
    if (folder / "files").exists():
        shutil.copytree(folder / "files", settings.var / "files", dirs_exist_ok=True)
    for name in backup.BESIDE:
        if (folder / name).exists():
            shutil.copy2(folder / name, settings.var / name)
    database = Database(settings.database)
    try:
        migrate.upgrade(database)
        with database.transaction(write=False) as session:
            return audit.verify(session, settings.var / audit.ANCHORS)
    finally:
        database.dispose()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        raise NotRestored(f"{folder} holds no whole backup: its manifest.json is missing or damaged") from error
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.is_file() or backup.sha256(path) != digest:
            raise NotRestored(f"{path} is missing or was changed since the backup was made; nothing was restored")
    return manifest


def _refuse_if_used(settings: Settings) -> None:
    """A restore never overwrites: the old database is moved away by whoever restores, knowingly."""
    database = Database(settings.database)
    try:
        if not (database.sqlite and not Path(database.url.removeprefix("sqlite:///")).exists()) and migrate.revision(database):
            with database.engine.connect() as connection:
                used = [table.name for table in Base.metadata.sorted_tables if _count(connection, table)]
            if used:
                raise NotRestored(f"the database already holds rows ({', '.join(used[:3])} …): move it away, or name an empty one, first")
    finally:
        database.dispose()


def _count(connection: Connection, table: Any) -> int:
    if not connection.dialect.has_table(connection, table.name):
        return 0
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _sqlite(settings: Settings, folder: Path, _manifest: dict[str, Any]) -> None:
    target = Path(settings.database.removeprefix("sqlite:///"))
    for leftover in (target, target.with_name(target.name + "-wal"), target.with_name(target.name + "-shm")):
        leftover.unlink(missing_ok=True)
    shutil.copy2(folder / backup.SQLITE, target)


def _postgresql(settings: Settings, folder: Path, _manifest: dict[str, Any]) -> None:
    if not shutil.which("pg_restore"):
        raise NotRestored("pg_restore was not found: install the PostgreSQL client")
    address = settings.database.replace("postgresql+psycopg://", "postgresql://", 1)
    command = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", f"--dbname={address}", str(folder / backup.DUMP)]
    subprocess.run(command, check=True)


def _rows(settings: Settings, folder: Path, manifest: dict[str, Any]) -> None:
    """Rows go back through the tables of this program, so the backup must be of the same tables; any database will do."""
    database = Database(settings.database)
    try:
        if manifest["revision"] != migrate.head(database):
            raise NotRestored(f"this backup is at revision {manifest['revision']}: restore it with the version that made it, then upgrade")
        migrate.upgrade(database)
        with database.transaction() as session:
            connection = session.connection()
            for table in Base.metadata.sorted_tables:
                for lines in _slices(folder / backup.ROWS / f"{table.name}.jsonl"):
                    connection.execute(insert(table), [{c.key: backup.typed(c, row[c.key]) for c in table.columns} for row in lines])
                if not database.sqlite:
                    _count_on(connection, table)
    finally:
        database.dispose()


def _slices(path: Path, size: int = 500) -> Iterator[list[dict[str, Any]]]:
    with path.open(encoding="utf-8") as file:
        rows: list[dict[str, Any]] = []
        for line in file:
            rows.append(json.loads(line))
            if len(rows) == size:
                yield rows
                rows = []
    if rows:
        yield rows


def _count_on(connection: Connection, table: Any) -> None:
    """New rows get numbers after the restored ones."""
    if "id" in table.columns and connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}):
        highest = connection.scalar(select(func.max(table.columns["id"])))
        if highest:
            connection.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :highest)"), {"name": table.name, "highest": highest})
