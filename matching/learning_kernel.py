"""What verdicts on some pairs say about other pairs: likeness of pairs, and a regression on it (a Gaussian process)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from matching.learning_pairs import COLUMNS, OF_DEMAND, STRESS, Pairs
from matching.learning_vectors import DEMAND_TERMS, Floats, demand_row, demand_rows, widen
from matching.postings import row_bounds

STEPS = 3  # "at least weak", "at least fairly strong", "strong"
_ROWS = 512
_PIECE = 384
_LEAST_SPREAD = np.full(len(COLUMNS), 1e-3)
_LEAST_SPREAD[-OF_DEMAND:] = 0.05  # few demands differ little by chance; that must not make all others strangers
_STRESS = np.array([STRESS.get(name, 1.0) for name in COLUMNS])

Rows32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Likeness:
    """How much two pairs tell about each other, by what they have in common. Measured; see docs/matching.md."""

    like_under_one_demand: float = 0.3  # like documents, same demand
    like_under_like_demands: float = 0.3
    like_anywhere: float = 0.1
    one_demand: float = 0.1
    like_demands: float = 0.1
    close: float = 1.0  # in what describe() says of both: scores, overlap, place among all
    close_under_one_demand: float = 0.3
    noise: float = 0.6  # how much people differ about one pair
    width: float = 1.3  # how far apart numbers still count as close, in standard deviations


MEASURED = Likeness()


@dataclass(frozen=True)
class Scale:
    """How the numbers of pairs are brought to one measure."""

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, columns: Floats) -> Scale:
        roots = np.sqrt(np.maximum(columns, 0.0))
        return cls(roots.mean(axis=0), np.maximum(roots.std(axis=0), _LEAST_SPREAD) / _STRESS)

    def apply(self, columns: Floats) -> Rows32:
        made: Rows32 = ((np.sqrt(np.maximum(columns, 0.0)) - self.mean) / self.spread).astype(np.float32)
        return made


@dataclass(frozen=True)
class Table:
    """Pairs as the kernel compares them."""

    units: sparse.csr_matrix
    columns: Rows32
    demands: sparse.csr_matrix  # one row a demand
    owners: npt.NDArray[np.int64]  # the demand of each pair
    keys: npt.NDArray[Any]  # what tells demands apart

    @classmethod
    def of(cls, pairs: Sequence[Pairs], keys: Sequence[str], scale: Scale) -> Table:
        width = max(p.units.shape[1] for p in pairs)
        units = sparse.vstack([widen(p.units, width) for p in pairs], format="csr").astype(np.float32)
        columns = scale.apply(np.vstack([p.columns for p in pairs]))
        owners = np.repeat(np.arange(len(pairs)), [len(p.text) for p in pairs])
        demands = demand_rows([p.asked for p in pairs]).astype(np.float32)
        return cls(units, columns, demands, owners, np.array(keys, dtype="U40"))

    def slice(self, rows: slice) -> Table:
        return Table(self.units[rows], self.columns[rows], self.demands, self.owners[rows], self.keys)


def alike(one: Table, other: Table, likeness: Likeness = MEASURED) -> Rows32:
    """How much each pair of `one` tells about each pair of `other`."""
    width = max(one.units.shape[1], other.units.shape[1])
    turned = widen(other.units, width).T.tocsc()
    near = (one.demands @ other.demands.T).toarray()
    made = np.empty((len(one.owners), len(other.owners)), dtype=np.float32)
    for first in range(0, len(one.owners), _ROWS):
        rows = slice(first, first + _ROWS)
        made[rows] = _block(one.slice(rows), other, (turned, near), likeness)
    return made


def _block(one: Table, other: Table, shared: tuple[sparse.csc_matrix, Rows32], likeness: Likeness) -> Rows32:
    turned, near = shared
    like = (widen(one.units, turned.shape[0]) @ turned).toarray()
    demands = near[one.owners][:, other.owners]
    same = (one.keys[one.owners][:, None] == other.keys[other.owners][None, :]).astype(np.float32)
    close = _close(one.columns, other.columns, likeness.width)
    made: Rows32 = like * likeness.like_anywhere
    made += like * (likeness.like_under_like_demands * demands + likeness.like_under_one_demand * same)
    made += likeness.like_demands * demands + likeness.one_demand * same
    made += close * (likeness.close + likeness.close_under_one_demand * same)
    return made


def _close(one: Rows32, other: Rows32, width: float) -> Rows32:
    apart = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2 * one @ other.T
    return _closeness(apart, one.shape[1], width)


def _closeness(apart: Rows32, count: int, width: float) -> Rows32:
    """From squared distances over some numbers to 1 (the same) towards 0 (far)."""
    np.maximum(apart, 0, out=apart)
    apart *= np.float32(-1 / (2 * width**2 * count))
    made: Rows32 = np.exp(apart, out=apart)
    return made


@dataclass(frozen=True)
class ByTerm:
    """Rows of terms turned round: for each term that occurs the rows that have it."""

    terms: npt.NDArray[np.int64]
    rows: sparse.csr_matrix

    @classmethod
    def of(cls, matrix: sparse.csr_matrix) -> ByTerm:
        terms, columns = np.unique(matrix.indices, return_inverse=True)
        narrow = sparse.csr_matrix((matrix.data, columns, matrix.indptr), shape=(matrix.shape[0], len(terms)))
        return cls(terms.astype(np.int64), narrow.T.tocsr())

    def product(self, terms: npt.NDArray[np.int64], weights: Rows32) -> Rows32:
        """One row of terms times every row."""
        at, known = find(self.terms, terms)
        made: Rows32 = self.rows[at].T @ weights[known]
        return made


@dataclass(frozen=True)
class Sums:
    """Taught rows added up by term and by demand, every row times its pull."""

    terms: npt.NDArray[np.int64]
    added: sparse.csr_matrix  # all terms for the first step of the grades, then for the next, x demands

    @classmethod
    def of(cls, table: Table, pull: Rows32) -> Sums:
        by_term = ByTerm.of(table.units)
        shape = (len(table.owners), len(table.keys))
        bounds = np.arange(len(table.owners) + 1)
        each = (sparse.csr_matrix((column, table.owners, bounds), shape=shape) for column in pull.T)
        return cls(by_term.terms, sparse.vstack([by_term.rows @ one for one in each], format="csr"))

    def spread(self, units: sparse.csr_matrix, factors: Rows32) -> Floats:
        """What rows of terms get from all taught rows, each demand counting by its factor."""
        terms, places = np.unique(units.indices, return_inverse=True)
        at, known = find(self.terms, terms.astype(np.int64))
        by_term = np.zeros((len(terms), STEPS))
        rows = np.concatenate([at + step * len(self.terms) for step in range(STEPS)])
        by_term[known] = _some_rows(self.added, rows, factors).reshape(STEPS, -1).T
        narrow = sparse.csr_matrix((units.data, places, units.indptr), shape=(units.shape[0], len(terms)))
        made: Floats = narrow @ by_term
        return made


def find(terms: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Where the wanted ones are, and which of them are known."""
    at = np.searchsorted(terms, wanted)
    known = at < len(terms)
    known[known] = terms[at[known]] == wanted[known]
    return at[known], known


