"""Rights, team and evidence: read from rows and from a cell, refused row by row, written so that they are read back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.catalog import rowsets, values
from webapp.catalog.quantities import WrongRows
from webapp.catalog.reading import Wrong

PATENT = {"kind": "INVENTION", "number": "ZL202410000001.0", "status": "GRANTED", "holder": "示例大学", "co_owned": False, "expires": "2044-01-01", "fee_paid_until": ""}
words = st.text("甲乙丙丁abc123 -", max_size=12).map(lambda text: " ".join(text.split())).filter(lambda text: text.strip("-/") or not text)


def test_a_right_is_read_from_codes_names_and_dates_of_any_spelling() -> None:
    typed = {"kind": "发明", "number": " ZL202410000001.0 ", "status": "授权", "holder": "示例大学", "co_owned": "否", "expires": "2044年1月1日", "fee_paid_until": ""}
    assert rowsets.ip_rights([typed, {"kind": "", "number": ""}]) == [PATENT]
    assert rowsets.ip_rights("发明专利 | ZL202410000001.0 | 已授权 | 示例大学 | 否 | 2044-01-01") == [PATENT]


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ([{"kind": "", "number": "ZL1", "status": "GRANTED"}], [0]), ([PATENT, {"kind": "INVENTION", "number": "", "status": "GRANTED"}], [1]),
        ([{"kind": "INVENTION", "number": "1", "status": "很好"}], [0]), ([PATENT | {"expires": "不知道"}], [0]), ([PATENT | {"number": "9" * 61}], [0]),
    ],
)  # fmt: skip
def test_a_broken_row_is_told_at_its_place(typed: list[dict[str, Any]], places: list[int]) -> None:
    with pytest.raises(WrongRows) as wrong:
        rowsets.ip_rights(typed)
    assert sorted(wrong.value.rows) == places


def test_know_how_and_an_application_need_no_number() -> None:
    found = rowsets.ip_rights([{"kind": "KNOW_HOW", "status": "GRANTED"}, {"kind": "INVENTION", "status": "APPLIED"}])
    assert [row["kind"] for row in found] == ["KNOW_HOW", "INVENTION"]


def test_a_team_keeps_its_order_and_its_shares_do_not_exceed_the_whole() -> None:
    assert [row["name"] for row in rowsets.members([{"name": "乙", "share": "60"}, {"name": "甲", "share": "40％"}])] == ["乙", "甲"]
    with pytest.raises(Wrong, match="100"):
        rowsets.members([{"name": "甲", "share": "60"}, {"name": "乙", "share": "50"}])


def test_forty_rows_are_enough() -> None:
    with pytest.raises(Wrong, match="40"):
        rowsets.evidence([{"kind": "AWARD", "title": f"奖{n}"} for n in range(41)])


@given(rows=st.lists(st.fixed_dictionaries({
    "kind": st.sampled_from(list(values.EVIDENCE_KINDS)), "title": words.filter(bool), "issuer": words, "day": st.dates().filter(lambda d: 1990 <= d.year <= 2119).map(str) | st.just(""),
}), max_size=5))  # fmt: skip
def test_rows_written_as_one_cell_are_read_back_the_same(rows: list[dict[str, Any]]) -> None:
    assert rowsets.evidence(rowsets.written(rowsets.EVIDENCE_CELLS, rowsets.evidence(rows))) == rowsets.evidence(rows)
