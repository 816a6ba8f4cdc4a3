"""The search page: filters with names and counts, ways out of an empty answer, suggestions, and what it says of itself."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from webapp.catalog.regions import region_of
from webapp.core import worker
from webapp.core.worker import Context

Make = Callable[..., Any]


@pytest.fixture
def browser(app: Any, context: Context, make_result: Make, make_demand: Make, make_organisation: Make) -> Any:
    with context.database.transaction() as session:
        school = make_organisation(session, "SCHOOL", name="示例甲大学", name_en="Example A University", cluster_code="upc")
        make_result(session, school, title="飞溅区防腐涂层", trl=6, field_code="materials")
        make_result(session, school, title="管道防腐阴极保护", trl=3, modes=["TRANSFER"], use_first_offered=False)
        company = make_organisation(session, "COMPANY", name="示例乙海工")
        make_demand(session, company, title="寻找长效防腐", location="青岛市城阳区", confidentiality=0)
    worker.drain(context)
    return app.test_client()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_all_ten_filters_stand_beside_the_hits_with_names_and_counts(browser: Any) -> None:
    page = browser.get("/search?q=防腐").text
    legends = re.findall(r"<legend>(.*?)</legend>", page)
    assert legends == ["类型", "创新圈", "单位", "产业", "技术领域", "技术成熟度", "转化方式", "先用后付", "地区", "年份"]
    shown = text_of(page)
    for words in ("成果 2", "需求 1", "示例甲大学 2", "示例乙海工 1", "城阳区 1", "西海岸新区 2", "TRL 6 · 中试 1", "转让 1"):
        assert words in shown, words


def test_a_filter_narrows_becomes_a_chip_and_can_be_taken_away(browser: Any) -> None:
    page = browser.get("/search?q=防腐&trl=3").text
    assert "管道" in page and "飞溅区" not in page
    assert 'aria-label="去掉条件：TRL 3' in page
    assert re.search(r'href="/search\?q=[^"&]*" aria-label="去掉条件', page)


def test_an_empty_answer_says_what_dropping_each_filter_would_find(browser: Any) -> None:
    page = browser.get("/search?q=防腐&trl=3&mode=LICENSE").text
    shown = text_of(page)
    assert "这些条件下没有“防腐”" in shown
    assert "去掉“技术成熟度：TRL 3 · 实验室” 2 项" in shown
    assert "去掉“转化方式：许可” 1 项" in shown
    assert "去掉全部条件 3 项" in shown
    assert "/demands/new?title=" in page
    assert "登录后，有了就通知我" in shown


def test_where_few_hold_all_the_words_the_rows_with_some_of_them_are_offered(browser: Any) -> None:
    page = browser.get("/search?q=飞溅区 防腐").text
    assert text_of(page).count("项只含其中一部分词") == 1 and "管道防腐" not in page
    more = html.unescape(re.search(r'href="([^"]*words=some[^"]*)"', page)[1])  # type: ignore[index]
    some = browser.get(more).text
    assert "阴极保护" in text_of(some) and "只看含全部词的" in some and "项只含其中一部分词" not in some
    assert 'name="words" value="some"' in some, "a filter chosen next keeps it"
    assert "项只含其中一部分词" not in browser.get("/search?q=飞溅区").text, "one word has no part"


def test_signs_taken_as_plain_text_are_offered_when_they_find_nothing(browser: Any) -> None:
    page = browser.get("/search?q=%E2%80%9C飞溅区阴极保护%E2%80%9D").text
    assert "不按符号理解，只当普通文字找" in page
    assert "飞溅区" in browser.get("/search?q=%E2%80%9C飞溅区阴极保护%E2%80%9D&plain=1").text


def test_filters_can_be_typed_by_the_names_people_know(browser: Any) -> None:
    assert "飞溅区" not in browser.get("/search?q=类型:需求 防腐").text
    assert "寻找长效" not in browser.get("/search?q=kind:result 防腐").text
    assert "寻找长效" not in browser.get("/search?q=单位:甲大学 防腐").text


def test_the_box_suggests_as_one_types_and_works_without_script(browser: Any) -> None:
    assert "飞溅区防腐涂层" in browser.get("/search/suggest?q=飞溅").text
    assert browser.get("/search/suggest?q=").text.strip() == ""
    page = browser.get("/search?q=防腐").text
    assert '<form class="sm-search-box" role="search" action="/search" method="get">' in page
    assert 'data-sm-suggest="/search/suggest"' in page


def test_a_slip_is_corrected_keeping_the_filters(browser: Any) -> None:
    page = browser.get("/search?q=防府&kind=result").text
    assert "您是不是要找" in page and "<b>防腐</b>" in page


def test_a_school_is_found_by_name_pinyin_and_english(browser: Any) -> None:
    for typed in ("甲大学", "shilijiadaxue", "Example A University"):
        assert "示例甲大学" in text_of(browser.get(f"/search?q={typed}&kind=organisation").text), typed
    assert "0 项" in text_of(browser.get("/search?q=乙海工&kind=organisation").text)


def test_everything_reads_in_english(browser: Any) -> None:
    page = browser.get("/search?q=防腐&trl=3&mode=LICENSE", headers={"Accept-Language": "en"}).text
    assert "Transfer mode" in page and "Watch this search" in page and "Let go of a little to find more" in page


@pytest.mark.parametrize(
    ("place", "code"),
    [("青岛市城阳区流亭", "370214"), ("西海岸新区董家口", "370211"), ("青岛", "3702"), ("山东潍坊", "37"), ("江苏南京", "other"), ("", ""), ("月球", "")],
)
def test_a_place_tells_its_region(place: str, code: str) -> None:
    assert region_of(place) == code


def test_a_text_that_only_repeats_its_title_is_not_shown_twice(app: Any, context: Context, make_result: Make) -> None:
    with context.database.transaction() as session:
        make_result(session, title="潮汐电站闸门密封", summary="潮汐电站闸门密封")
    worker.drain(context)
    page = app.test_client().get("/search?q=潮汐").text
    assert len(re.findall("<mark>潮汐</mark>电站闸门密封", page)) == 1


def test_an_empty_answer_without_filters_takes_the_whole_width_and_quotes_the_words_once(browser: Any) -> None:
    page = browser.get('/search?q="从未有过的词"').text
    assert "没有找到“从未有过的词”" in html.unescape(page)
    assert '<div class="sm-search">' not in page and "<aside>" not in page
    assert '<div class="sm-search">' in browser.get("/search?q=防腐").text
