"""Brokers: profile and register, certificates an operator confirms, training, suspension, and visits that become drafts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import makers
from webapp.accounts import service as accounts
from webapp.brokers import service, visits
from webapp.brokers.models import Visit
from webapp.catalog.models import Demand
from webapp.catalog.policy import parts
from webapp.config import Settings
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid, Stale
from webapp.messages.models import Notice

Make = Callable[..., Any]
SETTINGS = Settings()


def profile(session: Session, actor: Any, **changes: Any) -> Any:
    makers.industry(session)
    data = {"about": "懂船舶涂料", "level": "MIDDLE", "industries": ["marine"], "fields": [], "capacity": 8, "is_public": True}
    return service.save_profile(session, actor, data | changes)


def test_the_register_shows_those_who_want_to_be_found_and_still_are_brokers(session: Session) -> None:
    shown, hidden = makers.actor(session, "broker"), makers.actor(session, "broker")
    profile(session, shown)
    service.save_profile(session, hidden, {"capacity": 3, "is_public": False})
    stranger = makers.actor(session, "company_user")
    assert [row.person_id for row in service.register(session, stranger)] == [shown.person_id]
    session.get_one(accounts.Person, shown.person_id).active = False
    session.flush()
    assert service.register(session, stranger) == []


@pytest.mark.parametrize(
    "fault", [{"industries": ["nowhere"]}, {"level": "KING"}, {"capacity": 0}, {"capacity": None}, {"about": "字" * 1001}]
)
def test_a_profile_with_rubbish_is_told_at_its_field(session: Session, fault: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as told:
        profile(session, makers.actor(session, "broker"), **fault)
    assert set(told.value.fields) == set(fault)


def test_two_windows_on_one_profile_do_not_overwrite_each_other(session: Session) -> None:
    actor = makers.actor(session, "broker")
    row = profile(session, actor)
    service.save_profile(session, actor, {"capacity": 9, "version": str(row.version)})
    with pytest.raises(Stale):
        service.save_profile(session, actor, {"capacity": 4, "version": "1"})


def test_a_certificate_counts_once_an_operator_has_seen_it_and_never_by_its_holder(session: Session) -> None:
    actor, operator = makers.actor(session, "broker"), makers.actor(session, "operator")
    data = {"kind": "TECH_BROKER", "title": "示例证书", "number": "A-1"}
    row = service.add_certificate(session, actor, data)
    assert service.add_certificate(session, actor, data) is row
    assert service.learned(session, actor.person_id or 0, verified_only=True)[0] == []
    with pytest.raises(Forbidden):
        service.verify(session, actor, row)
    service.verify(session, operator, row)
    service.verify(session, operator, row)
    assert service.learned(session, actor.person_id or 0, verified_only=True)[0] == [row]
    assert len(session.scalars(select(Notice).where(Notice.kind == "task_certificate")).all()) == 1


@pytest.mark.parametrize("fault", ["kind", "title", "number"])
def test_a_certificate_lacking_something_is_told_at_its_field(session: Session, fault: str) -> None:
    data = {"kind": "OTHER", "title": "示例", "number": "1"} | {fault: ""}
    with pytest.raises(Invalid) as told:
        service.add_certificate(session, makers.actor(session, "broker"), data)
    assert set(told.value.fields) == {fault}


def test_people_trained_at_high_level_are_counted_once_a_year(session: Session) -> None:
    actor, today = makers.actor(session, "broker"), clock.today()
    for title in ("高级班", "又一个班"):
        service.add_training(session, actor, {"title": title, "hours": 40, "ended_on": today, "high_level": True})
    service.add_training(session, makers.actor(session, "broker"), {"title": "入门", "hours": 8, "ended_on": today})
    assert service.trained_in(session, today.year) == 1
    with pytest.raises(Invalid):
        service.add_training(session, actor, {"title": "明天的课", "hours": 0, "ended_on": today + timedelta(days=1)})


def visit(session: Session, actor: Any, company: Any, **changes: Any) -> Visit:
    data = {
        "organisation_id": company.id, "visited_on": clock.today(), "summary": "喷涂车间温度不稳", "people": "示例厂长",
        "wishes": [{"title": "恒温喷涂控制", "details": "冬天车间温度低，涂层开裂。"}, {"title": "", "details": ""}],
    }  # fmt: skip
    return visits.record(session, actor, data | changes, SETTINGS)


def test_a_visit_makes_drafts_the_company_confirms_itself(session: Session) -> None:
    makers.industry(session)
    company = makers.organisation(session)
    boss = makers.person(session, "company_admin", company)
    broker = makers.actor(session, "broker")
    row = visit(session, broker, company)
    (demand,) = [one.demand for one in row.collected]
    assert (demand.state, demand.organisation_id, demand.title) == ("DRAFT", company.id, "恒温喷涂控制")
    assert "owner" in parts(accounts.actor_for(session, boss, None), demand)
    assert "owner" not in parts(broker, demand)
    assert [n.person_id for n in session.scalars(select(Notice).where(Notice.kind == "demand_collected"))] == [boss.id]


def test_the_same_visit_sent_twice_stands_once(session: Session) -> None:
    makers.industry(session)
    company, broker, number = makers.organisation(session), makers.actor(session, "broker"), str(uuid.uuid4())
    assert visit(session, broker, company, submission=number) is visit(session, broker, company, submission=number)
    assert len(session.scalars(select(Demand)).all()) == 1


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"organisation_id": 0}, "organisation_id"), ({"visited_on": None}, "visited_on"), ({"summary": " "}, "summary"),
        ({"wishes": [{"title": "", "details": "只有内容"}]}, "wishes"),
    ],
)  # fmt: skip
def test_a_visit_lacking_something_is_told_at_its_field_and_leaves_nothing(session: Session, fault: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        visit(session, makers.actor(session, "broker"), makers.organisation(session), **fault)
    assert set(told.value.fields) == {field}
    assert session.scalars(select(Visit)).all() == []


@pytest.mark.parametrize("role", ["company_user", "researcher", "tto", "auditor"])
def test_visits_are_the_desks_own(session: Session, role: str) -> None:
    with pytest.raises(Forbidden):
        visit(session, makers.actor(session, role), makers.organisation(session))


def test_the_pages_take_a_profile_and_a_visit(client: Any, database: Database, make_person: Make, sign_in: Make) -> None:
    with database.transaction() as session:
        person, company = make_person(session, "broker"), makers.organisation(session)
        makers.industry(session)
    sign_in(client, person)
    wrong = client.post("/brokers/me", data={"about": "写了很久的介绍", "capacity": "0"})
    assert wrong.status_code == 422
    assert "写了很久的介绍" in wrong.get_data(as_text=True)
    data = {"about": "懂船舶", "capacity": "5", "industries": ["marine"], "is_public": "y"}
    assert client.post("/brokers/me", data=data).status_code == 302
    assert "懂船舶" in client.get("/brokers").get_data(as_text=True)
    day = clock.today().isoformat()
    form = {"organisation_id": str(company.id), "visited_on": day, "summary": "谈了涂层", "wishes-0-title": "低温涂层", "wishes-0-details": "冬天开裂"}
    more = client.post("/visits/new", data=form | {"add_row": "wishes"}).get_data(as_text=True)
    assert "wishes-1-title" in more
    answer = client.post("/visits/new", data=form)
    assert answer.status_code == 302
    page = client.get(answer.location).get_data(as_text=True)
    assert "低温涂层" in page
    assert "谈了涂层" in client.get("/visits").get_data(as_text=True)
