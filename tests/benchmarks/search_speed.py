"""Speed of the search at 28,000 and 112,000 documents, in files and in PostgreSQL, beside SQLite FTS5 and bm25s, in one run."""

import json
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bm25s
import numpy as np
import psycopg
from search_quality import postgresql  # beside this file, whose folder Python puts first

from matching.text import tokenize
from search import Index, Query, SearchDocument
from search.snippets import snippet

COPIES = [int(n) for n in os.environ.get("BENCH_COPIES", "1,4").split(",")]
QUESTIONS = 150
FACETS = ("kind", "circle", "institution", "industry", "field", "stage", "mode", "use_first", "region", "year")
ACCESS = ("public", "verified", "org:3")
Record = dict[str, object]
Ask = Callable[[str], object]


def documents(records: list[Record], copies: int) -> Iterator[SearchDocument]:
    """The records with made-up filter values, spread as evenly as a small district's; one in ten is not public."""
    chance = random.Random(7)
    for copy in range(copies):
        for record in records:
            org = str(record["org"])
            yield SearchDocument(
                f"{record['id']}.{copy}", str(record["kind"]), str(record["title"]), str(record["text"]),
                tuple(record["keywords"]), names=(org,) if org else (),  # type: ignore[arg-type]
                access=("public",) if chance.random() < 0.9 else (f"org:{chance.randrange(60)}", "broker"),
                filters={"circle": f"c{chance.randrange(10)}", "institution": f"i{chance.randrange(60)}",
                         "industry": tuple(f"n{n}" for n in chance.sample(range(17), 2)), "field": f"f{chance.randrange(80)}",
                         "stage": chance.choice("abcd"), "mode": tuple(chance.sample("wxyz", 2)),
                         "use_first": chance.choice("yn"), "region": chance.choice("nesw"), "year": str(chance.randrange(2015, 2026))},
                numbers={"trl": chance.randrange(1, 10), "price": chance.random() * 1000}, version="1",
                date=f"20{chance.randrange(15, 26)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}",
            )  # fmt: skip


def questions(records: list[Record], words: int) -> list[str]:
    """Words that stand together in one document."""
    chance, found = random.Random(words), []
    while len(found) < QUESTIONS:
        record = chance.choice(records)
        cut = [word for word in tokenize(f"{record['title']} {record['text']}") if len(word) > 1]
        if len(cut) >= words:
            found.append(" ".join(chance.sample(cut, words)))
    return found


def measure(engine: str, deed: str, asked: list[str], ask: Ask) -> None:
    """One row of the table."""
    for text in asked[:5]:
        ask(text)
    taken = []
    for text in asked:
        begun = time.perf_counter()
        ask(text)
        taken.append((time.perf_counter() - begun) * 1000)
    median, late = np.percentile(taken, [50, 95])
    print(f"| {engine} | {deed} | {1000 / np.mean(taken):.0f} | {median:.1f} | {late:.1f} |", flush=True)


