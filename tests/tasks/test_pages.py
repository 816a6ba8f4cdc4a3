"""The task pages in a browser without scripts: board, list, one task, every act by POST, and the log."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests import makers
from tests.matches.world import SECRET
from tests.tasks.conftest import CLOCKS, mutual
from webapp.core import clock
from webapp.core.db import Database
from webapp.tasks import service, talk
from webapp.tasks.models import Task

PARTIES = ("company_user", "company_admin", "researcher", "tto")


class Site:
    """The application with one assigned task in it."""

    def __init__(self, app: Any, database: Database, sign_in: Callable[..., None]) -> None:
        self.app, self.database, self.sign_in = app, database, sign_in
        with database.transaction() as session:
            self.world = mutual(session)
            task = service.open_for(session, self.world.match, CLOCKS)
            assert task is not None
            self.id = task.id

    def as_(self, who: str) -> Any:
        """A signed-in browser."""
        client = self.app.test_client()
        self.sign_in(client, self.world.people[who])
        return client

    def state(self) -> str:
        """The state as stored."""
        with self.database.transaction() as session:
            return session.get_one(Task, self.id).state

    def act(self, who: str, action: str, **data: Any) -> Any:
        """Post an act."""
        return self.as_(who).post(f"/tasks/{self.id}/act/{action}", data=data)


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    """A running site with one task."""
    return Site(app, database, sign_in)


def text(page: Any) -> str:
    return str(page.get_data(as_text=True))


@pytest.mark.parametrize("who", ["broker", "operator", *PARTIES])
@pytest.mark.parametrize("view", ["", "?view=board", "?view=list", "?view=closed", "?view=nonsense"])
def test_board_and_list_open_for_everybody_concerned(site: Site, who: str, view: str) -> None:
    page = site.as_(who).get(f"/tasks{view}")
    assert page.status_code == 200
    assert (f"/tasks/{site.id}" in text(page)) == (view != "?view=closed")


def test_visitors_and_strangers_are_kept_out(site: Site) -> None:
    visitor = site.app.test_client()
    assert visitor.get("/tasks").status_code in {302, 401} and visitor.get(f"/tasks/{site.id}").status_code in {302, 401}
    with site.database.transaction() as session:
        site.world.people |= {role: makers.person(session, role) for role in ("auditor",)} | {
            "rival": makers.person(session, "broker")
        }
    assert site.as_("auditor").get("/tasks").status_code == 403
    for who in ("auditor", "rival"):
        assert site.as_(who).get(f"/tasks/{site.id}").status_code == 404
        assert site.act(who, "accept").status_code == 404
    assert site.state() == "ASSIGNED"


def test_the_brokers_page_has_one_next_step_and_the_parties_have_none(site: Site) -> None:
    page = text(site.as_("broker").get(f"/tasks/{site.id}"))
    assert f"/tasks/{site.id}/act/accept" in page and f"/tasks/{site.id}/log" in page and "接受任务" in page
    for who in PARTIES:
        theirs = text(site.as_(who).get(f"/tasks/{site.id}"))
        assert "/act/" not in theirs and f"/tasks/{site.id}/log" not in theirs


@pytest.mark.parametrize("who", PARTIES)
def test_parties_cannot_act_or_log_by_post(site: Site, who: str) -> None:
    for action in ("accept", "reassign", "fail", "cancel", "assign"):
        assert site.act(who, action, note="x", reason="PRICE_GAP").status_code == 403
    assert site.as_(who).post(f"/tasks/{site.id}/log", data={"kind": "PHONE", "summary": "x"}).status_code == 403
    assert site.state() == "ASSIGNED"


def test_the_whole_road_by_post(site: Site) -> None:
    for action in ("accept", "verify", "nda", "meet", "validate", "negotiate", "sign", "register", "follow"):
        assert site.act("broker", action, seen=site.state()).status_code == 302, action
        page = site.as_("broker").get(f"/tasks/{site.id}")
        assert page.status_code == 200
    assert site.act("broker", "succeed", outcome="").status_code == 422
    assert site.act("broker", "succeed", outcome="LICENSE").status_code == 302
    assert site.state() == "CLOSED_SUCCESS"
    closed = text(site.as_("operator").get("/tasks?view=closed"))
    assert f"/tasks/{site.id}" in closed and "许可" in closed
    assert "/act/" not in text(site.as_("broker").get(f"/tasks/{site.id}"))


def test_a_skip_without_a_note_is_told_and_opens_its_fold(site: Site) -> None:
    site.act("broker", "accept")
    site.act("broker", "verify")
    page = site.act("broker", "meet", note="")
    assert page.status_code == 422 and "跳过了可选的一步" in text(page)
    assert site.act("broker", "meet", note="已有协议").status_code == 302
    assert "已有协议" in text(site.as_("tto").get(f"/tasks/{site.id}"))


def test_hold_resume_reassign_and_cancel_by_post(site: Site) -> None:
    site.act("broker", "accept")
    late = site.act("broker", "hold", note="等资金", until=(clock.today() + timedelta(days=400)).isoformat())
    assert late.status_code == 422 and "暂停最长 60 天" in text(late) and "等资金" in text(late)
    assert site.act("broker", "hold", note="等资金", until="not-a-day").status_code == 422
    assert site.act("broker", "hold", note="等资金", until=(clock.today() + timedelta(days=20)).isoformat()).status_code == 302
    assert site.state() == "ON_HOLD"
    assert site.act("broker", "resume").status_code == 302 and site.state() == "ACCEPTED"
    handed = site.act("broker", "reassign", note="忙")
    assert handed.status_code == 302 and handed.location.endswith("/tasks") and site.state() == "REASSIGNED"
    assert site.act("operator", "assign", broker="").status_code == 422
    assert site.act("operator", "assign", broker=str(site.world.people["broker"].id)).status_code == 302
    assert site.act("operator", "cancel", note="重复").status_code == 302 and site.state() == "CANCELLED"


@pytest.mark.parametrize("action", ["settle", "nonsense", "open", "record"])
def test_acts_that_are_no_acts_of_people_do_not_exist(site: Site, action: str) -> None:
    assert site.act("operator", action).status_code == 404
    assert site.act("broker", "sign").status_code == 409
    assert site.state() == "ASSIGNED"


def test_a_double_click_is_one_step_and_an_old_page_is_told(site: Site) -> None:
    for _ in range(2):
        assert site.act("broker", "accept", seen="ASSIGNED").status_code == 302
    assert site.state() == "ACCEPTED"
    stale = site.act("operator", "verify", seen="ASSIGNED")
    assert stale.status_code == 409 and site.world.people["broker"].name in text(stale)


def contact(**changes: Any) -> dict[str, Any]:
    return {
        "submission": str(uuid.uuid4()), "kind": "VISIT", "happened_on": clock.today().isoformat(), "summary": "看了现场，约定取样",
        "people": "示例工程师", "next_step": "寄样品", "due_on": "", "visibility": "PARTIES",
    } | changes  # fmt: skip


def test_a_contact_is_logged_once_and_shown_to_whom_it_concerns(site: Site) -> None:
    site.act("broker", "accept")
    client, form = site.as_("broker"), contact()
    for _ in range(2):
        assert client.post(f"/tasks/{site.id}/log", data=form).status_code == 302
    client.post(f"/tasks/{site.id}/log", data=contact(summary="企业底价保密", visibility="BROKER"))
    mine, theirs = text(client.get(f"/tasks/{site.id}")), text(site.as_("company_user").get(f"/tasks/{site.id}"))
    assert mine.count("看了现场") == 1 and "企业底价保密" in mine
    assert theirs.count("看了现场") == 1 and "企业底价保密" not in theirs
    assert "约定：寄样品" in text(client.get("/tasks")) and "约定：寄样品" in mine


def test_the_next_step_of_a_desk_only_line_stays_with_the_desk(site: Site) -> None:
    site.as_("broker").post(f"/tasks/{site.id}/log", data=contact(next_step="压价", visibility="BROKER"))
    assert "压价" in text(site.as_("broker").get("/tasks")) and "压价" not in text(site.as_("tto").get("/tasks"))


def test_a_broken_log_form_keeps_what_was_typed(site: Site) -> None:
    page = site.as_("broker").post(
        f"/tasks/{site.id}/log", data=contact(summary="", people="示例经理甲", happened_on="2999-01-01")
    )
    assert (
        page.status_code == 422
        and "示例经理甲" in text(page)
        and "请写下谈了什么" in text(page)
        and "请填今天或以前的日期" in text(page)
    )
    assert site.as_("broker").post(f"/tasks/{site.id}/log", data={}).status_code == 422


def test_the_company_applies_for_a_licence_out_of_its_task_when_the_result_offers_one(site: Site) -> None:
    link = re.compile(rf"/use-first/{site.world.result.id}/apply\?task={site.id}")
    assert link.search(text(site.as_("company_user").get(f"/tasks/{site.id}")))
    for who in ("broker", "tto"):
        assert not link.search(text(site.as_(who).get(f"/tasks/{site.id}")))
    with site.database.transaction() as session:
        session.get_one(Task, site.id).match.result.use_first_offered = False
    assert not link.search(text(site.as_("company_user").get(f"/tasks/{site.id}")))


@pytest.mark.parametrize("who", ["broker", "operator", *PARTIES])
def test_the_task_page_prints_no_confidential_text(site: Site, who: str) -> None:
    assert SECRET not in text(site.as_(who).get(f"/tasks/{site.id}"))


def test_a_failed_task_shows_its_reason_to_both_sides(site: Site) -> None:
    assert site.act("broker", "fail", reason="").status_code == 422
    assert site.act("broker", "fail", reason="TIME_GAP", note="赶不上工期").status_code == 302
    for who in ("company_user", "researcher"):
        page = text(site.as_(who).get(f"/tasks/{site.id}"))
        assert "时间不合" in page and "赶不上工期" in page


def test_pages_speak_english_without_breaking(site: Site) -> None:
    for address in ("/tasks", "/tasks?view=list", f"/tasks/{site.id}"):
        client = site.as_("broker")
        client.set_cookie("language", "en")
        assert client.get(address).status_code == 200


def test_a_day_with_something_late_opens_and_says_what_waits_for_an_answer(site: Site) -> None:
    with site.database.transaction() as session:
        task = session.get_one(Task, site.id)
        task.due_on = clock.today() - timedelta(days=1)
        talk.give_contact(session, site.world.actor("company_user"), task, "0532-1")
    day = site.as_("broker").get("/tasks")
    assert day.status_code == 200
    assert "今天，1 件事要您动手" in text(day)
    assert "在等别人" in text(day)
    waits = text(site.as_("researcher").get("/tasks"))
    assert "等您答复" in waits
    assert "决定互留联系方式" in waits
    assert "等您答复" not in text(site.as_("company_user").get("/tasks"))
