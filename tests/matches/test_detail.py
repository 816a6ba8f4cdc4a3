"""A match explained: marks, parts of the score, targets against indicators, and never a confidential word."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.matches.world import REASONS, SECRET, World
from webapp.catalog.models import Indicator, Target
from webapp.matches import detail, verdicts
from webapp.matches.values import HIDDEN_TEXT, PUBLIC_TEXT, SIGNALS


def test_shared_terms_are_marked_in_both_texts_and_the_text_stays_whole(world: World) -> None:
    found = detail.explain(world.session, world.actor("broker"), world.match)
    for side, row in ((found.demand, world.demand), (found.result, world.result)):
        assert "".join(piece for piece, _ in side.text) == row.summary
        assert "".join(piece for piece, _ in side.title) == row.title
        assert {piece for piece, on in side.text if on} == {"防腐涂层"}


@pytest.mark.parametrize("role", ["broker", "operator"])
def test_confidential_text_counts_but_is_never_quoted(world: World, role: str) -> None:
    world.match.reasons = [
        *REASONS,
        {"kind": "term", "label": "配方", "share": 0.1},
        {"kind": "hidden", "label": SECRET, "share": 0.02},
    ]
    found = detail.explain(world.session, world.actor(role), world.match)
    pieces = [piece for side in (found.demand, found.result) for piece, _ in [*side.title, *side.text]]
    assert SECRET not in "".join(pieces) and not any("配方" in piece for piece in pieces)
    assert SECRET not in repr((found.bars, found.specs, found.signals, found.terms))
    assert found.demand.hidden == len(SECRET)


def test_the_bars_add_up_to_the_score_and_hatch_only_the_hidden_part(world: World) -> None:
    found = detail.explain(world.session, world.actor("broker"), world.match)
    assert sum(bar.points for bar in found.bars) == 70
    assert [(bar.label, bar.points, bar.hidden) for bar in found.bars] == [
        (PUBLIC_TEXT, 56, False), (HIDDEN_TEXT, 8, True), (SIGNALS["industry"], 9, False), (SIGNALS["price"], -3, False),
    ]  # fmt: skip


@given(st.lists(st.floats(-30, 60), min_size=1, max_size=12), st.integers(0, 100))
def test_whole_points_always_add_up(parts: list[float], total: int) -> None:
    assert sum(detail.whole(parts, total)) == total


@given(st.lists(st.floats(0, 40), min_size=1, max_size=12))
def test_whole_points_stay_within_one_of_the_exact_ones(parts: list[float]) -> None:
    found = detail.whole(parts, round(sum(parts)))
    assert all(abs(a - b) <= 1 for a, b in zip(found, parts, strict=True))


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "kind": st.sampled_from(["term", "hidden", "signal", "other"]), "label": st.one_of(st.none(), st.text(max_size=5)),
                "share": st.one_of(st.none(), st.floats(), st.text(max_size=3)), "detail": st.one_of(st.none(), st.dictionaries(st.text(max_size=3), st.integers())),
            },
        ),
        max_size=8,
    )
)  # fmt: skip
def test_any_stored_reasons_can_be_shown(reasons: list[dict[str, Any]]) -> None:
    assert sum(bar.points for bar in detail.bars(reasons, 0.5)) == 50
    detail.speaking_for(reasons)


def test_must_targets_that_fail_come_first_and_say_how_much_is_missing(world: World) -> None:
    rows = detail.explain(world.session, world.actor("broker"), world.match).specs
    assert [(row.label, row.must, row.verdict) for row in rows] == [
        ("静水压", True, "miss"),
        ("中性盐雾", True, "ok"),
        ("施工温度", False, "unknown"),
    ]
    assert rows[0].gap.replace("\u00a0", " ") == "3 MPa" and rows[2].actual == ""


def test_the_engines_own_comparison_is_taken_where_units_differ(world: World) -> None:
    world.result.indicators.append(Indicator(position=3, name="施工温度下限", comparison="EQ", value=276.15, unit="K"))
    world.session.flush()
    row = {
        "name": "施工温度",
        "comparison": "<=",
        "need": 5,
        "need_unit": "℃",
        "have": 276.15,
        "have_unit": "K",
        "must": False,
        "met": True,
    }
    world.match.reasons = [{"kind": "signal", "label": "targets", "share": 0.1, "detail": {"targets": [row]}}]
    rows = {spec.label: spec for spec in detail.explain(world.session, world.actor("broker"), world.match).specs}
    assert rows["施工温度"].verdict == "ok" and "276.15" in rows["施工温度"].actual


@pytest.mark.parametrize(("comparison", "need", "most", "have", "met"), [
    ("GE", 10, None, 10, True), ("GE", 10, None, 9.9, False), ("LE", 5, None, 5, True), ("LE", 5, None, 6, False), ("GT", 1, None, 1, False),
    ("LT", 2, None, 1, True), ("EQ", 3, None, 3, True), ("RANGE", 5, 8, 8, True), ("RANGE", 5, 8, 9, False), ("RANGE", 5, None, 6, None),
    ("APPROX", 5, None, 5, None),
])  # fmt: skip
def test_targets_are_compared_as_they_read(
    comparison: str, need: float, most: float | None, have: float, met: bool | None
) -> None:
    target = Target(name="附着力", comparison=comparison, value=need, value_max=most, unit="MPa")
    assert detail.meets(target, Indicator(name="附着力", comparison="EQ", value=have, unit="MPa")) is met
    assert detail.meets(target, Indicator(name="附着力", comparison="EQ", value=have, unit="h")) is None


def test_the_facts_mark_the_reasons_they_speak_of(world: World) -> None:
    assert detail.explain(world.session, world.actor("broker"), world.match).hinted == ["SPEC_NOT_MET", "PRICE_GAP"]
    world.match.reasons = []
    world.demand.targets = []
    world.session.flush()
    assert detail.explain(world.session, world.actor("broker"), world.match).hinted == []


def test_a_condition_left_open_is_not_called_fitting(world: World) -> None:
    world.match.reasons = [{"kind": "signal", "label": label, "share": 0.1} for label in ("mode", "field")]
    world.demand.modes, world.result.modes = ["LICENSE"], []
    world.session.flush()
    found = detail.explain(world.session, world.actor("broker"), world.match)
    assert ("合作方式", "unknown") in [(row.label, row.verdict) for row in found.conditions] and found.signals == ["技术领域"]
    world.result.modes = ["LICENSE"]
    world.session.flush()
    assert detail.explain(world.session, world.actor("broker"), world.match).signals == ["合作方式", "技术领域"]


def test_verdicts_on_the_same_demand_are_shown_beside_the_pair(world: World) -> None:
    other = world.another(demand=world.demand)
    verdicts.judge(world.session, world.actor("broker"), other, "reject", "TRL_TOO_LOW")
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    found = detail.said(world.session, world.actor("broker"), world.match)
    assert [(line.same, line.title) for line in found] == [(True, ""), (False, other.result.title)]
    verdicts.undo(world.session, world.actor("broker"), other)
    assert len(detail.said(world.session, world.actor("broker"), world.match)) == 1


def test_the_parties_are_told_words_and_no_single_signs_or_bare_numbers() -> None:
    assert detail.telling({"桩", "28", "钢管桩", "防腐", "4mpa", "区"}) == ["4mpa", "钢管桩", "防腐"]
