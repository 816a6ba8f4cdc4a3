"""What verdicts bring on the judged set of our own task: grades in folds, learning curve, ablation, reliability, warm ranking."""

import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import lapack

sys.path.insert(0, str(Path(__file__).parents[2]))

import itertools

from matching import Engine, Verdict
from matching.evaluate import Interval, bootstrap, judged_ndcg
from matching.grades import settle
from matching.learn import promise
from matching.learning_kernel import MEASURED, Likeness, Model, alike
from matching.learning_pairs import Pairs, describe
from matching.learning_vectors import Asked, demand_key
from tests.benchmarks.learning_anchors import anchors
from tests.benchmarks.matching_quality import OURS, JudgedSet

FOLDS = 5
CURVE = (50, 200, 1000, 5000)
ROUNDS = 1000
ABLATION = {
    "nothing": {},
    "like results under the same demand": {"like_under_one_demand": 0.0},
    "like results under like demands": {"like_under_like_demands": 0.0},
    "like results under any demand": {"like_anywhere": 0.0},
    "the level of the same and of like demands": {"one_demand": 0.0, "like_demands": 0.0},
    "pairs close in their numbers": {"close": 0.0, "close_under_one_demand": 0.0},
    "all but the numbers": {
        "like_under_one_demand": 0.0, "like_under_like_demands": 0.0, "like_anywhere": 0.0, "one_demand": 0.0,
        "like_demands": 0.0,
    },
}  # fmt: skip

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Line = list[tuple[float, Interval]]


