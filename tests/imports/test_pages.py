"""The pages of bulk import: who may, what is told where, and what a person sees while a file is stored."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.imports.files import HEADER, csv_text, numbered
from webapp.accounts.models import Person
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core.outbox import Job
from webapp.core.worker import Context
from webapp.imports import jobs
from webapp.imports.models import ImportBatch

SignIn = Callable[..., None]


@pytest.fixture
def people(app: Any) -> dict[str, Person]:
    """One person of each role, and a second office of another school."""
    with app.database.transaction() as session:
        makers.industry(session)
        roles = ("operator", "broker", "tto", "company_admin", "researcher", "company_user", "auditor", "admin")
        found = {role: makers.person(session, role) for role in roles}
        return found | {"other_tto": makers.person(session, "tto")}


@pytest.fixture
def enter(client: Any, people: dict[str, Person], sign_in: SignIn) -> Callable[[str], Any]:
    """The client signed in under a role."""

    def signed(role: str) -> Any:
        sign_in(client, people[role])
        return client

    return signed


def post_file(client: Any, content: bytes, kind: str = "results", name: str = "示例清单.csv", **more: str) -> Any:
    form = {"kind": kind, "declared": "y", "file": (io.BytesIO(content), name)} | more
    return client.post("/imports", data=form, content_type="multipart/form-data")


def numbers(answer: Any) -> int:
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def content(rows: list[list[str]]) -> bytes:
    return csv_text(rows).encode("gb18030")


def work(app: Any, settings: Settings) -> None:
    with app.database.transaction(write=False) as session:
        waiting = session.scalars(select(Job.row_id).where(Job.kind == "import")).all()
    for batch_id in waiting:
        jobs.advance(Context(settings, app.database, {}), batch_id)


def start(client: Any, batch_id: int, **chosen: str) -> Any:
    return client.post(f"/imports/{batch_id}/columns", data=chosen)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("operator", 200), ("broker", 200), ("tto", 200), ("company_admin", 200),
        ("researcher", 403), ("company_user", 403), ("auditor", 403), ("admin", 403),
    ],
)  # fmt: skip
def test_bulk_import_opens_for_offices_companies_brokers_and_operators_only(enter: Callable[[str], Any], role: str, status: int) -> None:
    client = enter(role)
    assert client.get("/imports").status_code == status
    assert post_file(client, content(numbered(1)), "demands" if role in {"broker", "company_admin"} else "results").status_code == (
        302 if status == 200 else 403
    )


def test_a_visitor_is_sent_to_sign_in(client: Any) -> None:
    assert client.get("/imports").status_code == 302
    assert client.get("/imports/1").status_code == 302


def test_a_file_goes_from_upload_over_its_columns_to_published_rows(app: Any, settings: Settings, enter: Callable[[str], Any]) -> None:
    client = enter("tto")
    batch_id = numbers(post_file(client, content(numbered(3))))
    page = client.get(f"/imports/{batch_id}").text
    assert re.search(r'name="column-1">.*?<option value="title" selected>', page)
    assert "示例成果3号" in page
    assert start(client, batch_id).status_code == 302
    assert "hx-trigger" in client.get(f"/imports/{batch_id}").text
    work(app, settings)
    page = client.get(f"/imports/{batch_id}").text
    assert "hx-trigger" not in page
    assert "3 / 3" in page
    with app.database.transaction() as session:
        rows = session.scalars(select(Result)).unique().all()
        assert {(row.state, row.non_secret, row.created_by_id) for row in rows} == {("PUBLISHED", True, rows[0].created_by_id)}


def test_columns_are_what_the_person_chooses(app: Any, settings: Settings, enter: Callable[[str], Any]) -> None:
    client = enter("operator")
    batch_id = numbers(post_file(client, content([["甲列", "简介"], ["名", "不要"]])))
    refused = start(client, batch_id, **{"column-0": "", "column-1": "department"})
    assert refused.status_code == 422
    assert "认不出哪一列是名称" in refused.text
    assert re.search(r'name="column-1">.*?<option value="department" selected>', refused.text)
    assert start(client, batch_id, **{"column-0": "title", "column-1": ""}).status_code == 302
    assert start(client, batch_id, **{"column-0": "title"}).status_code == 302
    work(app, settings)
    with app.database.transaction() as session:
        found = session.scalars(select(Result)).unique().one()
        assert (found.title, found.summary) == ("名", "")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "文件是空的"), (b"\x80\xff\xff", "认不出文件的编码"), (b"PK\x03\x04x", "已损坏"), ("成果名称\n".encode(), "没有数据行"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_at_its_field_and_leaves_no_batch(app: Any, enter: Callable[[str], Any], data: bytes, expected: str) -> None:
    answer = post_file(enter("operator"), data, source="示例来源")
    assert (answer.status_code, expected in answer.text, "示例来源" in answer.text) == (422, True, True)
    with app.database.transaction() as session:
        assert session.scalars(select(ImportBatch)).all() == []


def test_without_the_declaration_or_a_file_nothing_is_taken_in(enter: Callable[[str], Any]) -> None:
    client = enter("operator")
    answer = client.post("/imports", data={"kind": "results", "file": "no file"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "请选择文件" in answer.text
    assert "导入前请确认这一项" in answer.text


def test_a_file_over_the_limit_is_refused_with_the_limit(app: Any, enter: Callable[[str], Any]) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 2 << 20
    app.settings = replace(app.settings, upload_max_mb=2)
    answer = post_file(enter("operator"), b"x" * (3 << 20))
    assert (answer.status_code, "2 MB" in answer.text) == (413, True)


def test_a_kind_that_is_not_ones_own_cannot_be_chosen(enter: Callable[[str], Any]) -> None:
    assert post_file(enter("tto"), content(numbered(1)), "demands").status_code == 422
    assert post_file(enter("broker"), content(numbered(1)), "results").status_code == 422


def test_batches_of_others_are_not_there(enter: Callable[[str], Any]) -> None:
    batch_id = numbers(post_file(enter("tto"), content(numbered(1)), name="自己的.csv"))
    other = enter("other_tto")
    assert "自己的.csv" not in other.get("/imports").text
    for address in (f"/imports/{batch_id}", f"/imports/{batch_id}/refusals.csv", "/imports/99999999999999999999"):
        assert other.get(address).status_code == 404
    assert [other.post(f"/imports/{batch_id}/{act}").status_code for act in ("columns", "discard")] == [404, 404]
    assert "自己的.csv" in enter("operator").get("/imports").text


def test_a_batch_not_started_can_be_dropped_with_its_file(settings: Settings, enter: Callable[[str], Any]) -> None:
    client = enter("tto")
    batch_id = numbers(post_file(client, content(numbered(1))))
    assert client.post(f"/imports/{batch_id}/discard").status_code == 302
    assert client.get(f"/imports/{batch_id}").status_code == 404
    assert not [path for path in (settings.var / "files").rglob("*") if path.is_file()]


def test_refused_rows_are_shown_downloaded_mended_and_taken_in(app: Any, settings: Settings, enter: Callable[[str], Any]) -> None:
    client = enter("tto")
    rows = [[*HEADER, "成熟度"], ["1", "甲", "", "7"], ["2", "乙", "", "十"]]
    batch_id = numbers(post_file(client, content(rows)))
    start(client, batch_id)
    work(app, settings)
    assert "成熟度请填 1 到 9" in client.get(f"/imports/{batch_id}").text
    answer = client.get(f"/imports/{batch_id}/refusals.csv")
    assert "refused.csv" in answer.headers["Content-Disposition"]
    kept = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert kept[1][0] == "3"
    kept[1][-1] = "6"
    again = numbers(post_file(client, csv_text(kept).encode(), name="示例清单-refused.csv"))
    start(client, again)
    work(app, settings)
    with app.database.transaction() as session:
        assert {(row.external_id, row.trl) for row in session.scalars(select(Result)).unique()} == {("1", 7), ("2", 6)}
        assert len({row.source for row in session.scalars(select(Result)).unique()}) == 1


def test_the_reader_gets_reasons_in_their_own_language(app: Any, settings: Settings, enter: Callable[[str], Any]) -> None:
    client = enter("operator")
    batch_id = numbers(post_file(client, content([list(HEADER), ["1", "", ""]])))
    start(client, batch_id)
    work(app, settings)
    client.set_cookie("language", "en")
    assert client.get(f"/imports/{batch_id}").status_code == 200


def test_a_companys_rows_become_its_drafts_and_the_page_says_so(app: Any, settings: Settings, enter: Callable[[str], Any]) -> None:
    client = enter("company_admin")
    assert "草稿" in client.get("/imports").text
    batch_id = numbers(post_file(client, content([["需求名称"], ["防腐"]]), "demands"))
    start(client, batch_id)
    work(app, settings)
    assert "草稿" in client.get(f"/imports/{batch_id}").text
    with app.database.transaction() as session:
        assert session.scalars(select(Demand.state)).one() == "DRAFT"


def test_progress_is_shown_without_scripts_too(app: Any, settings: Settings, enter: Callable[[str], Any]) -> None:
    client = enter("operator")
    batch_id = numbers(post_file(client, content(numbered(4))))
    start(client, batch_id)
    jobs.advance(Context(replace(settings, import_slice=2), app.database, {}), batch_id, 1)
    page = client.get(f"/imports/{batch_id}").text
    assert "2 / 4" in page
    assert re.search(r"<noscript><a href=\"/imports/\d+\">", page)
    assert 'value="50"' in page
