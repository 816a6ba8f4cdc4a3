"""Talking about a task: who may, what is seen of whom, meetings, and contact details only when both agree."""

from __future__ import annotations

import base64
import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.tasks.conftest import Job
from tests.tasks.test_pages import Site, text
from webapp.accounts import service as accounts
from webapp.core import clock
from webapp.core.errors import Forbidden, Invalid, NotFound, Refused
from webapp.messages import talks
from webapp.messages.models import Mail, Notice
from webapp.tasks import agenda, talk
from webapp.tasks.models import Meeting


@pytest.fixture
def site(app: Any, database: Any, sign_in: Any) -> Site:
    """A running site with one task."""
    return Site(app, database, sign_in)


def soon(days: int = 3) -> Any:
    return clock.now() + timedelta(days=days)


def say(job: Job, who: str, words: str = "下周三方便吗") -> Any:
    return talk.say(job.session, job.world.actor(who), job.task, words)


@pytest.mark.parametrize("who", ["company_user", "researcher", "tto", "broker"])
def test_parties_and_broker_may_write_and_the_others_hear_without_the_words(job: Job, who: str) -> None:
    before = {notice.id for notice in job.session.scalars(select(Notice))}
    say(job, who, "绝密的参数是七")
    told = [notice for notice in job.session.scalars(select(Notice)) if notice.id not in before]
    assert told
    assert job.world.actor(who).person_id not in {notice.person_id for notice in told}
    assert not any("七" in str(notice.params) for notice in told)
    assert not any("七" in mail.subject + mail.body for mail in job.session.scalars(select(Mail)))


def test_a_stranger_may_neither_write_nor_read(job: Job) -> None:
    for role in ("company_user", "researcher", "broker", "auditor", "admin"):
        stranger = makers.actor(job.session, role)
        with pytest.raises(Forbidden):
            talk.say(job.session, stranger, job.task, "我是谁")
        assert talk.contacts(job.session, stranger, job.task)["shown"] == []


def test_a_closed_task_takes_no_more_messages(job: Job) -> None:
    job.act("operator", "cancel", note="重复")
    with pytest.raises(Forbidden):
        say(job, "company_user")


@pytest.mark.parametrize("words", ["", "   ", "字" * (talks.TEXT_MAX + 1)])
def test_nothing_and_too_much_are_told_at_the_field(job: Job, words: str) -> None:
    with pytest.raises(Invalid) as told:
        say(job, "company_user", words)
    assert "text" in told.value.fields


def test_the_same_message_sent_twice_stands_once(job: Job) -> None:
    number = str(uuid.uuid4())
    actor = job.world.actor("company_user")
    assert talk.say(job.session, actor, job.task, "同一句", number) is not None
    assert talk.say(job.session, actor, job.task, "同一句", number) is None
    assert talks.count(job.session, job.task) == 1


def test_unread_counts_the_messages_of_others_until_they_are_read(job: Job) -> None:
    say(job, "company_user")
    say(job, "company_user", "还有一句")
    actor = job.world.actor("researcher")
    assert talks.unread(job.session, actor, "task", [job.task.id]) == {job.task.id: 2}
    assert talks.unread(job.session, job.world.actor("company_user"), "task", [job.task.id]) == {}
    talks.read(job.session, actor, job.task)
    assert talks.unread(job.session, actor, "task", [job.task.id]) == {}


def propose(job: Job, who: str = "broker", **changes: Any) -> Meeting:
    given = {"starts_at": soon(), "place": "示例大厦 301", "minutes": 60, "note": ""} | changes
    return talk.propose(job.session, job.world.actor(who), job.task, **given)


def test_a_meeting_stands_when_both_sides_say_yes(job: Job) -> None:
    meeting = propose(job)
    talk.answer(job.session, job.world.actor("company_user"), meeting, True)
    assert meeting.state == "PROPOSED"
    talk.answer(job.session, job.world.actor("tto"), meeting, True)
    talk.answer(job.session, job.world.actor("researcher"), meeting, True)
    assert meeting.state == "AGREED"
    ahead = agenda.meetings_ahead(job.session, job.world.actor("company_user"))
    assert [item.number for item in ahead] == [meeting.id] and not agenda.meetings_ahead(job.session, job.world.stranger("broker"))


def test_who_proposes_has_said_yes_for_the_own_side(job: Job) -> None:
    meeting = propose(job, "company_user")
    talk.answer(job.session, job.world.actor("researcher"), meeting, True)
    assert meeting.state == "AGREED"


def test_one_no_ends_a_proposal_and_it_cannot_be_answered_again(job: Job) -> None:
    meeting = propose(job)
    talk.answer(job.session, job.world.actor("researcher"), meeting, False)
    talk.answer(job.session, job.world.actor("researcher"), meeting, False)
    assert meeting.state == "DECLINED"
    talk.answer(job.session, job.world.actor("company_user"), meeting, True)
    assert meeting.state == "DECLINED"


