"""Quality of the matching engine beside its peers on the judged sets in BENCH_DATA: table, ablation, calibration."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from matching import Engine
from matching.__main__ import read_documents
from matching.evaluate import bootstrap, judged_ndcg, ndcg, paired_bootstrap, reliability
from matching.text import channels
from matching.types import Document
from matching.weights import DEFAULT, Weights

SETS = (
    "demand_result", "patent_paraphrase", "patent_abstract_to_title", "patent_keyterms", "paper_keywords", "passages",
    "statutes", "english_aerodynamics",
)  # fmt: skip
OURS = "demand_result"  # the set of our own task: judged pairs only, because the others were never looked at
TOP = 100
ABLATION = {
    "without words": {"words": 0.0},
    "without bigrams": {"bigrams": 0.0},
    "without characters": {"characters": 0.0},
    "words alone": {"bigrams": 0.0, "characters": 0.0},
    "characters alone": {"words": 0.0, "bigrams": 0.0},
    "title of a document like its text": {"title_count": 1.0},
    "title of a query like its text": {"query_title": 0.5},
    "no rareness among demands": {"demand_idf": 0.0},
    "counts in queries not damped": {"query_damping": 1.0},
    "no length normalisation by norm": {"norm_power": 0.0},
    "cosine": {"norm_power": 1.0},
    "no pull of length": {"length_pull": 0.0},
    "no rareness in documents": {"document_idf": 0.0},
}  # fmt: skip

Judgements = dict[str, dict[str, float]]
Run = dict[str, dict[str, float]]


class JudgedSet:
    """Documents, queries and judgements of one set."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.documents = read_documents(str(folder / "documents.jsonl"))
        self.queries = read_documents(str(folder / "queries.jsonl"))
        self.judgements: Judgements = {}
        with (folder / "judgements.tsv").open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            next(rows)
            for query, document, grade in rows:
                self.judgements.setdefault(query, {})[document] = float(grade)

    def measure(self, run: Run) -> list[float | None]:
        """nDCG@10 of every judged query, in a fixed order."""
        made = []
        for query, grades in self.judgements.items():
            scores = run.get(query, {})
            ranked = sorted(scores, key=lambda i: (-scores[i], i))
            made.append(judged_ndcg(scores, grades) if self.name == OURS else ndcg(ranked, grades))
        return made


def ours(judged: JudgedSet, weights: Weights = DEFAULT) -> Run:
    """The engine, as `python -m matching rank` runs it."""
    engine = Engine(weights).fit(judged.documents, judged.queries)
    if judged.name == OURS:
        found = {q.id: engine.rank(q, TOP, judged.judgements[q.id], explain=False) for q in judged.queries}
    else:
        found = engine.rank_many(judged.queries, TOP, explain=False)
    return {query: {scored.id: scored.score for scored in rows} for query, rows in found.items()}


def _views(document: Document) -> dict[str, list[str]]:
    cut = channels(f"{document.title}\n{document.text}")
    return {"words": cut.words, "bigrams": cut.bigrams, "both": cut.words + [f"2{pair}" for pair in cut.bigrams]}


def _best(judged: JudgedSet, scores: Iterator[np.ndarray]) -> Run:
    ids = np.array([document.id for document in judged.documents])
    run: Run = {}
    for query, row in zip(judged.queries, scores, strict=True):
        # Our task reads judged pairs, which may stand anywhere; the others read the first hundred.
        places = np.arange(len(row)) if judged.name == OURS else np.argsort(-row, kind="stable")[:TOP]
        run[query.id] = {ids[p]: float(row[p]) for p in places if row[p] > 0}
    return run


def _tfidf(documents: list[list[str]], queries: list[list[str]]) -> Iterator[np.ndarray]:
    model = TfidfVectorizer(analyzer=lambda terms: terms)
    matrix = model.fit_transform(documents)
    for query in queries:
        yield (model.transform([query]) @ matrix.T).toarray().ravel()


def _bm25(documents: list[list[str]], queries: list[list[str]]) -> Iterator[np.ndarray]:
    model = bm25s.BM25(k1=1.2, b=0.75)
    model.index([terms or [""] for terms in documents], show_progress=False)
    known = model.vocab_dict
    for query in queries:
        terms = [term for term in query if term in known]
        yield model.get_scores(terms) if terms else np.zeros(len(documents))


