"""Licence pages: the catalogue, applying, acting on the licence page, public notices and objections."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.licences.conftest import World
from webapp.core import clock
from webapp.core.db import Database
from webapp.licences.models import Licence, Objection, PublicNotice, Receipt
from webapp.licences.values import REVIEW_CHECKS


@pytest.fixture
def shown(world: World, at: Callable[[int], Any]) -> World:
    """The world, stored, so that pages can see it."""
    makers.industry(world.session)
    world.session.commit()
    return world


@pytest.fixture
def enter(client: Any, sign_in: Callable[..., None], shown: World) -> Callable[[str], Any]:
    """The browser of one of the people."""

    def go(who: str) -> Any:
        sign_in(client, shown.people[who])
        return client

    return go


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    return found.group(1) if found else ""


def apply_by_form(browser: Any, world: World, **changes: Any) -> Any:
    address = f"/use-first/{world.result.id}/apply"
    page = browser.get(address).text
    data = world.application(**changes) | {"submission": hidden(page, "submission")}
    return browser.post(address, data=data)


def post(browser: Any, licence_id: int, action: str, **data: Any) -> Any:
    page = browser.get(f"/licences/{licence_id}").text
    sent = {f"{action}-version": hidden(page, f"{action}-version")} | {f"{action}-{name}": value for name, value in data.items()}
    return browser.post(f"/licences/{licence_id}/act/{action}", data=sent)


def test_the_catalogue_is_public_and_offers_the_application_to_companies_only(shown: World, client: Any, enter: Any) -> None:
    page = client.get("/use-first")
    assert page.status_code == 200
    assert shown.result.title in page.text
    link = f"/use-first/{shown.result.id}/apply"
    assert link not in page.text
    assert link in enter("company").get("/use-first").text


def test_applying_needs_a_sign_in_and_a_company(shown: World, client: Any, enter: Any) -> None:
    address = f"/use-first/{shown.result.id}/apply"
    assert client.get(address).status_code in (302, 401)
    assert enter("researcher").get(address).status_code == 403


def test_the_form_begins_with_the_companys_figures(shown: World, enter: Any) -> None:
    page = enter("company").get(f"/use-first/{shown.result.id}/apply").text
    assert hidden(page, "staff") == "80"
    assert hidden(page, "trial_months") == "12"


def test_the_calculation_is_shown_before_anything_is_stored(shown: World, enter: Any, database: Database) -> None:
    address = f"/use-first/{shown.result.id}/apply"
    page = enter("company").post(address, data={"size_class": "INDUSTRY", "staff": "1500", "revenue": "39999", "calculate": "1"})
    assert page.status_code == 200
    assert "中型" in page.text
    assert 'id="calculation"' in page.text
    with database.transaction() as session:
        assert session.scalars(select(Licence)).first() is None


def test_a_large_company_reads_why_not_and_keeps_what_it_typed(shown: World, enter: Any) -> None:
    page = apply_by_form(enter("company"), shown, staff="2000", revenue="90000")
    assert page.status_code == 422
    assert "大型企业" in page.text
    assert 'value="90000"' in page.text
    assert shown.application()["plan"] in page.text


def test_a_double_click_on_apply_is_one_application(shown: World, enter: Any, database: Database) -> None:
    browser = enter("company")
    address = f"/use-first/{shown.result.id}/apply"
    data = shown.application() | {"submission": hidden(browser.get(address).text, "submission")}
    first, second = browser.post(address, data=data), browser.post(address, data=data)
    assert first.status_code == 302
    assert first.location == second.location
    with database.transaction() as session:
        assert len(session.scalars(select(Licence)).unique().all()) == 1


def test_a_deal_is_walked_on_pages_to_the_public_notice_and_an_objection_stops_it(
    shown: World, enter: Any, database: Database
) -> None:
    number = int(apply_by_form(enter("company"), shown).location.rsplit("/", 1)[1])
    assert post(enter("broker"), number, "check", evidence_seen="y", credit_clear="y", credit_on=clock.today().isoformat(), credit_source="信用中国").status_code == 302
    assert post(enter("operator"), number, "confirm").status_code == 302
    assert post(enter("tto"), number, "approve", checks=list(REVIEW_CHECKS), co_owners="NONE", pledge="NONE").status_code == 302
    with database.transaction() as session:
        notice_id = session.scalars(select(PublicNotice.id)).one()
    visitor = shown_to_nobody(enter)
    assert shown.result.title in visitor.get("/public-notices").text
    data = {"name": "示例异议人", "contact": "0532-0000", "text": "该成果系合作研发，另一单位未同意。", "challenged": "RESULT"}
    assert visitor.post(f"/public-notices/{notice_id}", data={}).status_code == 422
    assert visitor.post(f"/public-notices/{notice_id}", data=data).status_code == 302
    assert "示例异议人" not in visitor.get(f"/public-notices/{notice_id}").text
    assert "示例异议人" not in enter("company").get(f"/licences/{number}").text
    assert "示例异议人" in enter("tto").get(f"/licences/{number}").text
    with database.transaction() as session:
        objection = session.scalars(select(Objection)).one()
    done = post(enter("tto"), number, "decide", objection_id=objection.id, decision="RESUME", decision_text="合作方已书面同意。")
    assert done.status_code == 302
    with database.transaction() as session:
        row = session.get(Licence, number)
        assert row is not None
        assert row.state == "NOTICE"


def shown_to_nobody(enter: Any) -> Any:
    browser = enter("company")
    with browser.session_transaction() as cookie:
        cookie.clear()
    return browser


def test_a_refused_step_says_why_and_keeps_what_was_typed(shown: World, enter: Any) -> None:
    number = int(apply_by_form(enter("company"), shown).location.rsplit("/", 1)[1])
    page = post(enter("broker"), number, "check", evidence_seen="y", note="已看审计报告")
    assert page.status_code == 422
    assert "已看审计报告" in page.text
    assert "请确认这一项后再继续。" in page.text


def test_an_outdated_page_is_told_and_the_next_try_goes_through(shown: World, enter: Any) -> None:
    number = int(apply_by_form(enter("company"), shown).location.rsplit("/", 1)[1])
    browser = enter("broker")
    data = {"check-evidence_seen": "y", "check-credit_clear": "y", "check-credit_on": clock.today().isoformat(), "check-credit_source": "信用中国", "check-version": "0"}
    page = browser.post(f"/licences/{number}/act/check", data=data)
    assert page.status_code == 409
    data["check-version"] = hidden(page.text, "check-version")
    assert browser.post(f"/licences/{number}/act/check", data=data).status_code == 302


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("admin", 404), ("auditor", 403), ("tto", 403)])
def test_a_step_by_somebody_else_is_refused(shown: World, enter: Any, who: str, status: int) -> None:
    number = int(apply_by_form(enter("company"), shown).location.rsplit("/", 1)[1])
    assert enter(who).post(f"/licences/{number}/act/check", data={"check-evidence_seen": "y"}).status_code == status


def test_an_unknown_step_and_an_unknown_licence_are_not_found(shown: World, enter: Any) -> None:
    number = int(apply_by_form(enter("company"), shown).location.rsplit("/", 1)[1])
    browser = enter("operator")
    assert browser.post(f"/licences/{number}/act/steal").status_code == 404
    assert browser.get("/licences/999999").status_code == 404
    assert browser.get("/public-notices/999999").status_code == 404


def test_the_list_and_the_page_are_shown_to_the_parties(shown: World, enter: Any) -> None:
    number = int(apply_by_form(enter("company"), shown).location.rsplit("/", 1)[1])
    for who in ("company", "tto", "researcher", "broker", "operator", "auditor"):
        browser = enter(who)
        assert f"/licences/{number}" in browser.get("/licences").text, who
        assert browser.get(f"/licences/{number}").status_code == 200, who
    assert f"/licences/{number}" in enter("broker").get("/licences?show=waiting").text
    before = clock.today() - timedelta(days=40)
    later = enter("broker").get(f"/licences/calendar?month={before:%Y-%m}").text
    assert "之后最早的是" in later and f"/licences/{number}" in later, "an empty month says what comes next"
    opened = enter("broker").get("/licences").text
    assert re.search(r'<a[^>]*show=waiting"[^>]*aria-current', opened), "it opens on what waits for the reader"
    assert "<span>先用后付</span><b>1</b>" in opened and "<span>先用后付</span><b>" not in enter("auditor").get("/licences").text
    assert shown.application()["plan"] not in enter("auditor").get(f"/licences/{number}").text


def test_a_paid_instalment_by_form(world: World, trial: Licence, at: Callable[[int], Any], client: Any, sign_in: Any, database: Database) -> None:
    makers.industry(world.session)
    with at(60):
        world.act(trial, "tto", "claim")
        world.act(trial, "company", "confirm_trigger")
    world.session.commit()
    with at(61):
        sign_in(client, world.people["tto"])
        page = client.get(f"/licences/{trial.id}").text
        due = hidden(page, "schedule-first_due")
        assert post(client, trial.id, "schedule", first_due=due, months="3", invoice="示例 1").status_code == 302
        page = client.get(f"/licences/{trial.id}").text
        amount, day = hidden(page, "receipt-amount"), hidden(page, "receipt-received_on")
        assert amount == "333333.33"
        row = trial.instalments[0].id
        sent = {"instalment_id": row, "received_on": day, "reference": "BK001"}
        assert post(client, trial.id, "receipt", amount="999999999", **sent).status_code == 422
        for _ in range(2):
            assert post(client, trial.id, "receipt", amount=amount, **sent).status_code == 302
        assert "已到账" in client.get(f"/licences/{trial.id}").text
    with database.transaction() as session:
        assert len(session.scalars(select(Receipt)).all()) == 1
