"""Learn from verdicts: grades of pairs, and a lift or a fall of what is like the judged results of one demand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.grades import FAIR, chances, settle
from matching.learning_kernel import Model
from matching.learning_pairs import Pairs, describe
from matching.learning_vectors import Asked, Floats, Positions, Seen, demand_key, products
from matching.types import Document, Verdict

if TYPE_CHECKING:
    from matching.ranking import State

MOST = 6000  # verdicts the model looks at, the latest: its cost grows with their square
ENOUGH = 8  # verdicts of one demand from which they move its ranking
STRENGTH = 0.1  # how far they move a score at most
_FADE = 2  # how quickly the say of a less similar result fades
_CALM = 0.03  # how much likeness "nothing known" counts as
_NEUTRAL, _NEUTRAL_COUNT = 1.0, 2.0  # a demand's verdicts are read against their mean, which starts here

Said = list[tuple[str, float]]


@dataclass(frozen=True)
class Warm:
    """What was said about one demand: the judged documents and how each compares with the mean of them."""

    judged: Positions
    lean: Floats

    @property
    def count(self) -> int:
        """How many of these verdicts there are."""
        return len(self.judged)

    def values(self, seen: Seen, positions: Positions) -> Floats:
        """For each document between -1 (like what was refused) and 1 (like what was welcome)."""
        rows = seen.rows([*self.judged, *positions])[0]  # in one go: each look at the postings has its price
        near = products(rows[: self.count], rows[self.count :]).T ** _FADE
        made: Floats = np.clip(near @ self.lean / (near.sum(axis=1) + _CALM) / 2, -1, 1)
        return np.round(made, 6)


@dataclass(frozen=True)
class Lessons:
    """What verdicts taught; empty lessons change nothing."""

    by_demand: dict[str, Said] = field(default_factory=dict)
    model: Model | None = None

    @property
    def count(self) -> int:
        """How many verdicts are remembered."""
        return sum(map(len, self.by_demand.values()))

    @classmethod
    def note(cls, verdicts: Iterable[Verdict], queries: Iterable[Document]) -> tuple[Lessons, dict[str, Document]]:
        """Sort verdicts by demand; those of unknown demands, or whose grade is no number, teach nothing."""
        known = {query.id: query for query in queries}
        keys = {identifier: demand_key(query) for identifier, query in known.items()}
        rows: dict[str, Said] = {}
        for verdict in verdicts:
            if verdict.query_id in known and np.isfinite(verdict.grade):
                rows.setdefault(keys[verdict.query_id], []).append((verdict.document_id, float(verdict.grade)))
        asked = {key: known[identifier] for identifier, key in keys.items() if key in rows}
        return cls(rows), asked

    def study(self, state: State, asked: dict[str, Document], today: date) -> Lessons:
        """Fit the model; documents that are no longer in the collection teach nothing."""
        pairs, keys, grades = self.gather(state, asked, today)
        if not pairs:
            return replace(self, model=None)
        promised = np.vstack([promise(state, row) for row in pairs])
        return replace(self, model=Model.fit(pairs, keys, np.concatenate(grades), promised))

    def gather(
        self, state: State, asked: dict[str, Document], today: date
    ) -> tuple[list[Pairs], list[str], list[Floats]]:
        """The judged pairs of each demand, its key, and their grades."""
        pairs, keys, grades = [], [], []
        for key, rows in _latest(self.by_demand).items():
            there = [(position, grade) for identifier, grade in rows if (position := state.find(identifier))]
            if there and key in asked:
                pairs.append(describe(state, Asked.of(state, asked[key]), [position for position, _ in there], today))
                keys.append(key)
                grades.append(np.array([grade for _, grade in there]))
        return pairs, keys, grades

    def expect(self, state: State, key: str, pairs: Pairs) -> list[int]:
        """Whole grades of some documents of the collection for one demand."""
        likely = promise(state, pairs)
        if self.model is not None:
            likely = self.model.correct(pairs, key, likely)
        made = settle(likely)
        made[pairs.forbids] = np.minimum(made[pairs.forbids], FAIR)
        return [int(grade) for grade in made]

    def warm(self, seen: Seen, key: str) -> Warm | None:
        """What moves the ranking of this demand; None while too little was said about it."""
        said = [(p, grade) for i, grade in self.by_demand.get(key, ()) if (p := seen.state.find(i))]
        if len(said) < ENOUGH:
            return None
        grades = np.array([grade for _, grade in said])
        mean = (grades.sum() + _NEUTRAL * _NEUTRAL_COUNT) / (len(grades) + _NEUTRAL_COUNT)
        return Warm([p for p, _ in said], grades - mean)

    def to_json(self) -> dict[str, Any]:
        """What a snapshot keeps as JSON; the model goes as arrays."""
        return {"by_demand": self.by_demand}

    @classmethod
    def from_json(cls, row: dict[str, Any], model: Model | None) -> Lessons:
        """The reverse of to_json."""
        rows = {key: [(str(i), float(grade)) for i, grade in said] for key, said in row["by_demand"].items()}
        return cls(rows, model)


def promise(state: State, pairs: Pairs) -> Floats:
    """How likely each step of the grades is by the score alone."""
    return chances(pairs.score, state.weights.grades)


def _latest(by_demand: dict[str, Said]) -> dict[str, Said]:
    """At most MOST verdicts: the latest of each demand, an equal share for all where there are too many."""
    left, share = MOST, dict.fromkeys(by_demand, 0)
    for place, key in enumerate(sorted(by_demand, key=lambda key: (len(by_demand[key]), key))):
        share[key] = min(len(by_demand[key]), left // (len(by_demand) - place))
        left -= share[key]
    return {key: rows[len(rows) - share[key] :] for key, rows in by_demand.items() if share[key]}
