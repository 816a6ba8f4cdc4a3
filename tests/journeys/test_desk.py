"""A broker's morning by keyboard alone, and the company that found the pair in its own list first."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
Enter = Callable[..., Any]


def pair(page: Any) -> str:
    """The number of the pair that is open."""
    return str(page.locator("section.sm-detail").get_attribute("id"))


def press(page: Any, key: str, until: str) -> None:
    """Press a key and wait for what it brings."""
    page.keyboard.press(key)
    page.wait_for_selector(until)


def test_a_broker_works_through_the_queue_without_a_mouse(visitor: Enter) -> None:
    broker = visitor("broker2")
    page = broker.until("/matches?grade=2%2B", lambda page: page.locator(".sm-qi").count() > 5)
    page.locator("body").press("Escape")

    first = pair(page)
    press(page, "j", f"section.sm-detail:not(#{first})")
    press(page, "k", f"#{first}")
    press(page, "s", "[data-sm-judged]")
    assert "已入围" in page.inner_text("[data-sm-judged]") and pair(page) != first
    press(page, "u", f"#{first}")
    assert "已撤回" in page.inner_text(".sm-detail")

    second = pair(page)
    press(page, "4", f"section.sm-detail:not(#{second}) [data-sm-judged]")
    assert "权属" in page.inner_text("[data-sm-judged]"), "a digit rejects with its reason, the list of reasons shut"
    third = pair(page)
    press(page, "r", ".sm-noes .sm-no >> visible=true")
    press(page, "1", f"section.sm-detail:not(#{third}) [data-sm-judged]")
    assert "领域不符" in page.inner_text("[data-sm-judged]")

    acts = "[data-sm-bulk] button[name=action]"
    assert page.locator(f"{acts}:disabled").count() == page.locator(acts).count() == 6, "nothing is ticked"
    press(page, "x", "[data-sm-bulk][open]")
    assert page.locator(f"{acts}[value=shortlist]:enabled").count() == 1
    assert page.locator(f"{acts}[value=reject]:disabled").count() == 1, "a no still needs its reason"
    here = pair(page)
    press(page, "j", f"section.sm-detail:not(#{here})")
    page.keyboard.press("x")
    page.wait_for_function("() => document.querySelectorAll('[data-sm-tick]:checked').length === 2")
    with page.expect_navigation():
        page.keyboard.press("7")
    assert "2 对不入围" in page.inner_text("[data-sm-judged]")
    with page.expect_navigation():
        page.keyboard.press("u")
    assert "已处理 2 对" in page.inner_text("main")

    press(page, "?", "dialog#keys[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog#keys:not([open])", state="attached")

    page.goto(broker.site.address + "/preferences")
    page.uncheck("input[name=keys]")
    page.click("main button[type=submit]")
    page.goto(broker.site.address + "/matches")
    here = pair(page)
    page.keyboard.press("s")
    page.wait_for_timeout(500)
    assert pair(page) == here and not page.locator("[data-sm-judged]").count(), "letters are off"


def test_a_pair_the_company_asked_for_is_on_top_and_half_agreed(visitor: Enter) -> None:
    company, broker, office = visitor("co-hydrogen"), visitor("broker3"), visitor("operator")
    page = company.until("/mine", lambda page: page.get_by_role("link", name="合得上的").count() > 0)
    page.get_by_role("link", name="合得上的").first.click()
    page.wait_for_url(re.compile("/matches/for/demand/"))
    wanted = page.locator("article", has=page.get_by_role("button", name="我想谈")).last
    assert "经纪人还没看过" in wanted.inner_text() and "约" in wanted.inner_text()
    title, number = wanted.locator("h2").inner_text(), str(wanted.get_attribute("id")).removeprefix("match-")
    with page.expect_navigation():
        wanted.get_by_role("button", name="我想谈").click()
    assert "您已说想谈" in page.inner_text(f"#match-{number}")

    page = broker.go("/matches")
    assert pair(page) == f"pair-{number}", "wished pairs come before all others"
    assert title.replace("\n", "") in page.inner_text(".sm-sides") and "主动说想谈" in page.inner_text(".sm-detail")
    press(page, "s", "[data-sm-judged]")
    press(page, "b", "text=双方可在")
    assert "企业愿意" in page.inner_text(".sm-detail-h")

    colleague = office.go(f"/matches?state=all&selected={number}")
    assert "在跟" in colleague.inner_text(".sm-decide") or "双方可在" in colleague.inner_text(".sm-decide")
    why = broker.go("/matches/why")
    why.fill("#w-demand", "氢")
    why.keyboard.press("Enter")
    why.wait_for_url(re.compile("demand_text"))
    assert why.locator("a[href*='demand=']").count() > 0
