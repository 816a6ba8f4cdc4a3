"""A backup while the site runs: the database through its own tool, attachments, the signing key, noted seals, and a list with their hashes."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sqlite3
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Date, DateTime, LargeBinary, select

from webapp.admin.service import BACKUP_MARK
from webapp.config import Settings
from webapp.core import audit, clock, migrate
from webapp.core.db import Base, Database, UtcDateTime

# What lies beside the database and cannot be made again.
BESIDE = ("secret-key", audit.ANCHORS)
SQLITE, DUMP, ROWS = "sunmao.db", "sunmao.dump", "rows"


def write(settings: Settings, folder: Path, own_copy: bool = False) -> Path:
    """Write a new folder only its owner may enter; an existing one is refused.

    PostgreSQL goes through pg_dump where that is installed; without it, or with `own_copy`, every row is written as text.
    """
    folder.mkdir(parents=True, mode=0o700)
    if own_copy or not (settings.database.startswith("sqlite") or shutil.which("pg_dump")):
        kind = _rows(settings, folder)
    else:
        kind = _sqlite(settings, folder) if settings.database.startswith("sqlite") else _postgresql(settings, folder)
    # Files come after the database: one that a row names is there, one too many does no harm.
    if (settings.var / "files").exists():
        shutil.copytree(settings.var / "files", folder / "files")
    for name in BESIDE:
        if (settings.var / name).exists():
            shutil.copy2(settings.var / name, folder / name)
    files = {str(p.relative_to(folder)): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    manifest = {"made_at": clock.now().isoformat(), "database": kind, "revision": _revision(settings), "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    (settings.var / BACKUP_MARK).write_text(clock.now().isoformat(), "ascii")
    return folder


def _revision(settings: Settings) -> str | None:
    database = Database(settings.database)
    try:
        return migrate.revision(database)
    finally:
        database.dispose()


def _sqlite(settings: Settings, folder: Path) -> str:
    source = sqlite3.connect(settings.database.removeprefix("sqlite:///"))
    copy = sqlite3.connect(folder / SQLITE)
    with source, copy:
        source.backup(copy)
    source.close()
    copy.close()
    return SQLITE


def _postgresql(settings: Settings, folder: Path) -> str:
    address = settings.database.replace("postgresql+psycopg://", "postgresql://", 1)
    subprocess.run(["pg_dump", "--format=custom", "--no-owner", f"--file={folder / DUMP}", address], check=True)
    return DUMP


def _rows(settings: Settings, folder: Path) -> str:
    """Every row of every table as it was at one moment, one JSON object a line."""
    (folder / ROWS).mkdir()
    database = Database(settings.database)
    level = {"isolation_level": "REPEATABLE READ"} if not database.sqlite else {}
    try:
        with database.engine.connect().execution_options(**level) as connection, connection.begin():
            for table in Base.metadata.sorted_tables:
                with (folder / ROWS / f"{table.name}.jsonl").open("w", encoding="utf-8") as file:
                    for row in connection.execution_options(yield_per=500).execute(select(table)).mappings():
                        file.write(json.dumps({c.key: plain(row[c]) for c in table.columns}, ensure_ascii=False) + "\n")
    finally:
        database.dispose()
    return ROWS


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def typed(column: Column[Any], value: Any) -> Any:
    """A value as its column takes it."""
    if value is None:
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    if isinstance(column.type, UtcDateTime | DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value


def sha256(path: Path) -> str:
    """The hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
