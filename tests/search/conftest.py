"""Small indexes to ask questions of, kept by each engine in turn."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from search import Index, Page, Query, SearchDocument

Ask = Callable[..., Page]
Place = Callable[[], str]
ENGINES = ["files", *(["postgresql"] if "postgresql" in os.environ.get("TEST_DATABASES", "postgresql") else [])]


def new_schema(url: str) -> str:
    """An address whose tables nobody else uses."""
    name = f"search_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
    sign = "&" if "?" in url else "?"
    return f"{url}{sign}application_name={name}&options=-csearch_path%3D{name}%20-csynchronous_commit%3Doff"


@pytest.fixture(params=ENGINES)
def new_place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Makes a place for an index whenever it is called."""
    if request.param == "files":
        yield lambda: str(tmp_path_factory.mktemp("index"))
        return
    url = request.getfixturevalue("postgresql_url")
    made: list[str] = []

    def making() -> str:
        made.append(new_schema(url))
        return made[-1]

    yield making
    with psycopg.connect(url, autocommit=True) as connection:
        for address in made:
            name = address.rpartition("search_path%3D")[2].partition("%20")[0]
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", (name,))
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')


@pytest.fixture
def place(new_place: Place) -> str:
    """Where the index of this test is kept."""
    return new_place()


@pytest.fixture
def index(place: str) -> Index:
    """An empty index."""
    made = Index.open(place, wait=1.0)
    made.rebuild([])
    return made


@pytest.fixture
def ask(index: Index) -> Ask:
    """Ask as the public does, unless told otherwise."""

    def asking(text: str = "", access: tuple[str, ...] = ("public",), **more: object) -> Page:
        return index.query(Query(text, access, **more))  # type: ignore[arg-type]

    return asking


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for an index kept in files."""
    return tmp_path / "index"


def row(row_id: str, title: str = "", text: str = "", **more: object) -> SearchDocument:
    """A public result."""
    more.setdefault("access", ("public",))
    kind = str(more.pop("kind", "result"))
    return SearchDocument(row_id, kind, title, text, **more)  # type: ignore[arg-type]


def ids(page: Page) -> list[str]:
    """The ids of a page in their order."""
    return [hit.id for hit in page.hits]
