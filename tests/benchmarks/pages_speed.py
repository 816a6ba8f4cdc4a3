"""Server time of the main pages with 30,000 results: `python tests/benchmarks/pages_speed.py`.

Fills a fresh SQLite site with generated results, demands, pairs, tasks and licences, builds its index, counts its figures, and asks each page
through the whole application as whoever opens it: medians of processor time, which other programs do not stretch, and of wall time, in
milliseconds. Ends with 1 when a page takes more than 150 ms of processor time. `BENCH_VAR=DIR` keeps the site for the next time.
"""

from __future__ import annotations

import logging
import os
import statistics
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

import webapp.models  # noqa: F401
from seed import load
from seed.generate import generate
from tests import makers
from webapp import create_app
from webapp.accounts import sign_ins
from webapp.accounts.models import Organisation, Person
from webapp.catalog.models import Demand, Indicator, Result, Target
from webapp.config import Settings
from webapp.core import clock, migrate
from webapp.core.db import Database
from webapp.discovery import upkeep
from webapp.engines import connect
from webapp.figures import counting
from webapp.jobs import register
from webapp.licences import outlook
from webapp.licences.models import Licence
from webapp.matches.models import Match
from webapp.tasks.models import Task, TaskEntry

RESULTS, DEMANDS, PER, TASKS, LICENCES = 30_000, 6_000, 4, 2_000, 1_000
SCHOOLS, COMPANIES, BROKERS = 40, 1_500, 40
MOST, ROUNDS = 150, int(os.environ.get("BENCH_ROUNDS", "9"))
TASK_STATES = ("ASSIGNED", "ACCEPTED", "VERIFYING", "MEETING", "VALIDATING", "FOLLOW_UP")
LICENCE_STATES = ("ELIGIBILITY", "INST_REVIEW", "NOTICE", "SIGNING", "DELIVERING", "TRIAL", "PAYING", "SETTLED")
CHUNK = 2_000

PAGES = (
    ("home", "", "/"), ("home", "broker", "/"),
    ("search, one word", "", "/search?q=涂层"), ("search, three words", "", "/search?q=海洋 防腐 涂层"), ("search, two filters", "broker", "/search?q=传感器&kind=result&mode=LICENSE"),
    ("search, without words", "", "/search?kind=result"),
    ("results, list", "", "/results"), ("results, page 400", "", "/results?page=400"), ("results, filtered", "broker", "/results?industry=ship-offshore&trl=6"),
    ("demands, list", "", "/demands"),
    ("result", "", "/results/{result}"), ("result", "broker", "/results/{result}"), ("demand", "", "/demands/{demand}"), ("demand", "company", "/demands/{demand}"),
    ("queue", "broker", "/matches"), ("tasks, today", "broker", "/tasks"), ("tasks, board", "broker", "/tasks?view=board"), ("task", "broker", "/tasks/{task}"),
    ("licences", "tto", "/licences"), ("licence", "tto", "/licences/{licence}"), ("use first, pay later", "", "/use-first"),
    ("own pairs", "company", "/matches/mine"), ("mine", "company", "/mine"), ("mine", "tto", "/mine"), ("licences, portfolio", "tto", "/licences/portfolio"), ("approvals", "tto", "/approvals"),
    ("circle", "", "/clusters/upc"), ("organisations", "", "/organisations"), ("school", "", "/organisations/{school}"), ("notices", "broker", "/notices"),
    ("figures", "", "/figures"), ("figures of a circle", "operator", "/figures/circles/upc"), ("screen", "", "/screen"), ("screen", "operator", "/screen"), ("targets", "operator", "/figures/goals"),
)  # fmt: skip


def fill(session: Session) -> None:
    """Lists, organisations, people, then texts and what came of them, in bulk."""
    chance = Random(9)
    load.load_lists(session)
    circles = cycle(("upc", "sdust", "qut", "guzhenkou"))
    schools = [makers.organisation(session, "SCHOOL", cluster_code=next(circles)) for _ in range(SCHOOLS)]
    companies = [makers.organisation(session, "COMPANY").id for _ in range(COMPANIES)]
    people = {
        "broker": makers.person(session, "broker", email="broker@example.test"), "operator": makers.person(session, "operator", email="operator@example.test"),
        "tto": makers.person(session, "tto", schools[0], email="tto@example.test"), "researcher": makers.person(session, "researcher", schools[0]),
        "company": makers.person(session, "company_user", session.get_one(Organisation, companies[0]), email="company@example.test"),
    }  # fmt: skip
    _texts(session, Result, Indicator, [one.id for one in schools], RESULTS, chance)
    _texts(session, Demand, Target, companies, DEMANDS, chance)
    _deals(session, people, companies, chance)


