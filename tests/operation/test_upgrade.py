"""A database of the first version with rows in every table comes up to this version with all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from alembic import command
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, LargeBinary, MetaData, Numeric, String, Text, func, inspect, select

import webapp.models  # noqa: F401
from webapp.core import migrate
from webapp.core.db import Base, Database

LISTS = {"keywords", "modes", "badges", "focus", "reasons", "calculation"}


def _value(column: Column[Any]) -> Any:
    """Something that fits the column."""
    if column.foreign_keys:
        return 1
    if isinstance(column.type, JSON):
        return [] if column.name in LISTS else {}
    for kind, value in (
        (Boolean, False), (DateTime, datetime(2026, 1, 2, 3, 4, tzinfo=UTC)), (Date, date(2026, 1, 2)), (Text, "旧"), (LargeBinary, b"1"),
        (Numeric, 1.5),
    ):  # fmt: skip
        if isinstance(column.type, kind):
            return value
    return "旧"[: column.type.length or 1] if isinstance(column.type, String) else 1


def _first_version(database: Database) -> dict[str, int]:
    """Tables of the first version, each with a row."""
    command.upgrade(migrate._config(database), "0001")
    old = MetaData()
    with database.engine.begin() as connection:
        old.reflect(connection)
        for table in old.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert().values({column.name: _value(column) for column in table.columns if not column.nullable}))
    return {table.name: 1 for table in old.sorted_tables if table.name != "alembic_version"}


def test_rows_of_the_first_version_are_all_there_after_an_upgrade(fresh: Callable[[], str]) -> None:
    database = Database(fresh())
    there = _first_version(database)
    migrate.upgrade(database)
    assert migrate.revision(database) == migrate.head(database)
    with database.transaction(write=False) as session:
        counts = {name: session.scalar(select(func.count()).select_from(Base.metadata.tables[name])) for name in there}
        assert counts == there
        for mapper in Base.registry.mappers:  # and the program reads them: no column is left without what it needs
            for row in session.scalars(select(mapper.class_)).unique():
                assert [column.key for column in inspect(mapper.class_).column_attrs if _lacks(row, column)] == []
    database.dispose()


def _lacks(row: Any, attribute: Any) -> bool:
    return not attribute.columns[0].nullable and getattr(row, attribute.key) is None


def test_an_upgrade_run_twice_changes_nothing(fresh: Callable[[], str]) -> None:
    database = Database(fresh())
    _first_version(database)
    migrate.upgrade(database)
    migrate.upgrade(database)
    assert migrate.revision(database) == migrate.head(database)
    database.dispose()


def test_the_tables_after_all_migrations_are_those_of_the_models(fresh: Callable[[], str]) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    database = Database(fresh())
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata) == []
    database.dispose()
