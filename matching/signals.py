"""Signals beside the text: each compares two facts, and says nothing where one of them is missing."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from matching.figures import meets, same_quantity
from matching.types import Facts, Figure

# How far a fact may miss before the signal is at its worst.
TRL_LEVELS = 3
FRESH_DAYS = 365
LATE_DAYS = 90
READY_TRL = 6
MISMATCH = -0.5
NOTHING = Facts()

Distances = Mapping[tuple[str, str], float]


class Signal(NamedTuple):
    """One comparison: value -1 (against) to 1 (for), the facts compared, and whether it forbids "strong"."""

    name: str
    value: float
    detail: dict[str, Any]
    forbids: bool = False


def _same(name: str, one: str, other: str) -> Iterator[Signal]:
    if one and other:
        yield Signal(name, 1.0 if one == other else MISMATCH, {"one": one, "other": other})


def _trl(need: int | None, have: int | None) -> Iterator[Signal]:
    if need is not None and have is not None and _finite(need, have):
        gap = have - need
        yield Signal("trl", 1.0 if gap >= 0 else max(-1.0, gap / TRL_LEVELS), {"need": need, "have": have})


def _finite(*values: float) -> bool:
    return all(map(math.isfinite, values))


def _price(budget: int | None, price: int | None) -> Iterator[Signal]:
    if budget is not None and price is not None and _finite(budget, price):
        over = (price - budget) / max(budget, 1)
        value = 1.0 if over <= 0 else max(-1.0, -over)
        yield Signal("price", value, {"budget_fen": budget, "price_fen": price})


def _verdict(target: Figure, figures: tuple[Figure, ...]) -> tuple[bool, Figure] | None:
    for figure in figures:
        if same_quantity(target, figure):
            met = meets(target, figure)
            if met is not None:
                return met, figure
    return None


def _targets(targets: tuple[Figure, ...], figures: tuple[Figure, ...]) -> Iterator[Signal]:
    rows, value, forbids = [], 0.0, False
    for target in targets:
        found = _verdict(target, figures)
        if found is None:
            continue
        met, figure = found
        weight = 1.0 if target.must else 0.5
        value += weight if met else -weight
        forbids = forbids or (target.must and not met)
        rows.append(
            {"name": target.name, "comparison": target.comparison, "need": target.value, "need_unit": target.unit,
             "have": figure.value, "have_unit": figure.unit, "must": target.must, "met": met}
        )  # fmt: skip
    if rows:
        # Targets nobody can check are not held against a result, but they thin out what is known.
        yield Signal("targets", -1.0 if forbids else value / len(targets), {"targets": rows}, forbids)


def _modes(one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[Signal]:
    if one and other:
        shared = sorted(set(one) & set(other))
        yield Signal("mode", 1.0 if shared else MISMATCH, {"shared": shared})


def _use_first(wants: bool | None, offers: bool | None) -> Iterator[Signal]:
    if wants and offers is not None:
        yield Signal("use_first", 1.0 if offers else MISMATCH, {"offered": offers})


def _deadline(deadline: date | None, trl: int | None, today: date) -> Iterator[Signal]:
    if deadline is None:
        return
    days = (deadline - today).days
    if days < 0:
        yield Signal("deadline", -1.0, {"days": days})
    elif days < LATE_DAYS and trl is not None and trl < READY_TRL:
        yield Signal("deadline", MISMATCH, {"days": days, "have": trl})


def _cluster(one: str, other: str, distances: Distances) -> Iterator[Signal]:
    if one and other:
        far = 0.0 if one == other else distances.get((one, other), distances.get((other, one), 0.5))
        yield Signal("cluster", 1.0 - 2.0 * min(max(far, 0.0), 1.0), {"one": one, "other": other})


def _freshness(updated: date | None, today: date) -> Iterator[Signal]:
    if updated is not None:
        days = max((today - updated).days, 0)
        yield Signal("freshness", max(-1.0, 1.0 - days / FRESH_DAYS), {"days": days})


def _one_way(demand: Facts, result: Facts, today: date) -> Iterator[Signal]:
    """What only makes sense from a demand towards a result."""
    # Asked before it is called: of hundreds of candidates few have every fact, and none is a demand.
    if demand.min_trl is not None:
        yield from _trl(demand.min_trl, result.trl)
    if demand.targets and result.figures:
        yield from _targets(demand.targets, result.figures)
    if demand.budget_max_fen is not None:
        yield from _price(demand.budget_max_fen, result.price_min_fen)
    if demand.wants_use_first:
        yield from _use_first(demand.wants_use_first, result.use_first)
    if demand.deadline is not None:
        yield from _deadline(demand.deadline, result.trl, today)


def compare(query: Facts, document: Facts, today: date, distances: Distances | None = None) -> list[Signal]:
    """Every signal of a pair, whichever of the two is the demand; a value of 0 is left out."""
    if query == NOTHING and document == NOTHING:
        return []
    found = [
        *_same("industry", query.industry, document.industry),
        *_same("field", query.field, document.field),
        *_modes(query.modes, document.modes),
        *_cluster(query.cluster, document.cluster, distances or {}),
        *_freshness(document.updated, today),
        *_one_way(query, document, today),
        *_one_way(document, query, today),
    ]
    return [signal for signal in found if signal.value]


Comparison = tuple[str, Callable[[Any], Iterator[Signal]]]


def by_fact(query: Facts, today: date, distances: Distances) -> Iterator[Comparison]:
    """For each fact of a document that alone decides about a signal: its name, and the comparison with this query.

    The same comparisons as in `compare`, without price, freshness and targets.
    """
    if query.industry:
        yield "industry", lambda industry: _same("industry", query.industry, industry)
    if query.field:
        yield "field", lambda field: _same("field", query.field, field)
    if query.modes:
        yield "modes", lambda modes: _modes(query.modes, modes)
    if query.cluster:
        yield "cluster", lambda cluster: _cluster(query.cluster, cluster, distances)
    if query.min_trl is not None:
        yield "trl", lambda trl: _trl(query.min_trl, trl)
    if query.deadline is not None:
        yield "trl", lambda trl: _deadline(query.deadline, trl, today)
    if query.wants_use_first:
        yield "use_first", lambda offers: _use_first(query.wants_use_first, offers)
    if query.trl is not None:
        yield "min_trl", lambda need: _trl(need, query.trl)
    if query.use_first is not None:
        yield "wants_use_first", lambda wants: _use_first(wants, query.use_first)
    yield "deadline", lambda deadline: _deadline(deadline, query.trl, today)


def ceiling(facts: Facts, weights: Mapping[str, float]) -> float:
    """The most that signals can add for a query with these facts, as a part of the room above its text score."""
    possible = {
        "industry": facts.industry,
        "field": facts.field,
        "mode": facts.modes,
        "cluster": facts.cluster,
        "freshness": True,
        "trl": facts.min_trl is not None or facts.trl is not None,
        "targets": facts.targets or facts.figures,
        "price": facts.budget_max_fen is not None or facts.price_min_fen is not None,
        "use_first": facts.wants_use_first or facts.use_first is not None,
    }
    return min(sum(weights.get(name, 0.0) for name, there in possible.items() if there), 1.0)


def apply(text: float, signals: list[Signal], weights: Mapping[str, float]) -> list[float]:
    """What each signal adds to or takes from a text score, so that the sum stays within 0..1.

    Signals scale with the text score: two rows of the same industry that share no word are no match.
    """
    weighed = [weights.get(s.name, 0.0) * s.value for s in signals]
    plus = sum(share for share in weighed if share > 0)
    minus = -sum(share for share in weighed if share < 0)
    up = text * (1 - text) / max(plus, 1.0)
    down = text / max(minus, 1.0)
    return [share * (up if share > 0 else down) for share in weighed]
