"""From a score to a grade in words, with the thresholds in one place."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from matching.signals import Signal
from matching.types import Scored

NONE, WEAK, FAIR, STRONG = range(4)
SPREAD = 0.09  # how far (as roots of scores) people's grades spread around the thresholds
Floats = npt.NDArray[np.float64]


def grade_of(score: float, thresholds: Sequence[float], signals: Iterable[Signal] = ()) -> int:
    """0 none, 1 weak, 2 fairly strong, 3 strong; never strong where a target that must be met is missed."""
    grade = sum(score >= threshold for threshold in thresholds)
    return min(grade, FAIR) if any(signal.forbids for signal in signals) else grade


def nothing_suitable(ranked: Iterable[Scored]) -> bool:
    """The honest answer for a demand: nothing here is better than weak."""
    return all(scored.grade < FAIR for scored in ranked)


def chances(scores: Floats, thresholds: Sequence[float]) -> Floats:
    """How likely each step ("at least weak", ...) is by the score alone: one row a score; half at its threshold."""
    roots, borders = np.sqrt(np.maximum(scores, 0.0)), np.sqrt(np.maximum(np.array(thresholds), 0.0))
    at_least = 1 / (1 + np.exp(-(roots[:, None] - borders[None, :]) / SPREAD))
    made: Floats = np.minimum.accumulate(at_least, axis=1)
    return made


def settle(likely: Floats) -> npt.NDArray[np.int64]:
    """The whole grade that is off by least on average, from how likely "at least weak" and the further steps are."""
    made: npt.NDArray[np.int64] = (np.minimum.accumulate(likely, axis=1) >= 0.5).sum(axis=1)
    return made
