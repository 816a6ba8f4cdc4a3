"""No page escapes the gallery, and its list names no page that is gone."""

from __future__ import annotations

import re
from typing import Any

from tests.gallery import guide
from tests.gallery.pages import LEFT_OUT, PAGES
from webapp.assets import PROJECT


def test_every_page_is_in_the_gallery_or_left_out_with_a_reason(app: Any) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    listed = {page.endpoint for page in PAGES}
    assert pages - listed - set(LEFT_OUT) == set(), "add a line to tests/gallery/pages.py for each"
    assert (listed | set(LEFT_OUT)) - pages == set(), "these pages are gone"
    assert listed & set(LEFT_OUT) == set()


def test_no_two_pages_of_the_gallery_share_their_pictures() -> None:
    names = [page.name for page in PAGES]
    assert sorted(names) == sorted(set(names))


def test_the_guide_shows_pictures_the_gallery_makes_and_none_is_large() -> None:
    made = {guide.file(name, language).name for name in guide.SHOWN for language in guide.LANGUAGES}
    shown = {name for text in ("guide.md", "guide.zh-CN.md") for name in re.findall(r"\(images/([^)]+)\)", (PROJECT / "docs" / text).read_text("utf-8"))}
    assert shown == made
    assert set(guide.SHOWN.values()) <= {page.name for page in PAGES}
    assert [path.name for path in guide.FOLDER.glob("guide-*") if path.name not in made or path.stat().st_size > guide.LARGEST] == []
    assert all((guide.FOLDER / name).exists() for name in made)
