"""The demonstration's deals: made once through the services, at every stage of the funnel, with people and texts of the examples."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from seed import deals
from tests import makers
from tests.seed.lists import examples
from webapp.accounts.models import Organisation
from webapp.config import Settings
from webapp.licences.models import Licence
from webapp.matches.models import Match
from webapp.tasks.models import Task

DOMAIN = "sunmao.example"
TOLD = json.loads(deals.FILE.read_text("utf-8"))
PEOPLE = {row["login"]: row for row in json.loads((deals.FILE.parent / "people.json").read_text("utf-8"))["people"]}
ROWS = [*TOLD["tasks"], *TOLD["recommended"], *TOLD["licences"]]


@pytest.fixture
def world(session: Session) -> Session:
    """The people of the deals, and for each deal a pair or an offered result of the organisations it names."""
    makers.industry(session)
    homes: dict[str, Organisation] = {}
    for row in ROWS:
        for code, kind in ((row["school"], "SCHOOL"), (row["company"], "COMPANY")):
            if code not in homes:
                body = f"91370211MA{len(homes):07d}"
                homes[code] = makers.organisation(session, kind, code=code, **({"uscc": body + uscc.calc_check_digit(body)} if kind == "COMPANY" else {}))
        _people(session, homes, row)
        _pair(session, homes, row)
    makers.person(session, "operator", email=f"operator@{DOMAIN}")
    session.flush()
    return session


def _people(session: Session, homes: dict[str, Organisation], row: dict[str, Any]) -> None:
    for part, role in (("asks", "company_user"), ("applicant", "company_user"), ("offers", "researcher"), ("office", "tto"), ("broker", "broker")):
        login = row.get(part)
        known = session.info.setdefault("logins", set())
        if login and login not in known:
            known.add(login)
            home = {"broker": None, "researcher": homes[row["school"]], "tto": homes[row["school"]], "company_user": homes[row["company"]]}[role]
            session.info[login] = makers.person(session, role, home, email=f"{login}@{DOMAIN}")


def _pair(session: Session, homes: dict[str, Organisation], row: dict[str, Any]) -> None:
    result = makers.result(session, homes[row["school"]], is_example=True, external_id=row.get("result"), source="example", created_by=session.info.get(row.get("offers", "")))
    demand = makers.demand(session, homes[row["company"]], is_example=True, created_by=session.info.get(row.get("asks", "")))
    session.add(Match(demand=demand, result=result, state="SUGGESTED", score=0.6, grade=3, position=1, reasons=[], is_example=True))
    session.flush()


def test_every_deal_is_made_and_making_them_again_changes_nothing(
    world: Session, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "seed.deals"):
        assert deals.load(world, settings, DOMAIN) == len(ROWS), caplog.text
    before = (len(world.scalars(select(Task)).unique().all()), len(world.scalars(select(Licence)).unique().all()))
    assert deals.load(world, settings, DOMAIN) == 0
    assert before == (len(world.scalars(select(Task)).unique().all()), len(world.scalars(select(Licence)).unique().all()))


def test_they_stand_at_every_stage_and_carry_the_mark_of_examples(world: Session, settings: Settings) -> None:
    deals.load(world, settings, DOMAIN)
    tasks, licences = world.scalars(select(Task)).unique().all(), world.scalars(select(Licence)).unique().all()
    assert {row.state for row in licences} == {"PAYING", "TRIAL", "NOTICE"}
    assert {row.state for row in tasks} == {"NEGOTIATING", "ACCEPTED", "CLOSED_SUCCESS"}
    assert all(row.is_example for row in (*tasks, *licences))
    paid = next(row for row in licences if row.state == "PAYING")
    assert paid.task_id
    assert sum(part.received_fen for part in paid.instalments) == 30 * 10_000 * 100
    assert {row.state for row in world.scalars(select(Match)).unique()} >= {"RECOMMENDED", "TASK_OPENED"}


def test_a_deal_that_cannot_be_made_is_left_out_whole(world: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = deals.Maker._said
    monkeypatch.setattr(deals.Maker, "_said", lambda self, licence, action: broken(self, licence, action) | ({"checks": []} if action == "approve" else {}))
    assert deals.load(world, settings, DOMAIN) == len(ROWS) - len(TOLD["licences"])
    assert world.scalars(select(Licence)).unique().all() == []


def test_the_people_and_results_of_the_file_are_those_of_the_examples() -> None:
    logins = {row[part] for row in ROWS for part in ("asks", "offers", "applicant", "office", "broker") if part in row}
    assert logins <= set(PEOPLE)
    for row in ROWS:
        for part in ("asks", "applicant"):
            if part in row:
                assert PEOPLE[row[part]]["organisation"] == row["company"]
    assert {row["result"] for row in ROWS if "result" in row} <= {row["external_id"] for row in examples("results")}
    texts = [step[2] for row in TOLD["tasks"] for step in row["steps"] if len(step) > 2]
    texts += [row["application"][name] for row in TOLD["licences"] for name in ("intended_use", "plan", "evidence")]
    assert all(text.startswith("示例") for text in texts)
