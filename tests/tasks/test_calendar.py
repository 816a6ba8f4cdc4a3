"""The calendar and its feed: what stands on which day, for whom, and the secret address that can be ended."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from tests import makers
from tests.tasks.conftest import Job
from tests.tasks.test_pages import Site, text
from webapp.core import clock
from webapp.core.errors import NotFound
from webapp.tasks import agenda, ical, talk
from webapp.tasks.models import Task


@pytest.fixture
def site(app: Any, database: Any, sign_in: Any) -> Site:
    """A running site with one task."""
    return Site(app, database, sign_in)


def meet(job: Job, days: int = 3) -> Any:
    return talk.propose(job.session, job.world.actor("broker"), job.task, clock.now() + timedelta(days=days), "保密车间 7 号", 90, "带样品")


def test_a_month_holds_whole_weeks_with_deadlines_and_meetings_on_their_days(job: Job) -> None:
    meeting = meet(job)
    day = clock.local(meeting.starts_at).date()
    weeks = agenda.month(job.session, job.world.actor("company_user"), day.replace(day=1))
    assert all(len(week) == 7 and week[0][0].weekday() == 0 for week in weeks)
    found = {one.kind: one.day for week in weeks for _, items in week for one in items}
    assert found["meeting"] == day


def test_a_stranger_has_an_empty_month(job: Job) -> None:
    meet(job)
    weeks = agenda.month(job.session, makers.actor(job.session, "company_user"), clock.today().replace(day=1))
    assert not any(items for week in weeks for _, items in week)


def test_the_feed_is_a_calendar_that_tells_no_titles_and_no_places(job: Job) -> None:
    meet(job)
    secret = agenda.open_feed(job.session, job.world.actor("company_user"))
    person, items = agenda.read_feed(job.session, secret)
    assert person.id == job.world.actor("company_user").person_id
    written = ical.write(items, "zh_CN", "https://sunmao.example.test")
    events = Calendar.from_ical(written).walk("VEVENT")
    assert {str(event["uid"]).split("-")[0] for event in events} == {"due", "meeting"}
    plain = written.decode()
    assert job.task.code in plain
    for word in ("保密车间", "带样品", job.task.match.demand.title, job.task.match.result.title):
        assert word not in plain.replace("\r\n ", "")


def test_a_new_address_ends_the_old_one_and_an_ended_one_is_not_found(job: Job) -> None:
    actor = job.world.actor("broker")
    first = agenda.open_feed(job.session, actor)
    second = agenda.open_feed(job.session, actor)
    with pytest.raises(NotFound):
        agenda.read_feed(job.session, first)
    agenda.read_feed(job.session, second)
    agenda.close_feed(job.session, actor)
    with pytest.raises(NotFound):
        agenda.read_feed(job.session, second)


def test_the_address_of_somebody_suspended_is_dead(job: Job) -> None:
    secret = agenda.open_feed(job.session, job.world.actor("broker"))
    job.world.people["broker"].active = False
    job.session.flush()
    with pytest.raises(NotFound):
        agenda.read_feed(job.session, secret)


@pytest.mark.parametrize("month", ["", "2026-13", "0001-01", "99999-1", "'; DROP", "2026-11"])
def test_any_month_in_the_address_gives_a_page(site: Site, month: str) -> None:
    assert site.as_("broker").get("/tasks/calendar", query_string={"month": month}).status_code == 200


def test_a_day_names_the_topic_and_the_menu_counts_what_waits(site: Site) -> None:
    with site.database.transaction() as session:
        task = session.get_one(Task, site.id)
        due, title = task.due_on or clock.today(), task.match.demand.title
    page = text(site.as_("broker").get(f"/tasks/calendar?month={due:%Y-%m}"))
    assert re.search(rf'title="SM-T-[^"]*"[^>]*>.*{re.escape(title)}</span>', page)
    assert "<span>对接任务</span><b>1</b>" in page, "it waits to be taken on"


def test_the_secret_is_shown_once_and_opens_the_feed_without_signing_in(site: Site) -> None:
    client = site.as_("broker")
    page = text(client.post("/tasks/calendar/feed"))
    address = re.search(r"/calendar/[\w-]+\.ics", page)
    assert address
    assert address[0] not in text(client.get("/tasks/calendar"))
    answer = site.app.test_client().get(address[0])
    assert answer.mimetype == "text/calendar"
    assert b"BEGIN:VEVENT" in answer.data
    client.post("/tasks/calendar/feed", data={"do": "close"})
    assert site.app.test_client().get(address[0]).status_code == 404


def test_a_holiday_calendar_that_is_missing_leaves_weekends_off(site: Site) -> None:
    page = text(site.as_("broker").get("/tasks/calendar?month=2080-05"))
    assert "sm-cal-off" in page
    assert not clock.knows_year(date(2080, 5, 1).year)
