"""The panel of first steps: what a new person finds on the start page, and when it is gone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import makers
from webapp import first_steps
from webapp.core import clock


@pytest.mark.parametrize(("role", "first"), [
    ("company_user", "让单位通过认证"), ("researcher", "发布第一项成果"), ("tto", "发布第一项成果"), ("broker", "填好经纪人资料"), ("operator", "认证第一个单位"),
])  # fmt: skip
def test_every_working_role_is_told_what_to_do_first(session: Session, role: str, first: str) -> None:
    assert first_steps.steps(session, makers.actor(session, role))[0].label == first


def test_whoever_only_reads_is_told_nothing(session: Session) -> None:
    assert first_steps.steps(session, makers.actor(session, "auditor")) == []


def test_a_step_is_ticked_once_it_is_done_and_the_panel_goes_with_the_last(session: Session) -> None:
    school = makers.organisation(session, "SCHOOL")
    actor = makers.actor(session, "researcher", school)
    makers.result(session, school, state="DRAFT", use_first_offered=False)
    assert [step.done for step in first_steps.steps(session, actor)] == [False, False, False]
    result = makers.result(session, school)
    assert [step.done for step in first_steps.steps(session, actor)] == [True, True, False]
    from tests.matches.world import match
    from webapp.tasks.models import Task

    session.add(Task(match=match(session, makers.demand(session), result), state="ACCEPTED", due_on=clock.today()))
    session.flush()
    assert first_steps.steps(session, actor) == []


def test_the_panel_stands_on_the_start_page_until_it_is_put_away(session: Session, client: Any, sign_in: Any) -> None:
    person = makers.person(session, "company_user")
    session.commit()
    sign_in(client, person)
    assert "发布第一条需求" in client.get("/mine").text
    assert "先做这几件事" not in client.get("/notices").text
    answer = client.post("/first-steps", data={"first_steps": "off", "next": "/mine"})
    assert answer.headers["Location"] == "/mine"
    assert "先做这几件事" not in client.get("/mine").text
