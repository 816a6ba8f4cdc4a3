"""The desk stops an account, opens it again and ends sign-ins: with a reason, on record, never its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.accounts.site import PASSWORD, Browser
from webapp.accounts import service, suspending
from webapp.accounts.models import Person
from webapp.core import policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import Forbidden, Invalid, Refused
from webapp.users import hasher

Make = Callable[..., Any]
EMAIL, DESK = "lin@example.com", "desk@example.com"


@pytest.fixture
def desk(site: Browser, make_person: Make) -> Browser:
    """An operator's browser, signed in."""
    with site.database.transaction() as session:
        make_person(session, "operator", email=DESK, name="运示例", password=hasher(site.client.application.settings)(PASSWORD))
    found = site.fresh()
    found.sign_in(DESK)
    return found


def number(site: Browser, email: str = EMAIL) -> int:
    """The person's number."""
    with site.database.transaction(write=False) as session:
        return session.scalars(select(Person.id).where(Person.email == email)).one()


def reasons(site: Browser) -> list[tuple[str, str]]:
    """What was recorded about accounts, oldest first."""
    wanted = (suspending.SUSPENDED, suspending.REOPENED, suspending.ENDED)
    with site.database.transaction(write=False) as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.action.in_(wanted)).order_by(AuditEvent.id))
        return [(row.action, row.facts["reason"]) for row in rows]


def test_a_suspended_person_is_out_at_once_and_in_again_when_reopened(site: Browser, desk: Browser) -> None:
    site.sign_in(EMAIL)
    here = f"/people/{number(site)}"
    assert "林示例" in desk.get("/people?q=lin@").text
    desk.post(f"{here}/suspend", {"note": "冒用他人名义"}, form_on=here)
    assert site.get("/notices").status_code == 302, "the browser signed in is out"
    assert site.fresh().sign_in(EMAIL).status_code == 200, "and the password lets nobody in"
    assert "已停用" in desk.get("/people?q=lin@").text
    desk.post(f"{here}/reopen", {"note": "查清了"}, form_on=here)
    assert site.get("/notices").status_code == 302, "an old cookie does not come back to life"
    assert site.fresh().sign_in(EMAIL).status_code == 302
    assert reasons(site) == [("person:suspend", "冒用他人名义"), ("person:reopen", "查清了")]
    page = desk.get(here).text
    assert "冒用他人名义" in page
    assert "查清了" in page


def test_the_desk_ends_every_sign_in_of_a_person_who_may_come_back(site: Browser, desk: Browser) -> None:
    other = site.fresh()
    for browser in (site, other):
        browser.sign_in(EMAIL)
    here = f"/people/{number(site)}"
    desk.post(f"{here}/end-sign-ins", {"note": "手机丢了"}, form_on=here)
    assert [browser.get("/notices").status_code for browser in (site, other)] == [302, 302]
    assert site.sign_in(EMAIL).status_code == 302
    assert reasons(site) == [("person:end_sign_ins", "手机丢了")]


@pytest.mark.parametrize("deed", ["suspend", "end-sign-ins"])
def test_without_a_reason_nothing_happens(site: Browser, desk: Browser, deed: str) -> None:
    site.sign_in(EMAIL)
    here = f"/people/{number(site)}"
    assert "请写明原因" in desk.post(f"{here}/{deed}", {"note": " "}, form_on=here, follow_redirects=True).text
    assert site.get("/notices").status_code == 200
    assert reasons(site) == []


def test_nobody_suspends_themselves_and_operators_leave_the_desk_alone(session: Session, make_person: Make) -> None:
    people = {role: make_person(session, role) for role in ("operator", "admin", "auditor", "broker", "tto", "company_admin")}
    actors = {role: service.actor_for(session, person, None) for role, person in people.items()}
    may = {role: {name for name, person in people.items() if policy.can(actor, "person:suspend", person)} for role, actor in actors.items()}
    assert may["operator"] == {"broker", "tto", "company_admin"}
    assert may["admin"] == set(people) - {"admin"}
    assert [may[role] for role in ("auditor", "broker", "tto", "company_admin")] == [set()] * 4
    for do in (suspending.suspend, suspending.reopen, suspending.end_sign_ins):
        with pytest.raises(Forbidden):
            do(session, actors["operator"], people["operator"], "自己")
    assert people["operator"].active


def test_a_closed_account_is_not_opened_again_and_a_reason_has_its_length(session: Session, make_person: Make, actor_of: Make) -> None:
    from webapp.accounts import owndata

    person, desk = make_person(session, "broker"), actor_of(session, "admin")
    with pytest.raises(Invalid):
        suspending.suspend(session, desk, person, "长" * 5000)
    owndata.close(session, service.actor_for(session, person, None), person)
    with pytest.raises(Refused):
        suspending.reopen(session, desk, person, "回来")
    assert not person.active
