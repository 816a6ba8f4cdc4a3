"""Learn from verdicts: predict the grade of a pair, and lift or lower a demand's ranking by what was said before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.folding import fold
from matching.types import Document, Verdict

# How many neighbours' worth of trust the unlearned score has.
PRIOR = 1.0
FEWEST = 30  # verdicts before the general level of grades is learned at all
_BANDS = 10

Floats = npt.NDArray[np.float64]


class View(Protocol):
    """What learning may ask the engine."""

    def text_scores(self, query: Document, ids: Sequence[str]) -> Floats:
        """Unlearned scores of some documents."""

    def unit_vectors(self, ids: Sequence[str]) -> sparse.csr_matrix:
        """Documents x terms, each row of length 1 (or 0 for an unknown id)."""

    def plain_grades(self, scores: Floats) -> Floats:
        """Grades by the thresholds alone."""


def demand_key(query: Document) -> str:
    """Identical demands share their verdicts, whatever their ids are."""
    return fold(f"{query.title}\n{query.text}\n{query.hidden}").strip()


@dataclass
class Lessons:
    """What verdicts taught; empty lessons change nothing."""

    by_demand: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    borders: Floats = field(default_factory=lambda: np.zeros(0))
    levels: Floats = field(default_factory=lambda: np.zeros(0))
    count: int = 0

    @classmethod
    def fit(cls, view: View, verdicts: Iterable[Verdict], queries: Iterable[Document]) -> "Lessons":
        """Verdicts of unknown demands or with grades that are no number teach nothing."""
        known = {query.id: query for query in queries}
        rows: dict[str, list[Verdict]] = {}
        for verdict in verdicts:
            if verdict.query_id in known and np.isfinite(verdict.grade):
                rows.setdefault(verdict.query_id, []).append(verdict)
        made = cls()
        scores: list[Floats] = []
        grades: list[float] = []
        for query_id, given in rows.items():
            ids = [v.document_id for v in given]
            made.by_demand.setdefault(demand_key(known[query_id]), []).extend((v.document_id, v.grade) for v in given)
            scores.append(view.text_scores(known[query_id], ids))
            grades.extend(v.grade for v in given)
        made.count = len(grades)
        if made.count >= FEWEST:
            made._level(np.concatenate(scores), np.array(grades))
        return made

    def _level(self, scores: Floats, grades: Floats) -> None:
        """The median grade in bands of the score, never falling: a better score means no worse a grade."""
        self.borders = np.quantile(scores, np.linspace(0, 1, _BANDS + 1)[1:-1])
        bands = np.searchsorted(self.borders, scores, side="right")
        means = [grades[bands == band].mean() if (bands == band).any() else 0.0 for band in range(_BANDS)]
        self.levels = np.maximum.accumulate(np.array(means))

    def expect(self, view: View, query: Document, ids: Sequence[str]) -> Floats:
        """Expected grades of some documents for one demand."""
        scores = view.text_scores(query, ids)
        if len(self.levels):
            base = self.levels[np.searchsorted(self.borders, scores, side="right")]
        else:
            base = view.plain_grades(scores)
        given = self.by_demand.get(demand_key(query), [])
        if not given:
            return base
        near = (view.unit_vectors(ids) @ view.unit_vectors([i for i, _ in given]).T).toarray() ** 2
        said = np.array([grade for _, grade in given])
        expected: Floats = (PRIOR * base + near @ said) / (PRIOR + near.sum(axis=1))
        return expected

    def to_json(self) -> dict[str, object]:
        """Plain JSON values for a snapshot."""
        return {
            "by_demand": self.by_demand,
            "borders": self.borders.tolist(),
            "levels": self.levels.tolist(),
            "count": self.count,
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Lessons":
        """The reverse of to_json."""
        return cls(
            {key: [(str(i), float(grade)) for i, grade in given] for key, given in row["by_demand"].items()},
            np.array(row["borders"], dtype=float),
            np.array(row["levels"], dtype=float),
            int(row["count"]),
        )
