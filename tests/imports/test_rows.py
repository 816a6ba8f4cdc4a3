"""A row of a real file becomes values: lenient where people write freely, refused where a misreading would harm."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.catalog import fields
from webapp.catalog.fields import Entry, Lists
from webapp.catalog.quantities import Price, Quantity
from webapp.config import Settings
from webapp.core.errors import Invalid
from webapp.imports.columns import is_header, labels, mapping, require_title
from webapp.imports.reading import names
from webapp.imports.rows import Draft, RowReader, RowRefused
from webapp.imports.values import source_name

LISTS = Lists(
    industry={"marine": Entry("marine", "船舶海工", "Marine"), "ai": Entry("ai", "人工智能", "AI")},
    field={"materials": Entry("materials", "新材料", "New materials")},
)


def draft(kind: str = "results", text_max: int = 20_000, **cells: str) -> Draft:
    rules = fields.rules({"results": "result", "demands": "demand"}[kind], LISTS, Settings(text_max=text_max))
    reader = RowReader(rules, mapping(kind, cells), list(cells), by_delimiter=True)
    return reader.read(list(cells.values()))


def values(kind: str = "results", **cells: str) -> dict[str, Any]:
    return draft(kind, **cells).values


def refused(kind: str = "results", **cells: str) -> tuple[str, str]:
    with pytest.raises(RowRefused) as told:
        draft(kind, **cells)
    return told.value.column, told.value.reason % told.value.params


def test_an_unknown_classification_becomes_a_keyword() -> None:
    found = values(名称="甲", 关键词="涂层；防腐", 领域="兵器科学与技术", 产业="船舶海工、深海养殖")
    assert found["keywords"] == ["涂层", "防腐", "兵器科学与技术", "深海养殖"]
    assert found["industry_code"] == "marine"
    assert "field_code" not in found


def test_a_classification_is_known_by_chinese_english_and_code() -> None:
    assert [values(名称="甲", 产业=name).get("industry_code") for name in ("人工智能", "Marine", "marine", "")] == ["ai", "marine", "marine", None]


def test_an_unknown_kind_is_passed_over_and_a_known_one_taken() -> None:
    assert "form" not in values(名称="甲", 类型="论文")
    assert values(名称="甲", 类型="新材料")["form"] == "MATERIAL"
    assert "kind" not in values("demands", 名称="甲", 类型="别的什么")
    assert values("demands", 名称="甲", 类型="成果引进")["kind"] == "ADOPT"


def test_only_the_title_is_a_must() -> None:
    assert values(名称="甲", 简介="")["summary"] == ""
    for empty in ("", "  ", "无", "nan", "-"):
        column, reason = refused(名称=empty, 简介="说明")
        assert column == "名称"
        assert "名称是空的" in reason


def test_a_title_is_trimmed_before_it_is_measured() -> None:
    assert values(名称="  " + "长" * 200 + "\n")["title"] == "长" * 200
    assert refused(名称="长" * 201) == ("名称", "名称最多 200 个字。")


def test_text_over_the_limit_is_refused_with_the_limit() -> None:
    column, reason = "", ""
    with pytest.raises(RowRefused) as told:
        draft(text_max=50, 名称="甲", 简介="x" * 51)
    column, reason = told.value.column, told.value.reason % told.value.params
    assert (column, "50" in reason) == ("简介", True)


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        ("results", {"成熟度": "十"}, "1 到 9"),
        ("results", {"参考价": "很便宜"}, "80万"),
        ("results", {"有效期": "明年"}, "2027-03-31"),
        ("results", {"试用月数": "很久"}, "整数"),
        ("results", {"先用后付": "也许"}, "“是”或“否”"),
        ("results", {"保密级": "机密"}, "保密级"),
        ("demands", {"截止日期": "31/31/2027"}, "2027-03-31"),
        ("demands", {"预算": "1e400"}, "价格"),
    ],
)
def test_a_number_a_date_or_a_level_that_cannot_be_read_refuses_the_row_and_says_what_is_expected(
    kind: str, cells: dict[str, str], expected: str
) -> None:
    column, reason = refused(kind, 名称="甲", **cells)
    assert (column, expected in reason) == (next(iter(cells)), True)


def test_what_people_write_for_numbers_is_understood() -> None:
    found = values(名称="甲", 成熟度="ＴＲＬ ７级", 参考价="50-120万元", 有效期="2027年3月", 试用月数="12", 先用后付="是")
    assert (found["trl"], found["price"], found["valid_until"]) == (7, Price("RANGE", 50_000_000, 120_000_000), date(2027, 3, 31))
    assert (found["trial_months"], found["use_first_offered"]) == (12, True)
    assert values("demands", 名称="甲", 截止日期="46477")["deadline"] == date(2027, 3, 31)


def test_more_keywords_than_ten_are_kept_below_the_summary() -> None:
    found = values(名称="甲", 简介="说明", 关键词="；".join(f"词{n}" for n in range(12)) + "；" + "长" * 81)
    assert found["keywords"] == [f"词{n}" for n in range(10)]
    assert found["summary"] == "说明\n关键词：词10；词11；" + "长" * 81


def test_figures_are_read_and_prose_among_them_is_kept() -> None:
    found = values("demands", 名称="甲", 简介="说明", 技术指标="★附着力≥10 MPa；外观均匀，耐盐雾 3000 h（必须）\n温度：5–40 ℃")
    assert found["targets"] == [
        Quantity("附着力", "GE", 10.0, None, "MPa", True), Quantity("耐盐雾", "EQ", 3000.0, None, "h", True),
        Quantity("温度", "RANGE", 5.0, 40.0, "℃"),
    ]  # fmt: skip
    assert found["summary"] == "说明\n技术指标：外观均匀"


def test_long_prose_in_a_figures_cell_is_kept_and_not_picked_apart_for_ever() -> None:
    prose = "a" + " " * 15_000 + "b"
    assert values(名称="甲", 技术指标=prose)["summary"].startswith("技术指标：a")


def test_known_transfer_modes_are_taken_and_others_kept() -> None:
    found = values(名称="甲", 转化方式="专利许可、作价入股、以货易货")
    assert found["modes"] == ["LICENSE", "EQUITY"]
    assert found["summary"] == "转化方式：以货易货"


def test_names_too_long_for_their_field_are_kept_below_the_summary() -> None:
    inventors = "；".join(f"示例{n}" for n in range(40))
    found = values(名称="甲", 发明人=inventors)
    assert "lead" not in found
    assert found["summary"] == f"发明人：{inventors}"


def test_an_empty_cell_clears_what_a_text_says_but_no_declaration_and_no_level() -> None:
    found = values(名称="甲", 联系人="", 保密级="", 不涉密="", 有效期="", 产业="")
    assert found == {"title": "甲", "contact": ""}


def test_a_row_without_number_is_known_by_title_and_summary() -> None:
    same = [draft(名称="甲", 简介="乙", 单位=unit).external_id for unit in ("示例一", "示例二")]
    other = draft(名称="甲", 简介="丙").external_id
    assert same[0] == same[1] != other
    assert same[0].startswith("row-")
    assert len(same[0]) == 20


def test_numbers_are_compared_without_width_and_blanks() -> None:
    assert draft(名称="甲", 编号=" Ａ－１ ").external_id == "A-1"
    assert refused(名称="甲", 编号="x" * 121)[0] == "编号"


def test_a_row_with_more_cells_than_columns_is_refused_and_kept_whole() -> None:
    rules = fields.rules("result", LISTS, Settings())
    reader = RowReader(rules, {"名称": "title"}, ["名称", "简介"], by_delimiter=True)
    with pytest.raises(RowRefused):
        reader.read(["甲", "a", "b"])
    assert reader.read(["甲", "a", "", ""]).values == {"title": "甲"}
    assert reader.raw(["甲", "a", "b"]) == {"名称": "甲", "简介": "a", "#3": "b"}


def test_headers_are_recognised_in_chinese_and_english_with_stars_and_brackets() -> None:
    header = ["序号", "编 号.", "*成果名称（必填）", "Abstract", "完成单位", "学 院", "价格 (万元)", "备注"]
    assert mapping("results", header) == {
        "编 号.": "external_id", "*成果名称（必填）": "title", "Abstract": "summary", "完成单位": "organisation", "学 院": "department",
        "价格 (万元)": "price",
    }  # fmt: skip


def test_the_count_of_lines_in_a_list_is_not_taken_for_a_number_of_the_row() -> None:
    assert mapping("demands", ["序号", "需求名称"]) == {"需求名称": "title"}


def test_what_was_given_for_a_column_wins_and_frees_no_second_column() -> None:
    found = mapping("results", ["名称", "题目", "简介"], {"题目": "title", "简介": ""})
    assert found == {"题目": "title"}


@pytest.mark.parametrize("given", [{"没有": "title"}, {"名称": "nonsense"}, {"名称": "title", "题目": "title"}])
def test_a_wrong_mapping_is_told(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        mapping("results", ["名称", "题目"], given)


def test_without_a_title_column_the_columns_are_named() -> None:
    with pytest.raises(Invalid) as told:
        require_title(mapping("demands", ["甲列", "乙列"]), ["甲列", "乙列"])
    assert "甲列、乙列" in told.value.message % told.value.params


def test_every_field_of_the_catalog_can_be_imported_and_has_a_name() -> None:
    for kind, known in (("results", fields.result_fields(LISTS)), ("demands", fields.demand_fields(LISTS))):
        assert set(known) <= set(labels(kind))
        assert all(labels(kind).values())


@pytest.mark.parametrize("name", ["学校成果库", "学校成果库 (1)", "学校成果库（2）", "学校成果库-refused", "学校成果库 - 副本", "学校成果库-refused (3)"])
def test_a_copy_of_a_file_is_the_same_source(name: str) -> None:
    assert source_name(name) == "学校成果库"


def test_a_source_is_never_too_long_and_never_taken_for_another_origin() -> None:
    assert len(source_name("长" * 100, "o123456/")) == 40
    assert source_name("长" * 100) != source_name("长" * 101)
    assert source_name("example") == "file-example"
    assert source_name(" \u200b ") == "file"


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["名称", "简介", "关键词", "领域", "成熟度", "参考价", "技术指标", "转化方式", "有效期"]), st.text(max_size=80), min_size=1))
def test_any_text_in_any_cell_gives_values_the_catalog_takes_or_a_reason(cells: dict[str, str]) -> None:
    whole = {"名称": "甲"} | cells
    try:
        found = draft(**whole)
    except RowRefused as told:
        assert told.reason % told.params
        return
    rules = fields.rules("result", LISTS, Settings())
    try:
        assert rules.read(found.values)["title"]
    except Invalid as broken:  # rules between fields are the catalog's
        assert broken.fields


@settings(deadline=None)
@given(st.lists(st.text(max_size=8), max_size=12))
def test_column_names_are_never_empty_and_never_twice(cells: list[str]) -> None:
    found = names(cells)
    assert all(found)
    assert len(found) == len(set(found))


def test_a_line_is_the_header_when_it_has_a_title_or_every_chosen_column() -> None:
    assert is_header("results", ["编号", "成果名称"])
    assert not is_header("results", ["2026 年汇总"])
    assert is_header("results", ["甲列", "乙列"], ["乙列"])
    assert not is_header("results", ["成果名称"], ["乙列"])
