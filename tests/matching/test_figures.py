"""Figures: numbers with units read from text, and targets compared with what was achieved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import Figure
from matching.figures import meets, read_figures, same_quantity


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("驱油效率≥67%", ("驱油效率", 67.0, "%", ">=")),
        ("密度1.80 g/cm³", ("密度", 1.8, "g/cm3", "=")),
        ("附着力不低于１０ＭＰａ", ("附着力", 10.0, "mpa", ">=")),
        ("破损率3%以下", ("破损率", 3.0, "%", "<=")),
        ("转速约1,500rpm", ("转速", 1500.0, "rpm", "~")),
        ("重量：小于 5 kg", ("重量", 5.0, "kg", "<")),
    ],
)
def test_a_figure_is_read_with_name_comparison_and_unit(sentence: str, expected: tuple[str, float, str, str]) -> None:
    figure = read_figures(sentence)[0]
    assert (figure.name, figure.value, figure.unit, figure.comparison) == expected


def test_a_text_without_figures_gives_none() -> None:
    assert read_figures("") == ()
    assert read_figures("防腐涂层") == ()


@given(st.text(max_size=120))
def test_any_text_can_be_read(anything: str) -> None:
    assert len(read_figures(anything)) <= 50


@pytest.mark.parametrize(
    ("comparison", "have", "met"),
    [
        (">=", 10, True), (">=", 9.9, False), (">", 10, False), (">", 11, True), ("<=", 10, True), ("<=", 10.1, False),
        ("<", 10, False), ("<", 9, True), ("=", 10.1, True), ("=", 11, False), ("~", 10.9, True), ("~", 12, False),
    ],
)  # fmt: skip
def test_each_comparison_means_what_it_says(comparison: str, have: float, met: bool) -> None:
    assert meets(Figure("x", 10, "MPa", comparison), Figure("x", have, "MPa")) is met


def test_units_of_one_kind_convert_and_others_cannot_be_compared() -> None:
    assert meets(Figure("功率", 1, "MW", ">="), Figure("功率", 1200, "kW")) is True
    assert meets(Figure("功率", 1, "MW", ">="), Figure("功率", 1200, "kg")) is None
    assert meets(Figure("x", 5, "widgets", ">="), Figure("x", 6, "widgets")) is True


def test_a_longer_name_speaks_of_the_same_quantity_and_no_name_of_none() -> None:
    assert same_quantity(Figure("盐雾时间", 1, "h"), Figure("盐雾", 2, "小时"))
    assert not same_quantity(Figure("寿命", 1, "h"), Figure("盐雾", 2, "h"))
    assert not same_quantity(Figure("", 1, "h"), Figure("盐雾", 2, "h"))
