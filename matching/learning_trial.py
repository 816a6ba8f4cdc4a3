"""Try verdicts out before they are used: how well grades are foretold without them and with them, fold by fold."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from matching.evaluate import grade_quality
from matching.grades import settle
from matching.learn import Lessons, promise
from matching.learning_kernel import Model
from matching.learning_pairs import Pairs
from matching.learning_vectors import Floats
from matching.types import Document

if TYPE_CHECKING:
    from matching.ranking import State

FOLDS = 5
FEWEST = 30  # verdicts below which a trial says nothing
_WIDTH = 1.96  # standard errors of a 95 % interval


@dataclass(frozen=True)
class Trial:
    """Grades foretold for verdicts that were held back: 1/(1+MAE) by the score alone and after learning."""

    count: int
    unlearned: float
    learned: float
    worse: bool  # by more than chance explains


def try_out(lessons: Lessons, state: State, asked: dict[str, Document], today: date) -> Trial | None:
    """None while there are too few verdicts to say anything."""
    pairs, keys, grades = lessons.gather(state, asked, today)
    said = np.concatenate(grades) if grades else np.zeros(0)
    if len(said) < FEWEST:
        return None
    promised = [promise(state, row) for row in pairs]
    before = np.abs(settle(np.vstack(promised)) - said)
    after = np.abs(settle(_held_back(pairs, keys, grades, promised)) - said)
    gap = after - before
    worse = bool(gap.mean() > _WIDTH * gap.std() / np.sqrt(len(gap)))
    foretold = [grade_quality(errors.tolist(), [0.0] * len(errors)) for errors in (before, after)]
    return Trial(len(said), round(foretold[0], 4), round(foretold[1], 4), worse)


def _held_back(pairs: list[Pairs], keys: list[str], grades: list[Floats], promised: list[Floats]) -> Floats:
    """Each verdict foretold from those of the other folds."""
    folds = [_folds(row, key) for row, key in zip(pairs, keys, strict=True)]
    made = [row.copy() for row in promised]
    for fold in range(FOLDS):
        known = [n for n, f in enumerate(folds) if (f != fold).any()]
        if not known:
            continue
        model = Model.fit(
            [pairs[n].only(folds[n] != fold) for n in known],
            [keys[n] for n in known],
            np.concatenate([grades[n][folds[n] != fold] for n in known]),
            np.vstack([promised[n][folds[n] != fold] for n in known]),
        )
        for n, (row, key) in enumerate(zip(pairs, keys, strict=True)):
            there = folds[n] == fold
            if there.any():
                made[n][there] = model.correct(row.only(there), key, promised[n][there])
    return np.vstack(made)


def _folds(pairs: Pairs, key: str) -> npt.NDArray[np.int64]:
    """By what the documents say: equal texts stay together."""
    rows = (pairs.units[n] for n in range(pairs.units.shape[0]))
    drawn = (zlib.crc32(key.encode() + row.indices.tobytes() + row.data.tobytes()) for row in rows)
    return np.array([number % FOLDS for number in drawn], dtype=np.int64)
