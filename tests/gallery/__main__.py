"""The command `python -m tests.gallery`: a filled site, every page of it in pictures, and what axe says of them."""

from __future__ import annotations

import argparse
import html
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.gallery import filled, guide, states
from tests.gallery.camera import ALL, FEW, Camera, Seen
from tests.gallery.pages import PAGES
from tests.journeys.conftest import CHROMIUM, FLAGS, served
from webapp import create_app
from webapp.config import PREFIX, Settings, load


def main(arguments: list[str] | None = None) -> int:
    """Look at the pages; the exit code is 1 when something is wrong with one."""
    given = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    given.add_argument("folder", nargs="?", default="var/gallery", help="where pictures and index.html go")
    given.add_argument("--only", default="", help="only pages whose name holds this; several separated by commas")
    given.add_argument("--few", action="store_true", help="three pictures of each page instead of six")
    given.add_argument("--state", choices=("normal", "empty", "full"), default="normal", help="a site as the demonstration has it, with nothing on it, or overfull")
    given.add_argument("--guide", action="store_true", help="make the pictures of the guide, docs/images/guide-*, and no others")
    given.add_argument("--site", default="", help="folder of the site, kept for the next time (default: inside the gallery)")
    asked = given.parse_args(arguments)
    folder = Path(asked.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not CHROMIUM:
        print("no Chromium was found", file=sys.stderr)
        return 2
    if asked.guide:
        return pictures_of_the_guide(Path(asked.site).resolve() if asked.site else folder / "site", asked.only)
    found = walk(folder, Path(asked.site).resolve() if asked.site else folder / "site", asked.only, FEW if asked.few else ALL, asked.state)
    index(folder, found)
    return report(found)


def walk(folder: Path, var: Path, only: str, ways: tuple[tuple[int, str, str], ...], state: str) -> list[Seen]:
    """Serve the site and open every page in every way."""
    from playwright.sync_api import sync_playwright

    if state == "empty":
        states.empty(load({f"{PREFIX}VAR": str(var)}))
    with served(var) as site, sync_playwright() as engine:
        settings = load({name: value for name, value in site.environ.items() if name.startswith(PREFIX)})
        samples, routes = _prepared(settings, state), create_app(settings).url_map
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        camera = Camera(browser, site)
        wanted = [page for page in states.pages(state) if not only or any(word in page.name for word in only.split(","))]
        paths = {page: page.path(routes, samples) for page in wanted}
        found = []
        for who in dict.fromkeys(page.who for page in wanted):
            for way in ways:
                with camera.window(who, *way) as window:
                    for page in (page for page in wanted if page.who == who):
                        found.append(_seen(camera, window, Seen(page.name, paths[page], *way), folder, page.status))
                        print(found[-1].line, flush=True)
        browser.close()
    return found


def _prepared(settings: Settings, state: str) -> dict[str, Any]:
    """The site brought into its state, and the rows its pages are opened for."""
    if state == "empty":
        return states.samples(settings)
    filled.fill(settings)
    if state == "full":
        states.overfill(settings)
    return filled.samples(settings)


def pictures_of_the_guide(var: Path, only: str) -> int:
    """Serve the site and take the pictures the guide shows."""
    from playwright.sync_api import sync_playwright

    with served(var) as site, sync_playwright() as engine:
        settings = load({name: value for name, value in site.environ.items() if name.startswith(PREFIX)})
        filled.fill(settings)
        samples, routes = filled.samples(settings), create_app(settings).url_map
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        wrong = guide.take(Camera(browser, site), {page: page.path(routes, samples) for page in PAGES}, only)
        browser.close()
    print("\n".join(wrong) or "the pictures of the guide are made")
    return bool(wrong)


def _seen(camera: Camera, window: Any, seen: Seen, folder: Path, status: int) -> Seen:
    camera.look(window, seen, folder)
    if seen.status != status:
        seen.faults.insert(0, f"answered {seen.status}")
    return seen


def report(found: list[Seen]) -> int:
    """Print what is wrong, by kind, and the heaviest pages."""
    faults = Counter(f"{seen.name}: {fault}" for seen in found for fault in seen.faults)
    wide = {seen.name: f"{' '.join(seen.overflow)} ({seen.language})" for seen in found if seen.overflow}
    print(f"{len(found)} pictures of {len({seen.name for seen in found})} pages")
    print(f"{len(faults)} faults found by axe or by status")
    for fault, times in faults.most_common():
        print(f"  {times} x {fault}")
    print(f"{len(wide)} pages wider than a phone")
    for name, what in wide.items():
        print(f"  {name}: {what}")
    print("heaviest first visits, own and library files, compressed:")
    heavy = {seen.name: seen.weight for seen in found}
    for name, weight in sorted(heavy.items(), key=lambda pair: -pair[1])[:5]:
        print(f"  {weight / 1000:.0f} KB {name}")
    return 1 if faults or wide else 0


def index(folder: Path, found: list[Seen]) -> None:
    """One page with all pictures."""
    rows = []
    for name in dict.fromkeys(seen.name for seen in found):
        shots = [seen for seen in found if seen.name == name]
        links = "".join(
            f'<a href="{seen.picture}"><img loading="lazy" src="{seen.picture}" alt=""><small>{seen.way}'
            f"{' · ' + str(len(seen.faults)) + ' faults' if seen.faults else ''}</small></a>"
            for seen in shots
        )
        rows.append(f"<h2>{html.escape(name)}</h2><code>{html.escape(shots[0].path)}</code><div>{links}</div>")
    style = "body{font:14px sans-serif;margin:24px}div{display:flex;gap:12px;overflow:auto}img{height:220px;border:1px solid #ccc;display:block}"
    (folder / "index.html").write_text(f"<!doctype html><meta charset=utf-8><title>Gallery</title><style>{style}</style>{''.join(rows)}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
