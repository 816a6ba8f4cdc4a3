"""Lists to take along: what a page shows somebody, under its filters, in three forms; own rows come back unchanged."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from tests import makers
from tests.catalog import world as worlds
from tests.catalog.test_pages import Site
from webapp.catalog import service as catalog
from webapp.catalog.models import Demand
from webapp.core.db import Database
from webapp.core.policy import SYSTEM
from webapp.core.worker import Context
from webapp.imports import blank, jobs, lists, reading, service
from webapp.imports.models import ImportBatch
from webapp.imports.service import Incoming

LISTS = ("results", "demands", "mine", "matches", "tasks", "licences", "visits", "organisations")


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    return Site(app, database, sign_in)


def table(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_a_list_is_taken_along_under_the_filters_of_its_page(site: Site) -> None:
    site.result(title="海工涂层", cluster_code="upc", stage="PILOT")
    site.result(title="实验室涂层", cluster_code="upc", stage="LAB")
    broker = site.browser(site.world.broker)
    assert {row["成果名称"] for row in table(broker.get("/export/results.csv"))} == {"海工涂层", "实验室涂层"}
    assert [row["成果名称"] for row in table(broker.get("/export/results.csv?stage=LAB"))] == ["实验室涂层"]
    assert "stage=LAB" in broker.get("/results?stage=LAB").text.partition("/export/results.xlsx")[2][:40]


def test_all_three_forms_say_the_same_and_excel_reads_chinese(site: Site) -> None:
    site.result(title="=1+1 涂层")
    browser = site.browser(site.world.operator)
    raw = browser.get("/export/results.csv")
    assert raw.data.startswith(b"\xef\xbb\xbf") and raw.headers["Content-Disposition"].startswith("attachment")
    line = json.loads(browser.get("/export/results.jsonl").data.splitlines()[0])
    sheet = load_workbook(io.BytesIO(browser.get("/export/results.xlsx").data)).active
    assert sheet is not None
    head, first = ([str(cell.value or "") for cell in row] for row in sheet.iter_rows(max_row=2))
    assert line == table(raw)[0] == dict(zip(head, first, strict=True)) and line["成果名称"] == "'=1+1 涂层"


def test_an_export_shows_nobody_more_than_their_pages_do(site: Site) -> None:
    site.result(title="经纪成果", confidentiality=4)
    site.demand(title="匿名需求", confidentiality=1)
    for actor, seen in ((site.world.buyer, False), (site.world.broker, True)):
        text = site.browser(actor).get("/export/results.csv").text
        assert ("经纪成果" in text) is seen and "合金配比" not in text
    text = site.browser(site.world.author).get("/export/demands.csv").text
    assert "匿名需求" in text and "示例海工装备" not in text and "合金配比" not in text


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_for_whom_its_page_is(site: Site, name: str) -> None:
    site.result()
    site.demand()
    assert site.browser().get(f"/export/{name}.csv").status_code in {302, 401}
    for actor in (site.world.author, site.world.office, site.world.buyer, site.world.broker, site.world.operator):
        answer = site.browser(actor).get(f"/export/{name}.csv")
        assert answer.status_code == (200 if name in lists.offered(actor) else 403)


def test_what_is_no_list_or_too_long_a_list_is_told(site: Site) -> None:
    browser = site.browser(site.world.operator)
    for address in ("/export/people.csv", "/export/results.pdf", "/export/results.exe"):
        assert browser.get(address).status_code == 404
    object.__setattr__(site.app.settings, "export_max_rows", 1)
    site.result()
    site.result()
    answer = browser.get("/export/results.csv")
    assert answer.status_code == 422 and "一次最多导出 1 条" in answer.text


@pytest.mark.parametrize("kind", ["results", "demands"])
def test_a_template_opens_with_drop_downs_and_imports_as_it_is_filled(site: Site, tmp_path: Path, kind: str) -> None:
    actor = site.world.operator
    book = load_workbook(io.BytesIO(site.browser(actor).get(f"/imports/template/{kind}.xlsx").data))
    sheet = book.worksheets[0]
    head = [str(cell.value) for cell in sheet[1]]
    rules = {str(rule.sqref).partition(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    industry = sheet.cell(2, head.index("产业" if "产业" in head else "领域") + 1).coordinate
    assert rules[industry].formula1.startswith("'选项'!") and book["选项"].sheet_state == "hidden"
    offered = [str(cell.value) for row in book["选项"].iter_rows() for cell in row if cell.value]
    assert "船舶海工" in offered and "是" in offered
    explained = {str(row[0].value): str(row[2].value) for row in book["填写说明"].iter_rows(min_row=2)}
    assert set(explained) == set(head)
    sheet.cell(2, head.index("成果名称" if kind == "results" else "需求名称") + 1, "填好的一行")
    sheet.cell(2, head.index("产业") + 1, "船舶海工")
    book.save(tmp_path / "filled.xlsx")
    opened = reading.open_table(tmp_path / "filled.xlsx", lambda names: "编号" in names)
    assert (len(list(opened.rows())), opened.header) == (1, head)


def test_a_template_is_for_who_may_import_that_kind(site: Site) -> None:
    assert site.browser(site.world.buyer).get("/imports/template/results.xlsx").status_code == 403
    assert site.browser(site.world.office).get("/imports/template/results.xlsx").status_code == 200
    assert site.browser(site.world.office).get("/imports/template/people.xlsx").status_code == 403


def test_ended_entries_of_a_list_are_not_offered(session: Any) -> None:
    from webapp.catalog.fields import Entry, Lists

    found = blank.choices("results", Lists(industry={"a": Entry("a", "旧产业", "", "", False), "b": Entry("b", "新产业", "")}))
    assert found["industry_code"] == ("新产业",)


def test_how_columns_were_settled_is_remembered_for_the_organisation(site: Site) -> None:
    content = "自家叫法,说明,产业\n甲,摘要,船舶海工\n".encode()

    def upload(actor: Any) -> Any:
        data = {"kind": "demands", "file": (io.BytesIO(content), "list.csv"), "declared": "y"}
        return site.browser(actor).post("/imports", data=data, content_type="multipart/form-data", follow_redirects=True)

    with site.database.transaction() as session:
        first, second = (makers.actor(session, "company_admin", site.world.company) for _ in range(2))
        stranger = makers.actor(session, "company_admin")
    page = upload(first)
    number = page.request.path.rsplit("/", 1)[1]
    chosen = {"column-0": "title", "column-1": "summary", "column-2": ""}
    site.browser(first).post(f"/imports/{number}/columns", data=chosen)
    again, other = upload(second).text, upload(stranger).text
    assert "已按上次的对应填好" in again and "已按上次的对应填好" not in other
    with site.database.transaction(write=False) as session:
        kept = [batch.mapping["columns"] for batch in session.scalars(select(ImportBatch).order_by(ImportBatch.id))]
    assert kept[0] == kept[1] == {"自家叫法": "title", "说明": "summary"} and kept[2] == {"产业": "industry_code"}


def test_a_draft_that_comes_back_stays_a_draft(context: Context) -> None:
    with context.database.transaction() as session:
        world = worlds.build(session)
        catalog.store(session, SYSTEM, Demand, world.company.id, "web", "one", worlds.demand_values(), publish=False)
        actor = replace(makers.actor(session, "company_admin", world.company), roles=frozenset({"company_admin"}))
        session.flush()
        taken = lists.take(session, actor, context.settings, "mine", {})
        lines = [taken.names, *taken.rows]
        out = io.StringIO()
        csv.writer(out).writerows(lines)
        file = Incoming("demands", "a.csv", "back", io.BytesIO(out.getvalue().encode()))
        batch = service.start(session, SYSTEM, context.settings, file)
        service.queue(session, SYSTEM, context.settings, batch, batch.mapping["columns"])
        number = batch.id
    jobs.advance(context, number)
    with context.database.transaction(write=False) as session:
        assert session.get_one(ImportBatch, number).unchanged == 1
        assert session.scalars(select(Demand)).unique().one().state == "DRAFT"
