"""Visits: the team's list narrowed, ordered and taken along, and the company brought in to confirm its drafts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import makers
from tests.brokers.test_brokers import visit
from webapp.accounts import service as accounts
from webapp.accounts.models import Joining, Organisation
from webapp.brokers import visits
from webapp.brokers.models import Visit
from webapp.config import Settings
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid, Refused
from webapp.messages.models import Notice

Make = Callable[..., Any]
SETTINGS = Settings()


def _company(session: Session, name: str) -> Organisation:
    row = makers.organisation(session)
    row.name = name
    session.flush()
    return row


@pytest.fixture
def three(session: Session) -> dict[str, Any]:
    """Three visits: a draft that waits, one the company confirmed, and talk without a demand."""
    makers.industry(session)
    ann, ben = makers.actor(session, "broker"), makers.actor(session, "broker")
    first, second = _company(session, "示例甲厂"), _company(session, "示例乙厂")
    today = clock.today()
    rows = [
        visit(session, ann, second, visited_on=today - timedelta(days=3)), visit(session, ann, first, visited_on=today - timedelta(days=2)),
        visit(session, ben, first, visited_on=today - timedelta(days=1), wishes=[]),
    ]  # fmt: skip
    rows[1].collected[0].demand.state = "OPEN"
    session.flush()
    return {"ann": ann, "ben": ben, "first": first, "second": second, "rows": rows, "today": today}


def found(session: Session, actor: Any, **given: Any) -> list[Visit]:
    return list(session.scalars(visits.listing(actor, visits.asked({name: str(value) for name, value in given.items()}))).unique())


def test_the_list_is_narrowed_by_company_broker_days_and_what_became_of_the_drafts(session: Session, three: dict[str, Any]) -> None:
    waiting, confirmed, talk = three["rows"]
    ann, today = three["ann"], three["today"]
    assert found(session, ann) == [talk, confirmed, waiting]
    assert found(session, ann, company=three["first"].id) == [talk, confirmed]
    assert found(session, ann, broker=three["ben"].person_id) == [talk]
    assert found(session, ann, **{"from": today - timedelta(days=2), "to": today - timedelta(days=2)}) == [confirmed]
    for state, row in (("waiting", waiting), ("confirmed", confirmed), ("none", talk)):
        assert found(session, ann, state=state) == [row]
        assert visits.progress(row) == state
    assert found(session, ann, company="x", broker="-1", state="ANY", sort="random", **{"from": "soon"}) == [talk, confirmed, waiting]


def test_the_list_is_ordered_as_asked(session: Session, three: dict[str, Any]) -> None:
    waiting, confirmed, talk = three["rows"]
    assert found(session, three["ann"], sort="oldest") == [waiting, confirmed, talk]
    # By name as the database sorts it: the company with two visits stands together, its latest first.
    by_company = found(session, three["ann"], sort="company")
    assert by_company in ([talk, confirmed, waiting], [waiting, talk, confirmed])
    assert {row.person_id for row in found(session, three["ann"], sort="broker")[:1]} <= {three["ann"].person_id, three["ben"].person_id}


def test_the_companies_and_brokers_to_choose_from_are_those_of_visits(session: Session, three: dict[str, Any]) -> None:
    _company(session, "没去过的厂")
    companies, people = visits.visited(session, three["ann"])
    assert {number for number, _ in companies} == {three["first"].id, three["second"].id}
    assert {number for number, _ in people} == {three["ann"].person_id, three["ben"].person_id}


def test_the_page_and_its_file_hold_the_same_rows(client: Any, database: Database, make_person: Make, sign_in: Make) -> None:
    with database.transaction() as session:
        makers.industry(session)
        broker = make_person(session, "broker")
        actor = accounts.actor_for(session, broker, None)
        visit(session, actor, _company(session, "示例甲厂"))
        visit(session, actor, _company(session, "示例乙厂"), wishes=[], summary="=只是看看")
    sign_in(client, broker)
    page = client.get("/visits?state=none").get_data(as_text=True)
    assert "示例乙厂</a></th>" in page
    assert "示例甲厂</a></th>" not in page
    assert "/export/visits.csv?state=none" in page
    taken = client.get("/export/visits.csv?state=none")
    (row,) = csv.DictReader(io.StringIO(taken.data.decode("utf-8-sig")))
    assert (row["企业"], row["听到的需求"], row["状态"]) == ("示例乙厂", "0", "没有听到需求")
    assert not row["谈了什么"].startswith("="), "a spreadsheet must not take it for a formula"
    assert "没有符合这些条件的走访" in client.get("/visits?from=2001-01-01&to=2001-01-02").get_data(as_text=True)


def test_an_operator_invites_the_company_as_its_manager_and_the_mail_brings_it_in(session: Session, three: dict[str, Any]) -> None:
    operator = makers.actor(session, "operator")
    assert visits.invite(session, operator, three["rows"][0], "boss@sunmao.example", SETTINGS)
    entry = session.scalars(select(Joining)).one()
    assert (entry.organisation_id, entry.role, entry.email, entry.state) == (three["second"].id, "company_admin", "boss@sunmao.example", "WAITING")
    assert visits.invited(session, three["rows"][0])
    assert not visits.invited(session, three["rows"][1])


def test_a_broker_names_the_address_and_the_operator_lets_in(session: Session, three: dict[str, Any]) -> None:
    operator = makers.actor(session, "operator")
    assert not visits.invite(session, three["ann"], three["rows"][0], "Boss@sunmao.example", SETTINGS)
    assert session.scalars(select(Joining)).all() == []
    notice = session.scalars(select(Notice).where(Notice.kind == "visit_invite")).one()
    assert notice.person_id == operator.person_id
    assert notice.url == f"/organisations/{three['second'].id}/invite?email=boss%40sunmao.example&role=company_admin"


def test_nobody_invites_over_a_company_that_is_there_nor_from_a_colleagues_visit_nor_oneself(session: Session, three: dict[str, Any]) -> None:
    row = three["rows"][0]
    with pytest.raises(Forbidden):
        visits.invite(session, three["ben"], row, "boss@sunmao.example", SETTINGS)
    own = session.get_one(accounts.Person, three["ann"].person_id).email
    for email in (own.upper(), "no address"):
        with pytest.raises(Invalid) as told:
            visits.invite(session, three["ann"], row, email, SETTINGS)
        assert set(told.value.fields) == {"email"}
    makers.person(session, "company_user", three["second"])
    with pytest.raises(Refused):
        visits.invite(session, three["ann"], row, "boss@sunmao.example", SETTINGS)


def test_the_visit_page_offers_the_invitation_until_somebody_is_there(client: Any, database: Database, make_person: Make, sign_in: Make) -> None:
    with database.transaction() as session:
        makers.industry(session)
        operator, broker = make_person(session, "operator"), make_person(session, "broker")
        row = visit(session, accounts.actor_for(session, broker, None), _company(session, "示例甲厂"))
        number, company = row.id, row.organisation_id
    sign_in(client, operator)
    page = f"/visits/{number}"
    assert "寄出邀请" in client.get(page).get_data(as_text=True)
    wrong = client.post(page + "/invite", data={"email": "nobody"})
    assert wrong.status_code == 422
    assert "请填正确的邮箱地址" in wrong.get_data(as_text=True)
    assert "已有邀请在等对方接受" in client.post(page + "/invite", data={"email": "boss@sunmao.example"}, follow_redirects=True).get_data(as_text=True)
    asked = client.get(f"/organisations/{company}/invite?email=a%40sunmao.example&role=company_admin").get_data(as_text=True)
    assert 'value="a@sunmao.example"' in asked
    assert 'selected value="company_admin"' in asked
    with database.transaction() as session:
        makers.person(session, "company_user", session.get_one(Organisation, company))
    assert "寄出邀请" not in client.get(page).get_data(as_text=True)
