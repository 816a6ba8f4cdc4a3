"""What people type and what they find."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Index
from tests.search.conftest import Ask, ids, row

RESULTS = [
    row("r1", "石墨烯防腐涂层制备方法", "用于船舶钢结构的长效防腐，涂层厚度 50 μm。", keywords=("石墨烯", "海洋防腐")),
    row("r2", "锂离子电池热管理系统", "液冷板与相变材料结合，控制电池包温差。", numbers={"trl": 6, "price": 30}, date="2024-05-01"),
    row("r3", "水下机器人导航算法", "声呐与惯性导航融合。", names=("张示例", "示例理工大学"), numbers={"trl": 4}, date="2023-11-20"),
    row("r4", "Graphene coatings for marine batteries", "Coatings reduce corrosion.", numbers={"trl": 8, "price": 5}),
    row("r5", "人工智能质量检测", "基于深度学习的表面缺陷识别。", date="2025-01-02"),
]


@pytest.fixture
def filled(index: Index, ask: Ask) -> Ask:
    index.apply(RESULTS)
    return ask


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("石墨烯", {"r1"}), ("石墨烯 涂层", {"r1"}), ("石墨烯涂层", {"r1"}),
        ("墨烯防", {"r1"}), ("离子电", {"r2"}), ("人导", {"r3"}),
        ("石墨烯塗層", {"r1"}), ("鋰離子電池", {"r2"}), ("ｇｒａｐｈｅｎｅ", {"r4"}),
        ("coating", {"r4"}), ("BATTERY", {"r4"}), ("graph*", {"r4"}),
        ("锂电", {"r2"}), ("AI", {"r5"}), ("ai 检测", {"r5"}),
        ('"防腐涂层"', {"r1"}), ('"涂层防腐"', set()), ("“惯性导航”", {"r3"}),
        ("涂层 OR 导航", {"r1", "r3"}), ("导航 AND 声呐", {"r3"}), ("涂层 NOT 导航", {"r1"}), ("-石墨烯 涂层", set()),
        ("(涂层 OR 电池) NOT 相变", {"r1"}), ("NOT 涂层", {"r2", "r3", "r4", "r5"}),
        ("title:电池", {"r2"}), ("标题：导航", {"r3"}), ("text:涂层", {"r1"}), ("keyword:海洋", {"r1"}), ("title:声呐", set()),
        ("name:zhangshili", {"r3"}), ("zhangshili", {"r3"}), ("zsl", {"r3"}), ("shililigong", {"r3"}), ("ligongdaxue", {"r3"}),
        ("张示例", {"r3"}), ("name:张*", {"r3"}), ("name:示例??大学", {"r3"}), ("id:r?", {"r1", "r2", "r3", "r4", "r5"}),
        ("id:r4", {"r4"}),
        ("trl:>=6", {"r2", "r4"}), ("trl:4..6", {"r2", "r3"}), ("trl:[5 TO 9]", {"r2", "r4"}), ("trl:>6", {"r4"}),
        ("price:<10", {"r4"}), ("date:2024", {"r2"}), ("date:>2024", {"r5"}), ("date:2023-11..2024-05", {"r2", "r3"}),
        ("50μm", {"r1"}), ("50 μm 涂层", {"r1"}), ("kind:result 导航", {"r3"}),
    ],
)  # fmt: skip
def test_what_is_typed_finds_what_is_meant(filled: Ask, typed: str, found: set[str]) -> None:
    assert set(ids(filled(typed, need="all"))) == found


def test_the_title_counts_more_than_the_text(index: Index, ask: Ask) -> None:
    index.apply([row("text", "装置甲", "一种气凝胶材料"), row("title", "气凝胶材料", "一种装置甲")])
    assert ids(ask("气凝胶")) == ["title", "text"]


def test_added_synonyms_are_said_aloud(filled: Ask) -> None:
    assert filled("AI").expansions == ("ai=人工智能",)
    assert filled("石墨烯").expansions == ()


def test_a_synonym_that_finds_nothing_is_not_mentioned(index: Index, ask: Ask) -> None:
    index.apply([row("r1", "雷达信号处理")])
    assert ask("iot").expansions == ()


def test_words_that_nobody_has_are_dropped_and_named(filled: Ask) -> None:
    page = filled("石墨烯 量子纠缠")
    assert ids(page)[0] == "r1"
    assert page.dropped
    assert "石墨烯" not in page.dropped


def test_an_answer_without_all_words_keeps_to_the_rows_that_have_most(index: Index, ask: Ask) -> None:
    index.apply([row("two", "船舶防污材料"), row("one", "检测方法"), *(row(f"r{i}", "检测设备") for i in range(5))])
    page = ask("船舶 防污 检测")
    assert ids(page) == ["two"]
    assert page.dropped == ("检测",)


def test_all_words_of_a_short_query_are_asked_for_when_some_row_has_them(filled: Ask) -> None:
    assert ids(filled("涂层 石墨烯")) == ["r1"]


def test_a_homophone_is_offered_for_a_word_that_finds_nothing(filled: Ask) -> None:
    assert filled("倒航").suggestion == "导航"


def test_a_misspelt_latin_word_is_corrected(filled: Ask) -> None:
    assert filled("grapheme").suggestion == "graphene"


def test_a_word_that_finds_something_is_not_corrected(filled: Ask) -> None:
    assert filled("导航").suggestion is None


def test_an_unknown_field_is_plain_text(filled: Ask) -> None:
    assert ids(filled("foo:涂层")) == ["r1"]


def test_a_pasted_passage_finds_what_shares_most_of_its_words(filled: Ask) -> None:
    passage = "需求：\n单位：某企业\n我们需要一种用于船舶钢结构的长效防腐涂层，希望采用石墨烯材料，涂层厚度不超过规定值"
    assert ids(filled(passage))[0] == "r1"


def test_blank_text_shows_everything_newest_first(filled: Ask) -> None:
    assert ids(filled("  "))[:3] == ["r5", "r2", "r3"]
    assert filled("").total == 5


HAN = st.text(alphabet="防腐涂层石墨烯电池导航海洋材料系统控制算法示例", min_size=4, max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HAN, data=st.data())
def test_every_chinese_substring_of_two_characters_or_more_is_findable(index: Index, text: str, data: st.DataObject) -> None:
    index.apply([row("target", "标题", text)])
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 2, len(text)))
    from search import Query

    for typed in (text[start:end], f'"{text[start:end]}"'):
        page = index.query(Query(typed, ("public",), need="all"))
        assert ids(page) == ["target"]
        spans = page.hits[0].text_spans
        # Where the phrase stands several times, overlapping itself, one of the places is marked.
        assert any(text[start:end] in text[a:b] for a, b in spans) or typed[0] != '"'
