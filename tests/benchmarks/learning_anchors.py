"""Plain anchors beside the learned grades: a demand's median, the verdict on the likest result, and how copies differ."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from tests.benchmarks.matching_learning import Taught

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Guess = Callable[[Floats, Ints, Ints, Ints], float]  # likeness to the known, this demand, demands of the known, grades


def median_of_all(_like: Floats, _own: Ints, _owners: Ints, grades: Ints) -> float:
    """What is said of any pair: the anchor of a demand nobody spoke about."""
    return float(np.median(grades))


def median_of_demand(like: Floats, own: Ints, owners: Ints, grades: Ints) -> float:
    """The middle verdict of the same demand."""
    here = grades[owners == own]
    return float(np.floor(np.median(here))) if len(here) else median_of_all(like, own, owners, grades)


def twin_of_demand(like: Floats, own: Ints, owners: Ints, grades: Ints) -> float:
    """The verdict on the likest result under the same demand."""
    there = np.where(owners == own, like, 0.0)
    return float(grades[there.argmax()]) if there.max() > 0 else median_of_demand(like, own, owners, grades)


def twin_anywhere(like: Floats, _own: Ints, _owners: Ints, grades: Ints) -> float:
    """The verdict on the likest result under any demand."""
    return float(grades[like.argmax()])


GUESSES: dict[str, Guess] = {
    "the median of all verdicts": median_of_all,
    "the median of the demand's verdicts": median_of_demand,
    "the likest result under the same demand": twin_of_demand,
    "the likest result under any demand": twin_anywhere,
}


def measured(taught: "Taught", folds: Ints, guess: Guess, units: sparse.csr_matrix) -> float:
    """1/(1+MAE) of one way of guessing, in folds."""
    owners = np.repeat(np.arange(len(taught.pairs)), [len(pairs.text) for pairs in taught.pairs])
    errors = np.zeros(len(folds))
    for fold in np.unique(folds):
        known, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        like = (units[asked] @ units[known].T).toarray()
        for row, near in zip(asked, like, strict=True):
            errors[row] = abs(guess(near, owners[row], owners[known], taught.grades[known]) - taught.grades[row])
    return float(1 / (1 + errors.mean()))


def copies(taught: "Taught", titles: dict[str, str]) -> tuple[float, int]:
    """How much two verdicts on one and the same pair differ on average, and how many such twos there are."""
    said: dict[tuple[str, str], list[float]] = {}
    owners = [key for key, pairs in zip(taught.keys, taught.pairs, strict=True) for _ in pairs.text]
    for key, (_, result), grade in zip(owners, taught.ids, taught.grades.tolist(), strict=True):
        said.setdefault((key, titles[result]), []).append(grade)
    gaps = [abs(a - b) for grades in said.values() for a, b in itertools.combinations(grades, 2)]
    return float(np.mean(gaps)) if gaps else 0.0, len(gaps)


def anchors(taught: "Taught", titles: dict[str, str]) -> None:
    """Print the table; it knows of no learning at all."""
    units = sparse.vstack([pairs.units for pairs in taught.pairs], format="csr")
    print("## Anchors: 1/(1+MAE), the same folds\n")
    print("| grade given | folds by pair | folds by demand |\n|---|---|---|")
    for name, guess in GUESSES.items():
        cells = (measured(taught, folds, guess, units) for folds in (taught.by_pair, taught.by_demand))
        print(f"| {name} | {' | '.join(f'{cell:.3f}' for cell in cells)} |", flush=True)
    gap, count = copies(taught, titles)
    print(f"\nTwo verdicts on copies of one pair differ by {gap:.2f} on average ({count:,} twos).\n", flush=True)
