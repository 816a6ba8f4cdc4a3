"""A backup while the site runs: the database through its own tool, then the attachments, then a list with their hashes."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

from webapp.config import Settings
from webapp.core import clock


def write(settings: Settings, folder: Path) -> Path:
    """Write a new folder with database, attachments and manifest; an existing folder is refused."""
    folder.mkdir(parents=True)
    database = _sqlite(settings, folder) if settings.database.startswith("sqlite") else _postgresql(settings, folder)
    if (settings.var / "files").exists():
        shutil.copytree(settings.var / "files", folder / "files")
    files = {str(p.relative_to(folder)): _sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    manifest = {"made_at": clock.now().isoformat(), "database": database.name, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    return folder


def _sqlite(settings: Settings, folder: Path) -> Path:
    target = folder / "sunmao.db"
    source = sqlite3.connect(settings.database.removeprefix("sqlite:///"))
    copy = sqlite3.connect(target)
    with source, copy:
        source.backup(copy)
    source.close()
    copy.close()
    return target


def _postgresql(settings: Settings, folder: Path) -> Path:
    target = folder / "sunmao.dump"
    if not shutil.which("pg_dump"):
        raise LookupError("pg_dump was not found: install the PostgreSQL client to back up a PostgreSQL database")
    address = settings.database.replace("postgresql+psycopg://", "postgresql://", 1)
    subprocess.run(["pg_dump", "--format=custom", f"--file={target}", address], check=True)
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
