"""How fast the figures pages are with 100,000 rows: `python tests/benchmarks/figures_speed.py`.

Fills a fresh SQLite site with synthetic rows, counts them as the worker does, and prints medians of whole pages through the application.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests import makers
from webapp import create_app
from webapp.accounts import sign_ins
from webapp.catalog.models import Classification, Cluster, Demand, Result
from webapp.config import Settings
from webapp.core import clock, migrate
from webapp.core.db import Database
from webapp.figures import counting
from webapp.matches.models import Match, Verdict
from webapp.tasks.models import Task, TaskEntry, TaskReceipt

DEMANDS, RESULTS, MATCHES, TASKS = 40_000, 25_000, 30_000, 5_000
SCHOOLS, COMPANIES, INDUSTRIES = 60, 3_000, 17
CIRCLES = ("upc", "sdust", "qut", "guzhenkou")
STATES = ("SUGGESTED", "REJECTED", "SHORTLISTED", "RECOMMENDED", "TASK_OPENED")
ROUNDS = 15
PAGES = (
    "/screen", "/screen?by=quarter", "/figures", "/figures/circles/upc", "/figures/industries/i1", "/figures/institutions/{school}",
    "/figures/panels/flow", "/figures/panels/heat", "/figures/goals", "/figures/rows?measure=posted&period={year}",
)  # fmt: skip


def main() -> None:
    """Build, count, ask, print."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(folder), secret_key="bench", public_url="http://localhost")
        database = Database(settings.database)
        migrate.upgrade(database)
        started = time.perf_counter()
        with database.transaction() as session:
            operator, school = build(session, Random(7))
        print(f"{DEMANDS + RESULTS + MATCHES + TASKS:,} rows in {time.perf_counter() - started:.0f} s")
        for name in ("first count", "second count"):
            started = time.perf_counter()
            with database.transaction() as session:
                written = counting.fill(session, settings)
            print(f"{name}: {time.perf_counter() - started:.1f} s, {written:,} cells written")
        ask(settings, operator, school)


def build(session: Session, rng: Random) -> tuple[Any, int]:
    """Rows at every stage, spread over two years."""
    for n in range(INDUSTRIES):
        session.add(Classification(scheme="industry", code=f"i{n}", version="1", zh=f"产业{n}", en=f"Industry {n}", position=n))
    for code in CIRCLES:
        session.add(Cluster(code=code, zh=code, en=code, short_zh=code, short_en=code))
    schools = [makers.organisation(session, "SCHOOL", cluster_code=CIRCLES[n % 4]).id for n in range(SCHOOLS)]
    companies = [makers.organisation(session, "COMPANY").id for _ in range(COMPANIES)]
    brokers = [makers.person(session, "broker").id for _ in range(50)]
    operator = makers.person(session, "operator")
    session.flush()
    now = clock.now()
    session.execute(insert(Demand), [_posting(rng, n, now, companies, "OPEN") for n in range(1, DEMANDS + 1)])
    session.execute(insert(Result), [_posting(rng, n, now, schools, "PUBLISHED") | {"trl": 6, "stage": "PILOT"} for n in range(1, RESULTS + 1)])
    _matches(session, rng, now, brokers)
    return operator, schools[0]


def _posting(rng: Random, number: int, now: datetime, owners: list[int], state: str) -> dict[str, Any]:
    return {
        "id": number, "title": f"示例{number}", "summary": "示例摘要" * 40, "details": "示例正文" * 100, "keywords": [], "modes": [], "field_levels": {},
        "industry_code": f"i{min(int(rng.expovariate(0.3)), INDUSTRIES - 1)}", "cluster_code": CIRCLES[number % 4], "state": state, "version": 1,
        "confidentiality": rng.choice((0, 1, 1, 2, 3)), "organisation_id": rng.choice(owners), "published_at": now - timedelta(days=rng.randrange(700)),
    }  # fmt: skip


def _matches(session: Session, rng: Random, now: datetime, brokers: list[int]) -> None:
    pairs = rng.sample(range(DEMANDS * 20), MATCHES)
    rows = []
    for number, pair in enumerate(pairs, 1):
        state = "TASK_OPENED" if number <= TASKS else rng.choice(STATES[:4])
        judged = None if state == "SUGGESTED" else now - timedelta(days=rng.randrange(700))
        rows.append({
            "id": number, "demand_id": pair // 20 + 1, "result_id": (pair * 7919) % RESULTS + 1, "state": state, "score": rng.random(), "grade": rng.randrange(4),
            "reasons": [{"kind": "term", "label": "示例"}] * 8, "broker_id": rng.choice(brokers), "reviewed_at": judged, "created_at": now,
            "recommended_at": judged if state in ("RECOMMENDED", "TASK_OPENED") else None, "version": 1,
        })  # fmt: skip
    session.execute(insert(Match), rows)
    verdicts = [row for row in rows if row["reviewed_at"]]
    session.execute(insert(Verdict), [
        {"match_id": row["id"], "person_id": row["broker_id"], "part": "broker", "decision": "shortlist", "grade": row["grade"], "score": 0.5,
         "position": row["id"] % 10 + 1, "before": "SUGGESTED", "created_at": row["reviewed_at"]} for row in verdicts
    ])  # fmt: skip
    _tasks(session, rng, rows[:TASKS])


def _tasks(session: Session, rng: Random, rows: list[dict[str, Any]]) -> None:
    today = date.today()
    tasks = [{
        "id": row["id"], "match_id": row["id"], "broker_id": row["broker_id"], "state": rng.choice(("VERIFYING", "MEETING", "FOLLOW_UP")), "version": 1,
        "created_at": row["reviewed_at"], "signed_on": today if row["id"] % 3 == 0 else None, "contract_value_fen": 100_000_00, "registration_no": "1",
    } for row in rows]  # fmt: skip
    session.execute(insert(Task), tasks)
    session.execute(insert(TaskEntry), [
        {"task_id": row["id"], "kind": "STEP", "happened_on": today, "to_state": row["state"], "facts": {}} for row in tasks
    ])  # fmt: skip
    session.execute(insert(TaskReceipt), [
        {"task_id": row["id"], "amount_fen": 10_000_00, "received_on": today} for row in tasks if row["id"] % 6 == 0
    ])  # fmt: skip


def ask(settings: Settings, operator: Any, school: int) -> None:
    """Median and largest of each page, for the operator and for a visitor."""
    app = create_app(settings, TESTING=True)
    guest, desk = app.test_client(), app.test_client()
    with app.database.transaction() as session:
        secret = sign_ins.begin(session, settings, operator, "test", "127.0.0.1", "test", stay=False)
    with desk.session_transaction() as cookie:
        cookie.update({"_user_id": operator.fs_uniquifier, "_fresh": True, "sign_in": secret, "fs_cc": "set", "fs_paa": clock.now().timestamp(), "identity.id": operator.fs_uniquifier})
    print(f"{'page':44} {'operator':>18} {'visitor':>18}   median (largest) ms of {ROUNDS}")
    for page in PAGES:
        address = page.format(school=school, year=clock.today().year)
        print(f"{address:44} {_timed(desk, address):>18} {_timed(guest, address):>18}")


def _timed(client: Any, address: str) -> str:
    if client.get(address).status_code != 200:
        return "—"
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        client.get(address)
        spent.append(1000 * (time.perf_counter() - start))
    return f"{statistics.median(spent):.0f} ({max(spent):.0f})"


if __name__ == "__main__":
    main()
