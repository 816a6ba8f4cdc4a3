"""Opens the gallery's pages in a browser: pictures, axe's findings, overflow at 360 px and the weight of a first visit."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from webapp.assets import PROJECT, STATIC

AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}, "resultTypes": ["violations"]}
OVERFLOWS = """() => { const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const clipped = box => { for (let up = box.parentElement; up && up !== document.body; up = up.parentElement)
    if (getComputedStyle(up).overflowX !== "visible") return true; return false; };
  const wide = [...document.querySelectorAll("main *, header *, footer *")].filter(box => box.getBoundingClientRect().right > room + 1 && !clipped(box));
  return [document.documentElement.scrollWidth + " px", ...wide.slice(-3).map(box => box.tagName.toLowerCase() + "." + (box.getAttribute("class") || ""))]; }"""
# Bars that stick to the lower edge lie over whatever happens to be scrolled there; in the audit they stand where they belong.
UNSTICK = """() => document.querySelectorAll("main *").forEach(box => { const look = getComputedStyle(box);
  if (look.position === "sticky" && look.bottom !== "auto") box.style.position = "static"; })"""
WEIGHED = (".css", ".js", ".svg")
# Each pair of width, theme and language is seen at least once over these six.
ALL = ((360, "light", "zh_CN"), (360, "dark", "en"), (768, "light", "en"), (768, "dark", "zh_CN"), (1440, "light", "zh_CN"), (1440, "dark", "en"))
FEW = ((1440, "light", "zh_CN"), (360, "dark", "en"), (768, "light", "en"))


@dataclass
class Seen:
    """What was found on one page in one width, theme and language."""

    name: str
    path: str
    width: int
    theme: str
    language: str
    status: int = 0
    faults: list[str] = field(default_factory=list)
    overflow: list[str] = field(default_factory=list)
    weight: int = 0
    picture: str = ""

    @property
    def way(self) -> str:
        """Width, theme and language as words."""
        return f"{self.width} {self.theme} {self.language}"

    @property
    def line(self) -> str:
        """The page and the worst of what was found, for whoever watches."""
        return f"{self.name} {self.way}: {'; '.join([*self.faults, *self.overflow]) or 'well'}"


@cache
def _packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6)) if path.is_file() else 0


class Camera:
    """One browser looking at one site."""

    def __init__(self, browser: Any, site: Any) -> None:
        self.browser, self.site = browser, site
        self.keys: dict[str, Any] = {}
        self.axe = AXE.read_text("utf-8")

    @contextmanager
    def window(self, who: str, width: int, theme: str, language: str) -> Iterator[Any]:
        """A signed-in window of this size, in this theme and language."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, storage_state=self._signed_in(who) if who else None, reduced_motion="reduce", bypass_csp=True
        )
        host = urlsplit(self.site.address).hostname
        context.add_cookies([{"name": n, "value": v, "domain": host, "path": "/"} for n, v in (("theme", theme), ("language", language))])
        page = context.new_page()
        page.set_default_timeout(30_000)
        yield page
        context.close()

    def _signed_in(self, who: str) -> Any:
        if who not in self.keys:
            context = self.browser.new_context()
            page = context.new_page()
            email = f"{who}@sunmao.example"
            page.goto(self.site.address + "/sign-in")
            page.fill("input[name=email]", email)
            page.fill("input[name=password]", self.site.passwords[email])
            page.click("main button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            self.keys[who] = context.storage_state()
            context.close()
        return self.keys[who]

    def look(self, page: Any, seen: Seen, folder: Path | None = None, axe: bool = True) -> Seen:
        """Open one page in a window and note what there is to note."""
        loaded: set[str] = set()
        note = lambda request: loaded.add(urlsplit(request.url).path)  # noqa: E731
        page.on("request", note)
        seen.status = page.goto(self.site.address + seen.path, wait_until="load").status
        page.remove_listener("request", note)
        seen.weight = sum(_packed(STATIC / path.removeprefix("/static/")) for path in loaded if path.startswith("/static/") and path.endswith(WEIGHED))
        if seen.width == 360:
            seen.overflow = page.evaluate(OVERFLOWS)
        if folder:
            seen.picture = f"{seen.name}-{seen.width}-{seen.theme}-{seen.language[:2]}.png"
            page.screenshot(path=folder / seen.picture, full_page=True)
        if axe:
            seen.faults = self._axe(page)
        return seen

    def _axe(self, page: Any) -> list[str]:
        page.evaluate(UNSTICK)
        page.evaluate(self.axe)
        found = page.evaluate(f"() => axe.run(document, {json.dumps(RULES)})")
        return [
            f"{fault['id']} ({fault['impact']}) at {node['target'][-1]}: {_short(node)}" for fault in found["violations"] for node in fault["nodes"][:5]
        ]


def _short(node: dict[str, Any]) -> str:
    words = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
    return (words[0] if words else node["html"])[:200]