def _texts(session: Session, model: Any, figure: Any, homes: list[int], count: int, chance: Random) -> None:
    """Rows of the generator under these organisations, the first of which has a hundred; each with its figures."""
    kind, owner, now = model.__tablename__, f"{model.__tablename__}_id", clock.now()
    rows, lines = [], []
    for number, made in enumerate(generate(f"{kind}s", count, 9), 1):
        home = homes[0] if number <= 100 else chance.choice(homes)
        rows.append({"id": number, "organisation_id": home, "published_at": now - timedelta(hours=chance.randrange(15_000))} | _shared(made) | _own(model, made))
        for place, one in enumerate(made["indicators" if model is Result else "targets"]):
            told = {name: one.get(name) for name in ("name", "comparison", "value", "unit")}
            lines.append({owner: number, "position": place} | told | ({"must": place == 0} if model is Target else {}))
    for start in range(0, count, CHUNK):
        session.execute(insert(model), rows[start : start + CHUNK])
    for start in range(0, len(lines), CHUNK):
        session.execute(insert(figure), lines[start : start + CHUNK])


def _shared(made: dict[str, Any]) -> dict[str, Any]:
    low, high = ("price_min_yuan", "price_max_yuan") if "price_min_yuan" in made else ("budget_min_yuan", "budget_max_yuan")
    return {
        "title": made["title"], "details": made["details"], "keywords": made["keywords"], "field_code": made["field"], "industry_code": made["industry"],
        "source": "bench", "external_id": made["external_id"], "price_kind": "RANGE", "price_min_fen": 100 * int(made[low] or 0), "price_max_fen": 100 * int(made[high] or 0),
        "field_levels": {}, "version": 1, "confirmed_at": clock.now(),
    }  # fmt: skip


def _own(model: Any, made: dict[str, Any]) -> dict[str, Any]:
    if model is Result:
        return {
            "summary": made["summary"], "state": "PUBLISHED", "cluster_code": made["cluster"], "department": made["department"], "lead": made["lead"], "trl": made["trl"],
            "stage": made["stage"], "modes": made["transfer_modes"], "use_first_offered": bool(made["use_first_offered"]), "trial_months": made["trial_months"] or None,
            "confidentiality": 0, "non_secret": True, "ownership_clear": True, "inventors_agree": True,
        }  # fmt: skip
    return {
        "summary": made["public_summary"], "state": "OPEN", "kind": made["kind"], "min_trl": made["min_trl"], "modes": made["cooperation_modes"],
        "deadline": clock.today() + timedelta(days=int(made["deadline_days"])), "confidentiality": made["confidentiality"], "wants_use_first": bool(made["wants_use_first"]),
        "location": made["location"],
    }  # fmt: skip


def _deals(session: Session, people: dict[str, Person], companies: list[int], chance: Random) -> None:
    now, today = clock.now(), clock.today()
    brokers = [people["broker"].id, *(makers.person(session, "broker").id for _ in range(BROKERS - 1))]
    reasons = [{"kind": "term", "label": word, "share": 0.02, "field": "text", "detail": {}} for word in ["防腐", "涂层", "盐雾", "附着力", "固化", "电机", "传感器", "算法", "海工", "腐蚀"]]
    pairs = [{
        "id": number, "demand_id": 1 + number // PER, "result_id": 1 + number * 7919 % RESULTS, "state": "TASK_OPENED" if number <= TASKS else "SUGGESTED",
        "score": chance.uniform(0.12, 0.9), "grade": 1 + number % 3, "position": 1 + number % PER, "reasons": reasons, "version": 1, "broker_id": brokers[number % BROKERS] if number <= TASKS else None,
    } for number in range(1, DEMANDS * PER)]  # fmt: skip
    for start in range(0, len(pairs), CHUNK):
        session.execute(insert(Match), pairs[start : start + CHUNK])
    session.execute(insert(Task), [{
        "id": n, "match_id": n, "broker_id": brokers[n % BROKERS], "state": TASK_STATES[n % 6], "version": 1, "due_on": today + timedelta(days=n % 90 - 10), "created_at": now - timedelta(days=n % 300),
    } for n in range(1, TASKS + 1)])  # fmt: skip
    session.execute(insert(TaskEntry), [{"task_id": n, "kind": "STEP", "happened_on": today, "to_state": "VERIFYING", "facts": {}} for n in range(1, TASKS + 1)])
    offered = list(session.execute(select(Result.id, Result.organisation_id).where(Result.use_first_offered).limit(LICENCES)))
    session.execute(insert(Licence), [{
        "id": n, "result_id": result, "licensor_id": home, "licensee_id": companies[n % COMPANIES], "broker_id": people["broker"].id, "applicant_id": people["company"].id,
        "state": LICENCE_STATES[n % 8], "trial_months": 6, "price_fen": 300_000_00, "version": 1, "trial_start": today - timedelta(days=30), "trial_end": today + timedelta(days=150), "clocks": outlook.agree(Settings()),
    } for n, (result, home) in enumerate(offered, 1)])  # fmt: skip


