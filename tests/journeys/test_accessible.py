"""Every page of the gallery once in a real browser: axe finds nothing against it, and it fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gallery import filled
from tests.gallery.camera import Camera, Seen
from tests.gallery.pages import PAGES, Page
from tests.journeys.conftest import Site, served
from webapp import create_app
from webapp.config import PREFIX, load

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
PHONE = (360, "light", "en")  # English words are the longer ones
DESK = (1440, "dark", "zh_CN")
# Each page once: the first of every route on a phone, its others (another reader, another state) on a wide screen.
FIRST = tuple({page.endpoint: page for page in reversed(PAGES)}.values())
HEAVIEST = 180_000  # bytes of own and library files a first visit may load, packed


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[Page, str]]]:
    """A site of its own, whose people no other journey has changed, with deals, tasks and papers on it, and the address of each page."""
    with served(tmp_path_factory.mktemp("looked") / "var") as found:
        settings = load({name: value for name, value in found.environ.items() if name.startswith(PREFIX)})
        filled.fill(settings)
        samples, routes = filled.samples(settings), create_app(settings).url_map
        yield found, {page: page.path(routes, samples) for page in PAGES}


def _walk(chromium: Any, looked: tuple[Site, dict[Page, str]], pages: list[Page], way: tuple[int, str, str]) -> list[Seen]:
    site, paths = looked
    camera, found = Camera(chromium, site), []
    for who in dict.fromkeys(page.who for page in pages):
        with camera.window(who, *way) as window:
            found += [(page, camera.look(window, Seen(page.name, paths[page], *way))) for page in pages if page.who == who]
    for page, seen in found:
        if seen.status != page.status:
            seen.faults.append(f"answered {seen.status}")
    return [seen for _, seen in found]


def _not_heavy(found: list[Seen]) -> None:
    assert {seen.name: seen.weight for seen in found if not 10_000 < seen.weight < HEAVIEST} == {}


def test_every_route_is_open_to_everybody_and_fits_a_phone(chromium: Any, looked: tuple[Site, dict[Page, str]]) -> None:
    found = _walk(chromium, looked, list(FIRST), PHONE)
    wrong = [seen.line for seen in found if seen.faults or seen.overflow]
    assert not wrong, "\n".join(wrong)
    _not_heavy(found)


def test_other_readers_and_states_are_as_open_on_a_wide_screen_in_the_dark(chromium: Any, looked: tuple[Site, dict[Page, str]]) -> None:
    found = _walk(chromium, looked, [page for page in PAGES if page not in FIRST], DESK)
    wrong = [seen.line for seen in found if seen.faults]
    assert not wrong, "\n".join(wrong)
    _not_heavy(found)
