"""Roles that must use a second factor: led to it, kept to it, recorded; others are left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from tests.accounts.site import PASSWORD, Browser
from tests.accounts.test_safety import set_up
from webapp import create_app
from webapp.accounts import second_factor
from webapp.accounts.models import Passkey, Person
from webapp.config import Settings, SettingsError
from webapp.core import clock
from webapp.core.audit import AuditEvent
from webapp.core.db import Database
from webapp.users import hasher

BROKER, RESEARCHER = "lin@example.com", "qin@example.com"
SETUP = "/account/second-factor"


@pytest.fixture
def strict(settings: Settings, database: Database, make_person: Callable[..., Any]) -> Browser:
    """A site that demands a second factor of brokers and operators, with a broker and a researcher."""
    own = replace(settings, second_factor_roles="broker, operator")
    with database.transaction() as session:
        make_person(session, "broker", email=BROKER, name="林示例", password=hasher(own)(PASSWORD))
        make_person(session, "researcher", email=RESEARCHER, name="秦示例", password=hasher(own)(PASSWORD))
    app = create_app(own)
    app.database.dispose()
    app.database = database
    return Browser(app.test_client(), database)


def actions(site: Browser) -> list[str]:
    """What was recorded, oldest first."""
    with site.database.transaction(write=False) as session:
        return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_listed_role_reaches_nothing_but_setting_up_and_the_way_out(strict: Browser) -> None:
    strict.sign_in(BROKER)
    for rule in strict.client.application.url_map.iter_rules():
        if rule.endpoint in second_factor.OPEN or rule.arguments or "GET" not in (rule.methods or ()):
            continue
        answer = strict.get(rule.rule)
        assert (answer.status_code, answer.headers.get("Location")) == (302, SETUP), rule.rule
    page = strict.get(SETUP)
    assert "必须启用两步验证" in page.text
    answer = strict.post("/acting-for", {"membership": "1"}, form_on=SETUP)
    assert answer.headers["Location"] == SETUP
    assert strict.client.get("/static/css/tokens.css").status_code == 200
    assert strict.post("/language", {"language": "en"}, form_on=SETUP).headers.get("Location") != SETUP
    assert strict.post("/sign-out", form_on=SETUP).status_code == 302
    assert strict.get("/").status_code == 200, "signed out, it is a visitor like any other"
    assert actions(strict).count("second_factor:demanded") == 1, "once a sign-in, not once a page"


def test_once_it_is_set_up_everything_opens_and_losing_it_closes_again(strict: Browser) -> None:
    set_up(strict)
    assert strict.get("/notices").status_code == 200
    assert "second_factor:set_up" in actions(strict)
    strict.post(SETUP, {"setup": "disable"})
    assert strict.get("/notices").headers["Location"] == SETUP
    assert "second_factor:disable" in actions(strict)


def test_a_role_that_is_not_listed_is_left_alone(strict: Browser) -> None:
    strict.sign_in(RESEARCHER)
    assert strict.get("/notices").status_code == 200
    assert "必须启用两步验证" not in strict.get(SETUP).text


def test_a_role_held_in_another_organisation_counts_and_an_ended_one_does_not(strict: Browser, make_person: Callable[..., Any]) -> None:
    from tests import makers
    from webapp.accounts.models import Membership

    with strict.database.transaction() as session:
        person = session.scalars(select(Person).where(Person.email == RESEARCHER)).one()
        session.add(Membership(person=person, organisation=makers.organisation(session, "BROKER_FIRM"), role="broker"))
    strict.sign_in(RESEARCHER)
    assert strict.get("/notices").headers["Location"] == SETUP, "acting for the school does not slip by"
    with strict.database.transaction() as session:
        session.scalars(select(Membership).join(Person).where(Person.email == RESEARCHER, Membership.role == "broker")).one().active = False
    assert strict.get("/notices").status_code == 200


def test_a_passkey_counts_only_as_the_second_step(strict: Browser) -> None:
    def add(usage: str) -> None:
        with strict.database.transaction() as session:
            person = session.scalars(select(Person).where(Person.email == BROKER)).one()
            session.add(
                Passkey(
                    user_id=person.id, credential_id=usage.encode(), public_key=b"x", backup_state=False, device_type="single_device",
                    lastuse_datetime=clock.now(), name=usage, usage=usage,
                )
            )  # fmt: skip

    strict.sign_in(BROKER)
    add("first")
    assert strict.get("/notices").headers["Location"] == SETUP, "the password alone still opens the account"
    add("secondary")
    assert strict.get("/notices").status_code == 200


def test_a_role_nobody_knows_is_refused_when_the_site_starts(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="oprator"):
        create_app(replace(settings, second_factor_roles="oprator"))
