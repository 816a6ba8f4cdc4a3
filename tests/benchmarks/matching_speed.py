"""Speed of the matching engine beside its anchors, on the many documents in BENCH_DATA repeated to 112,000."""

import csv
import itertools
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel
from sparse_dot_topn import sp_matmul_topn

from matching import Document, Engine, Facts, Figure, Verdict, rank
from matching.collection import fit, join
from matching.counting import Tokens, tokens
from matching.queries import build_query
from matching.ranking import Question
from matching.segments import IN_MEMORY, FactsTable, Row, Segment, make_segment
from matching.weights import CHANNELS, DEFAULT

SIZE = int(os.environ.get("BENCH_SIZE", "112000"))
MANY = int(os.environ.get("BENCH_QUERIES", "5000"))
SINGLE = 60
TOP = 20
LEARNED = 5000  # verdicts, fifty a demand


def read(folder: Path) -> tuple[list[Document], list[Document]]:
    """The many documents, repeated under new ids, and real demands to ask with."""
    with (folder / "real" / "many_documents.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    documents = [
        Document(f"d{n}", row.get("title") or "", row.get("text") or "", tuple(row.get("keywords") or ()))
        for n, row in enumerate(itertools.islice(itertools.cycle(rows), SIZE))
    ]
    with (folder / "real" / "demands.csv").open(encoding="utf-8-sig", newline="") as file:
        demands = [Document(row[0], row[1], row[2]) for row in itertools.islice(csv.reader(file), 1, None)]
    return documents, demands


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time (of all threads) and result: waiting for other programs does not count."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def median(work: Callable[[Any], Any], items: Iterable[Any]) -> float:
    """Median milliseconds over some items."""
    return statistics.median(timed(lambda item=item: work(item))[0] for item in items) * 1000


