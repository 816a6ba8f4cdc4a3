"""The pictures of the guide: a few pages at the top of a wide window, in both languages, small enough to keep in the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.gallery.camera import Camera
from tests.gallery.pages import Page
from webapp.assets import PROJECT

FOLDER = PROJECT / "docs" / "images"
LARGEST = 150_000  # bytes of one picture
SIZE = {"width": 1280, "height": 800}
# Name of the picture and of the page, as it is called in the gallery.
SHOWN = {
    "guide-search": "discovery-search", "guide-demand": "catalog-demand_edit-co-offshore", "guide-licence": "licences-licence-co-hydrogen-trial",
    "guide-queue": "matches-queue-broker1", "guide-board": "tasks-tasks-broker1", "guide-screen": "figures-screen-operator",
}  # fmt: skip
LANGUAGES = ("zh_CN", "en")


def file(name: str, language: str) -> Path:
    """Where a picture lies."""
    return FOLDER / f"{name}-{language[:2]}.jpg"


def take(camera: Camera, paths: dict[Page, str], only: str = "") -> list[str]:
    """Make the pictures anew; returns what is wrong with them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = {page.name: page for page in paths}
    wrong = []
    for name, shown in SHOWN.items():
        for language in LANGUAGES:
            if only in name:
                with camera.window(pages[shown].who, SIZE["width"], "light", language) as window:
                    wrong += _picture(window, camera.site.address + paths[pages[shown]], file(name, language))
    return wrong


def _picture(window: Any, address: str, path: Path) -> list[str]:
    window.set_viewport_size(SIZE)
    status = window.goto(address, wait_until="load").status
    window.wait_for_timeout(500)  # drawings come after the page
    for quality in (72, 58, 44):  # much text needs more room
        window.screenshot(path=path, type="jpeg", quality=quality)
        size = path.stat().st_size
        if size <= LARGEST:
            break
    return [f"{path.name}: answered {status}"] * (status != 200) + [f"{path.name}: {size:,} bytes"] * (size > LARGEST)
