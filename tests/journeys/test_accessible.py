"""Every page of the gallery once in a real browser: axe finds nothing against it, and it fits a phone."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import lxml.html
import pytest
from lxml import etree

from tests.gallery import filled
from tests.gallery.camera import Camera, Seen
from tests.gallery.pages import PAGES, Page
from tests.journeys.conftest import Site, served
from tests.test_languages import ENGLISH, catalogue
from webapp import create_app
from webapp.assets import STATIC
from webapp.config import PREFIX, load

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
PHONE = (360, "light", "en")  # English words are the longer ones
DESK = (1440, "dark", "zh_CN")
# Each page once: the first of every route on a phone, its others (another reader, another state) on a wide screen.
FIRST = tuple({page.endpoint: page for page in reversed(PAGES)}.values())
HAN = re.compile("[\u4e00-\u9fff]+")
# In a title or an option nothing can be wrapped: a name inside an English sentence stays as it is.
NAME_IN_SENTENCE = re.compile(r"(?:[A-Za-z][a-z]+.*){3}")
HEAVIEST = 180_000  # bytes of own and library files a first visit may load, packed


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[tuple[Site, dict[Page, str]]]:
    """A site of its own, whose people no other journey has changed, with deals, tasks and papers on it, and the address of each page."""
    with served(shutil.copytree(seeded, tmp_path_factory.mktemp("looked") / "var")) as found:
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


# Pages that show words of texts, of files or of documents that exist in Chinese only; a word of the program may be among them.
QUOTING = {
    "discovery-search": "words asked and found", "matches-": "terms that two texts share", "imports-batch": "columns and cells of a file", "papers-filing": "the lines of an official form",
    "confidentiality-": "an agreement in its text of record",
}  # fmt: skip
LANGUAGE_SWITCH = "中文"


def test_no_english_page_holds_chinese_but_what_people_typed_and_that_is_marked(chromium: Any, looked: tuple[Site, dict[Page, str]]) -> None:
    site, paths = looked
    camera, read = Camera(chromium, site), []
    for who in dict.fromkeys(page.who for page in PAGES):
        with camera.window(who, 1440, "light", "en") as window:
            read += [(page, window.request.get(site.address + paths[page]).text()) for page in PAGES if page.who == who]
    # What was typed is asked afterwards: the worker writes mails meanwhile, which the pages read may show already.
    typed, messages, wrong = _typed(site), {message.id for message in catalogue(ENGLISH) if message.id}, []
    for page, html in read:
        own = set() if page.name.startswith(tuple(QUOTING)) else messages
        wrong += [f"{page.name}: {text}" for text in _mixed(html, typed + unquote(paths[page]), own)]
    assert not wrong, "\n".join(wrong)


def _typed(site: Site) -> str:
    """Everything people wrote, and the texts of record."""
    record = [path.read_text("utf-8") for path in STATIC.parent.rglob("*.txt") if "static" not in path.parts] + [filled.CSV]
    with sqlite3.connect(site.var / "sunmao.db") as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        rows = (row for table in tables for row in database.execute(f'select * from "{table}"'))
        return "\n".join(record) + "\n".join(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), cell) for row in rows for cell in row if isinstance(cell, str))


def _mixed(html: str, typed: str, messages: set[str]) -> list[str]:
    """Texts in Chinese that are the program's own words, or that nothing marks as Chinese."""
    found = []
    for element in lxml.html.fromstring(html).iter(etree.Element):
        for text in (element.text, *(child.tail for child in element)):
            plain = (text or "").strip()
            if not HAN.search(plain) or plain == LANGUAGE_SWITCH:
                continue
            spoken = next((up.get("lang") for up in (element, *element.iterancestors()) if up.get("lang")), "")
            if not spoken.startswith("zh") and not NAME_IN_SENTENCE.search(plain):
                found.append(f"not marked: {plain[:80]}")
            if (plain in messages and f"\n{plain}\n" not in typed) or any(run not in typed for run in HAN.findall(plain)):
                found.append(f"nobody typed this: {plain[:80]}")
    return found


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
