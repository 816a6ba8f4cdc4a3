"""From a score to a grade in words, with the thresholds in one place."""

from collections.abc import Iterable, Sequence

from matching.signals import Signal
from matching.types import Scored

NONE, WEAK, FAIR, STRONG = range(4)


def grade_of(score: float, thresholds: Sequence[float], signals: Iterable[Signal] = ()) -> int:
    """0 none, 1 weak, 2 fairly strong, 3 strong; never strong where a target that must be met is missed."""
    grade = sum(score >= threshold for threshold in thresholds)
    return min(grade, FAIR) if any(signal.forbids for signal in signals) else grade


def nothing_suitable(ranked: Iterable[Scored]) -> bool:
    """The honest answer for a demand: nothing here is better than weak."""
    return all(scored.grade < FAIR for scored in ranked)
