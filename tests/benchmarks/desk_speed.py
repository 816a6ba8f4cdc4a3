"""Server time of everything a broker does at the desk, with 500 and with 10,000 open matches; no browser, one process."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select

import webapp.models  # noqa: F401
from seed.generate import generate
from tests import makers
from webapp import create_app
from webapp.accounts import sign_ins
from webapp.accounts.models import Person
from webapp.catalog.models import Demand, Indicator, Result, Target
from webapp.config import Settings
from webapp.core import clock, migrate
from webapp.core.db import Database
from webapp.matches.models import Match

SIZES = [int(n) for n in os.environ.get("BENCH_DESK", "500,10000").split(",")]
TRIES = int(os.environ.get("BENCH_TRIES", "15"))
TERMS = 24


def reasons(chance: Random, words: list[str]) -> list[dict[str, Any]]:
    """Reasons as many and as long as the engine stores them."""
    terms = [{"kind": "term", "label": chance.choice(words), "share": 0.02, "field": "text", "detail": {}} for _ in range(TERMS)]
    checked = [{"name": "指标", "met": True, "have": 1, "have_unit": "h", "need": 1, "unit": "h"}]
    return [
        *terms, {"kind": "hidden", "label": "", "share": 0.05, "field": "", "detail": {}},
        {"kind": "signal", "label": "targets", "share": 0.05, "field": "", "detail": {"targets": checked}},
    ]  # fmt: skip


def fill(database: Database, size: int) -> Person:
    """A district with this many open matches; returns a broker."""
    chance, per = Random(7), 20
    demands = size // per
    results = max(per, size // 5)
    with database.transaction() as session:
        company, school = makers.organisation(session, "COMPANY"), makers.organisation(session, "SCHOOL")
        brokers = [makers.person(session, "broker") for _ in range(6)]
        makers.industry(session)
        for model, home, count, figure, more in (
            (Result, school, results, Indicator, {"trl": 6}), (Demand, company, demands, Target, {"min_trl": 5}),
        ):  # fmt: skip
            kind = "results" if model is Result else "demands"
            made = list(generate(kind, count, 7))
            common = {
                "state": "PUBLISHED" if model is Result else "OPEN", "organisation_id": home.id, "industry_code": "marine",
                "published_at": clock.now(), "confidentiality": 1, "source": "bench",
            }  # fmt: skip
            session.execute(insert(model), [
                common | more | {"title": str(row["title"]), "summary": row.get("summary") or row["public_summary"], "details": "内部" * 60, "external_id": str(n)}
                for n, row in enumerate(made)
            ])  # fmt: skip
            ids = list(session.scalars(select(model.id)))
            owner = "result_id" if model is Result else "demand_id"
            session.execute(insert(figure), [
                {owner: row_id, "position": n, "name": f"指标{n}", "comparison": "GE", "value": 10 * n + 1, "unit": "h"}
                | ({"must": n == 1} if figure is Target else {})
                for row_id in ids for n in range(4)
            ])  # fmt: skip
        words = ["防腐", "涂层", "盐雾", "附着力", "固化", "电机", "传感器", "算法", "海工", "腐蚀"]
        entries, pairs = [], list(session.scalars(select(Result.id)))
        for demand_id in session.scalars(select(Demand.id)).all():
            for place, result_id in enumerate(chance.sample(pairs, per), 1):
                score = chance.uniform(0.12, 0.9)
                entries.append({
                    "demand_id": demand_id, "result_id": result_id, "state": "SUGGESTED", "score": score,
                    "grade": 1 + (score > 0.35) + (score > 0.6), "position": place, "reasons": reasons(chance, words), "version": 1,
                })  # fmt: skip
        session.execute(insert(Match), entries)
        return brokers[0]


def browser(app: Any, database: Database, who: Person) -> Any:
    """A signed-in client."""
    with database.transaction() as session:
        secret = sign_ins.begin(session, app.settings, who, "bench", "127.0.0.1", "bench", stay=False)
    client, mark = app.test_client(), who.fs_uniquifier
    with client.session_transaction() as cookie:
        cookie.update({"_user_id": mark, "_fresh": True, "sign_in": secret, "fs_cc": "set", "fs_paa": time.time(), "identity.id": mark})
    return client


def timed(deed: Callable[[int], Any]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds of processor time; the first two warm up.

    All work is done in this process, so other load on the machine does not spoil the figures.
    """
    taken = []
    for number in range(TRIES + 2):
        start = time.process_time()
        answer = deed(number)
        taken.append((time.process_time() - start) * 1000)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200 and "sm-detail" in page, page[:400]
    taken = sorted(taken[2:])
    return statistics.median(taken), taken[int(len(taken) * 0.95)]


