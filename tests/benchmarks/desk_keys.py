"""How many verdicts a minute a broker can give by keyboard in a real browser: each act ends when the next pair is on the screen."""

import os
import random
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.journeys.conftest import CHROMIUM, FLAGS, Visitor, served

ACTS = int(os.environ.get("BENCH_ACTS", "60"))


def walk(page: Any) -> dict[str, list[float]]:
    """Mixed verdicts: mostly no with a digit, some yes, some undone, some only read."""
    chance, taken = random.Random(3), {}
    for _ in range(ACTS):
        key = chance.choices(["1", "2", "s", "u", "j"], (4, 3, 2, 1, 2))[0]
        if key == "u" and not page.locator("[data-sm-fade]").count():
            key = "j"
        here = page.locator("section.sm-detail").get_attribute("id")
        start = time.perf_counter()
        page.keyboard.press(key)
        page.wait_for_selector(f"section.sm-detail:not(#{here})")
        taken.setdefault(key, []).append(time.perf_counter() - start)
    return taken


def main() -> int:
    """Print milliseconds of each key and the acts a minute they allow."""
    from playwright.sync_api import sync_playwright

    if not CHROMIUM:
        print("no Chromium was found")
        return 0
    with TemporaryDirectory() as folder, served(Path(folder) / "var") as site, sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
        broker = Visitor(page, site).sign_in("broker1")
        broker.until("/matches", lambda shown: shown.locator(".sm-qi").count() > 20, 120)
        taken = walk(page)
        browser.close()
    for key, times in sorted(taken.items()):
        print(f"{key}  {len(times):>4} times   median {statistics.median(times) * 1000:>6.0f} ms   slowest {max(times) * 1000:>6.0f} ms")
    whole = [one for times in taken.values() for one in times]
    print(f"{60 / statistics.mean(whole):.0f} acts a minute, reading time not counted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
