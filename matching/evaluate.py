"""Measures of a ranking as plain functions, and a paired bootstrap that says what a difference is worth."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Grades = Mapping[str, float]


def _gain(grade: float) -> float:
    return float(2**grade - 1)


def _discounted(grades: Sequence[float]) -> float:
    return sum(_gain(grade) / math.log2(place + 2) for place, grade in enumerate(grades))


def ndcg(ranked: Sequence[str], grades: Grades, k: int = 10) -> float | None:
    """Gain of the first k against the best order there is; None where nothing is relevant. Unjudged counts as 0."""
    best = _discounted(sorted(grades.values(), reverse=True)[:k])
    return _discounted([grades.get(identifier, 0.0) for identifier in ranked[:k]]) / best if best else None


def judged_ndcg(scores: Mapping[str, float], grades: Grades, k: int = 10) -> float | None:
    """The same over judged documents alone, in the order of their scores; those without a score stand last."""
    return ndcg(sorted(grades, key=lambda i: (-scores.get(i, -math.inf), i)), grades, k)


def precision(ranked: Sequence[str], grades: Grades, k: int = 5, least: float = 1) -> float:
    """The part of the first k places that hold something relevant; empty places count as misses."""
    return sum(grades.get(identifier, 0) >= least for identifier in ranked[:k]) / k


def recall(ranked: Sequence[str], grades: Grades, k: int = 10, least: float = 1) -> float | None:
    """The part of what is relevant that stands in the first k; None where nothing is."""
    relevant = sum(grade >= least for grade in grades.values())
    hits = sum(grades.get(identifier, 0) >= least for identifier in ranked[:k])
    return hits / min(relevant, k) if relevant else None


def reciprocal_rank(ranked: Sequence[str], grades: Grades, k: int = 10, least: float = 1) -> float | None:
    """One over the place of the first relevant document; 0 beyond k, None where nothing is relevant."""
    if not any(grade >= least for grade in grades.values()):
        return None
    places = (n for n, identifier in enumerate(ranked[:k], 1) if grades.get(identifier, 0) >= least)
    return 1 / next(places, math.inf)


def mean(values: Sequence[float | None]) -> float:
    """The mean of what could be measured; 0 where nothing could."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float
    count: int

    @property
    def is_above(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.low > 0

    @property
    def is_below(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.high < 0


def bootstrap(values: Sequence[float | None], rounds: int = 2000, seed: int = 1) -> Interval:
    """The mean of measured values and how far it would move with other queries of the same kind."""
    known = [value for value in values if value is not None]
    if not known:
        return Interval(0.0, 0.0, 0.0, 0)
    chance, sample = np.random.default_rng(seed), np.array(known)
    means = [float(chance.choice(sample, len(sample)).mean()) for _ in range(rounds)]
    low, high = np.quantile(means, [0.025, 0.975]).tolist()
    return Interval(mean(known), low, high, len(known))


def paired_bootstrap(
    one: Sequence[float | None], other: Sequence[float | None], rounds: int = 2000, seed: int = 1
) -> Interval:
    """The mean difference of two systems over the same queries."""
    pairs = zip(one, other, strict=True)
    return bootstrap([a - b if a is not None and b is not None else None for a, b in pairs], rounds, seed)


@dataclass(frozen=True)
class Band:
    """Pairs with similar scores: what was promised and what people found."""

    low: float
    high: float
    count: int
    mean_grade: float
    relevant: float


def reliability(scores: Sequence[float], grades: Sequence[float], bands: int = 10, least: float = 2) -> list[Band]:
    """The grades people gave in bands of rising score: flat bands would mean that the score says nothing."""
    rows = sorted(zip(scores, grades, strict=True))
    cuts = [round(n * len(rows) / bands) for n in range(bands + 1)]
    parts = [rows[a:b] for a, b in pairwise(cuts) if b > a]
    return [
        Band(
            part[0][0],
            part[-1][0],
            len(part),
            sum(grade for _, grade in part) / len(part),
            sum(grade >= least for _, grade in part) / len(part),
        )
        for part in parts
    ]


def grade_quality(predicted: Sequence[float], given: Sequence[float]) -> float:
    """1 / (1 + mean absolute error): 1 means every grade was foreseen."""
    if not given:
        return 0.0
    return 1 / (1 + sum(abs(a - b) for a, b in zip(predicted, given, strict=True)) / len(given))
