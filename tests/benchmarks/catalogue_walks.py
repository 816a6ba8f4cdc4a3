"""A researcher posts a result and a company a demand in headless Chromium on a seeded site: fields, clicks, signs and seconds of each step.

Command: `.venv/bin/python tests/benchmarks/catalogue_walks.py [RUNS]`. A script does not think: what is told is the site's part, and how much there is to do.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.attachments.samples import pdf
from tests.journeys.conftest import CHROMIUM, FLAGS, Visitor, served
from tests.journeys.test_writing import clarity_of, save


@dataclass
class Step:
    """What one step took: seconds, fields filled in, clicks, signs typed."""

    seconds: list[float] = field(default_factory=list)
    fields: int = 0
    clicks: int = 0
    signs: int = 0


class Walk:
    """Counts what a person would do by hand."""

    def __init__(self, steps: dict[str, Step]) -> None:
        self.steps, self.step = steps, Step()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.step = self.steps.setdefault(name, Step())
        self.step.fields = self.step.clicks = self.step.signs = 0
        began = time.monotonic()
        yield
        self.step.seconds.append(time.monotonic() - began)

    def fill(self, page: Any, **values: str) -> None:
        """Type into fields, sign by sign as far as the page can tell."""
        for name, value in values.items():
            page.fill(f"[name={name.replace('__', '-')}]", value)
            self.step.fields += 1
            self.step.signs += len(value)

    def choose(self, page: Any, **values: str) -> None:
        """Choose from lists."""
        for name, value in values.items():
            page.select_option(f"select[name={name.replace('__', '-')}]", value)
            self.step.fields += 1
            self.step.clicks += 1

    def tick(self, page: Any, *names: str) -> None:
        """Tick boxes."""
        for name in names:
            page.check(f"input[name={name}]")
            self.step.fields += 1
            self.step.clicks += 1

    def click(self, deed: Callable[[], Any]) -> None:
        """Press one button, or follow one link."""
        deed()
        self.step.clicks += 1


def sign_in(walk: Walk, guest: Visitor, login: str) -> None:
    """With e-mail and password."""
    with walk("sign in"):
        guest.sign_in(login)
        walk.step.fields, walk.step.clicks = 2, 1
        walk.step.signs = len(f"{login}@sunmao.example") + len(guest.site.passwords[f"{login}@sunmao.example"])


def result(walk: Walk, guest: Visitor, number: int) -> str:
    """From the home page to a result that waits for the school's office, with a report."""
    sign_in(walk, guest, "res-upc")
    with walk("open the empty form"):
        walk.click(lambda: guest.go("/results/new"))
    page = guest.page
    with walk("what it is"):
        walk.fill(page, title=f"示例低表面处理防腐涂层（第{number}号）", summary="海洋平台浪溅区用，手工除锈后即可涂装，近岸平台试涂十八个月未起泡，缺一家愿意在自有设施上长期挂样的企业。")
        walk.fill(page, keywords="防腐涂层；浪溅区；低表面处理")
    with walk("how ripe it is, figures"):
        walk.choose(page, trl="7", stage="PILOT")
        walk.fill(page, indicators__0__name="附着力", indicators__0__value="≥12.4 MPa")
    with walk("terms and declarations"):
        walk.fill(page, price="面议 50万左右")
        walk.tick(page, "non_secret", "ownership_clear", "inventors_agree")
    with walk("a report as PDF"):
        page.set_input_files("input[type=file]", {"name": "report.pdf", "mimeType": "application/pdf", "buffer": pdf("Salt spray 3000 h")})
        walk.step.fields, walk.step.clicks = 1, 2
    with walk("hand it in"):
        walk.click(lambda: save(page, "submit"))
    return str(page.url.removeprefix(guest.site.address).partition("#")[0])


def demand(walk: Walk, guest: Visitor, number: int) -> str:
    """From the home page to a demand that waits for verification, coached past the line."""
    sign_in(walk, guest, "co-offshore")
    with walk("open the empty form"):
        walk.click(lambda: guest.go("/demands/new"))
    page = guest.page
    with walk("title and problem, first score of the coach"):
        walk.fill(page, title=f"示例深海连接件长效防腐（第{number}号）", background="海工装备的螺栓与法兰在浪溅区八个月起泡，返工要停产三天，每年两次。")
        clarity_of(page, lambda score: score > 0)
    with walk("present state and target"):
        walk.fill(page, present="现在用环氧底漆加面漆，喷砂到 Sa2.5，盐雾只到一千二百小时，试过两家都不行。")
        walk.fill(page, targets__0__name="耐盐雾", targets__0__value="≥3000 h")
        walk.choose(page, targets__0__must="yes")
    with walk("conditions, budget and time"):
        walk.fill(page, conditions="常温到 60 ℃，手工打磨即可施工，不含铬。", price="50-80万元", deadline="2031-12-31", months="12")
    with walk("public text, score at 60 and more"):
        walk.fill(page, summary="海工装备的螺栓与法兰起泡，要找耐盐雾三千小时以上的涂层。")
        clarity_of(page, lambda score: score >= 60)
    with walk("hand it in"):
        walk.click(lambda: save(page, "submit"))
    return str(page.url.removeprefix(guest.site.address).partition("#")[0])


def tell(name: str, steps: dict[str, Step]) -> None:
    """One table a walk."""
    print(f"\n{name}\n| step | fields | clicks | signs typed | seconds (median) |\n|---|--:|--:|--:|--:|")
    for what, step in steps.items():
        print(f"| {what} | {step.fields} | {step.clicks} | {step.signs} | {statistics.median(step.seconds):.1f} |")
    each = list(steps.values())
    total = [sum(step.seconds[run] for step in each) for run in range(len(each[0].seconds))]
    print(f"| all | {sum(s.fields for s in each)} | {sum(s.clicks for s in each)} | {sum(s.signs for s in each)} | {statistics.median(total):.1f} |")
    print(f"runs: {', '.join(f'{seconds:.1f} s' for seconds in total)}")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with served(Path(tempfile.mkdtemp()) / "var") as site, sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, deed, office, act in (("A result", result, "tto-upc", "approve"), ("A demand", demand, "broker1", "verify")):
            steps: dict[str, Step] = {}
            for number in range(runs):
                guest, other = (Visitor(browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 950}).new_page(), site) for _ in range(2))
                walk = Walk(steps)
                address = deed(walk, guest, number)
                other.sign_in(office).go(address)
                with walk(f"the other side: {act}"):
                    if act == "approve":
                        with other.page.expect_navigation():
                            walk.click(other.page.locator("form[action*='/act/approve'] button").first.click)
                    else:
                        other.act("verify", fill={"note": "电话核实，情况属实"}, choose={"how": "PHONE"})
                        walk.step.fields, walk.step.clicks, walk.step.signs = 2, 2, 9
                guest.page.context.close()
                other.page.context.close()
            tell(name, steps)
        browser.close()


if __name__ == "__main__":
    main()