def together(works: dict[str, Callable[[Any], Any]], items: Iterable[Any]) -> dict[str, float]:
    """Median milliseconds of several works over the same items, in turn, so that a busy minute slows down all of them."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for item in items:
        for name, work in works.items():
            spent[name].append(timed(lambda work=work, item=item: work(item))[0])
    return {name: statistics.median(seconds) * 1000 for name, seconds in spent.items()}


def row(work: str, anchor: str, value: str, ours: str, factor: str = "") -> None:
    """One line of the table."""
    print(f"| {work} | {anchor} | {value} | {ours} | {factor} |", flush=True)


def terms(document: Tokens, channel: int) -> list[str]:
    """All terms of one channel of a document."""
    return [term for field in document.fields() for term in field[channel]]


def marked(document: Tokens, channels: Iterable[int]) -> list[str]:
    """Terms of several channels, told apart by a digit in front."""
    return [f"{channel}{term}" for channel in channels for term in terms(document, channel)]


def bm25s_of(documents: list[Document], channels: int) -> bm25s.BM25:
    """bm25s over the first channels, given numbers instead of words so that the index fits into memory."""
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(t, len(numbers)) for t in marked(tokens(d), range(channels))] for d in documents]
    model = bm25s.BM25()
    model.index((rows, numbers), show_progress=False)
    model.channels = channels
    return model


def fitting(documents: list[Document], demands: list[Document]) -> tuple[Engine, Segment]:
    """Fit with and without cached tokens, against scikit-learn's vectorizer with the same tokens.

    Also returns the collection as one part, for the anchors: the engine keeps it in several.
    """
    seconds, cut = timed(lambda: [tokens(document) for document in documents])
    asked, rows = [tokens(demand) for demand in demands], [Row.of(document) for document in documents]
    cached, (channels, slices) = timed(lambda: fit(cut, iter(asked), DEFAULT, IN_MEMORY))
    weighing, whole = timed(lambda: make_segment(rows, join(slices, channels), channels, DEFAULT, keep=False))
    sklearn = 0.0
    for channel in range(len(CHANNELS)):
        model = TfidfVectorizer(analyzer=lambda document, channel=channel: terms(document, channel), dtype=np.float32)
        sklearn += timed(lambda model=model: model.fit_transform(cut))[0]
    ours = cached + weighing
    row(
        "fit, tokens cached",
        "TfidfVectorizer, same tokens",
        f"{sklearn:.1f} s",
        f"{ours:.1f} s",
        f"{ours / sklearn:.2f} ×",
    )
    row("tokenizing alone", "", "", f"{seconds:.1f} s", f"{SIZE / seconds:,.0f} documents/s")
    engine = Engine()
    seconds, _ = timed(lambda: engine.fit(documents, demands))
    row("fit, tokens not cached", "", "", f"{seconds:.1f} s")
    return engine, whole


def base(engine: Engine, segment: Segment, demands: list[Document]) -> dict[str, Callable[[Document], Any]]:
    """The two anchors of a single ranking: the bare product, and cutting the demand into weighted terms."""
    state, matrix = engine._state, segment.postings.matrix()
    asked = {d.id: build_query(tokens(d), state.statistics, state.weights) for d in demands}
    rows = {identifier: rank.query_matrix([query], segment.postings) for identifier, query in asked.items()}

    def bare(demand: Document) -> Any:
        scores = (rows[demand.id] @ matrix).toarray().ravel()
        return np.argpartition(-scores, TOP)[:TOP]

    return {"bare": bare, "cutting": lambda d: build_query(tokens(d), state.statistics, state.weights)}


def against_base(work: str, found: dict[str, float], name: str) -> None:
    """A line with the limit of the bare product and tokenizing."""
    limit = 2 * found["bare"] + found["cutting"]
    row(work, "bare scipy product + argpartition", f"{found['bare']:.1f} ms", f"{found[name]:.1f} ms",
        f"limit 2 × bare + tokenizing = {limit:.1f} ms")  # fmt: skip


def one_demand(engine: Engine, segment: Segment, demands: list[Document], models: list[bm25s.BM25]) -> None:
    """One demand, top 20 with reasons."""

    def by_bm25s(model: bm25s.BM25, demand: Document) -> Any:
        cut = tokens(demand)
        found = [model.vocab_dict[t] for t in marked(cut, range(model.channels)) if t in model.vocab_dict]
        return np.argpartition(-model.get_scores(found), TOP)[:TOP]

    works: dict[str, Callable[[Document], Any]] = {
        **base(engine, segment, demands),
        "ours": lambda d: engine.rank(d, TOP),
        "without reasons": lambda d: engine.rank(d, TOP, explain=False),
        **{str(model.channels): lambda d, model=model: by_bm25s(model, d) for model in models},
    }
    together(works, demands[:3])
    found = together(works, demands)
    against_base("one demand, top 20, with reasons", found, "ours")
    row("— of which tokenizing and weighing the query", "", "", f"{found['cutting']:.1f} ms")
    row("— without reasons", "", "", f"{found['without reasons']:.1f} ms")
    for model in models:
        name = "bm25s, words alone, no reasons" if model.channels == 1 else "bm25s, the same terms, no reasons"
        took = found[str(model.channels)]
        row("one demand, top 20", name, f"{took:.1f} ms", f"{found['ours']:.1f} ms", f"{took / found['ours']:.2f} × faster")
    turned = segment.postings.matrix().T.tocsr()
    rows = {d.id: rank.query_matrix([Question.of(engine._state, d, None).terms], segment.postings) for d in demands[:10]}
    slow = together({"dense": lambda d: linear_kernel(rows[d.id], turned), "ours": works["ours"]}, demands[:10])
    row("one demand, top 20", "linear_kernel, same matrix", f"{slow['dense']:.0f} ms", f"{slow['ours']:.1f} ms",
        f"{slow['dense'] / slow['ours']:.1f} × faster")  # fmt: skip
    with_facts(engine, segment, demands)


def with_facts(engine: Engine, segment: Segment, demands: list[Document]) -> None:
    """Every result and every demand has facts, drawn by chance."""
    chance = random.Random(1)
    rich = Engine()
    parts = (replace(s, facts=FactsTable((n, _offers(chance)) for n in range(len(s.ids)))) for s in engine._state.segments)
    rich._state = replace(engine._state, segments=tuple(parts))
    asking = [replace(d, facts=_wishes(chance)) for d in demands]
    works = {**base(engine, segment, demands), "ours": lambda d: rich.rank(d, TOP)}
    against_base("one demand, top 20, all with facts, signals and reasons", together(works, asking), "ours")


def _common(chance: random.Random) -> dict[str, Any]:
    return {"industry": f"i{chance.randrange(12)}", "field": f"f{chance.randrange(30)}", "cluster": f"c{chance.randrange(10)}",
            "modes": tuple(chance.sample(("transfer", "licence", "shares", "together"), 2))}  # fmt: skip


def _offers(chance: random.Random) -> Facts:
    figures = (Figure("η", chance.uniform(50, 99), "%"),) if chance.random() < 0.3 else ()
    return Facts(trl=chance.randrange(1, 10), price_min_fen=chance.randrange(1, 500) * 10**6, use_first=chance.random() < 0.3,
                 updated=date.today() - timedelta(days=chance.randrange(700)), figures=figures, **_common(chance))  # fmt: skip


def _wishes(chance: random.Random) -> Facts:
    targets = (Figure("η", 80, "%", ">="),) if chance.random() < 0.5 else ()
    return Facts(min_trl=chance.randrange(3, 8), budget_max_fen=chance.randrange(1, 500) * 10**6, targets=targets,
                 wants_use_first=chance.random() < 0.3, deadline=date.today() + timedelta(days=chance.randrange(300)),
                 **_common(chance))  # fmt: skip


def many_demands(engine: Engine, segment: Segment, demands: list[Document]) -> None:
    """Thousands of demands at once."""
    state, matrix = engine._state, segment.postings.matrix()
    crowd = [replace(d, id=f"q{n}") for n, d in enumerate(itertools.islice(itertools.cycle(demands), MANY))]
    asked = [build_query(tokens(d), state.statistics, state.weights) for d in crowd]
    left = rank.query_matrix(asked, segment.postings)
    anchor, _ = timed(lambda: sp_matmul_topn(left, matrix, top_n=TOP, sort=True, n_threads=2))
    candidates, _ = timed(lambda: [rank.best_of_many(asked, part.postings, TOP + 20) for part in state.segments])
    name = f"{MANY:,} × {SIZE:,} top {TOP}"
    row(
        f"{name}, candidates",
        "sparse_dot_topn, same matrix",
        f"{anchor:.1f} s",
        f"{candidates:.1f} s",
        f"{candidates / anchor:.2f} ×",
    )
    whole, _ = timed(lambda: engine.rank_many(crowd, TOP, explain=False))
    row("— with tokenizing, exact scores and grades", "", "", f"{whole:.1f} s")
    whole, _ = timed(lambda: engine.rank_many(crowd, TOP))
    row("— with reasons", "", "", f"{whole:.1f} s")


def learned(engine: Engine, segment: Segment, demands: list[Document]) -> None:
    """What verdicts cost: learning them, and ranking with what was learned. Grades are drawn by chance: only time counts here."""
    chance = np.random.default_rng(0)
    asked, others = demands[: LEARNED // 50], demands[-SINGLE:]
    found = engine.rank_many(asked, 50, explain=False)
    said = [Verdict(query, s.id, int(chance.integers(0, 4))) for query, rows in found.items() for s in rows]
    taught = Engine()
    taught._state = engine._state
    seconds, _ = timed(lambda: taught.learn(said, asked))
    row(f"learn {len(said):,} verdicts", "", "", f"{seconds:.1f} s")
    twin = Engine()
    twin._state = engine._state
    noted, _ = timed(lambda: twin.learn(said, asked, study=False))
    row("— let them move their own demands only", "", "", f"{noted * 1000:.0f} ms")
    for title, some in (("without verdicts, grades", others), ("with 50 verdicts, grades and order", asked[:SINGLE])):
        works = {**base(engine, segment, some), "plain": lambda d: engine.rank(d, TOP), "ours": lambda d: taught.rank(d, TOP)}
        together(works, some[:3])
        spent = together(works, some)
        against_base(f"one demand {title} learned, top 20, with reasons", spent, "ours")
        row("— the same, unlearned", "", "", f"{spent['plain']:.1f} ms", f"{spent['ours'] / spent['plain']:.1f} ×")
    judged = {query: {s.id for s in rows} for query, rows in found.items()}
    works = {**base(engine, segment, asked), "ours": lambda d: taught.rank(d, TOP, exclude=judged[d.id])}
    against_base("one demand with 50 verdicts, the judged left out of the list", together(works, asked[:SINGLE]), "ours")


def changing(engine: Engine, documents: list[Document]) -> None:
    """Adding to a full collection, and keeping it."""
    fresh = [replace(document, id=f"new{n}") for n, document in enumerate(documents[:300])]
    row("add one result", "", "", f"{median(lambda d: engine.add([d]), fresh):.1f} ms")
    row("remove one result", "", "", f"{median(lambda d: engine.remove([d.id]), fresh):.1f} ms")
    with tempfile.TemporaryDirectory() as folder:
        saving, _ = timed(lambda: engine.save(folder))
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 1e6
        reading, _ = timed(lambda: [path.read_bytes() for path in files])
        loading, _ = timed(lambda: Engine.load(folder))
        row("write a snapshot", "", "", f"{saving:.2f} s", f"{size:.0f} MB")
        row("load a snapshot, checksums verified", "reading its bytes", f"{reading:.2f} s", f"{loading:.2f} s")


def main() -> int:
    """Print the table; BENCH_DATA names the folder that holds `real/`."""
    folder = os.environ.get("BENCH_DATA")
    if not folder:
        print("matching_speed: set BENCH_DATA to a folder with real/many_documents.jsonl", file=sys.stderr)
        return 0
    documents, demands = read(Path(folder))
    print(f"\n## Speed: {SIZE:,} documents, processor time, medians over {SINGLE} demands\n")
    print("| work | anchor | anchor's figure | engine | |\n|---|---|---|---|---|")
    engine, segment = fitting(documents, demands)
    one_demand(engine, segment, demands[:SINGLE], [bm25s_of(documents, channels) for channels in (1, len(CHANNELS))])
    many_demands(engine, segment, demands)
    learned(engine, segment, demands)
    changing(engine, documents)
    print(f"\nEntries in the postings: {len(segment.postings.weights):,}. ", end="")
    print(
        f"Peak memory of this run with all anchors: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
