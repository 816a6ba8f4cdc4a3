"""Conditions: maturity, money, ways of working and use first, what each side asks and offers, and how far apart they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from webapp.core.policy import ANONYMOUS, Actor
from webapp.matches.conditions import Spec, conditions

DEMAND = {"min_trl": None, "price_min_fen": None, "price_max_fen": None, "modes": (), "wants_use_first": False}
RESULT = {"trl": None, "price_min_fen": None, "price_max_fen": None, "modes": (), "use_first": False, "trial_months": None}


def compared(asked: dict[str, Any], offered: dict[str, Any], actor: Actor = ANONYMOUS) -> list[Spec]:
    return conditions(actor, SimpleNamespace(**DEMAND | asked), SimpleNamespace(**RESULT | offered))


def test_what_the_demand_does_not_ask_is_not_compared() -> None:
    assert compared({}, {"trl": 9, "price_min_fen": 100, "modes": ("LICENSE",), "use_first": True}) == []


@pytest.mark.parametrize(("has", "verdict", "gap"), [(7, "ok", ""), (6, "ok", ""), (4, "miss", "2 TRL"), (None, "unknown", "")])
def test_the_trl_gap_is_counted_in_levels(has: int | None, verdict: str, gap: str) -> None:
    (row,) = compared({"min_trl": 6}, {"trl": has})
    assert (row.required, row.verdict, row.gap) == ("TRL ≥ 6", verdict, gap)


@pytest.mark.parametrize(
    ("budget", "price", "verdict", "gap"),
    [
        ({"price_max_fen": 50_000_000}, {"price_min_fen": 40_000_000, "price_max_fen": 90_000_000}, "ok", ""),
        ({"price_max_fen": 50_000_000}, {"price_min_fen": 80_000_000}, "miss", "30\xa0万元"),
        ({"price_min_fen": 50_000_000}, {"price_max_fen": 50_000_000}, "ok", ""),
        ({"price_max_fen": 50_000_000}, {}, "unknown", ""),
    ],
)  # fmt: skip
def test_the_lowest_price_meets_the_highest_budget(budget: dict[str, int], price: dict[str, int], verdict: str, gap: str) -> None:
    (row,) = compared(budget, price)
    assert (row.required, row.verdict, row.gap) == ("≤ 50\xa0万元", verdict, gap)


@pytest.mark.parametrize(("ways", "verdict"), [(("LICENSE", "EQUITY"), "ok"), (("TRANSFER",), "miss"), ((), "unknown"), (("USE_FIRST",), "unknown")])
def test_one_common_way_of_working_together_is_enough(ways: tuple[str, ...], verdict: str) -> None:
    (row,) = compared({"modes": ("LICENSE", "JOINT")}, {"modes": ways})
    assert row.verdict == verdict


def test_a_wish_to_use_first_needs_an_offer() -> None:
    (without,), (offered,) = compared({"wants_use_first": True}, {}), compared({"wants_use_first": True}, {"use_first": True, "trial_months": 9})
    assert (without.verdict, without.actual) == ("miss", "") and offered.verdict == "ok" and "9" in offered.actual


def test_sums_are_written_as_the_reader_writes_them() -> None:
    (row,) = compared({"price_max_fen": 50_000_000}, {"price_min_fen": 80_000_000}, Actor(language="en"))
    assert "万" not in row.required + row.actual + row.gap