def _some_rows(matrix: sparse.csr_matrix, ascending: npt.NDArray[np.int64], factors: Rows32) -> Rows32:
    """Some rows of a matrix times the factors, without a copy of them."""
    if not len(ascending):
        return np.zeros(0, dtype=np.float32)
    view = sparse.csr_matrix((2 * len(ascending) - 1, matrix.shape[1]), dtype=np.float32)
    view.data, view.indices = matrix.data, matrix.indices
    view.indptr = row_bounds(matrix.indptr, ascending[::-1])
    made: Rows32 = (view @ factors)[::-2]
    return made


@dataclass(frozen=True)
class Model:
    """What was learnt: how far verdicts lay from what the score alone promised, spread over like pairs."""

    table: Table
    scale: Scale
    pull: Rows32  # what each taught pair adds to a like one, for each step of the grades
    likeness: Likeness = MEASURED

    @classmethod
    def fit(
        cls,
        pairs: Sequence[Pairs],
        keys: Sequence[str],
        grades: Floats,
        promised: Floats,
        likeness: Likeness = MEASURED,
    ) -> Model:
        """`promised` says for each pair how likely the score alone finds each step ("at least weak" and so on)."""
        scale = Scale.of(np.vstack([p.columns for p in pairs]))
        table = Table.of(pairs, keys, scale)
        inner = alike(table, table, likeness)
        inner[np.diag_indices_from(inner)] += likeness.noise
        reached = grades[:, None] > np.arange(STEPS)[None, :] + 0.5
        factor = linalg.cho_factor(inner, lower=True, overwrite_a=True, check_finite=False)
        pull = linalg.cho_solve(factor, (reached - promised).astype(np.float32), check_finite=False)
        return cls(table, scale, pull, likeness)

    @cached_property
    def sums(self) -> Sums:
        """The taught pairs by the terms of their documents and by demand."""
        return Sums.of(self.table, self.pull)

    @cached_property
    def demands_by_term(self) -> ByTerm:
        """The demands by their terms."""
        return ByTerm.of(self.table.demands)

    @cached_property
    def squares(self) -> Rows32:
        """How long the rows of numbers are."""
        made: Rows32 = (self.table.columns**2).sum(axis=1)
        return made

    def correct(self, pairs: Pairs, key: str, promised: Floats) -> Floats:
        """How likely each step is for new pairs of one demand, after all that was said about like ones.

        The same as `alike(these, table) @ pull`. But under one demand each taught pair counts by one factor for all
        documents, so the taught pairs are added up first, term by term, and no table of all against all is made.
        """
        of, owners = self.likeness, self.table.owners
        columns, data = demand_row(pairs.asked.whole)
        near = self.demands_by_term.product(columns, data.astype(np.float32))
        same = (self.table.keys == key).astype(np.float32)
        by_text = of.like_anywhere + of.like_under_like_demands * near + of.like_under_one_demand * same
        by_demand = (of.like_demands * near + of.one_demand * same)[owners] @ self.pull
        by_numbers = (of.close + of.close_under_one_demand * same)[owners]
        made: Floats = promised + self.sums.spread(pairs.units, by_text)
        made += by_demand + self._by_numbers(self.scale.apply(pairs.columns), by_numbers[:, None] * self.pull)
        return made

    def _by_numbers(self, columns: Rows32, pull: Rows32) -> Floats:
        """What the pairs close in their numbers add; in small pieces, which a busy machine does not share out badly."""
        made, squares = np.zeros((len(columns), STEPS)), (columns**2).sum(axis=1)[:, None]
        for first in range(0, len(self.squares), _PIECE):
            part = slice(first, first + _PIECE)
            apart = squares + self.squares[None, part] - 2 * (columns @ self.table.columns[part].T)
            made += _closeness(apart, columns.shape[1], self.likeness.width) @ pull[part]
        return made

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything as plain arrays, for a snapshot."""
        made: dict[str, npt.NDArray[Any]] = {"pull": self.pull, "mean": self.scale.mean, "spread": self.scale.spread}
        for name in ("columns", "owners", "keys"):
            made[name] = getattr(self.table, name)
        for name in ("units", "demands"):
            matrix = getattr(self.table, name)
            made |= {f"{name}-{part}": getattr(matrix, part) for part in ("data", "indices", "indptr")}
        return made

    @classmethod
    def from_arrays(cls, read: dict[str, npt.NDArray[Any]]) -> Model:
        """The reverse of arrays()."""
        count = len(read["owners"])
        width = int(read["units-indices"].max(initial=0)) + 1
        units = _matrix(read, "units", (count, width))
        demands = _matrix(read, "demands", (len(read["keys"]), DEMAND_TERMS))
        table = Table(units, read["columns"], demands, read["owners"], read["keys"])
        return cls(table, Scale(read["mean"], read["spread"]), read["pull"])


def _matrix(read: dict[str, npt.NDArray[Any]], name: str, shape: tuple[int, int]) -> sparse.csr_matrix:
    data, indices, indptr = (read[f"{name}-{part}"] for part in ("data", "indices", "indptr"))
    return sparse.csr_matrix((data, indices, indptr), shape=shape)


ARRAYS = (
    "pull", "mean", "spread", "columns", "owners", "keys",
    *(f"{name}-{part}" for name in ("units", "demands") for part in ("data", "indices", "indptr")),
)  # fmt: skip
