"""The database away, the disk full: a clear page, nothing half-saved, and what was typed given back."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select, text

from tests import makers
from webapp.catalog.models import Demand
from webapp.core.db import Database
from webapp.core.files import Store

TYPED = {"title": "没保存的标题", "summary": "没保存的摘要", "password": "geheim-1", "csrf_token": "t"}


@pytest.fixture
def site(app: Any) -> Any:
    """The application as it answers people: errors become pages."""
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=False)
    return app


@pytest.fixture
def away(site: Any) -> Any:
    """The site while nobody listens at the database's address."""
    site.database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    return site.test_client()


def test_a_page_says_so_while_the_database_is_away(away: Any) -> None:
    answer = away.get("/results")
    assert answer.status_code == 503
    assert "数据库" in answer.text
    assert "Traceback" not in answer.text
    assert "nobody" not in answer.text


def test_what_was_typed_comes_back_while_the_database_is_away_but_no_secret(away: Any) -> None:
    with away.session_transaction() as cookie:
        cookie.update(_user_id="somebody", _fresh=True, fs_cc="set")
    answer = away.post("/demands/new", data=TYPED)
    assert answer.status_code == 503
    assert re.search(r'<input type="hidden" name="title" value="没保存的标题">', answer.text)
    assert "没保存的摘要" in answer.text
    assert "geheim-1" not in answer.text


def test_health_answers_503_while_the_database_is_away(away: Any) -> None:
    assert away.get("/healthz").status_code == 503


@pytest.fixture
def author(database: Database) -> Any:
    """Somebody who posts demands."""
    with database.transaction() as session:
        makers.industry(session)
        return makers.person(session, "company_user")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_told_as_such_and_nothing_is_half_saved(
    site: Any, database: Database, author: Any, sign_in: Callable[..., None]
) -> None:
    with database.engine.connect() as connection:  # every connection of the pool gets the limit: there is one
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    client = site.test_client()
    sign_in(client, author)
    typed = {"title": "很长的需求", "details": "长" * 19_000, "summary": "要" * 400, "confidentiality": "1", "kind": "TACKLE", "industry_code": "marine"}
    answer = client.post("/demands/new", data=typed)
    assert answer.status_code == 507, answer.text[:500]
    assert "磁盘" in answer.text
    assert "很长的需求" in answer.text
    assert client.get("/results").status_code == 200
    with database.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Demand)) == 0


def test_a_file_that_cannot_be_written_is_told_and_leaves_no_row(
    site: Any, database: Database, sign_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with database.transaction() as session:
        author = makers.person(session, "company_user")
        row = makers.demand(session, author.memberships[0].organisation, created_by=author).id
    monkeypatch.setattr(Store, "put", full)
    client = site.test_client()
    sign_in(client, author)
    answer = client.post(f"/attachments/demand/{row}", data={"files": (BytesIO(b"%PDF-1.4\n"), "a.pdf"), "level": "3"})
    assert answer.status_code == 507
    with database.transaction(write=False) as session:
        assert session.execute(text("SELECT count(*) FROM attachment")).scalar_one() == 0


def test_the_site_goes_on_once_the_database_is_back(site: Any, database: Database, author: Any, sign_in: Callable[..., None]) -> None:
    good, client = site.database, site.test_client()
    site.database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    assert client.get("/").status_code == 503
    site.database = good
    sign_in(client, author)
    assert client.get("/demands/new").status_code == 200
