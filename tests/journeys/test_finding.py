"""Finding in a real browser: one box with filters, a demand nothing fits yet, and the result that later does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.journeys.conftest import Visitor

pytestmark = pytest.mark.journey
Enter = Callable[..., Visitor]
DEMAND = "示例纱厂回收浆料中的聚乙烯醇"
NEED = "退浆废水里每升有十二克聚乙烯醇，外运处理一吨六百元；想就地回收，回收率八成以上，回收的浆料能再上浆，现有超滤膜三个月就堵。"
RESULT = "示例退浆废水聚乙烯醇超滤回收"
FOUND = "退浆废水就地超滤回收聚乙烯醇，回收率百分之八十八，回收的浆料可再上浆；超滤膜带气泡擦洗，运行十四个月没有堵。"


def total(page: Any) -> int:
    """How many hits the page says it has."""
    return int(re.sub(r"\D", "", page.locator(".sm-search-top h1").inner_text()))


def test_a_guest_finds_with_one_box_and_narrows_with_filters(visitor: Enter) -> None:
    page = visitor().go("/")
    box = page.locator("main input[type=search]").first
    box.fill("防腐")
    box.press("Enter")
    page.wait_for_url(re.compile(r"/search\?"))
    everything = total(page)
    assert everything > 1 and page.locator(".sm-hit mark").first.inner_text() == "防腐"
    facet = page.locator(".sm-facet-row:has(input[name=kind][value=result])")
    only = int(facet.locator(".sm-n").inner_text())
    assert 0 < only < everything
    facet.locator("input").check()
    page.wait_for_url(re.compile("kind=result"))
    assert total(page) == only, "the number beside a filter is what choosing it gives"
    assert page.locator(".sm-chip").count(), "what is chosen stands above the hits"
    page.goto(visitor().site.address + "/search?q=放腐")
    offered = page.locator(".sm-said a").first
    assert offered.inner_text() == "防腐", "a word that sounds the same is offered"
    offered.click()
    page.wait_for_url(re.compile("%E9%98%B2%E8%85%90"))
    assert total(page) == everything


def _post_demand(buyer: Visitor) -> str:
    page = buyer.go("/demands/new")
    page.fill("input[name=title]", DEMAND)
    page.fill("textarea[name=summary]", NEED)
    page.fill("input[name=price]", "30-60万元")
    page.fill("input[name=deadline]", (date.today() + timedelta(days=200)).isoformat())
    with page.expect_navigation():
        page.click("button[name=then][value=submit]:visible")
    assert DEMAND in page.inner_text("h1")
    return re.search(r"/demands/(\d+)", page.url)[1]  # type: ignore[index]


def _post_result(author: Visitor) -> str:
    page = author.go("/results/new")
    page.fill("input[name=title]", RESULT)
    page.fill("textarea[name=summary]", FOUND)
    page.select_option("select[name=trl]", "8")
    page.select_option("select[name=stage]", "INDUSTRIAL")
    page.fill("input[name=price]", "40万元")
    for name in ("non_secret", "ownership_clear", "inventors_agree"):
        page.check(f"input[name={name}]")
    with page.expect_navigation():
        page.click("button[name=then][value=submit]")
    assert RESULT in page.inner_text("h1"), page.inner_text("main")[:600]
    return re.search(r"/results/(\d+)", page.url)[1]  # type: ignore[index]


def test_a_demand_nothing_fits_is_watched_until_a_result_comes_that_does(visitor: Enter) -> None:
    buyer = visitor("co-film")
    demand = _post_demand(buyer)
    broker = visitor("broker3")
    broker.go(f"/demands/{demand}")
    broker.act("verify", fill={"note": "上门看过，情况属实"}, choose={"how": "VISIT"})
    own = f"/matches/for/demand/{demand}"
    page = buyer.until(own, lambda page: "还没有合适的成果" in page.inner_text("main") and "一直替您看着" in page.inner_text("main"))
    assert "研究方向最近的团队" in page.inner_text(".sm-nothing"), "who works nearest to it is named instead"
    assert "可能合适的" not in buyer.go("/notices").inner_text("main")

    page = broker.go("/search?q=退浆废水超滤")
    page.locator("form[action*='/searches'] button").first.click()
    page.wait_for_load_state()
    author = visitor("res-ouc")
    result = _post_result(author)
    office = visitor("tto-ouc")
    page = office.go(f"/results/{result}")
    with page.expect_navigation():
        page.locator("form[action*='/act/approve'] button").first.click()

    page = author.until(f"/matches/for/result/{result}", lambda page: page.locator(".sm-own").count() > 0)
    first = page.locator(".sm-own").first
    assert DEMAND in first.locator("h2").inner_text().replace("\n", ""), "the demand it was made for stands first"
    assert "聚乙烯醇" in first.locator("mark").all_inner_texts(), "and the words both share are marked"
    came = "现在出现了一项可能合适的"
    page = buyer.until("/notices", lambda page: came in page.inner_text("main"), seconds=70)
    with page.expect_navigation():
        page.locator("li", has_text=came).filter(has_text=DEMAND).get_by_role("button").click()
    assert page.url.endswith(own), "the notice leads to the list it speaks of"
    broker.until("/notices", lambda page: "退浆废水超滤" in page.inner_text("main"), seconds=70)
    page = buyer.go(own)
    assert "还没有合适的成果" not in page.inner_text("main")
    assert RESULT in page.locator(".sm-own h2").first.inner_text().replace("\n", "")
