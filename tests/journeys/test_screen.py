"""Journey 7: the district on one screen, its drawings beside their tables, every number opening its rows, the targets reported and counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import Visitor

pytestmark = pytest.mark.journey
Enter = Callable[..., Visitor]


def of_its_year(guest: Visitor, path: str, shown: str, least: int) -> Any:
    """The page of this year or the last, whichever shows so many of these: other journeys move the site's clock, at times past a New Year."""

    def there(page: Any) -> bool:
        return bool(page.locator(shown).count() >= least)

    def this_or_the_last(page: Any) -> bool:
        earlier = page.locator("a[rel=prev]")
        return there(page) or (earlier.count() > 0 and there(guest.go(earlier.first.get_attribute("href"))))

    return guest.until(path, this_or_the_last, 90)


def test_an_operator_reads_the_screen_and_every_number_opens_its_rows(visitor: Enter) -> None:
    operator = visitor("operator")
    counted = "#panel-funnel .sm-n a"
    page = of_its_year(operator, "/screen", counted, 5)
    names = page.locator("#panel-funnel .sm-funnel > span[title]:not(.sm-rate)").all_inner_texts()
    assert len(names) == 6 and names[0] == "已发布" and names[-1] == "付款"
    numbers = [int(text.replace(",", "")) for text in page.locator("#panel-funnel .sm-n").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True) and numbers[-1] > 0, "the deals of the demonstration reach the payment"

    page.locator("#panel-flow svg path").first.wait_for()
    assert page.locator("#panel-flow .sm-chart").get_attribute("role") == "img"
    page.keyboard.press("t")
    assert page.locator("#panel-flow table").is_visible() and not page.locator("#panel-flow .sm-chart").is_visible()
    page.keyboard.press("t")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.id") == "panel-figures", "arrows go from panel to panel"

    told = page.locator(counted).last.inner_text()
    with page.expect_navigation():
        page.locator(counted).last.click()
    assert page.locator("main tbody tr").count() == int(told.replace(",", ""))
    file = page.request.get(operator.site.address + page.locator("main a[href*='rows.csv']").get_attribute("href"))
    assert len(file.text().strip().splitlines()) == int(told.replace(",", "")) + 1


def test_a_mark_of_the_flow_opens_its_rows_and_a_subject_its_page(visitor: Enter) -> None:
    operator = visitor("operator")
    page = of_its_year(operator, "/figures/panels/flow", "table[data-sm-chart] tbody tr", 1)
    page.locator(".sm-chart svg path").first.wait_for()
    with page.expect_navigation():
        page.locator("table[data-sm-chart] tbody th a").first.click()
    assert re.search(r"/figures/institutions/\d+", page.url)
    assert page.locator("#panel-funnel table, #panel-stages table").count() > 0, "each drawing has its table"


def test_a_report_against_a_target_reaches_the_screen(visitor: Enter) -> None:
    operator = visitor("operator")
    page = operator.go("/figures/goals")
    page.locator("details:has(form[action='/figures/goals']) summary").click()
    page.select_option("select[name=code]", "tech-firms")
    page.fill("input[name=value]", "1800")
    page.fill("input[name=source]", "示例快报")
    with page.expect_navigation():
        page.locator("form[action='/figures/goals'] button[type=submit]").click()
    assert "示例快报" in page.inner_text("#reports")
    with page.expect_navigation():
        page.locator("a[href='/figures/goals/tech-firms']").click()
    page.fill("input[name=value]", "3700")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()
    assert "3,700" in page.inner_text("main table >> nth=0")
    screen = visitor().go("/screen")
    assert "1,800" in screen.inner_text("#panel-goals") and "3,700" in screen.inner_text("#panel-goals")


def test_the_screen_reads_without_script(visitor: Enter) -> None:
    page = visitor(java_script_enabled=False).go("/screen")
    assert page.locator("#panel-flow table").is_visible(), "what would be drawn stands as its table"
    assert not page.locator("[data-sm-full]").is_visible()
