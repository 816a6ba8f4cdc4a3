"""A researcher and a company write what they have and need, in a real browser: kept as typed, coached, checked, published, with the time each took."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.attachments.samples import pdf
from tests.journeys.conftest import Visitor

pytestmark = pytest.mark.journey
Enter = Callable[..., Visitor]
RESULT = "示例低表面处理防腐涂层（浪溅区）"
DEMAND = "示例深海连接件长效防腐"


def save(page: Any, then: str) -> None:
    """Press one of the form's two buttons."""
    with page.expect_navigation():
        page.click(f"button[name=then][value={then}]")
    assert not page.locator(".sm-summary").count(), page.inner_text(".sm-summary")


def clarity_of(page: Any, enough: Callable[[int], bool], seconds: float = 45) -> int:
    """The coach's score, once it is as awaited."""
    end = time.monotonic() + seconds
    while True:
        found = re.search(r"(\d+)", page.locator(".sm-coach-bar b").first.inner_text()) if page.locator(".sm-coach-bar b").count() else None
        if found and enough(int(found[1])):
            return int(found[1])
        assert time.monotonic() < end, page.inner_text("#coach")[:400]
        time.sleep(0.3)


def test_a_researcher_writes_a_result_that_is_kept_as_typed_and_the_office_publishes_it(visitor: Enter) -> None:
    began = time.monotonic()
    author = visitor("res-upc")
    page = author.go("/results/new")
    page.fill("input[name=title]", RESULT)
    page.fill("textarea[name=summary]", "海洋平台浪溅区用，手工除锈后即可涂装，近岸平台试涂十八个月未起泡。")
    page.locator("#sm-saved [data-sm-kept]").wait_for()
    page = author.go("/results/new")
    assert page.input_value("input[name=title]") == RESULT, "what was typed came back"
    page.select_option("select[name=trl]", "7")
    page.select_option("select[name=stage]", "PILOT")
    page.fill("input[name=price]", "面议 50万左右")
    page.fill("input[name=indicators-0-name]", "附着力")
    page.fill("input[name=indicators-0-value]", "≥１２．４兆帕")
    for name in ("non_secret", "ownership_clear", "inventors_agree"):
        page.check(f"input[name={name}]")
    save(page, "submit")
    address = page.url.removeprefix(author.site.address).partition("#")[0]
    assert "12.4" in page.inner_text("main") and "兆帕" in page.inner_text("main")
    page.set_input_files("input[type=file]", {"name": "report.pdf", "mimeType": "application/pdf", "buffer": pdf("Salt spray 3000 h")})
    with page.expect_navigation():
        page.locator("form:has(input[type=file]) button[type=submit]").first.click()
    assert "report.pdf" in page.inner_text("main")
    print(f"a result written and handed in: {time.monotonic() - began:.0f} s")
    office = visitor("tto-upc")
    page = office.go(address)
    with page.expect_navigation():
        page.locator("form[action*='/act/approve'] button").first.click()
    assert RESULT in visitor().go(address).inner_text("main"), "everybody reads it now"


def test_a_company_is_coached_to_a_clear_demand_and_a_broker_verifies_it(visitor: Enter) -> None:
    began = time.monotonic()
    buyer = visitor("co-offshore")
    page = buyer.go("/demands/new")
    page.fill("input[name=title]", DEMAND)
    page.fill("textarea[name=background]", "海工装备的螺栓与法兰在浪溅区八个月起泡，返工要停产三天，每年两次。")
    before = clarity_of(page, lambda score: score > 0)
    page.fill("textarea[name=present]", "现在用环氧底漆加面漆，喷砂到 Sa2.5，盐雾只到一千二百小时，试过两家都不行。")
    page.fill("input[name=targets-0-name]", "耐盐雾")
    page.fill("input[name=targets-0-value]", "≥3000 h")
    page.select_option("select[name=targets-0-must]", "yes")
    page.fill("textarea[name=conditions]", "常温到 60 ℃，手工打磨即可施工，不含铬。")
    page.fill("input[name=price]", "50-80万元")
    page.fill("input[name=deadline]", "2031-12-31")
    page.fill("input[name=months]", "12")
    page.fill("textarea[name=summary]", "海工装备的螺栓与法兰起泡，要找耐盐雾三千小时以上的涂层。")
    after = clarity_of(page, lambda score: score >= 60)
    assert after > before, "what was added made the demand clearer"
    save(page, "submit")
    address = page.url.removeprefix(buyer.site.address).partition("#")[0]
    print(f"a demand written and handed in: {time.monotonic() - began:.0f} s, clarity {before} -> {after}")
    broker = visitor("broker1")
    page = broker.go(address)
    broker.act("verify", fill={"note": "电话核实，情况属实"}, choose={"how": "PHONE"})
    assert DEMAND in page.inner_text("main") and "待审核" not in page.inner_text("main")
