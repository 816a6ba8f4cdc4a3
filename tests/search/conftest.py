"""Small indexes to ask questions of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from search import Index, Page, Query, SearchDocument

Ask = Callable[..., Page]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """An empty index."""
    made = Index.open(tmp_path / "index", wait=1.0)
    made.rebuild([])
    return made


@pytest.fixture
def ask(index: Index) -> Ask:
    """Ask as the public does, unless told otherwise."""

    def asking(text: str = "", access: tuple[str, ...] = ("public",), **more: object) -> Page:
        return index.query(Query(text, access, **more))  # type: ignore[arg-type]

    return asking


def row(row_id: str, title: str = "", text: str = "", **more: object) -> SearchDocument:
    """A public result."""
    more.setdefault("access", ("public",))
    kind = str(more.pop("kind", "result"))
    return SearchDocument(row_id, kind, title, text, **more)  # type: ignore[arg-type]


def ids(page: Page) -> list[str]:
    """The ids of a page in their order."""
    return [hit.id for hit in page.hits]