def searching(name: str, index: Index, records: list[Record]) -> None:
    """The rows of our own engine."""
    texts = {str(record["id"]): (str(record["title"]), str(record["text"])) for record in records}

    def page(text: str) -> object:
        found = index.query(Query(text, ACCESS, facets=FACETS))
        return [snippet(texts[hit.id.rpartition(".")[0]][1], hit.text_spans) for hit in found.hits]

    for words in (1, 2, 3, 4):
        measure(name, f"{words} words, 20 hits with marks", questions(records, words), lambda text: index.query(Query(text, ACCESS)))
    filtered = {"circle": ("c1", "c2"), "stage": ("a",)}
    measure(name, "2 words, 2 filters, 10 facets", questions(records, 2),
            lambda text: index.query(Query(text, ACCESS, filters=filtered, facets=FACETS)))  # fmt: skip
    for words in (1, 2, 4):
        measure(name, f"full page, {words} words: 10 facets, marks, snippets", questions(records, words), page)
    measure(name, "browse: no words, 10 facets", [""] * 40, page)
    passages = [str(record["text"])[:1000] for record in random.Random(5).sample(records, 60) if record["text"]]
    measure(name, "a pasted passage, 10 facets", passages, page)
    starts = [(list(record["keywords"]) or [str(record["title"]) or "材料"])[0][: 1 + i % 4] for i, record in enumerate(records[:: len(records) // QUESTIONS])]  # type: ignore[call-overload]
    measure(name, "suggestions as typed, 1 to 4 characters", starts, index.complete)
    measure(name, "related searches", questions(records, 1)[:50], index.related)


def build(name: str, location: str, records: list[Record], copies: int) -> Index:
    """Index everything, then edit one row until it is seen."""
    index = Index.open(location)
    begun, worked = time.perf_counter(), time.process_time()
    count = index.rebuild(documents(records, copies))
    taken, busy = time.perf_counter() - begun, time.process_time() - worked
    told = index.describe()
    size = copies * sum(len((str(r["title"]) + str(r["text"]) + "".join(r["keywords"])).encode()) for r in records)  # type: ignore[arg-type]
    index.query(Query("新", ACCESS))
    begun = time.perf_counter()
    index.apply([SearchDocument("edited", "result", "唯一的新标题", access=("public",))])
    assert index.query(Query('"唯一的新标题"', ACCESS)).total == 1
    seen = time.perf_counter() - begun
    print(f"| {name} | {count} | {count / taken:.0f} ({count / busy:.0f} a CPU second) | {told['bytes'] / size:.1f} | {seen:.2f} |", flush=True)
    return index


def full_text_in_sqlite(records: list[Record], copies: int) -> Ask:
    """FTS5 with trigrams: words of two characters cannot be asked of it, so they are left out."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(title, text, tokenize = trigram)")
    rows = ((str(record["title"]), str(record["text"])) for _ in range(copies) for record in records)
    base.executemany("INSERT INTO t VALUES (?, ?)", rows)

    def ask(text: str) -> object:
        words = " ".join(f'"{word}"' for word in text.split() if len(word) > 2)
        statement = "SELECT rowid, highlight(t, 0, '<', '>'), snippet(t, 1, '<', '>', '…', 40) FROM t WHERE t MATCH ? ORDER BY rank LIMIT 20"
        return base.execute(statement, (words,)).fetchall() if words else []

    return ask


def text_search_of_postgresql(address: str, records: list[Record], copies: int) -> Ask:
    """PostgreSQL's own text search over our words: tsvector, GIN and ts_rank, with the total; all of the words."""
    base = psycopg.connect(address, autocommit=True)
    base.execute("DROP TABLE IF EXISTS peer; CREATE TABLE peer (id serial PRIMARY KEY, words tsvector NOT NULL)")
    for record in records:
        words = " ".join(f"'{word}':{place}" for place, word in enumerate(tokenize(f"{record['title']} {record['text']}")[:16_000], 1)
                         if "'" not in word and "\\" not in word)  # fmt: skip
        base.execute("INSERT INTO peer (words) SELECT %s::tsvector FROM generate_series(1, %s)", (words, copies))
    base.execute("CREATE INDEX ON peer USING gin (words); ANALYZE peer")
    statement = "SELECT id, ts_rank(words, q), count(*) OVER () FROM peer, to_tsquery('simple', %s) q WHERE words @@ q ORDER BY 2 DESC LIMIT 20"
    return lambda text: base.execute(statement, (" & ".join(f"'{word}'" for word in text.split()),)).fetchall()


def bm25(records: list[Record], copies: int) -> Ask:
    """bm25s over our words: hits alone, any of the words."""
    engine = bm25s.BM25()
    cut = [tokenize(f"{record['title']} {record['text']}") or [""] for record in records]
    engine.index(cut * copies, show_progress=False)
    return lambda text: engine.retrieve([[w for w in tokenize(text) if w in engine.vocab_dict] or [""]], k=20, show_progress=False)


def main() -> None:
    """Two tables for each size: indexing, then questions."""
    base = os.environ.get("BENCH_DATA")
    if not base:
        print("search_speed: set BENCH_DATA to a folder with real/many_documents.jsonl", file=sys.stderr)
        return
    with (Path(base) / "real" / "many_documents.jsonl").open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for copies in COPIES:
        one_size(records, copies)
    print(f"\nlargest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def one_size(records: list[Record], copies: int) -> None:
    """Both tables of one size."""
    print(f"\n## {len(records) * copies} documents\n\n| engine | documents | documents a second | index ÷ text | an edit is seen after (s) |")
    print("|---|--:|--:|--:|--:|")
    places = {"search, files": tempfile.mkdtemp(prefix="search-bench-"), "search, PostgreSQL": postgresql()}
    indexes = {name: build(name, place, records, copies) for name, place in places.items() if place}
    print("\n| engine | question | a second | median ms | 95th ms |\n|---|---|--:|--:|--:|")
    for name, index in indexes.items():
        searching(name, index, records)
        index.close()
    peers = {"SQLite FTS5 trigram": full_text_in_sqlite(records, copies), "bm25s, hits alone": bm25(records, copies)}
    if address := places["search, PostgreSQL"]:
        peers["PostgreSQL ts_rank, hits and total"] = text_search_of_postgresql(address, records, copies)
    for name, ask in peers.items():
        for words in (1, 2, 4):
            measure(name, f"{words} words, 20 hits", questions(records, words), ask)


if __name__ == "__main__":
    main()