def main() -> int:
    """Print a line per act and size; ends with 1 when an act at the first size takes longer than 200 ms."""
    slow = []
    print(f"{'act':<34}" + "".join(f"{size:>10,} open   (95 %)" for size in SIZES))
    table: dict[str, list[tuple[float, float]]] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(var=Path(folder), secret_key="bench", web_workers=1, match_claim_most=100_000)
            database = Database(settings.database)
            migrate.upgrade(database)
            me = fill(database, size)
            app = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
            for name, deed in deeds(app, database, me).items():
                table.setdefault(name, []).append(timed(deed))
    for name, found in table.items():
        print(f"{name:<34}" + "".join(f"{median:>12.0f} ms {late:>8.0f} ms" for median, late in found))
        if found[0][0] > 200:
            slow.append(name)
    print("over 200 ms: " + (", ".join(slow) or "none"))
    return bool(slow)


def deeds(app: Any, database: Database, me: Person) -> dict[str, Callable[[int], Any]]:
    """Everything a broker does, as requests; the page that follows an act is part of it."""
    client = browser(app, database, me)
    with database.transaction(write=False) as session:
        ids = list(session.scalars(select(Match.id).order_by(Match.grade.desc(), Match.score.desc())))
    at = {"judge": 0, "reject": len(ids) // 2, "claim": len(ids) // 4, "bulk": len(ids) * 3 // 4, "wait": len(ids) // 8}

    def some(which: str, count: int = 1) -> list[int]:
        at[which] += count
        return ids[at[which] - count : at[which]]

    def follow(path: str, **data: Any) -> Any:
        return client.post(path, data=data, follow_redirects=True)

    def undo(_: int) -> Any:
        number = some("judge")[0]
        client.post(f"/matches/{number}/judge", data={"decision": "shortlist"})
        return follow(f"/matches/{number}/undo")

    def bulk(_: int) -> Any:
        return follow("/matches/bulk", ids=some("bulk", 5), quick="SPEC_NOT_MET")

    found: dict[str, Callable[[int], Any]] = {
        "open the queue": lambda n: client.get("/matches"),
        "next pair (j)": lambda n: client.get(f"/matches?selected={ids[n]}"),
        "a pair in the middle": lambda n: client.get(f"/matches?selected={ids[len(ids) // 2 + n]}"),
        "last page": lambda n: client.get("/matches?page=9999"),
        "filter by words": lambda n: client.get("/matches?text=涂层&grade=2%2B"),
        "team pool": lambda n: client.get("/matches?pool=team"),
        "shortlist (s)": lambda n: follow(f"/matches/{some('judge')[0]}/judge", decision="shortlist"),
        "reject (2)": lambda n: follow(f"/matches/{some('reject')[0]}/judge", quick="SPEC_NOT_MET"),
        "undo (u), with its shortlist": undo,
        "put aside": lambda n: follow(f"/matches/{some('wait')[0]}/judge", decision="review"),
        "claim (c)": lambda n: follow(f"/matches/{some('claim')[0]}/claim"),
        "five rejected at once": bulk,
    }
    return found


if __name__ == "__main__":
    sys.exit(main())