@pytest.mark.parametrize("fault", [{"starts_at": None}, {"starts_at": soon(-1)}, {"place": " "}, {"minutes": 5}, {"minutes": None}])
def test_a_proposal_that_makes_no_sense_is_told_at_its_field(job: Job, fault: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as told:
        propose(job, **fault)
    assert set(told.value.fields) == set(fault)


def test_the_broker_answers_for_nobody(job: Job) -> None:
    with pytest.raises(Refused):
        talk.answer(job.session, job.world.actor("broker"), propose(job), True)
    with pytest.raises(Refused):
        talk.give_contact(job.session, job.world.actor("broker"), job.task, "电话")


def test_only_the_proposer_or_the_broker_calls_a_meeting_off(job: Job) -> None:
    meeting = propose(job, "company_user")
    with pytest.raises(Refused):
        talk.call_off(job.session, job.world.actor("researcher"), meeting)
    talk.call_off(job.session, job.world.actor("broker"), meeting)
    assert meeting.state == "CANCELLED"


def test_contact_details_show_only_when_both_agree_and_only_while_the_task_is_open(job: Job) -> None:
    company, school = job.world.actor("company_user"), job.world.actor("researcher")
    talk.give_contact(job.session, company, job.task, "0532-1")
    assert talk.contacts(job.session, school, job.task)["shown"] == []
    talk.give_contact(job.session, school, job.task, "wx-2")
    for actor in (company, school, job.world.actor("broker")):
        assert [one["details"] for one in talk.contacts(job.session, actor, job.task)["shown"]] == ["0532-1", "wx-2"]
    talk.withdraw_contact(job.session, company, job.task)
    assert talk.contacts(job.session, school, job.task)["shown"] == []
    talk.give_contact(job.session, company, job.task, "0532-1")
    job.act("operator", "cancel", note="重复")
    assert talk.contacts(job.session, school, job.task)["shown"] == []


def test_who_leaves_the_organisation_mid_task_sees_it_no_more_and_is_told_nothing(job: Job) -> None:
    person = job.world.people["company_user"]
    person.memberships[0].active = False
    job.session.flush()
    actor = accounts.actor_for(job.session, person, None)
    with pytest.raises(Forbidden):
        talk.say(job.session, actor, job.task, "我还在吗")
    assert person.id not in {one.id for one in talk.people(job.session, job.task)}


def test_what_waits_for_me_and_what_i_wait_for(job: Job) -> None:
    propose(job, "company_user")
    talk.give_contact(job.session, job.world.actor("company_user"), job.task, "0532-1")
    assert [one.kind for one in agenda.waits_for_me(job.session, job.world.actor("researcher"))] == ["meeting", "contact"]
    assert [one.kind for one in agenda.waits_for_others(job.session, job.world.actor("company_user"))] == ["meeting", "contact"]
    assert [one.kind for one in agenda.waits_for_others(job.session, job.world.actor("broker"))] == ["meeting", "contact"]
    assert agenda.waits_for_me(job.session, job.world.actor("company_user")) == []


def test_the_page_carries_a_whole_conversation(site: Site) -> None:
    company, school = site.as_("company_user"), site.as_("researcher")
    address = f"/tasks/{site.id}/talk"
    assert company.post(address, data={"text": "样品下周寄出 <script>"}).status_code == 302
    page = text(school.get(address))
    assert "样品下周寄出 &lt;script&gt;" in page
    assert "样品下周寄出" in text(school.get(f"{address}/messages"))
    empty = company.post(address, data={"text": " "})
    assert empty.status_code == 422
    at = clock.local(soon()).strftime("%Y-%m-%dT%H:%M")
    wrong = company.post(f"/tasks/{site.id}/meetings", data={"starts_at": at, "place": "", "minutes": "60"})
    assert wrong.status_code >= 400
    assert at[:10] in text(wrong)
    sent = company.post(f"/tasks/{site.id}/meetings", data={"starts_at": at, "place": "示例楼", "minutes": "60"})
    assert sent.status_code == 302 and sent.location.endswith("/talk"), "at the top, where the message stands"
    page = text(company.get(sent.location))
    assert "已通知，还等学校团队答复" in page and page.count("还等学校团队答复") == 2, "the message, and beside the meeting"
    assert "提议见面，还没有定" in text(school.get(f"/tasks/{site.id}"))
    with site.database.transaction() as session:
        number = session.scalars(select(Meeting.id)).one()
    assert school.post(f"/tasks/{site.id}/meetings/{number}/yes").status_code == 302
    assert "双方都可以，定下来了" in text(school.get(address))
    assert "已约定" in text(company.get(address))
    for client in (company, school, site.as_("broker")):
        page = text(client.get(f"/tasks/{site.id}"))
        assert "见面，双方都可以" in page and "示例楼" in page and f"/tasks/{site.id}/talk#meetings" in page
    assert school.post(f"/tasks/{site.id}/meetings/{number + 99}/yes").status_code == 404
    for client in (company, school):
        client.post(f"/tasks/{site.id}/contact", data={"details": "示例电话 1"})
    assert "示例电话 1" in text(company.get(address))


def test_a_strangers_page_is_not_found(site: Site) -> None:
    with site.database.transaction() as session:
        person = makers.person(session, "company_user")
    stranger = site.app.test_client()
    site.sign_in(stranger, person)
    for path in ("talk", "talk/messages"):
        assert stranger.get(f"/tasks/{site.id}/{path}").status_code == 404
    for path in ("talk", "meetings", "contact", "value", "receipt", "rate"):
        assert stranger.post(f"/tasks/{site.id}/{path}", data={"text": "x", "details": "x"}).status_code == 404


def test_files_of_a_task_are_for_its_parties_and_those_of_the_brokers_for_brokers(site: Site) -> None:
    png = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
    files = {"files": (io.BytesIO(png), "照片.png"), "level": "4"}
    assert site.as_("broker").post(f"/attachments/task/{site.id}", data=files).status_code == 302
    assert "照片.png" in text(site.as_("broker").get(f"/tasks/{site.id}/talk"))
    assert "照片.png" not in text(site.as_("company_user").get(f"/tasks/{site.id}/talk"))


def test_a_task_nobody_sees_is_not_found_by_its_calendar_address(job: Job) -> None:
    with pytest.raises(NotFound):
        agenda.read_feed(job.session, "guessed")