def peers(judged: JudgedSet) -> dict[str, Run]:
    """BM25 and TF-IDF over words, bigrams and both, title and text as one."""
    documents, queries = map(_views, judged.documents), map(_views, judged.queries)
    kept, asked = list(documents), list(queries)
    made = {}
    methods: dict[str, Callable[[list[list[str]], list[list[str]]], Iterator[np.ndarray]]] = {
        "TF-IDF": _tfidf,
        "BM25": _bm25,
    }
    for name, method in methods.items():
        for view in ("words", "bigrams", "both"):
            scores = method([row[view] for row in kept], [row[view] for row in asked])
            made[f"{name} {view}"] = _best(judged, scores)
    return made


def quality(sets: list[JudgedSet]) -> None:
    """The table: every peer, the engine, and the difference to the best peer with its interval."""
    print("## Quality: nDCG@10 (our task over judged pairs, the others over all documents)\n")
    names = [f"{a} {b}" for a in ("TF-IDF", "BM25") for b in ("words", "bigrams", "both")]
    print(f"| set | queries | {' | '.join(names)} | engine (95 %) | against the best peer (95 %) |")
    print("|" + "---|" * (len(names) + 4))
    for judged in sets:
        measured = {name: judged.measure(run) for name, run in peers(judged).items()}
        means = {name: bootstrap(values, 1).mean for name, values in measured.items()}
        mine = judged.measure(ours(judged))
        whole, best = bootstrap(mine), max(means, key=lambda name: means[name])
        gap = paired_bootstrap(mine, measured[best])
        word = "above" if gap.is_above else "below" if gap.is_below else "level"
        print(
            f"| `{judged.name}` | {whole.count} | {' | '.join(f'{means[name]:.3f}' for name in names)} "
            f"| **{whole.mean:.3f}** ({whole.low:.3f}–{whole.high:.3f}) "
            f"| {gap.mean:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}) {word} |",
            flush=True,
        )


def ablation(sets: list[JudgedSet]) -> None:
    """What each ingredient brings: the same engine without it."""
    print("\n## Ablation: change of nDCG@10 when one thing is taken away\n")
    print(f"| without | {' | '.join(f'`{judged.name}`' for judged in sets)} |")
    print("|" + "---|" * (len(sets) + 1))
    whole = {judged.name: judged.measure(ours(judged)) for judged in sets}
    for name, change in ABLATION.items():
        cells = []
        for judged in sets:
            gap = paired_bootstrap(judged.measure(ours(judged, replace(DEFAULT, **change))), whole[judged.name])
            cells.append(f"{gap.mean:+.3f}{'*' if gap.is_above or gap.is_below else ''}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print("\n\\* the 95 % interval of the paired difference does not contain 0")


def calibration(judged: JudgedSet) -> None:
    """What people found in bands of the score, and how often the grade in words was theirs."""
    run, scores, grades = ours(judged), [], []
    for query, given in judged.judgements.items():
        for document, grade in given.items():
            scores.append(run[query].get(document, 0.0))
            grades.append(grade)
    print("\n## Calibration on our task: score against judged grades\n")
    print("| score | pairs | mean grade | fairly strong or strong |\n|---|---|---|---|")
    for band in reliability(scores, grades):
        print(f"| {band.low:.3f}–{band.high:.3f} | {band.count} | {band.mean_grade:.2f} | {band.relevant:.0%} |")
    borders = np.array(DEFAULT.grades)
    said = np.searchsorted(borders, scores, side="right")
    print("\n| grade by the engine | pairs | judged 0 | 1 | 2 | 3 | mean |\n|---|---|---|---|---|---|---|")
    for grade, word in enumerate(("none", "weak", "fairly strong", "strong")):
        real = np.array(grades)[said == grade]
        parts = " | ".join(f"{(real == g).mean():.0%}" if len(real) else "–" for g in range(4))
        print(f"| {word} | {len(real)} | {parts} | {real.mean() if len(real) else 0:.2f} |")


def main() -> int:
    """Print all tables; BENCH_DATA names the folder that holds `judged/`."""
    folder = os.environ.get("BENCH_DATA")
    if not folder:
        print("matching_quality: set BENCH_DATA to a folder with judged/<set>/", file=sys.stderr)
        return 0
    wanted = json.loads(os.environ.get("BENCH_SETS", "null")) or SETS
    sets = [JudgedSet(Path(folder) / "judged" / name) for name in wanted]
    quality(sets)
    ablation(sets)
    calibration(next(judged for judged in sets if judged.name == OURS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
