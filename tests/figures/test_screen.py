"""The district screen and its kin: counts are right, open their rows, and show nobody more than the rows would."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.figures.conftest import Read, Road, lines, road
from webapp.config import Settings
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.worker import Context
from webapp.figures import counting, jobs, panels
from webapp.figures.models import Cell, Filling

Fill = Callable[[], int]
YEAR = f"{clock.today().year}"


@pytest.fixture
def made(database: Database, filled: Fill) -> Road:
    """Demands at every stage, counted."""
    with database.transaction() as session:
        makers.industry(session)
        found = road(session)
    filled()
    return found


@pytest.fixture
def operator(client: Any, database: Database, sign_in: Callable[..., None]) -> Any:
    """A browser with an operator signed in."""
    with database.transaction() as session:
        person = makers.person(session, "operator")
    sign_in(client, person)
    return client


def cells(database: Database) -> dict[tuple[str, str, str, str, str], float]:
    with database.transaction(write=False) as session:
        rows = session.scalars(select(Cell))
        return {(row.measure, row.kind, row.key, row.other, row.period): row.value for row in rows}


def test_the_funnel_counts_whoever_reached_a_stage_or_came_further(operator: Any, made: Road) -> None:
    found = {line[0]: line[1:] for line in lines(operator.get("/figures/panels/funnel.csv"))}
    assert [found[name][0] for name in ("已发布", "有匹配", "已联系", "已见面", "试用或签约", "付款")] == ["6", "5", "4", "3", "2", "1"]
    assert found["有匹配"][1] == "83%"


def test_a_schools_funnel_counts_results_and_a_brokers_counts_pairs(operator: Any, made: Road) -> None:
    school = Read(operator.get(f"/figures/institutions/{made.school.id}")).words
    assert re.findall(r'class="sm-n">(?:<a[^>]*>)?([\d,]+)', school)[:6] == ["5", "5", "4", "3", "2", "1"]
    broker = Read(operator.get(f"/figures/people/{made.broker.id}")).words
    assert re.findall(r'class="sm-n">(?:<a[^>]*>)?([\d,]+)', broker)[:5] == ["4", "4", "3", "2", "1"]


PAGES = ("/screen", "/figures", "/figures/panels/funnel", "/figures/panels/heat?by=quarter", "/figures/circles/upc", "/figures/industries/marine")


@pytest.mark.parametrize("address", PAGES)
def test_every_number_of_the_operator_opens_exactly_that_many_rows(operator: Any, made: Road, database: Database, address: str) -> None:
    _circle(database)
    found = Read(operator.get(address)).numbers()
    assert found
    for href, text in found.items():
        listed = Read(operator.get(href))
        if "万元" not in text:
            assert f"{listed.rows:,}" == re.search(r"[\d,]+", text)[0], href  # type: ignore[index]
        assert len(lines(operator.get(href.replace("/figures/rows?", "/figures/rows.csv?")))) == listed.rows + 1


@pytest.mark.parametrize("address", PAGES)
def test_every_number_of_a_visitor_opens_exactly_that_many_rows(client: Any, made: Road, database: Database, address: str) -> None:
    _circle(database)
    if "funnel" in address:
        assert client.get(address).status_code == 404
        return
    found = Read(client.get(address)).numbers()
    assert found
    for href, text in found.items():
        assert f"{Read(client.get(href)).rows:,}" == re.search(r"[\d,]+", text)[0], href  # type: ignore[index]


def _circle(database: Database) -> None:
    from webapp.catalog.models import Cluster

    with database.transaction() as session:
        session.add(Cluster(code="upc", zh="石油大学圈", en="UPC circle", short_zh="石油大学圈", short_en="UPC circle"))


def test_money_is_the_sum_of_the_rows_it_opens(operator: Any, made: Road) -> None:
    href = next(href for href, text in Read(operator.get("/screen")).numbers().items() if "measure=received" in href)
    found = lines(operator.get(href.replace("rows?", "rows.csv?")))
    assert sorted(line[5] for line in found[1:]) == ["100,000.00", "200,000.00"]
    assert cells_value(operator) == "30 万元"


def cells_value(client: Any) -> str:
    """The receipts as the table of the big numbers writes them."""
    return next(line[1] for line in lines(client.get("/figures/panels/figures.csv")) if line[0].startswith("到账额"))


def test_a_visitor_sees_no_count_of_what_is_hidden(client: Any, database: Database, filled: Fill) -> None:
    with database.transaction() as session:
        makers.industry(session)
        for level in range(5):
            makers.demand(session, confidentiality=level)
            makers.result(session, confidentiality=level)
    filled()
    found = {line[0]: line[1] for line in lines(client.get("/figures/panels/figures.csv"))}
    assert found["公开成果"] == "2 项"
    assert found["公开需求"] == "2 条"
    assert lines(client.get("/figures/panels/heat.csv"))[1][-1] == "2"
    assert "5" not in {text for _, text in Read(client.get("/screen")).numbers().items()}


@pytest.mark.parametrize("measure", ["demands", "posted", "paid", "flow", "received", "judged", "top_total"])
def test_only_the_operator_opens_rows_the_public_does_not_see(
    client: Any, made: Road, database: Database, sign_in: Callable[..., None], measure: str
) -> None:
    assert client.get(f"/figures/rows?measure={measure}").status_code == 403
    for role in ("broker", "auditor", "researcher", "tto", "company_user", "admin"):
        with database.transaction() as session:
            person = makers.person(session, role)
        sign_in(client, person)
        for suffix in ("", ".csv"):
            assert client.get(f"/figures/rows{suffix}?measure={measure}").status_code == 403, role
        assert client.get("/screen").status_code == 200


def test_own_people_see_the_whole_page_of_their_organisation_and_others_do_not(
    client: Any, made: Road, database: Database, sign_in: Callable[..., None]
) -> None:
    school, company = f"/figures/institutions/{made.school.id}", f"/figures/institutions/{made.company.id}"
    assert "从发布到付款" not in Read(client.get(school)).words
    assert client.get(company).status_code == 404
    with database.transaction() as session:
        office, stranger, own = makers.person(session, "tto", made.school), makers.person(session, "tto"), makers.person(session, "company_user", made.company)
    sign_in(client, stranger)
    assert "从发布到付款" not in Read(client.get(school)).words
    assert client.get(company).status_code == 404
    sign_in(client, office)
    page = Read(client.get(school))
    assert "从发布到付款" in page.words
    for href, text in page.numbers().items():
        if "万元" not in text:
            assert f"{Read(client.get(href)).rows:,}" == re.search(r"[\d,]+", text)[0], href  # type: ignore[index]
    sign_in(client, own)
    assert company in dict(Read(client.get("/figures")).links)
    for href, text in Read(client.get(company)).numbers().items():
        assert f"{Read(client.get(href)).rows:,}" == re.search(r"[\d,]+", text)[0], href  # type: ignore[index]


def test_a_broker_sees_the_own_funnel_and_no_others(client: Any, made: Road, database: Database, sign_in: Callable[..., None]) -> None:
    with database.transaction() as session:
        other = makers.person(session, "broker")
    sign_in(client, made.broker)
    found = Read(client.get(f"/figures/people/{made.broker.id}")).numbers()
    assert [text for href, text in found.items() if "p_paid" in href] == ["1"]
    for href, text in found.items():
        if "万元" not in text:
            assert f"{Read(client.get(href)).rows:,}" == re.search(r"[\d,]+", text)[0], href  # type: ignore[index]
    assert client.get(f"/figures/people/{other.id}").status_code == 404


@pytest.mark.parametrize("code", ["figures", "funnel", "flow", "heat", "quality"])
def test_the_file_of_a_panel_is_its_table(operator: Any, made: Road, code: str) -> None:
    page = Read(operator.get(f"/figures/panels/{code}"))
    assert page.tables[0] == lines(operator.get(f"/figures/panels/{code}.csv"))


def test_what_looks_like_a_formula_stays_text_in_files(client: Any, database: Database, filled: Fill) -> None:
    with database.transaction() as session:
        makers.result(session, makers.organisation(session, "SCHOOL", name="=1+1"), title="@SUM(A1)")
    filled()
    found = lines(client.get("/figures/rows.csv?measure=results_public"))
    assert found[1][1:3] == ["'@SUM(A1)", "'=1+1"]
    assert lines(client.get("/figures/panels/flow.csv"))[1][0] == "'=1+1"


def test_counting_twice_writes_nothing_new(made: Road, database: Database, filled: Fill) -> None:
    before = cells(database)
    assert filled() == 0
    assert cells(database) == before


def test_what_left_is_taken_from_the_cells(made: Road, database: Database, filled: Fill) -> None:
    with database.transaction() as session:
        row = session.get(type(made.demands[0]), made.demands[0].id)
        assert row is not None
        row.state = "DRAFT"
    filled()
    assert cells(database)["posted", "district", "", "", YEAR] == 5


def test_examples_count_in_a_demonstration_only(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        makers.demand(session, is_example=True)
        makers.demand(session)
        session.flush()
        real = counting.count(session, settings)
        shown = counting.count(session, Settings(**{**vars(settings), "demo": True}))
    key = ("demands", "district", "", "", "")
    assert (real[key], shown[key]) == (1, 2)


def test_the_worker_counts_when_something_changed_and_rests_otherwise(database: Database, settings: Settings) -> None:
    context = Context(settings, database)

    def at() -> Any:
        with database.transaction(write=False) as session:
            found = session.get(Filling, counting.CELLS)
            return found.at if found else None

    jobs.figures(context)
    first = at()
    assert first is not None
    with clock.frozen(first + timedelta(minutes=1)):
        jobs.figures(context)
    assert at() == first
    with database.transaction() as session:
        makers.demand(session)
    with clock.frozen(first + timedelta(minutes=2)):
        jobs.figures(context)
    assert at() == first + timedelta(minutes=2)
    with clock.frozen(first + timedelta(minutes=3 + settings.figures_minutes)):
        jobs.figures(context)
    assert at() == first + timedelta(minutes=3 + settings.figures_minutes)


def test_late_figures_say_so(client: Any, made: Road, settings: Settings) -> None:
    assert "更新晚了" not in Read(client.get("/screen")).words
    with clock.frozen(clock.now() + timedelta(minutes=settings.figures_late_minutes + 1)):
        assert "更新晚了" in Read(client.get("/screen")).words


def test_an_empty_site_says_so(operator: Any, client: Any) -> None:
    words = Read(operator.get("/screen")).words
    assert "还没有统计过" in words
    assert f"{YEAR} 年还没有数据" in words
    assert f"{YEAR} 年还没有已见面的配对" in words
    assert "还没有真实判断" in words
    assert "下一次统计会列在这里" in client.get("/figures").text, "a list without lines is no empty table"


def test_a_panel_that_fails_leaves_the_others(operator: Any, made: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_board: Any, _all: bool) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setitem(panels.MAKERS, "flow", broken)
    words = Read(operator.get("/screen")).words
    assert "这一块暂时显示不出来" in words
    assert "从发布到付款" in words
    assert re.findall(r'class="sm-n">(?:<a[^>]*>)?([\d,]+)', words)[:2] == ["6", "5"]


def test_rubbish_in_an_address_finds_nothing(operator: Any, made: Road) -> None:
    for query in ("measure=x", "measure=posted&kind=organisation&key=x", "measure=posted&period=20x6", "measure=posted&other=1",
                  "measure=posted&kind=circle&key=upc", "measure=flow&kind=organisation&key=99999999999999999999", ""):
        assert operator.get(f"/figures/rows?{query}").status_code == 404, query
    for path in ("/figures/circles/x", "/figures/industries/x", "/figures/institutions/99999", "/figures/people/99999", "/figures/panels/x", "/figures/panels/figures?kind=x"):
        assert operator.get(path).status_code == 404, path
    assert operator.get("/screen?year=1&by=x").status_code == 200


def test_the_screen_draws_from_its_tables_alone(operator: Any, made: Road) -> None:
    words = Read(operator.get("/screen")).words
    assert 'data-sm-chart="sankey"' in words
    assert not re.search(r"\sstyle=|<script(?![^>]*\ssrc=)", words)
    assert "echarts.min.js" in words
    assert "echarts" not in Read(operator.get("/quality")).words



def test_the_quality_of_months_is_drawn_with_gaps_where_a_month_says_nothing(
    operator: Any, made: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    none, half = panels.Value("—"), panels.Value("0.50", 0.5)
    lines = tuple(panels.Line(name, (value, none, none, none)) for name, value in (("全部", half), ("2026-01", half), ("2026-02", none), ("2026-03", half)))
    drawn = panels.Panel("quality", "匹配质量", columns=("月份", "P@5", "判断", "nDCG@10", "需求"), lines=lines)
    monkeypatch.setitem(panels.MAKERS, "quality", lambda *_: drawn)
    for address in ("/screen", "/figures/panels/quality"):
        words = Read(operator.get(address)).words
        assert 'd="M0.0 50.0M100.0 50.0"' in words, address
        assert "P@5 0.50" in words
        assert "nDCG@10 —" not in words


def test_files_have_names_a_server_can_send(operator: Any, made: Road) -> None:
    for address in ("/figures/panels/funnel.csv", f"/figures/rows.csv?measure=posted&kind=district&period={YEAR}"):
        said = operator.get(address).headers["Content-Disposition"]
        assert said.isascii(), address
        assert f"{clock.today()}.csv" in said
