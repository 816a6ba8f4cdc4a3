"""Bring the database to this program's tables, and refuse one that a newer program has already changed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from webapp.core.db import Database

FOLDER = Path(__file__).parent.parent / "migrations"


class DatabaseTooNew(RuntimeError):
    """The database was written by a newer version of the program."""


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = database.engine
    return config


def revision(database: Database) -> str | None:
    """The revision the database is at, None for an empty one; raises DatabaseTooNew for one we do not know."""
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config(database)).walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseTooNew(
            f"the database is at revision {current}, which this version does not know: "
            "start the newer version of the program, or restore a backup made by this one"
        )
    return current


def head(database: Database) -> str | None:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(_config(database)).get_current_head()


def upgrade(database: Database) -> None:
    """Run every migration the database has not seen."""
    revision(database)
    command.upgrade(_config(database), "head")


def draft(database: Database, message: str) -> None:
    """Write a new migration from the difference between the tables and the models (development only)."""
    command.revision(_config(database), message=message, autogenerate=True)
