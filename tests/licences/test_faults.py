"""What goes wrong in real life: leap days, holidays, New Year, a result withdrawn, a right lapsed, a company grown, a job late."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.licences.conftest import START, World
from tests.licences.story import Story
from webapp.catalog.models import IpRight
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Invalid, Refused
from webapp.core.worker import Context
from webapp.licences import jobs, service_contract, service_notice
from webapp.licences.models import LicenceEvent, PublicNotice


def on(year: int, month: int, day: int) -> Any:
    """Ten o'clock in Shanghai on that day."""
    return clock.frozen(datetime(year, month, day, 2, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        ((2027, 8, 31), 6, date(2028, 2, 29)), ((2028, 2, 29), 12, date(2029, 2, 28)), ((2027, 2, 28), 12, date(2028, 2, 28)),
        ((2024, 2, 29), 36, date(2027, 2, 28)), ((2025, 12, 31), 2, date(2026, 2, 28)),
    ],
)  # fmt: skip
def test_a_trial_ends_on_the_last_day_of_february_where_its_day_is_missing(begins: tuple[int, int, int], months: int, ends: date) -> None:
    licence: Any = SimpleNamespace(trial_months=months, rights_until=None)
    with on(*begins):
        service_contract._begin(licence)
    assert licence.trial_end == ends


def test_the_trial_never_outlasts_the_right() -> None:
    licence: Any = SimpleNamespace(trial_months=12, rights_until=date(2026, 1, 15))
    with on(2025, 3, 1):
        service_contract._begin(licence)
    assert licence.trial_end == date(2026, 1, 15)


@pytest.mark.parametrize(
    ("begins", "days", "day_type", "ends"),
    [
        ((2025, 1, 14), 15, "calendar", date(2025, 2, 5)),  # the 15th day is the first of the Spring Festival's eight days off
        ((2025, 1, 14), 15, "working", date(2025, 2, 10)),  # two make-up days count, the festival does not
        ((2025, 9, 22), 10, "calendar", date(2025, 10, 9)),  # National Day and Mid-Autumn in one chain
        ((2025, 12, 18), 15, "calendar", date(2026, 1, 4)),  # over New Year; Sunday 4 January is a make-up day
    ],
)  # fmt: skip
def test_a_notice_ends_on_a_working_day_after_the_whole_chain_of_holidays(
    world: World, begins: tuple[int, int, int], days: int, day_type: str, ends: date
) -> None:
    world.school.notice_days, world.school.notice_day_type = days, day_type
    with on(*begins):
        licence = world.apply()
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        assert world.act(licence, "tto", "approve").ends_on == ends


