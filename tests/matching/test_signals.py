"""Signals beside the text: what is missing is neutral, what fits lifts, what misses lowers."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest

from matching import Document, Engine, Facts, Figure
from matching.grades import nothing_suitable
from matching.signals import apply, compare
from matching.weights import DEFAULT
from tests.matching.samples import COATING, RICH_DEMAND, RICH_RESULT, TODAY, WANTS_COATING


def _value(name: str, demand: Facts, result: Facts) -> float | None:
    found = [signal.value for signal in compare(demand, result, TODAY) if signal.name == name]
    return found[0] if found else None


def test_missing_facts_say_nothing() -> None:
    assert compare(Facts(), Facts(), TODAY) == []
    assert compare(RICH_DEMAND, Facts(), TODAY) == []


def test_a_pair_that_fits_everywhere_has_only_good_signals() -> None:
    found = {signal.name: signal.value for signal in compare(RICH_DEMAND, RICH_RESULT, TODAY)}
    assert set(found) == {
        "industry", "field", "mode", "cluster", "freshness", "trl", "targets", "price", "use_first",
    }  # fmt: skip
    assert all(value > 0 for value in found.values())


def test_both_directions_see_the_same_demand() -> None:
    there = {s.name: s.value for s in compare(RICH_DEMAND, RICH_RESULT, TODAY) if s.name != "freshness"}
    back = {s.name: s.value for s in compare(RICH_RESULT, RICH_DEMAND, TODAY) if s.name != "freshness"}
    assert there == back


@pytest.mark.parametrize(("have", "value"), [(9, 1.0), (6, 1.0), (5, -1 / 3), (3, -1.0), (1, -1.0)])
def test_the_gap_in_readiness_counts(have: int, value: float) -> None:
    assert _value("trl", Facts(min_trl=6), Facts(trl=have)) == pytest.approx(value)


@pytest.mark.parametrize(("price", "value"), [(100, 1.0), (150, -0.5), (1000, -1.0)])
def test_a_price_above_the_budget_speaks_against(price: int, value: float) -> None:
    assert _value("price", Facts(budget_max_fen=100), Facts(price_min_fen=price)) == pytest.approx(value)


def test_a_budget_of_nothing_is_no_division_by_zero() -> None:
    assert _value("price", Facts(budget_max_fen=0), Facts(price_min_fen=5)) == -1.0


def test_a_missed_must_forbids_strong_and_a_missed_wish_does_not() -> None:
    must, wish = Figure("附着力", 20, "MPa", ">=", True), Figure("附着力", 20, "MPa", ">=", False)
    text = replace(COATING, facts=RICH_RESULT)
    engine = Engine().fit([text])
    missed = engine.rank(replace(text, facts=Facts(targets=(must,))), today=TODAY)[0]
    wished = engine.rank(replace(text, facts=Facts(targets=(wish,))), today=TODAY)[0]
    assert missed.grade < 3
    assert missed.score < wished.score
    assert missed.reasons[-1].detail["targets"][0]["met"] is False


def test_units_are_converted_before_comparing() -> None:
    target = Figure("附着力", 10_000, "kPa", ">=", True)
    assert _value("targets", Facts(targets=(target,)), Facts(figures=(Figure("附着力", 12, "MPa"),))) == 1.0


def test_a_target_nobody_can_check_thins_out_the_signal() -> None:
    targets = (Figure("附着力", 10, "MPa", ">="), Figure("寿命", 15, "年", ">="))
    assert _value("targets", Facts(targets=targets), Facts(figures=(Figure("附着力", 12, "MPa"),))) == 0.5


def test_facts_that_are_no_number_say_nothing() -> None:
    nan = Figure("附着力", math.nan, "MPa", ">=")
    assert _value("targets", Facts(targets=(nan,)), RICH_RESULT) is None
    assert _value("trl", Facts(min_trl=math.nan), Facts(trl=5)) is None  # type: ignore[arg-type]


def test_a_deadline_that_has_passed_speaks_against() -> None:
    assert _value("deadline", Facts(deadline=TODAY - timedelta(days=1)), Facts()) == -1.0
    assert _value("deadline", Facts(deadline=TODAY + timedelta(days=30)), Facts(trl=3)) == -0.5
    assert _value("deadline", Facts(deadline=TODAY + timedelta(days=30)), Facts(trl=8)) is None


def test_old_news_fades() -> None:
    fresh = _value("freshness", Facts(), Facts(updated=TODAY))
    stale = _value("freshness", Facts(), Facts(updated=date(2020, 1, 1)))
    assert fresh == 1.0
    assert stale == -1.0


def test_near_clusters_are_better_than_far_ones() -> None:
    near = compare(Facts(cluster="a"), Facts(cluster="b"), TODAY, {("b", "a"): 0.1})
    far = compare(Facts(cluster="a"), Facts(cluster="c"), TODAY, {("a", "c"): 0.9})
    assert near[0].value > 0 > far[0].value
    assert compare(Facts(cluster="a"), Facts(cluster="z"), TODAY) == []


@pytest.mark.parametrize("text", [0.0, 0.001, 0.3, 0.9, 1.0])
def test_signals_keep_the_score_within_bounds(text: float) -> None:
    good = compare(RICH_DEMAND, RICH_RESULT, TODAY)
    bad = compare(RICH_DEMAND, Facts(industry="x", field="y", trl=1, modes=("z",), use_first=False), TODAY)
    assert text <= text + sum(apply(text, good, DEFAULT.signals)) <= 1
    assert 0 <= text + sum(apply(text, bad, DEFAULT.signals)) <= text


def test_signals_reorder_what_the_text_leaves_equal() -> None:
    ready = Document("b-ready", "防腐涂层", facts=Facts(trl=8))
    raw = Document("a-raw", "防腐涂层", facts=Facts(trl=2))
    found = Engine().fit([raw, ready]).rank(Document("q", "防腐涂层材料", facts=Facts(min_trl=6)))
    assert [scored.id for scored in found] == ["b-ready", "a-raw"]


def test_a_demand_nothing_serves_is_told_so() -> None:
    engine = Engine().fit([COATING])
    assert nothing_suitable(engine.rank(Document("q", "褐藻胶软胶囊崩解工艺", "风味")))
    assert not nothing_suitable(engine.rank(COATING))
    assert nothing_suitable(engine.rank(WANTS_COATING, only=()))


def test_facts_survive_the_way_through_json() -> None:
    for facts in (RICH_DEMAND, RICH_RESULT, Facts()):
        assert Facts.from_json(facts.to_json()) == facts
    with pytest.raises(ValueError, match="colour"):
        Facts.from_json({"colour": "red"})
