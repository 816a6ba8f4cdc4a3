"""Figures over licences: every number equals its rows, nobody counts what they may not see, the calendar names what falls due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from icalendar import Calendar

from tests.licences.conftest import World
from tests.licences.story import Story
from webapp.core import clock
from webapp.licences import service, service_filing
from webapp.licences.values import CALENDAR, PORTFOLIO
from webapp.tasks import agenda, ical


def counted(world: World, who: str, group: str) -> int:
    return service.count(world.session, service.rows(world.actor(who), group))


def test_every_figure_equals_the_rows_it_opens(world: World) -> None:
    assert set(PORTFOLIO) == set(service.GROUPS)
    stories = [Story(world).to("NOTICE"), Story(world).to("TRIAL"), Story(world).overdue(), Story(world).to("TRIAL").do("company:ask_exit", "tto:confirm_exit")]
    with stories[2].now():
        found = service.portfolio(world.session, world.actor("operator"))
        assert found.counts == {group: counted(world, "operator", group) for group in PORTFOLIO}
        assert (found.counts["notice"], found.counts["trial"], found.counts["late"], found.counts["left"]) == (1, 1, 1, 1)
        assert (found.counts["tried"], found.counts["converted"], found.conversion) == (2, 1, 50)
        late = [row for row in stories[2].licence.instalments if row.state == "OVERDUE"]
        assert found.sums["sum_late"] == sum(row.amount_fen for row in late) > 0
    stories[2].pay(50)
    with stories[2].now():
        after = service.portfolio(world.session, world.actor("operator"))
        assert after.sums["sum_received"] == stories[2].licence.instalments[0].received_fen > 0
        assert after.sums["sum_late"] == found.sums["sum_late"] - after.sums["sum_received"]


def test_a_company_counts_its_own_licences_only(world: World) -> None:
    Story(world).to("TRIAL")
    mine = Story(world).to("NOTICE")
    world.people["company"] = mine.person
    found = service.portfolio(world.session, world.actor("company"))
    assert (found.counts["trial"], found.counts["notice"]) == (0, 1)
    assert service.portfolio(world.session, world.actor("stranger")).counts["notice"] == 0


def test_days_per_state_come_from_the_history(world: World) -> None:
    Story(world).to("SIGNING")
    days = {state: middle for state, _, middle in service.portfolio(world.session, world.actor("operator")).days}
    assert days["NOTICE"] == 20.0


def test_the_calendar_names_each_day_once(world: World) -> None:
    story = Story(world).to("NOTICE")
    end = story.licence.notices[-1].ends_on
    entries = service.calendar(world.session, world.actor("tto"), end.replace(day=1), end)
    assert [(entry.day, entry.what) for entry in entries] == [(end, "notice_end")]
    assert {entry.what for entry in entries} <= set(CALENDAR)
    assert service.calendar(world.session, world.actor("stranger"), end.replace(day=1), end) == []


def test_the_school_finds_its_filing_in_the_calendar_until_it_is_made_and_others_do_not(world: World) -> None:
    story = Story(world).to("SIGNED")
    (due,) = [row.due_on for row in service_filing.filings(world.session, story.licence.id) if row.due_on]

    def whats(who: str) -> set[str]:
        return {entry.what for entry in service.calendar(world.session, world.actor(who), due, due)}

    world.people["company"] = story.person
    assert "filing" in whats("tto")
    assert "filing" not in whats("company") | whats("stranger")
    with story.now():
        service_filing.step(world.session, world.actor("tto"), story.licence, "CNIPA", "file", {"on": clock.today()})
    assert "filing" not in whats("tto")


def test_the_feed_of_the_office_holds_the_filing_by_number_and_tells_no_title(world: World) -> None:
    story = Story(world).to("SIGNED")
    with story.now():
        secret = agenda.open_feed(world.session, world.actor("tto"))
        person, days = agenda.read_feed(world.session, secret)
        plain = ical.write(days, "zh_CN", "https://sunmao.example.test").decode().replace("\r\n ", "")
    assert person.id == world.actor("tto").person_id
    assert f"{story.licence.code} 专利实施许可备案到期" in plain
    assert f"https://sunmao.example.test/licences/{story.licence.id}" in plain
    assert story.licence.result.title not in plain
    uids = [str(event["uid"]) for event in Calendar.from_ical(plain).walk("VEVENT")]
    assert len(uids) == len(set(uids)) >= 2


def test_the_calendar_of_tasks_holds_the_days_of_licences_too(world: World, client: Any, sign_in: Callable[..., None]) -> None:
    story = Story(world).to("NOTICE")
    end = story.licence.notices[-1].ends_on
    world.session.commit()

    def month(who: str) -> str:
        sign_in(client, world.people[who])
        return str(client.get(f"/tasks/calendar?month={end:%Y-%m}").text)

    assert f'href="/licences/{story.licence.id}"' in month("broker")
    assert f"公示期满 {story.licence.code}" in month("tto")
    assert story.licence.code not in month("stranger")


def test_the_pages_open_for_every_role_that_has_licences(
    world: World, client: Any, sign_in: Callable[..., None], at: Callable[[int], Any]
) -> None:
    Story(world).to("TRIAL")
    world.session.commit()
    for who in ("operator", "tto", "broker", "company", "researcher", "auditor"):
        sign_in(client, world.people[who])
        for address in ("/licences/portfolio", "/licences/calendar", "/licences/calendar?month=2025-13", "/licences?group=trial"):
            assert client.get(address).status_code == 200
    assert clock.offset().total_seconds() == 0
