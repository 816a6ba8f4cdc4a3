"""What people send is taken in before the database is asked, and refused by its size without being read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import makers
from webapp.core.db import Database
from webapp.imports import service


class Stream(io.BytesIO):
    """A body that notes when it is read."""

    def __init__(self, noted: list[Any], content: bytes = b"") -> None:
        super().__init__(content)
        self.noted = noted

    def read(self, size: int | None = -1, /) -> bytes:
        self.noted.append("body")
        return super().read(size)

    def readinto(self, room: Any, /) -> int:
        self.noted.append("body")
        return super().readinto(room)


def form(content: bytes) -> tuple[bytes, str]:
    """A multipart body with one file."""
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return head + content + b"\r\n--cut--\r\n", "multipart/form-data; boundary=cut"


def test_a_slow_upload_holds_no_lock_of_the_database(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []
    first = app.database.transaction

    @contextmanager
    def transaction(write: bool = True) -> Iterator[Session]:
        noted.append("database")
        with first(write) as session:
            yield session

    monkeypatch.setattr(app.database, "transaction", transaction)
    body, kind = form("成果名称\n示例".encode())
    app.test_client().post("/imports", input_stream=Stream(noted, body), content_length=len(body), content_type=kind)
    assert "body" in noted and noted.index("database") > max(place for place, what in enumerate(noted) if what == "body")


def test_two_gigabytes_are_refused_without_being_read(app: Any) -> None:
    noted: list[str] = []
    claimed = {"CONTENT_LENGTH": str(2 << 30)}
    answer = app.test_client().post("/imports", input_stream=Stream(noted), content_type=form(b"")[1], environ_overrides=claimed)
    assert (answer.status_code, noted) == (413, []) and f"{app.settings.upload_max_mb} MB" in answer.text


def test_a_body_that_cannot_be_taken_in_is_told_once_and_nothing_runs(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "security.login", lambda: pytest.fail("the page ran"))
    monkeypatch.setitem(app.config, "MAX_FORM_MEMORY_SIZE", 100)
    assert app.test_client().post("/sign-in", data={"email": "x" * 1000}, content_type="multipart/form-data").status_code == 413


def test_a_large_file_is_looked_at_without_holding_up_others_who_write(
    app: Any, database: Database, sign_in: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        person = makers.person(session, "operator")
    client = app.test_client()
    sign_in(client, person)
    looked: list[str] = []
    first = service.start

    def start(*given: Any) -> Any:
        if not looked:
            other = Database(database.url, busy_seconds=1)
            with other.transaction() as session:
                makers.organisation(session)
            other.dispose()
        looked.append("looked")
        return first(*given)

    monkeypatch.setattr(service, "start", start)
    data = {"kind": "results", "declared": "y", "file": (io.BytesIO("成果名称\n示例".encode()), "a.csv")}
    answer = client.post("/imports", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302 and looked
