"""Freshness by a signed link, the stale rate, and rights that lapse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import makers
from tests.catalog.test_pages import Site
from tests.catalog.world import World, notices, published, refused, result_values
from webapp.accounts.models import Person
from webapp.catalog import freshness
from webapp.catalog.models import Result
from webapp.catalog.service import act, edit, post_result
from webapp.config import Settings
from webapp.core import clock, policy
from webapp.core.audit import AuditEvent
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid, NotFound, Refused
from webapp.messages.models import Mail

SETTINGS = Settings(secret_key="not-secret")
PATENT = {"kind": "INVENTION", "number": "ZL202410000001.0", "status": "GRANTED", "holder": "示例大学", "expires": "2044-01-01"}


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    return Site(app, database, sign_in)


# --- freshness


def ending(session: Session, world: World, days: int = 20) -> Result:
    row = makers.result(session, world.school, created_by_id=world.author.person_id, valid_until=clock.today() + timedelta(days=days))
    row.confirmed_at = row.published_at = clock.now() - timedelta(days=340)
    session.flush()
    return row


def test_owners_are_asked_once_before_the_validity_ends_with_a_link_of_their_own(session: Session, world: World) -> None:
    row = ending(session, world)
    makers.result(session, world.school, valid_until=clock.today() + timedelta(days=60))
    assert freshness.remind_some(session, SETTINGS) == 1
    assert freshness.remind_some(session, SETTINGS) == 0
    assert [notice.kind for notice in notices(session, world.author)] == ["result_fresh"]
    mail = session.scalars(select(Mail)).one()
    assert "/fresh/" in mail.body and f"/results/{row.id}" not in mail.body


def link_of(session: Session, row: Any, world: World) -> str:
    return freshness.link(SETTINGS, row, session.get_one(Person, world.author.person_id)).removeprefix("/fresh/")


def test_a_link_confirms_once_in_the_name_of_its_person_and_asks_again_next_year(session: Session, world: World) -> None:
    row = ending(session, world)
    token = link_of(session, row, world)
    assert not freshness.answer(session, SETTINGS, token, "confirm").done
    assert row.valid_until == clock.add_months(clock.today(), 12) and row.reminded_at is None
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "result:confirm")).one()
    assert event.person_id == world.author.person_id
    assert freshness.answer(session, SETTINGS, token, "withdraw").done
    assert row.state == "PUBLISHED"


def test_a_link_altered_too_old_or_of_somebody_gone_answers_nothing(session: Session, world: World) -> None:
    row = ending(session, world)
    token = link_of(session, row, world)
    refused(NotFound, lambda: freshness.opened(session, SETTINGS, token[:-2] + "xx"))
    refused(NotFound, lambda: freshness.opened(session, Settings(secret_key="another"), token))
    refused(Refused, lambda: freshness.opened(session, Settings(secret_key="not-secret", fresh_link_days=-1), token))
    session.get_one(Person, world.author.person_id).active = False
    session.flush()
    refused(NotFound, lambda: freshness.answer(session, SETTINGS, token, "confirm"))


def test_a_link_gives_no_right_the_person_has_lost(session: Session, world: World) -> None:
    row = ending(session, world)
    token = freshness.link(SETTINGS, row, session.get_one(Person, world.buyer.person_id)).removeprefix("/fresh/")
    refused(Forbidden, lambda: freshness.answer(session, SETTINGS, token, "confirm"))


def test_a_demand_confirmed_near_its_deadline_is_not_asked_about_every_hour(session: Session, world: World) -> None:
    row = makers.demand(session, world.company, created_by_id=world.buyer.person_id, deadline=clock.today() + timedelta(days=10))
    assert freshness.remind_some(session, SETTINGS) == 1
    act(session, world.buyer, row, "confirm")
    assert freshness.remind_some(session, SETTINGS) == 0
    edit(session, world.buyer, row, {"deadline": (clock.today() + timedelta(days=20)).isoformat()}, row.version)
    assert freshness.remind_some(session, SETTINGS) == 1


def test_opening_the_link_changes_nothing_and_pressing_does_without_signing_in(site: Site) -> None:
    with site.database.transaction() as session:
        row = ending(session, site.world)
        row.title, row.confidentiality = "不公开的名称", 3
        address = freshness.link(site.app.settings, row, session.get_one(Person, site.world.author.person_id))
        row_id = row.id
    browser = site.browser()
    page = browser.get(address)
    assert page.status_code == 200 and "不公开的名称" not in page.text and "noindex" in page.headers["X-Robots-Tag"]
    with site.database.transaction(write=False) as session:
        assert session.get_one(Result, row_id).valid_until == clock.today() + timedelta(days=20)
    assert "记下了" in browser.post(address, data={"answer": "confirm"}).text
    assert "已经有人回答过" in browser.post(address, data={"answer": "withdraw"}).text
    with site.database.transaction(write=False) as session:
        assert session.get_one(Result, row_id).state == "PUBLISHED"
    assert browser.get("/fresh/rubbish").status_code == 404


def test_the_stale_rate_counts_what_nobody_confirmed_and_its_number_opens_the_rows(site: Site) -> None:
    old, new = site.result(title="早先的成果"), site.result(title="新近的成果")
    with site.database.transaction() as session:
        row = session.get_one(Result, old)
        row.confirmed_at = row.published_at = clock.now() - timedelta(days=300)
        rate = freshness.stale_rate(session, policy.ANONYMOUS, Result, SETTINGS)
        assert (rate.live, rate.stale, rate.rate) == (2, 1, 50.0)
    page = site.browser().get("/freshness").text
    assert "50.0%" in page
    listed = site.browser().get("/results?stale=yes").text
    assert "早先的成果" in listed and "新近的成果" not in listed
    assert new


# --- rights


def test_a_right_that_lapses_pauses_the_result_and_says_which(session: Session, world: World) -> None:
    row = published(session, world, ip_rights=[PATENT | {"fee_paid_until": (clock.today() + timedelta(days=3)).isoformat()}])
    assert freshness.lapse_some(session) == 0
    clock.set_offset(timedelta(days=5))
    assert freshness.lapse_some(session) == 1
    assert row.state == "PAUSED" and row.paused_for == "ZL202410000001.0"
    assert "result_rights_lapsed" in [notice.kind for notice in notices(session, world.author)]
    refused(Invalid, lambda: act(session, world.author, row, "resume"))
    edit(session, world.author, row, {"ip_rights": [PATENT | {"fee_paid_until": "2044-01-01"}]}, row.version)
    act(session, world.author, row, "resume")
    assert row.state == "PUBLISHED" and row.paused_for == ""


def test_a_right_about_to_end_is_announced_once(session: Session, world: World) -> None:
    published(session, world, ip_rights=[PATENT | {"expires": (clock.today() + timedelta(days=9)).isoformat()}])
    assert freshness.warn_of_rights(session, SETTINGS) == 1
    assert freshness.warn_of_rights(session, SETTINGS) == 0


def test_a_result_on_a_lapsed_right_is_not_published(session: Session, world: World) -> None:
    row = post_result(session, world.author, result_values(ip_rights=[PATENT | {"status": "LAPSED"}]))
    act(session, world.author, row, "submit")
    assert "ip_rights" in refused(Invalid, lambda: act(session, world.office, row, "approve")).fields


def test_the_number_of_an_application_and_shares_are_for_insiders(session: Session, world: World) -> None:
    row = published(
        session, world, ip_rights=[PATENT, PATENT | {"number": "CN0001", "status": "APPLIED"}], members=[{"name": "甲", "share": "60"}],
        evidence=[{"kind": "AWARD", "title": "示例奖"}], scenes="浪溅区\n桩腿",
    )  # fmt: skip
    outside, inside = policy.reveal(policy.ANONYMOUS, row), policy.reveal(world.author, row)
    assert [right.number for right in outside.rights] == ["ZL202410000001.0", ""]
    assert [right.number for right in inside.rights] == ["ZL202410000001.0", "CN0001"]
    assert (outside.members[0]["share"], inside.members[0]["share"]) == (None, 60.0)
    assert outside.scenes == ("浪溅区", "桩腿")
    row.unfiled = True
    hidden = policy.reveal(policy.ANONYMOUS, row)
    assert (hidden.evidence, hidden.keywords, hidden.figures, hidden.trl_evidence) == ((), (), (), "")
