"""Public notices are offered to the search: what everybody may read, gone when withdrawn."""

from __future__ import annotations

from tests.licences.conftest import World
from tests.licences.story import Story
from webapp.core.policy import ANONYMOUS
from webapp.engines import kinds
from webapp.licences import finding


def test_a_notice_is_found_by_title_and_sides_and_says_nothing_hidden(world: World) -> None:
    story = Story(world).to("NOTICE")
    document = next(iter(kinds.kinds()[finding.NAME].documents(world.session, None)))
    assert (document.title, document.access, document.hidden) == (world.result.title, ("public",), "")
    assert set(document.names) == {"示例海洋大学", story.licence.licensee.name, "示例教授"}


def test_a_notice_of_an_application_taken_back_is_no_longer_found(world: World) -> None:
    story = Story(world).to("NOTICE")
    number = story.licence.notices[-1].id
    story.do("company:cancel")
    puts, gone = kinds.changes(world.session, [(finding.NAME, number)])
    assert (puts, gone) == ([], [f"{finding.NAME}:{number}"])


def test_what_the_search_page_shows_is_what_was_published(world: World) -> None:
    story = Story(world).to("NOTICE")
    kind = kinds.kinds()[finding.NAME]
    row = kind.rows(world.session, ANONYMOUS, [str(story.licence.notices[-1].id)])
    shown = kind.shown(ANONYMOUS, next(iter(row.values())))
    assert (shown.title, shown.endpoint) == (world.result.title, "licences.public_notice")
