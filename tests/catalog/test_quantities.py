"""Figures and prices: read as people write them, written as people read them, and read back the same."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.catalog.quantities import Price, Quantity, WrongRows, figures, price, quantity, row, written
from webapp.catalog.reading import Wrong

numbers = st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: round(value, 6)).filter(lambda value: value == 0 or abs(value) > 1e-5)
units = st.sampled_from(["", "MPa", "%", "℃", "h", "g/L", "%壁厚", "次", "元/kg"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("≥95％", ("GE", 95, None, "%")), ("12.4 MPa", (None, 12.4, None, "MPa")), ("5-40℃", ("RANGE", 5, 40, "℃")),
        ("-20~60 ℃", ("RANGE", -20, 60, "℃")), ("20 ℃～30 ℃", ("RANGE", 20, 30, "℃")), ("5至8 年", ("RANGE", 5, 8, "年")),
        ("约30 dB", ("APPROX", 30, None, "dB")), ("不低于 67%", ("GE", 67, None, "%")), ("大于等于5mm", ("GE", 5, None, "mm")),
        ("不超过１８０ g/L", ("LE", 180, None, "g/L")), ("±0.1 mm", ("LE", 0.1, None, "mm")), ("3,600 h", (None, 3600, None, "h")),
        ("3000 h以上", ("GE", 3000, None, "h")), ("20万次", (None, 200_000, None, "次")), ("5-8万次", ("RANGE", 50_000, 80_000, "次")),
        ("1×10^5 次", (None, 100_000, None, "次")), ("1.5e-3", (None, 0.0015, None, "")), (12.4, (None, 12.4, None, "")), ("> 0", ("GT", 0, None, "")),
    ],
)  # fmt: skip
def test_figures_as_people_write_them(text: Any, found: tuple[Any, ...]) -> None:
    assert quantity(text) == found


@pytest.mark.parametrize("text", ["", "高", "1.2.3", "1,2", "40-5", "1e999", "1e-12", "nan", float("nan"), float("inf"), "≥", "5 " + "长" * 25])
def test_what_is_no_figure_is_refused(text: Any) -> None:
    with pytest.raises(Wrong):
        quantity(text)


@given(text=st.text(max_size=40))
@example("-")
@example("1-")
@example("9" * 400)
def test_any_text_is_a_storable_figure_or_refused(text: str) -> None:
    try:
        _, value, second, unit = quantity(text)
    except Wrong:
        return
    assert math.isfinite(value) and abs(value) < 1e16
    assert second is None or value <= second
    assert len(unit) <= 24


@given(comparison=st.sampled_from(["GE", "LE", "GT", "LT", "EQ", "APPROX"]), value=numbers, unit=units)
def test_a_figure_written_for_people_is_read_back_the_same(comparison: str, value: float, unit: str) -> None:
    sign, found, second, found_unit = quantity(written(comparison, value, None, unit))
    assert (sign or "EQ") == comparison
    assert (found, second, found_unit) == (pytest.approx(value, rel=1e-5, abs=1e-9), None, unit)


@given(ends=st.tuples(numbers, numbers).map(sorted), unit=units)
def test_a_range_written_for_people_is_read_back_the_same(ends: list[float], unit: str) -> None:
    sign, low, high, found_unit = quantity(written("RANGE", ends[0], ends[1], unit))
    assert (sign, found_unit) == ("RANGE", unit)
    assert (low, high) == (pytest.approx(ends[0], rel=1e-5, abs=1e-9), pytest.approx(ends[1], rel=1e-5, abs=1e-9))


def test_a_row_takes_sign_range_and_unit_from_the_value_before_its_own_cells() -> None:
    assert row({"name": "效率", "comparison": "EQ", "value": "≥95％", "unit": ""}) == Quantity("效率", "GE", 95, None, "%")
    assert row({"name": "温度", "comparison": "GE", "value": "5-40", "unit": "℃"}) == Quantity("温度", "RANGE", 5, 40, "℃")
    assert row({"name": "压力", "comparison": "≤", "value": 12, "unit": "MPa", "must": "yes"}) == Quantity("压力", "LE", 12, None, "MPa", True)
    seeded = {"name": "壁厚", "comparison": "RANGE", "value": 12.7, "value_max": 25.4, "unit": "mm"}
    assert row(seeded) == Quantity("壁厚", "RANGE", 12.7, 25.4, "mm")


def test_broken_rows_are_told_one_by_one_and_empty_ones_left_out() -> None:
    rows = [
        {"name": "", "value": "", "unit": ""}, {"name": "效率", "value": "", "unit": "%"}, {"name": "", "value": "5"},
        {"name": "寿命", "value": "很长"}, {"name": "温度", "comparison": "RANGE", "value": "5"}, {"name": "压力", "value": "5"},
    ]  # fmt: skip
    with pytest.raises(WrongRows) as wrong:
        figures(rows)
    assert sorted(wrong.value.rows) == [1, 2, 3, 4]
    assert figures([rows[0], rows[5]]) == [Quantity("压力", "EQ", 5)]


def test_one_cell_of_text_holds_many_figures() -> None:
    found = figures("附着力≥10 MPa；耐盐雾 3000 h\n工作温度：-20~60℃；5G延时<5ms; PM2.5去除率：≥99%;寿命约20年")
    assert [str(one).replace("\xa0", " ") for one in found] == [
        "附着力 ≥ 10 MPa", "耐盐雾 3,000 h", "工作温度 -20–60 ℃", "5G延时 < 5 ms", "PM2.5去除率 ≥ 99 %", "寿命 ≈ 20 年",
    ]  # fmt: skip
    assert figures(found) == found
    with pytest.raises(Wrong):
        figures("性能优良")


def test_more_figures_than_anyone_reads_are_refused() -> None:
    with pytest.raises(Wrong, match="40"):
        figures([{"name": f"指标{n}", "value": n} for n in range(41)])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("面议", Price()), ("", Price()), (None, Price()), ("-", Price()), ("negotiable", Price()), (float("nan"), Price()),
        ("80万", Price("FIXED", 80_000_000, 80_000_000)), ("80", Price("FIXED", 80_000_000, 80_000_000)), (80.0, Price("FIXED", 80_000_000, 80_000_000)),
        ("８０ 万元", Price("FIXED", 80_000_000, 80_000_000)), ("800,000元", Price("FIXED", 80_000_000, 80_000_000)), ("800000", Price("FIXED", 80_000_000, 80_000_000)),
        ("50-120万元", Price("RANGE", 50_000_000, 120_000_000)), ("50万-120万", Price("RANGE", 50_000_000, 120_000_000)), ("50至120", Price("RANGE", 50_000_000, 120_000_000)),
        ("1.2亿", Price("FIXED", 12_000_000_000, 12_000_000_000)), ("￥500元", Price("FIXED", 50_000, 50_000)), ("80万以内", Price("FIXED", 80_000_000, 80_000_000)),
    ],
)  # fmt: skip
def test_prices_as_people_write_them(text: Any, found: Price) -> None:
    assert price(text) == found


@pytest.mark.parametrize("text", ["很便宜", "120-50万", "-3万", "1e400", "80 USD", "99999亿元", True, "80万80"])
def test_what_is_no_price_is_refused(text: Any) -> None:
    with pytest.raises(Wrong):
        price(text)


@given(ends=st.tuples(st.integers(1, 10**14), st.integers(1, 10**14)).map(sorted), agreed=st.booleans())
def test_a_price_shown_in_a_form_is_read_back_to_the_fen(ends: list[int], agreed: bool) -> None:
    low, high = ends
    whole = Price("NEGOTIABLE" if agreed else "FIXED" if low == high else "RANGE", low, high)
    assert price(str(whole)) == whole


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("面议 50万左右", Price("NEGOTIABLE", 50_000_000, 50_000_000)), ("面议（50-80万元）", Price("NEGOTIABLE", 50_000_000, 80_000_000)),
        ("50万（可协商）", Price("NEGOTIABLE", 50_000_000, 50_000_000)), ("价格面议，预算５０万", Price("NEGOTIABLE", 50_000_000, 50_000_000)),
        ("预算待定", Price()), ("免费", Price("FREE", 0, 0)), ("无偿", Price("FREE", 0, 0)), ("0元", Price("FREE", 0, 0)),
    ],
)  # fmt: skip
def test_a_sum_for_orientation_is_kept_beside_to_be_agreed_and_nothing_to_pay_is_free(text: str, found: Price) -> None:
    assert price(text) == found and price(str(found)) == found


@given(text=st.text(max_size=30))
def test_any_text_is_a_price_or_refused(text: str) -> None:
    try:
        found = price(text)
    except Wrong:
        return
    assert found.min_fen is None or 0 <= found.min_fen <= (found.max_fen or 0) <= 10**14
