"""The 2028 targets: what was reported, what should have been reached by then, and who writes it down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import makers
from tests.figures.conftest import Read, lines
from webapp.config import Settings
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid
from webapp.figures import goals
from webapp.figures.models import KpiFact, KpiTarget


def target(session: Session, code: str = "deals", **values: Any) -> KpiTarget:
    """A yearly flow of 400 unless told otherwise."""
    given = {
        "zh": "技术合同成交额", "en": "Contract value", "definition_zh": "当年登记", "definition_en": "Registered in the year", "unit_zh": "亿元/年",
        "unit_en": "× 100 million yuan per year", "kind": "flow", "comparison": "GT", "value": 400.0, "source": "文件", "as_of": date(2024, 9, 19),
    }  # fmt: skip
    row = KpiTarget(code=code, **(given | values))
    session.add(row)
    session.flush()
    return row


def fact(value: float, on: date) -> KpiFact:
    return KpiFact(code="deals", value=value, as_of=on, source="快报")


def test_a_yearly_flow_is_expected_in_proportion_to_the_year(session: Session) -> None:
    row = target(session)
    assert goals.due(row, fact(1, date(2026, 1, 1)), date(2026, 12, 31)) == 400
    assert goals.due(row, fact(1, date(2026, 1, 1)), date(2026, 7, 2)) == pytest.approx(400 * 183 / 365)


def test_a_stock_grows_on_a_line_from_its_first_report(session: Session) -> None:
    row = target(session, kind="stock", unit_en="firms", value=3600.0)
    first = fact(2600, date(2024, 12, 31))
    assert goals.due(row, first, date(2024, 12, 31)) is None
    assert goals.due(row, first, date(2026, 12, 31)) == pytest.approx(2600 + 1000 * 730 / 1461)
    assert goals.due(row, first, date(2030, 1, 1)) == 3600


def test_a_count_since_the_policy_starts_from_nothing(session: Session) -> None:
    row = target(session, unit_en="platforms", value=100.0)
    assert goals.due(row, fact(57, date(2026, 10, 31)), date(2028, 12, 31)) == 100
    assert goals.due(row, fact(57, date(2026, 10, 31)), date(2024, 9, 19)) is None


@pytest.mark.parametrize(("value", "state"), [(400, "ok"), (399, "wn"), (340, "wn"), (339, "bad")])
def test_the_gap_is_told_in_words(session: Session, settings: Settings, value: float, state: str) -> None:
    target(session)
    session.add(fact(value, date(2025, 12, 31)))
    session.flush()
    assert goals.goals(session, settings)[0].state == state


def test_the_operator_reports_and_a_second_report_of_a_day_corrects_the_first(session: Session, settings: Settings) -> None:
    target(session)
    operator = makers.actor(session, "operator")
    data = {"code": "deals", "value": "218.5", "as_of": "2026-06-30", "source": "区统计快报"}
    goals.report(session, operator, data)
    goals.report(session, operator, data | {"value": "219"})
    assert [(row.value, row.as_of) for _, row in goals.reports(session)] == [(219, date(2026, 6, 30))]
    with pytest.raises(Forbidden):
        goals.report(session, makers.actor(session, "broker"), data)


@pytest.mark.parametrize("wrong", [{"code": "x"}, {"value": "-1"}, {"value": "viel"}, {"as_of": "2999-01-01"}, {"as_of": "gestern"}, {"source": ""}])
def test_a_report_that_makes_no_sense_is_refused_at_its_field(session: Session, wrong: dict[str, str]) -> None:
    target(session)
    data = {"code": "deals", "value": "1", "as_of": "2026-06-30", "source": "快报"} | wrong
    with pytest.raises(Invalid) as refused:
        goals.report(session, makers.actor(session, "operator"), data)
    assert set(refused.value.fields) == set(wrong)


def test_the_page_says_definition_unit_source_and_day(client: Any, database: Database) -> None:
    with database.transaction() as session:
        target(session)
        session.add(fact(218, date(2026, 6, 30)))
    page = Read(client.get("/figures/goals"))
    for words in ("当年登记", "亿元/年", "快报", "2026-06-30", "218", "文件"):
        assert words in page.words, words
    assert "记下这个数" not in page.words
    assert page.tables[0] == lines(client.get("/figures/panels/goals.csv"))
    href = next(href for href, text in page.links if text == "218")
    assert Read(client.get(href)).rows == 1


def test_the_form_writes_a_report(client: Any, database: Database, sign_in: Callable[..., None]) -> None:
    with database.transaction() as session:
        target(session)
        person = makers.person(session, "operator")
    sign_in(client, person)
    data = {"code": "deals", "value": "300", "as_of": "2026-06-30", "source": "快报"}
    assert client.post("/figures/goals", data=data).status_code == 302
    assert "300" in Read(client.get("/figures/goals")).words
    assert client.post("/figures/goals", data=data | {"value": ""}).status_code == 422
