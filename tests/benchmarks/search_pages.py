"""Whole search pages of the running application, from the address to the last byte of HTML, on a database with an index.

`SUNMAO_VAR=DIR` names the site (made with `sunmao init` and `sunmao import`); without one in use nothing is measured. Each page is asked in
this process through the whole application (gate, query, ten facets, rows through the policy, template); milliseconds of wall time and
of this thread's processor time, which a busy machine does not stretch. `BENCH_URL=http://…` asks a running server over HTTP as well.
"""

from __future__ import annotations

import os
import random
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select

PAGES = int(os.environ.get("BENCH_PAGES", "120"))


def words_of(titles: list[str], count: int) -> list[str]:
    """Words that stand together in one title."""
    from matching.text import tokenize

    chance, found = random.Random(count), []
    for title in chance.sample(titles, len(titles)):
        cut = [word for word in tokenize(title) if len(word) > 1]
        if len(cut) >= count:
            found.append(" ".join(chance.sample(cut, count)))
        if len(found) == PAGES:
            break
    return found


def measured(ask: Callable[[str], object], addresses: Iterable[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of wall and of processor time of each."""
    wall, own = [], []
    for address in addresses:
        began, began_own = time.perf_counter(), time.thread_time()
        ask(address)
        own.append(1000 * (time.thread_time() - began_own))
        wall.append(1000 * (time.perf_counter() - began))
    return wall, own


def line(name: str, times: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(times)
    return f"{name:46} median {statistics.median(ordered):7.1f} ms   95th {ordered[int(0.95 * len(ordered))]:7.1f} ms"


def addresses(titles: list[str]) -> dict[str, list[str]]:
    """What is asked."""
    found = {f"page, {n} word{'s' if n > 1 else ''}": ["/search?" + urlencode({"q": text}) for text in words_of(titles, n)] for n in (1, 2, 3, 4)}
    found["page, 2 words, 2 filters"] = [one + "&kind=result&mode=LICENSE" for one in found["page, 2 words"]]
    found["page without words, 1 filter"] = [f"/search?kind=result&page={n}" for n in range(1, PAGES // 2)]
    found["an empty answer with its ways out"] = [one + "&trl=9&mode=EQUITY&use_first=yes&year=1999" for one in found["page, 2 words"]]
    beginnings = [text[:n] for text in words_of(titles, 1) for n in (1, 2, 3) if len(text) >= n][:PAGES]
    return found | {"suggestions as typed": ["/search/suggest?" + urlencode({"q": text}) for text in beginnings]}


def main() -> None:
    """Measure and print."""
    if not Path(os.environ.get("SUNMAO_VAR", "var"), "sunmao.db").exists() and not os.environ.get("SUNMAO_DATABASE_URL"):
        print("search pages: no site to measure; name one with SUNMAO_VAR")
        return
    from webapp import create_app
    from webapp.catalog.models import Result

    app = create_app()
    with app.database.transaction(write=False) as session:
        titles = list(session.scalars(select(Result.title).where(Result.state == "PUBLISHED", Result.confidentiality == 0).order_by(Result.id)))
        count = session.scalar(select(func.count()).select_from(Result))
    engine = app.extensions["engines"]["index"]
    engine.warm()
    client = app.test_client()
    print(f"{count} results, {engine.describe()['documents']} documents in the index")
    for name, asked in addresses(titles).items():
        measured(client.get, asked[:5])
        wall, own = measured(client.get, asked)
        print(line(name, wall))
        print(line("    processor time", own))
        if url := os.environ.get("BENCH_URL"):
            over, _ = measured(lambda address: urllib.request.urlopen(url + address, timeout=60).read(), asked)
            print(line("    over HTTP", over))


if __name__ == "__main__":
    main()
