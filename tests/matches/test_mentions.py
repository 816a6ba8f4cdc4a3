"""Mentions: what a result's text says of a target that its table of figures leaves out."""

from __future__ import annotations

import pytest

from webapp.matches.mentions import mentioned

TEXT = "板表面达到WJ-2级，效率每小时22 m²，闪锈等级L。吸回的水过滤后再用，回用率91%，曲率半径小于3 m的部位仍由人工处理。膜厚一道1.5 mm，约6 h表干。"


@pytest.mark.parametrize(
    ("name", "unit", "found"),
    [
        ("清理效率", "m²/h", "22 m²"), ("废水回收率", "%", "91%"), ("最小曲率半径", "m", "3 m"), ("一道成膜厚度", "mm", "1.5 mm"),
        ("表干时间", "h", "6 h"), ("越障高度", "mm", ""), ("整车质量", "kg", ""), ("最小曲率半径", "mm", ""), ("等级", "", ""),
    ],
)  # fmt: skip
def test_a_figure_is_found_by_its_unit_in_a_clause_that_speaks_of_it(name: str, unit: str, found: str) -> None:
    assert mentioned(name, unit, TEXT) == found


@pytest.mark.parametrize("text", ["", "效率" * 5000, "效率 1e999 m²", "效率(" * 200 + "22 m²", "效率 22 m²/s"])
def test_odd_texts_give_something_or_nothing_and_no_error(text: str) -> None:
    assert mentioned("清理效率", "m²/h", text) in {"", "22 m²"}
