"""No page escapes the gallery, and its list names no page that is gone."""

from __future__ import annotations

from typing import Any

from tests.gallery.pages import LEFT_OUT, PAGES


def test_every_page_is_in_the_gallery_or_left_out_with_a_reason(app: Any) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    listed = {page.endpoint for page in PAGES}
    assert pages - listed - set(LEFT_OUT) == set(), "add a line to tests/gallery/pages.py for each"
    assert (listed | set(LEFT_OUT)) - pages == set(), "these pages are gone"
    assert listed & set(LEFT_OUT) == set()


def test_no_two_pages_of_the_gallery_share_their_pictures() -> None:
    names = [page.name for page in PAGES]
    assert sorted(names) == sorted(set(names))