def fold_of(*texts: str) -> int:
    """Which fold a pair is in: identical texts stay together."""
    return int(hashlib.sha1("".join(texts).encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


@dataclass
class Taught:
    """Every judged pair, described once; rows stand demand by demand."""

    engine: Engine
    keys: list[str]
    pairs: list[Pairs]
    grades: Floats
    ids: list[tuple[str, str]]
    by_pair: npt.NDArray[np.int64]
    by_demand: npt.NDArray[np.int64]

    @classmethod
    def of(cls, judged: JudgedSet) -> "Taught":
        engine = Engine().fit(judged.documents, judged.queries)
        titles = {document.id: document.title for document in judged.documents}
        asked = {demand_key(query): query for query in judged.queries}
        rows: dict[str, list[tuple[str, str, float]]] = {key: [] for key in sorted(asked)}
        for query in judged.queries:
            rows[demand_key(query)] += [(query.id, i, g) for i, g in judged.judgements.get(query.id, {}).items()]
        keys = [key for key in rows if rows[key]]
        state, today = engine._state, date.today()
        pairs = [
            describe(state, Asked.of(state, asked[k]), [state.find(i) or (0, 0) for _, i, _ in rows[k]], today) for k in keys
        ]
        every = [(key, *row) for key in keys for row in rows[key]]
        return cls(
            engine, keys, pairs, np.array([grade for *_, grade in every]), [(q, i) for _, q, i, _ in every],
            np.array([fold_of(asked[k].title, asked[k].text, titles[i]) for k, _, i, _ in every]),
            np.array([fold_of(asked[k].title, asked[k].text) for k, *_ in every]),
        )  # fmt: skip

    def chosen(self, mask: Mask) -> Iterator[tuple[int, Pairs]]:
        """The pairs of each demand that the mask picks."""
        start = 0
        for number, pairs in enumerate(self.pairs):
            rows = mask[start : start + len(pairs.text)]
            start += len(pairs.text)
            if rows.any():
                yield number, pairs.only(rows)

    def learn(self, mask: Mask, likeness: Likeness = MEASURED) -> Model | None:
        """What the engine learns from some verdicts."""
        chosen = list(self.chosen(mask))
        if not chosen:
            return None
        promised = np.vstack([promise(self.engine._state, pairs) for _, pairs in chosen])
        keys = [self.keys[number] for number, _ in chosen]
        return Model.fit([pairs for _, pairs in chosen], keys, self.grades[mask], promised, likeness)

    def predict(self, mask: Mask, model: Model | None) -> Floats:
        """How likely each step of the grades is for some pairs."""
        made = []
        for number, pairs in self.chosen(mask):
            likely = promise(self.engine._state, pairs)
            made.append(model.correct(pairs, self.keys[number], likely) if model else likely)
        return np.vstack(made)

    def in_folds(self, folds: npt.NDArray[np.int64], most: int | None = None, likeness: Likeness = MEASURED) -> Floats:
        """Each fold predicted from the verdicts of the others, or from `most` of them drawn by chance."""
        made = np.zeros((len(self.grades), 3))
        for fold in range(FOLDS):
            known, chance = folds != fold, np.random.default_rng(fold)
            if most is not None and known.sum() > most:
                left = chance.permutation(np.flatnonzero(known))[:most]
                known = np.zeros(len(known), dtype=bool)
                known[left] = True
            made[folds == fold] = self.predict(folds == fold, self.learn(known, likeness))
        return made

    def quality(self, likely: Floats) -> Interval:
        """1/(1+MAE) with its interval over other demands of the same kind."""
        errors = np.abs(settle(likely) - self.grades)
        ends = np.cumsum([0] + [len(pairs.text) for pairs in self.pairs])
        sums = np.array([[errors[a:b].sum(), b - a] for a, b in itertools.pairwise(ends)])
        chance = np.random.default_rng(1)
        drawn = [sums[chance.integers(0, len(sums), len(sums))].sum(axis=0) for _ in range(ROUNDS)]
        values = [1 / (1 + wrong / count) for wrong, count in drawn]
        low, high = np.quantile(values, [0.025, 0.975]).tolist()
        return Interval(float(1 / (1 + errors.mean())), low, high, len(errors))


def _said(interval: Interval) -> str:
    return f"{interval.mean:.3f} ({interval.low:.3f}–{interval.high:.3f})"


def curve(taught: Taught) -> tuple[Line, Line, Floats, Floats]:
    """Grades by the number of verdicts; the last row has all verdicts of four folds."""
    print("## Learning curve: 1/(1+MAE) of grades, five folds (95 % over demands)\n")
    print("| verdicts | folds by pair | folds by demand |\n|---|---|---|")
    plain = taught.predict(np.ones(len(taught.grades), dtype=bool), None)
    lines: tuple[Line, Line] = ([(0, taught.quality(plain))], [(0, taught.quality(plain))])
    print(f"| 0 | {_said(lines[0][0][1])} | {_said(lines[1][0][1])} |", flush=True)
    likely = plain, plain
    for count in CURVE:
        likely = taught.in_folds(taught.by_pair, count), taught.in_folds(taught.by_demand, count)
        for line, made in zip(lines, likely, strict=True):
            line.append((count, taught.quality(made)))
        print(f"| {count} | {_said(lines[0][-1][1])} | {_said(lines[1][-1][1])} |", flush=True)
    likely = taught.in_folds(taught.by_pair), taught.in_folds(taught.by_demand)
    print(f"| all of four folds | {_said(taught.quality(likely[0]))} | {_said(taught.quality(likely[1]))} |\n", flush=True)
    return *lines, *likely


def ablation(taught: Taught) -> None:
    """One kind of likeness taken away; each verdict foretold by all others, and by those of other demands alone.

    Leaving something out of such a regression has a closed form, so this needs one fit instead of thousands.
    """
    print("## Ablation of learning: 1/(1+MAE), each verdict left out in turn\n")
    print("| without | the verdict left out (with its copies) | its whole demand left out |\n|---|---|---|")
    everything = np.ones(len(taught.grades), dtype=bool)
    model = taught.learn(everything)
    assert model is not None
    promised = taught.predict(everything, None)
    missing = (taught.grades[:, None] > np.arange(3)[None, :] + 0.5) - promised
    demands = [np.flatnonzero(model.table.owners == n) for n in range(len(taught.pairs))]
    texts = [rows for demand in demands for rows in _copies(model.table.units, demand)]
    for name, change in ABLATION.items():
        likeness = replace(MEASURED, **change)
        inner = alike(model.table, model.table, likeness)
        inner[np.diag_indices_from(inner)] += likeness.noise
        factor, _ = lapack.spotrf(inner, lower=0, overwrite_a=1)
        half, _ = lapack.spotri(factor, lower=0, overwrite_c=1)
        inverse = np.triu(half) + np.triu(half, 1).T
        pull = inverse @ missing
        cells = []
        for groups in (texts, demands):
            made = promised + missing
            for rows in groups:
                made[rows] -= np.linalg.solve(inverse[np.ix_(rows, rows)], pull[rows])
            cells.append(taught.quality(made))
        print(f"| {name} | {cells[0].mean:.3f} | {cells[1].mean:.3f} |", flush=True)
    print()


def _copies(units: sparse.csr_matrix, rows: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """Groups of rows that say the same."""
    groups: dict[bytes, list[int]] = {}
    for row in rows.tolist():
        part = slice(units.indptr[row], units.indptr[row + 1])
        groups.setdefault(units.indices[part].tobytes() + units.data[part].tobytes(), []).append(row)
    return (np.array(group) for group in groups.values())


def reliability(taught: Taught, likely: Floats, title: str) -> list[list[tuple[float, float, int]]]:
    """Foretold against found, for each step of the grades."""
    print(f"## Reliability of learned grades, {title}\n")
    print("| foretold | pairs | at least weak, found | pairs | fairly strong, found |\n|---|---|---|---|---|")
    rows: list[list[tuple[float, float, int]]] = [[], []]
    for low in np.arange(0, 1, 0.1):
        cells = [f"{low:.0%}–{low + 0.1:.0%}"]
        for step in (0, 1):
            told = np.clip(likely[:, step], 0, 1 - 1e-9)
            there = (told >= low) & (told < low + 0.1)
            found = float((taught.grades[there] > step).mean()) if there.any() else 0.0
            if there.sum() >= 20:
                rows[step].append((float(told[there].mean()), found, int(there.sum())))
            cells += [str(int(there.sum())), f"{found:.0%}" if there.sum() >= 20 else "too few"]
        print(f"| {' | '.join(cells)} |")
    said = settle(likely)
    print("\n| grade by the engine | pairs | judged 0 | 1 | 2 | 3 | mean |\n|---|---|---|---|---|---|---|")
    for grade, word in enumerate(("none", "weak", "fairly strong", "strong")):
        real = taught.grades[said == grade]
        parts = " | ".join(f"{(real == g).mean():.0%}" if len(real) else "–" for g in range(4))
        print(f"| {word} | {len(real)} | {parts} | {real.mean() if len(real) else 0:.2f} |")
    print(flush=True)
    return rows


def warm(taught: Taught, judged: JudgedSet) -> None:
    """Order within each test fold, before and after the verdicts of the same demand in the other folds."""
    print("## Ranking with verdicts of the same demand: nDCG@10 inside each test fold\n")
    print("| verdicts of the demand used | demands × folds | unlearned | learned | difference (95 %) |\n|---|---|---|---|---|")
    queries = {query.id: query for query in judged.queries}
    for most in (8, 16, None):
        before: list[float | None] = []
        after: list[float | None] = []
        for fold in range(FOLDS):
            for known, test in _demands(taught, fold, most):
                query = queries[taught.ids[test[0]][0]]
                grades = {taught.ids[n][1]: float(taught.grades[n]) for n in test}
                for verdicts, out in (((), before), (known, after)):
                    taught.engine.learn(
                        [Verdict(query.id, taught.ids[n][1], taught.grades[n]) for n in verdicts], [query], study=False
                    )
                    found = taught.engine.rank(query, len(grades), grades, explain=False)
                    out.append(judged_ndcg({scored.id: scored.score for scored in found}, grades))
        gaps = [b - a if a is not None and b is not None else None for a, b in zip(before, after, strict=True)]
        gap = bootstrap(gaps)
        print(
            f"| {most or 'all of the other folds'} | {gap.count} | {bootstrap(before, 1).mean:.3f} | {bootstrap(after, 1).mean:.3f} "
            f"| {gap.mean:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}) |",
            flush=True,
        )
    print()


def _demands(taught: Taught, fold: int, most: int | None) -> Iterator[tuple[list[int], list[int]]]:
    start, chance = 0, np.random.default_rng(fold)
    for pairs in taught.pairs:
        rows = np.arange(start, start + len(pairs.text))
        start += len(pairs.text)
        known, test = rows[taught.by_pair[rows] != fold], rows[taught.by_pair[rows] == fold]
        if len(known) >= 8 and len(test):
            yield chance.permutation(known)[:most].tolist(), test.tolist()


def main() -> int:
    """Print all tables; BENCH_DATA names the folder that holds `judged/`, BENCH_PLOTS a folder for the plots."""
    folder = os.environ.get("BENCH_DATA")
    if not folder:
        print("matching_learning: set BENCH_DATA to a folder with judged/<set>/", file=sys.stderr)
        return 0
    judged = JudgedSet(Path(folder) / "judged" / OURS)
    taught = Taught.of(judged)
    anchors(taught, {document.id: document.title for document in judged.documents})
    warm(taught, judged)
    by_pair, by_demand, likely, cold = curve(taught)
    bands = reliability(taught, likely, "folds by pair")
    reliability(taught, cold, "folds by demand")
    if plots := os.environ.get("BENCH_PLOTS"):
        from tests.benchmarks import plots as draw

        draw.learning_curve(Path(plots), {"folds by pair": by_pair, "folds by demand": by_demand})
        draw.reliability(Path(plots), {"at least weak": bands[0], "fairly strong or strong": bands[1]})
    ablation(taught)
    return 0


if __name__ == "__main__":
    sys.exit(main())
