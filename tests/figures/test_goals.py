"""The 2028 targets: what was reported, what should have been reached by then, and who writes it down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import makers
from tests.figures.conftest import Read, lines
from webapp.config import Settings
from webapp.core.audit import AuditEvent
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid, NotFound
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


CHANGED = {
    "comparison": "GE", "value": "500", "unit_zh": "亿元/年", "unit_en": "× 100 million yuan per year", "source": "示例修订文件",
    "as_of": "2025-03-01", "definition_zh": "全年登记", "definition_en": "Registered in the whole year",
}  # fmt: skip


def test_the_operator_changes_a_target_and_the_audit_says_from_what_to_what(session: Session) -> None:
    row = target(session)
    goals.change(session, makers.actor(session, "operator"), "deals", CHANGED)
    assert (row.value, row.comparison, row.source, row.as_of) == (500, "GE", "示例修订文件", date(2025, 3, 1))
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "figures:target")).one()
    assert event.facts["target"] == "deals"
    assert event.facts["changed"]["value"] == [400.0, 500.0]
    assert event.facts["changed"]["as_of"] == ["2024-09-19", "2025-03-01"]
    assert "unit_zh" not in event.facts["changed"]
    with pytest.raises(Forbidden):
        goals.change(session, makers.actor(session, "broker"), "deals", CHANGED)
    with pytest.raises(NotFound):
        goals.change(session, makers.actor(session, "operator"), "nothing", CHANGED)


WRONG = [
    {"value": "0"}, {"value": "viel"}, {"as_of": "2999-01-01"}, {"comparison": "LE"}, {"source": ""}, {"unit_zh": "长" * 21}, {"definition_en": ""},
    {"unit_en": "yuan"},  # a yearly count would lose its line
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_target_that_makes_no_sense_is_refused_at_its_field(session: Session, wrong: dict[str, str]) -> None:
    row = target(session)
    with pytest.raises(Invalid) as refused:
        goals.change(session, makers.actor(session, "operator"), "deals", CHANGED | wrong)
    assert set(refused.value.fields) == set(wrong)
    assert row.value == 400


def test_the_form_of_a_target_is_for_the_operator_alone(client: Any, database: Database, sign_in: Callable[..., None]) -> None:
    with database.transaction() as session:
        target(session)
        operator, broker = makers.person(session, "operator"), makers.person(session, "broker")
    sign_in(client, broker)
    assert client.get("/figures/goals/deals").status_code == 403
    assert client.post("/figures/goals/deals", data=CHANGED).status_code == 403
    assert "/figures/goals/deals" not in Read(client.get("/figures/goals")).words
    sign_in(client, operator)
    assert "/figures/goals/deals" in Read(client.get("/figures/goals")).words
    assert 'value="400"' in Read(client.get("/figures/goals/deals")).words
    assert client.post("/figures/goals/deals", data=CHANGED | {"value": ""}).status_code == 422
    assert client.post("/figures/goals/deals", data=CHANGED).status_code == 302
    page = Read(client.get("/figures/goals")).words
    for words in ("≥500", "示例修订文件", "全年登记"):
        assert words in page, words
