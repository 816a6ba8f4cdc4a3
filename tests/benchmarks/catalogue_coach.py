"""The demand coach on real demands in BENCH_DATA: spread of clarity, ten demands before and after, and what whole text does for matching."""

import csv
import os
import re
import statistics
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

from matching import Engine
from matching.__main__ import read_documents
from matching.evaluate import bootstrap, judged_ndcg, paired_bootstrap
from matching.text import tokenize
from webapp.catalog.clarity import CONDITION, IN_TEXT, PRESENT, Clarity, Wording, clarity, spread
from webapp.catalog.disclosure import leaks

TEN = 37  # every thirty-seventh of the 371
FIGURE = re.compile(rf"([\u4e00-\u9fffA-Za-z（）()/]{{2,14}}?)\s*(?:[:：为达到≥≤<>=约不小大低高于超过少多至]*)\s*({IN_TEXT.pattern})")


def demands(folder: Path) -> list[tuple[str, str]]:
    """Title and text of each real demand."""
    with (folder / "real" / "demands.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["需求名称"], row["需求描述"]) for row in csv.DictReader(file)]


def raw(title: str, text: str) -> Wording:
    """A demand as it came: a title and one text."""
    return Wording(title=title, text=text)


def sorted_out(title: str, text: str) -> Wording:
    """The same words put where the form asks for them; nothing is added."""
    sentences = [one for one in re.split(r"(?<=[。；！？\n])", text) if one.strip()]
    present = [one for one in sentences if any(word in one for word in PRESENT)]
    conditions = [one for one in sentences if one not in present and any(word in one for word in CONDITION)]
    rest = [one for one in sentences if one not in present and one not in conditions]
    rows = {place[1]: (place[1], re.sub(r"[\d.,~～至到\s—–-]", "", place[2]), False) for place in FIGURE.finditer(text)}
    targets = tuple(replace_must(list(rows.values())[:8]))
    words = [word for word, _ in Counter(term for term in tokenize(title) if len(term) > 1).most_common(3)]
    return Wording(
        title=title, background="".join(rest) or text, present="".join(present), conditions="".join(conditions), targets=targets, keywords=tuple(words)
    )  # fmt: skip


def replace_must(rows: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    """The first figure is the one that must be reached."""
    return [(name, unit, place == 0) for place, (name, unit, _) in enumerate(rows)]


def answered(said: Wording) -> Wording:
    """The two questions only the company can answer: budget and time."""
    return replace(said, budget=said.budget or "RANGE", deadline=said.deadline or date(2027, 12, 31), months=said.months or 12)


def report_spread(rows: list[tuple[str, str]]) -> None:
    for name, make in (("as they came", raw), ("sorted into the form", sorted_out), ("and budget and time answered", lambda t, x: answered(sorted_out(t, x)))):
        found = [clarity(make(title, text)) for title, text in rows]
        scores = [one.score for one in found]
        deciles = statistics.quantiles(scores, n=10)
        print(f"\n{name}: {len(scores)} demands, median {statistics.median(scores):.0f}, 10th {deciles[0]:.0f}, 90th {deciles[-1]:.0f}, least {min(scores)}, most {max(scores)}")
        print("  " + "  ".join(f"{tenth}: {count}" for tenth, count in spread(scores).items() if count))
        print(f"  at least 60: {sum(score >= 60 for score in scores) / len(scores):.0%}, at least 80: {sum(score >= 80 for score in scores) / len(scores):.0%}")
        for place, part in enumerate(found[0].parts):
            points = [one.parts[place].points for one in found]
            print(f"  {part.code:<11} mean {statistics.mean(points):4.1f} of {part.most}, nothing said in {sum(not p for p in points) / len(points):.0%}")
    kinds = Counter(kind for title, text in rows for kind in {leak.kind for leak in leaks(f"{title}\n{text}")})
    print(f"\ndemands that give somebody away: {sum(bool(leaks(f'{t}{x}')) for t, x in rows)} of {len(rows)} ({dict(kinds)})")


def report_ten(rows: list[tuple[str, str]]) -> None:
    print("\nten demands: row, signs of text, before, sorted into the form, answered; parts without a point before")
    for number in range(0, TEN * 10, TEN):
        title, text = rows[number]
        before, after, whole = (clarity(make) for make in (raw(title, text), sorted_out(title, text), answered(sorted_out(title, text))))
        print(f"  {number + 1:>3} {len(text):>5} {before.score:>3} {after.score:>3} {whole.score:>3}  {', '.join(nothing(before))}")


def nothing(found: Clarity) -> list[str]:
    """The parts a demand says nothing about."""
    return [part.code for part in found.parts if not part.points]


def report_matching(folder: Path) -> None:
    """The judged pairs of demands and results with less and with more of each demand's text."""
    documents = read_documents(str(folder / "documents.jsonl"))
    queries = read_documents(str(folder / "queries.jsonl"))
    judged: dict[str, dict[str, float]] = {}
    with (folder / "judgements.tsv").open(encoding="utf-8", newline="") as file:
        for query, document, grade in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]:
            judged.setdefault(query, {})[document] = float(grade)
    cuts = {
        "title only": lambda q: replace(q, text=""), "title, a quarter of the text": lambda q: replace(q, text=q.text[: len(q.text) // 4]),
        "title, half of the text": lambda q: replace(q, text=q.text[: len(q.text) // 2]), "title, whole text": lambda q: q,
        "whole text, no title": lambda q: replace(q, title=""),
    }  # fmt: skip
    measured = {}
    engine = Engine().fit(documents, queries)
    for name, cut in cuts.items():
        runs = {q.id: {s.id: s.score for s in engine.rank(cut(q), 100, judged[q.id], explain=False)} for q in queries if q.id in judged}
        measured[name] = [judged_ndcg(runs.get(query, {}), grades) for query, grades in judged.items()]
        kept = [value for value in measured[name] if value is not None]
        print(f"  {name:<28} nDCG@10 {statistics.mean(kept):.3f}  95% {bootstrap(measured[name])}")
    whole = measured["title, whole text"]
    for name, values in measured.items():
        if values is not whole:
            print(f"  whole text against {name}: {paired_bootstrap(whole, values)}")
    scores = {q.id: clarity(raw(q.title, q.text)).score for q in queries}
    thirds = sorted(judged, key=lambda query: scores[query])
    size = len(thirds) // 3
    place = {query: at for at, query in enumerate(judged)}
    for label, part in (("least clear third", thirds[:size]), ("middle third", thirds[size : 2 * size]), ("clearest third", thirds[2 * size :])):
        values = [value for query in part if (value := whole[place[query]]) is not None]
        print(f"  {label}: clarity {scores[part[0]]}-{scores[part[-1]]}, nDCG@10 {statistics.mean(values):.3f}")


def main() -> None:
    """Print every table."""
    if not (data := os.environ.get("BENCH_DATA")):
        sys.exit("BENCH_DATA names the folder with real/demands.csv and judged/demand_result")
    rows = demands(Path(data))
    report_spread(rows)
    report_ten(rows)
    print("\njudged demand_result, the demand's words cut:")
    report_matching(Path(data) / "judged" / "demand_result")


if __name__ == "__main__":
    main()