def prepare(settings: Settings) -> None:
    """The filled, indexed and counted site, unless it stands already."""
    if settings.var.joinpath("ready").exists():
        return
    database = Database(settings.database)
    migrate.upgrade(database)
    for name, deed in (("filled", fill), ("indexed", lambda session: connect(settings)["index"].rebuild(upkeep.everything(session))), ("counted", lambda session: counting.fill(session, settings))):
        began = time.perf_counter()
        with database.transaction() as session:
            deed(session)
        print(f"{name} in {time.perf_counter() - began:.0f} s", flush=True)
    database.dispose()
    settings.var.joinpath("ready").write_text("1")


def window(app: Any, login: str) -> Any:
    """A browser of one of the people, or of nobody."""
    client = app.test_client()
    if login:
        with app.database.transaction() as session:
            who = session.scalars(select(Person).where(Person.email == f"{login}@example.test")).one()
            secret = sign_ins.begin(session, app.settings, who, "bench", "127.0.0.1", "bench", stay=False)
            mark = who.fs_uniquifier
        with client.session_transaction() as cookie:
            cookie.update({"_user_id": mark, "_fresh": True, "sign_in": secret, "fs_cc": "set", "fs_paa": time.time(), "identity.id": mark})
    return client


def numbers(app: Any) -> dict[str, int]:
    """A row of each kind that is opened."""
    with app.database.transaction(write=False) as session:
        tto = session.scalars(select(Person).where(Person.email == "tto@example.test")).one()
        school = tto.memberships[0].organisation_id
        own = select(Result.id).where(Result.organisation_id == school).order_by(Result.id)
        licence = session.scalars(select(Licence.id).where(Licence.licensor_id == school, Licence.state == "TRIAL").order_by(Licence.id)).first()
        return {"result": session.scalars(own).first() or 1, "demand": 1, "task": BROKERS, "school": school, "licence": licence or 1}


def asked(client: Any, address: str) -> tuple[float, float]:
    """Medians of processor and of wall time; the first two rounds warm up."""
    own, wall = [], []
    for _ in range(ROUNDS + 2):
        began, began_own = time.perf_counter(), time.thread_time()
        answer = client.get(address)
        own.append(1000 * (time.thread_time() - began_own))
        wall.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return statistics.median(own[2:]), statistics.median(wall[2:])


def main() -> int:
    """Fill, ask, print."""
    logging.disable(logging.WARNING)
    kept, slow = os.environ.get("BENCH_VAR"), []
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(str(folder)), secret_key="bench", public_url="http://localhost", demo=False, web_workers=1)
        settings.var.mkdir(parents=True, exist_ok=True)
        register()
        prepare(settings)
        app = create_app(settings, TESTING=True)
        app.extensions["engines"]["index"].warm()
        windows = {who: window(app, who) for _, who, _ in PAGES}
        found = numbers(app)
        print(f"{RESULTS:,} results, {DEMANDS:,} demands, {DEMANDS * PER:,} pairs, {TASKS:,} tasks, {LICENCES:,} licences; load {os.getloadavg()[0]:.1f}")
        print(f"{'page':26} {'who':9} {'processor':>10} {'wall':>8}   medians of {ROUNDS}, ms")
        for name, who, address in PAGES:
            if only in name:
                own, wall = asked(windows[who], address.format(**found))
                print(f"{name:26} {who or 'visitor':9} {own:10.0f} {wall:8.0f}{'  <-- slow' if own > MOST else ''}", flush=True)
                slow += [name] if own > MOST else []
    print(f"over {MOST} ms: {', '.join(slow) or 'none'}")
    return bool(slow)


if __name__ == "__main__":
    sys.exit(main())
