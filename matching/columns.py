"""Facts of a part in columns, so that a query's signals are worked out for hundreds of candidates at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.signals import FRESH_DAYS, Distances, Signal, by_fact
from matching.types import Facts

# Facts with few different values: each different value among some candidates is compared once, for all that have it.
KINDS = ("industry", "field", "modes", "cluster", "trl", "min_trl", "use_first", "wants_use_first", "deadline")
_PRICE, _BUDGET, _UPDATED, _FIGURES, _TARGETS = range(5)
_UNKNOWN = -1

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Lift = tuple[Floats, Floats, npt.NDArray[np.bool_]]


def _numbers(facts: Facts) -> tuple[float, ...]:
    price, budget, updated = facts.price_min_fen, facts.budget_max_fen, facts.updated
    return (
        np.nan if price is None else price,
        np.nan if budget is None else budget,
        np.nan if updated is None else updated.toordinal(),
        len(facts.figures),
        len(facts.targets),
    )


class Columns:
    """Facts by row. A row is put in when it is known: those of a snapshot are parsed when first looked at.

    Threads may put in the same row at once: both write the same.
    """

    def __init__(self, size: int) -> None:
        self._kinds = np.full((size, len(KINDS)), _UNKNOWN, dtype=np.int32)
        self._numbers = np.empty((size, 5))
        self._codes: list[dict[Any, int]] = [{} for _ in KINDS]
        self._next = [count() for _ in KINDS]

    def unknown(self, rows: Places) -> list[int]:
        """Which of these rows have not been put in yet."""
        missing: list[int] = rows[self._kinds[rows, 0] == _UNKNOWN].tolist()
        return missing

    def put(self, rows: Sequence[int], facts: Sequence[Facts]) -> None:
        """Fill some rows."""
        if rows:
            self._numbers[rows] = [_numbers(row) for row in facts]
            self._kinds[rows] = [self._coded(row) for row in facts]

    def _coded(self, facts: Facts) -> list[int]:
        coded = zip(self._codes, KINDS, self._next, strict=True)
        return [codes.setdefault(getattr(facts, name), next(number)) for codes, name, number in coded]

    def lift(
        self, query: Facts, rows: Places, get: Callable[[int], Facts], today: date, distances: Distances, weights: Mapping[str, float]
    ) -> Lift:
        """What signals add to and take from documents, as parts of the room; and for which of them targets are left out.

        `get` gives the facts of the nth of these rows.
        """
        plus, minus = np.zeros(len(rows)), np.zeros(len(rows))
        for name, weighed in self._weighed(query, rows, get, today, distances):
            share = weights.get(name, 0.0) * weighed
            plus += np.maximum(share, 0.0)
            minus -= np.minimum(share, 0.0)
        numbers = self._numbers[rows]
        unsure = (numbers[:, _FIGURES] * len(query.targets) + numbers[:, _TARGETS] * len(query.figures)) > 0
        return plus, minus, unsure

    def _weighed(
        self, query: Facts, rows: Places, get: Callable[[int], Facts], today: date, distances: Distances
    ) -> Iterator[tuple[str, Floats]]:
        """Values of each signal but the targets, for all rows."""
        numbers = self._numbers[rows]
        for fact, compared in by_fact(query, today, distances):
            _, firsts, which = np.unique(self._kinds[rows, KINDS.index(fact)], return_index=True, return_inverse=True)
            found = [_first(compared(getattr(get(n), fact))) for n in firsts.tolist()]
            name = next((signal.name for signal in found if signal), "")
            if name:
                yield name, np.array([signal.value if signal else 0.0 for signal in found])[which]
        yield "freshness", _freshness(numbers[:, _UPDATED], today)
        if query.budget_max_fen is not None:
            yield "price", _price(np.full(len(rows), float(query.budget_max_fen)), numbers[:, _PRICE])
        if query.price_min_fen is not None:
            yield "price", _price(numbers[:, _BUDGET], np.full(len(rows), float(query.price_min_fen)))


def _first(signals: Iterable[Signal]) -> Signal | None:
    return next(iter(signals), None)


def _freshness(updated: Floats, today: date) -> Floats:
    """As `signals` has it for one document; 0 where nothing is known."""
    days = np.maximum(today.toordinal() - updated, 0.0)
    return np.nan_to_num(np.maximum(1.0 - days / FRESH_DAYS, -1.0), nan=0.0)


def _price(budget: Floats, price: Floats) -> Floats:
    """As `signals` has it for one pair; 0 where either is unknown."""
    known = np.isfinite(budget) & np.isfinite(price)
    budget, price = np.where(known, budget, 0.0), np.where(known, price, 0.0)
    over = (price - budget) / np.maximum(budget, 1.0)
    return np.where(known, np.where(over <= 0, 1.0, np.maximum(-over, -1.0)), 0.0)
