"""A site of the first version keeps its people and organisations when it is brought to today's tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import select, text

from tests.conftest import DATABASES
from webapp.accounts.models import Membership, Organisation, Person
from webapp.core import migrate
from webapp.core.db import Database

ROWS = (
    "INSERT INTO person (id, email, name, active, fs_uniquifier, language, created_at, updated_at)"
    " VALUES (1, 'lin@example.test', '林示例', true, 'u1', 'zh_CN', '2026-01-02 03:04:05+00', '2026-01-02 03:04:05+00')",
    "INSERT INTO organisation (id, kind, name, name_en, badges, address, products, is_example, created_at, updated_at)"
    " VALUES (1, 'COMPANY', '示例公司', '', '[]', '', '', false, '2026-01-02 03:04:05+00', '2026-01-02 03:04:05+00')",
    "INSERT INTO membership (id, person_id, organisation_id, role, active, created_at, updated_at)"
    " VALUES (1, 1, 1, 'company_admin', true, '2026-01-02 03:04:05+00', '2026-01-02 03:04:05+00')",
)


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with nothing in it."""
    if request.param == "sqlite":
        own = Database(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        base: str = request.getfixturevalue("postgresql_url").replace("postgresql://", "postgresql+psycopg://", 1)
        server = Database(base)
        with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("DROP DATABASE IF EXISTS old_site"))
            connection.execute(text("CREATE DATABASE old_site"))
        server.dispose()
        own = Database(server.engine.url.set(database="old_site").render_as_string(hide_password=False))
    yield own
    own.dispose()


def test_a_first_site_with_data_is_brought_up_to_date(empty: Database) -> None:
    command.upgrade(migrate._config(empty), "0001")
    with empty.engine.begin() as connection:
        for row in ROWS:
            connection.execute(text(row.replace("+00'", "'") if empty.sqlite else row))
    migrate.upgrade(empty)
    with empty.transaction() as session:
        person, home = session.scalars(select(Person)).one(), session.scalars(select(Organisation)).one()
        assert (person.name, person.phone, person.webauthn, person.mf_recovery_codes) == ("林示例", "", [], None)
        assert (home.name, home.services, home.faculties, home.version) == ("示例公司", [], [], 1)
        assert session.scalars(select(Membership)).one().department == ""
        home.summary = "以前的单位仍可修改"
    with empty.transaction() as session:
        assert session.scalars(select(Organisation)).one().version == 2