def test_a_notice_into_a_year_without_a_holiday_calendar_says_so_and_moves_when_it_is_published(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, is_workday = clock.knows_year, clock.is_working_day
    monkeypatch.setattr(clock, "knows_year", lambda year: year < 2026 and known(year))
    monkeypatch.setattr(clock, "is_working_day", lambda day: day.weekday() < 5 if day.year > 2025 else is_workday(day))
    with on(2025, 12, 18):
        licence = world.apply()
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        notice = world.act(licence, "tto", "approve")
        assert (notice.ends_on, service_notice.unknown_years(notice)) == (date(2026, 1, 2), [2026])
    monkeypatch.setattr(clock, "knows_year", known)
    monkeypatch.setattr(clock, "is_working_day", is_workday)
    with on(2026, 1, 3):
        assert world.tick(licence) == 0
        assert notice.ends_on == date(2026, 1, 4)
    with on(2026, 1, 5):
        assert world.tick(licence) == 1
    assert licence.state == "SIGNING"


def test_a_result_withdrawn_does_not_end_the_trial_but_takes_no_new_application(world: World) -> None:
    story = Story(world).to("TRIAL")
    world.result.state = "WITHDRAWN"
    story.later(30)
    assert story.licence.state == "TRIAL"
    with pytest.raises(Refused) as error:
        Story(world, day=60).apply()
    assert error.value.code == "not_offered"


def test_a_result_withdrawn_before_the_approval_is_not_licensed(world: World) -> None:
    story = Story(world).to("INST_REVIEW")
    world.result.use_first_offered = False
    with pytest.raises(Refused):
        story.do("tto:approve")


def test_a_right_that_lapses_suspends_the_trial_until_it_is_renewed_and_the_lost_days_come_back(world: World) -> None:
    story = Story(world).to("TRIAL")
    end = story.licence.trial_end
    world.session.add(IpRight(result_id=world.result.id, kind="INVENTION", number="ZL202510000001.1", status="LAPSED"))
    world.session.flush()
    world.session.expire(world.result, ["ip_rights"])
    story.later(10)
    assert (story.licence.state, story.licence.awaits) == ("SUSPENDED", "tto")
    with pytest.raises(Refused) as error:
        story.do("company:lift")
    assert error.value.code == "rights_lapsed"
    world.result.ip_rights[0].status = "GRANTED"
    story.later(5).do("company:lift")
    assert story.licence.state == "TRIAL"
    assert end is not None
    assert story.licence.trial_end is not None
    assert (story.licence.trial_end - end).days == 5


def test_days_of_a_suspension_the_company_caused_are_lost(world: World) -> None:
    story = Story(world).to("TRIAL")
    end = story.licence.trial_end
    story.do("tto:suspend", reason_code="CREDIT_EVENT").later(20).do("tto:lift")
    assert (story.licence.state, story.licence.trial_end) == ("TRIAL", end)


def test_a_company_that_grows_large_in_the_trial_keeps_its_licence_and_gets_no_second_one(world: World) -> None:
    story = Story(world).to("TRIAL")
    home = story.licence.licensee
    home.staff, home.revenue_fen = 5000, 90_000 * 1_000_000
    story.later(370)
    assert (story.licence.state, story.licence.eligibility and story.licence.eligibility.tier) == ("TRIAL", "SMALL")
    with pytest.raises(Invalid) as error:
        Story(world, day=400).apply(staff="5000", revenue="90000")
    assert error.value.code == "not_sme"


@pytest.mark.parametrize("sales", ["-3", "−3", "三万", "1e9", "9" * 30, "NaN", "US$5"])
def test_sales_that_are_no_sum_are_refused(world: World, sales: str) -> None:
    story = Story(world).to("TRIAL").later(100)
    with story.now(), pytest.raises(Invalid) as error:
        world.act(story.licence, "company", "report", period_end=story.licence.due_on, sales=sales)
    assert set(error.value.fields) == {"sales"}


@pytest.mark.parametrize("amount", ["USD 1000", "$1000", "-5", "0", "1000.005", "壹仟"])
def test_money_that_is_not_yuan_is_refused(world: World, amount: str) -> None:
    story = Story(world).evaluation().do("company:continue").schedule()
    row = story.licence.instalments[0]
    with story.now(), pytest.raises(Invalid) as error:
        world.act(story.licence, "tto", "receipt", instalment_id=row.id, amount=amount, received_on=clock.today(), reference="BANK1")
    assert set(error.value.fields) == {"amount"}


def test_a_job_that_slept_for_a_week_does_all_that_was_due_once_and_costs_nobody_their_days(world: World) -> None:
    awake, asleep = Story(world).to("NOTICE"), Story(world).to("NOTICE")
    for _ in range(24):
        awake.later(1)
    asleep.later(24)
    assert (asleep.licence.state, awake.licence.state) == ("SIGNING", "SIGNING")
    assert [event.action for event in asleep.licence.events].count("end_notice") == 1
    # Nobody could sign before the job ran: the days to sign begin with it.
    assert asleep.licence.due_on is not None
    assert awake.licence.due_on is not None
    assert asleep.licence.due_on > awake.licence.due_on


def test_a_clock_run_twice_on_a_day_does_nothing_the_second_time(world: World) -> None:
    story = Story(world).overdue()
    before = world.session.scalar(select(func.count()).select_from(LicenceEvent))
    story.later(0).later(0)
    assert world.session.scalar(select(func.count()).select_from(LicenceEvent)) == before


def test_two_workers_at_once_take_each_step_once(world: World, database: Database) -> None:
    stories = [Story(world).to("NOTICE") for _ in range(3)]
    late = stories[0].later(0).day + 20
    world.session.commit()
    context = Context(world.settings, database, {})
    with clock.frozen(START + timedelta(days=late)):
        workers = [threading.Thread(target=jobs.clocks, args=(context,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
    with database.transaction() as session:
        ends = session.scalars(select(LicenceEvent.licence_id).where(LicenceEvent.action == "end_notice")).all()
        assert sorted(ends) == sorted(story.licence.id for story in stories)
        assert set(session.scalars(select(PublicNotice.state))) == {"ENDED"}
