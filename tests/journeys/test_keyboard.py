"""The main journeys with Tab, arrows and Enter alone: no mouse, no letters, and the focus is seen wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import Visitor

pytestmark = pytest.mark.journey
Enter = Callable[..., Visitor]
MOST = 400  # presses of Tab to reach anything on a page
# The focused element is on the screen, and something is drawn round it or under it.
SEEN = """() => { const here = document.activeElement, box = here.getBoundingClientRect();
  const drawn = of => { const look = getComputedStyle(of); return parseFloat(look.outlineWidth) >= 2 && look.outlineStyle !== "none" || look.boxShadow !== "none"; };
  const shown = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const round = [here, here.parentElement, here.closest("label, form, .sm-searchbox, .sm-hero-search")].filter(Boolean);
  return (shown && round.some(drawn)) ? "" : here.outerHTML.slice(0, 400); }"""


def tab_to(page: Any, selector: str, back: bool = False) -> None:
    """Press Tab until the focus is on what is sought; wherever it rests on the way, it is seen."""
    for _ in range(MOST):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            continue
        page.wait_for_function(f"() => ({SEEN})() === ''")  # a link that slides in is seen when it is there
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector} on {page.url}")


def press_there(page: Any, selector: str, back: bool = False) -> None:
    """Go to a link or a button and press Enter; the page that follows is open afterwards."""
    tab_to(page, selector, back)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_into(page: Any, selector: str, words: str) -> None:
    """Go to a field and type."""
    tab_to(page, selector)
    page.keyboard.insert_text(words)


def test_somebody_signs_in_finds_a_result_and_posts_a_demand(visitor: Enter) -> None:
    buyer = visitor(reduced_motion="reduce")  # a ring that grows is not measured while it does
    page = buyer.go("/sign-in")
    type_into(page, "input[name=email]", "co-film@sunmao.example")
    type_into(page, "input[name=password]", buyer.site.passwords["co-film@sunmao.example"])
    press_there(page, "main button[type=submit]")

    page = buyer.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.matches('.sm-skip')"), "the first stop leads past the bar"
    type_into(page, "main input[type=search]", "海洋 防腐")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "[data-sm-hit] :is(h2, h3) a")
    first = page.evaluate("() => document.activeElement.href")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.href") != first, "arrows walk the hits"
    page.keyboard.press("ArrowUp")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == first

    page = buyer.go("/demands")
    press_there(page, "main a[href='/demands/new']")
    type_into(page, "input[name=title]", "示例群演安全培训头显")
    type_into(page, "textarea[name=background]", "示例：拍摄现场每周有三十名群演要做安全培训，讲课两小时，仍有人走错位置，停机一次要半天。")
    type_into(page, "textarea[name=present]", "示例：现在发纸质手册加现场讲解，考核通过率七成，试过录像，没有互动，效果一般。")
    type_into(page, "input[name=targets-0-name]", "考核通过率")
    type_into(page, "input[name=targets-0-value]", "≥95 %")
    tab_to(page, "select[name=targets-0-must]")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.value") == "yes", "an arrow chooses"
    tab_to(page, "button[name=then][value=submit]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "示例群演安全培训头显" in page.content()
    assert page.locator("main").inner_text()


def test_a_broker_decides_a_pair_and_moves_a_card(visitor: Enter) -> None:
    broker = visitor("broker4", reduced_motion="reduce")
    page = broker.until("/matches", lambda page: page.locator(".sm-qi").count() > 3)
    first = page.locator("section.sm-detail").get_attribute("id")
    tab_to(page, ".sm-decide button.sm-btn-p")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"section.sm-detail:not(#{first}) [data-sm-judged]")
    assert "已入围" in page.inner_text("[data-sm-judged]")
    second = page.locator("section.sm-detail").get_attribute("id")
    tab_to(page, ".sm-decide details > summary")
    page.keyboard.press("Enter")
    tab_to(page, ".sm-noes button.sm-no")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"section.sm-detail:not(#{second}) [data-sm-judged]")
    assert "不入围" in page.inner_text("main")

    page = broker.go("/tasks")
    card = page.locator(".sm-card:has(.sm-menu form[action$='/act/verify'])").first
    title = card.locator("b a").inner_text()
    tab_to(page, ".sm-card:has(form[action$='/act/verify']) summary")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    tab_to(page, "form[action$='/act/verify'] button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page = broker.go("/tasks")
    moved = page.locator(".sm-card", has_text=title).first
    assert moved.locator("form[action$='/act/verify']").count() == 0, "the card has left the lane it stood in"
