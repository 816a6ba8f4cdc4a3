"""What people really type and paste: units mixed, dates of other calendars, a price half settled, one thing by two people, a row gone meanwhile."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from matching.figures import meets
from tests import makers
from tests.catalog.test_pages import DEMANDED, Site, value_of
from tests.imports.conftest import bring_in, context, take_in  # noqa: F401 - fixtures
from tests.imports.files import csv_text, xlsx
from webapp.catalog import jobs as catalog_jobs
from webapp.catalog import service, twins
from webapp.catalog.documents import match_document
from webapp.catalog.models import Demand, Likeness, Result
from webapp.core.worker import Context

BringIn = Callable[..., dict[str, Any]]


@pytest.fixture
def site(app: Any, database: Any, sign_in: Callable[..., None]) -> Site:
    return Site(app, database, sign_in)


def figure(site: Site, kind: str, text: str) -> Any:
    """The figure of a row whose figures were typed as one text."""
    from webapp.catalog.laying import lay
    from webapp.catalog.quantities import figures

    with site.database.transaction() as session:
        row: Any = makers.demand(session) if kind == "demand" else makers.result(session)
        lay(row, {"targets" if kind == "demand" else "indicators": figures(text)})
        session.flush()
        facts = match_document(row).facts
        return (facts.targets if kind == "demand" else facts.figures)[0]


@pytest.mark.parametrize(
    ("wanted", "offered", "met"),
    [("附着力≥12 MPa", "附着力：15 兆帕", True), ("附着力≥12兆帕", "附着力 ≥１０．５ＭＰａ", False), ("孔隙率≤5％", "孔隙率：4.2%", True),
     ("厚度≤0.1毫米", "厚度：80 微米", True), ("工作压力≥1 GPa", "工作压力：900 兆帕", False)],
)  # fmt: skip
def test_units_are_compared_however_they_are_written(site: Site, wanted: str, offered: str, met: bool) -> None:
    assert meets(figure(site, "demand", wanted), figure(site, "result", offered)) is met


def test_a_file_with_free_dates_prices_and_widths_says_what_is_meant(context: Context, bring_in: BringIn) -> None:  # noqa: F811
    rows = [
        ["编号", "需求名称", "预算", "截止日期", "技术指标", "最低成熟度"],
        ["1", "甲", "面议 50万左右", "民国116年3月", "附着力≥95％", "ＴＲＬ６"],
        ["2", "乙", "８０～１２０万元", "46477", "★耐压≥１２．４兆帕；重量轻", "6.0"],
        ["3", "丙", "五十万上下", "2027/3/31", "", ""],
        ["4", "丁", "80万", "下个月", "", ""],
    ]
    outcome = bring_in("demands", csv_text(rows).encode())
    assert [(line, column) for line, column, _ in outcome["refused"]] == [(4, "预算"), (5, "截止日期")]
    assert "面议（50万左右）" in outcome["refused"][0][2] and "2027-03-31" in outcome["refused"][1][2]
    with context.database.transaction() as session:
        first, second = session.scalars(select(Demand).order_by(Demand.external_id)).unique()
        assert (first.price_kind, first.price_min_fen, first.deadline, first.min_trl) == ("NEGOTIABLE", 50_000_000, date(2027, 3, 31), 6)
        assert [(t.name, t.comparison, t.value, t.unit) for t in first.targets] == [("附着力", "GE", 95.0, "%")]
        assert (second.price_min_fen, second.price_max_fen, second.deadline) == (80_000_000, 120_000_000, date(2027, 3, 31))
        assert [(t.name, t.value, t.unit, t.must) for t in second.targets] == [("耐压", 12.4, "兆帕", True)] and "重量轻" in second.summary


def test_one_cell_over_several_rows_is_the_value_of_each(context: Context, bring_in: BringIn) -> None:  # noqa: F811
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["2026 年成果清单", None, None], ["编号", "成果名称", "负责人"], ["1", "甲", "示例教授"], ["2", "乙", None], ["3", "丙", None], ["4", "丁", None]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("C3:C5")
    out = io.BytesIO()
    book.save(out)
    assert bring_in("results", out.getvalue())["created"] == 4
    with context.database.transaction() as session:
        leads = dict(session.execute(select(Result.title, Result.lead)).tuples().all())
    assert leads == {"甲": "示例教授", "乙": "示例教授", "丙": "示例教授", "丁": ""}


def test_a_book_of_nothing_but_empty_sheets_is_refused_with_a_sentence(context: Context, bring_in: BringIn) -> None:  # noqa: F811
    from webapp.core.errors import Invalid

    with pytest.raises(Invalid):
        bring_in("results", xlsx([], [], []))


def test_the_same_result_by_two_authors_in_one_file_is_kept_twice_and_asked_about(context: Context, bring_in: BringIn) -> None:  # noqa: F811
    text = "用于海洋平台浪溅区的低表面处理防腐涂层，手工除锈后即可涂装。"
    rows = [["编号", "成果名称", "成果简介", "负责人"], ["1", "低表面处理涂层", text, "甲示例"], ["2", "低表面处理涂层", text, "乙示例"], ["3", "别的成果", "别的简介", ""]]
    assert bring_in("results", csv_text(rows).encode())["created"] == 3
    with context.database.transaction() as session:
        keys = [("result", number) for number in session.scalars(select(Result.id))]
    context.engines["matcher"] = SimpleNamespace(loaded=False)
    for _ in range(2):
        catalog_jobs.find_twins(context, keys)
    with context.database.transaction() as session:
        [pair] = session.scalars(select(Likeness)).all()
        both = {session.get_one(Result, number).lead for number in (pair.first_id, pair.second_id)}
        assert (both, pair.state, pair.score >= twins.LEAST) == ({"甲示例", "乙示例"}, "OPEN", True)


def test_a_row_that_is_withdrawn_while_another_edits_it_says_so_and_keeps_what_was_typed(site: Site) -> None:
    number = site.demand(state="OPEN", created_by_id=site.world.buyer.person_id, targets=[])
    buyer = site.browser(site.world.buyer)
    opened = value_of(buyer.get(f"/demands/{number}/edit").text, "version")
    with site.database.transaction() as session:
        row = session.get_one(Demand, number)
        service.act(session, site.world.buyer, row, "withdraw", version=row.version, facts={"reason": "OTHER", "note": "自己解决了"})
    answer = buyer.post(f"/demands/{number}/edit", data=DEMANDED | {"title": "还没存的名称", "version": opened})
    assert site.one(Demand).title != "还没存的名称"
    assert answer.status_code == 409 and "还没存的名称" in answer.text and "已经关闭，不能再改" in answer.text
