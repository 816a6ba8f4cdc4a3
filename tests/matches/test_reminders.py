"""What time does to a recommendation: two reminders at most, expiry once, and an end when one side is withdrawn or gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.matches.world import World
from webapp.config import Settings
from webapp.core import clock
from webapp.core.audit import AuditEvent
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Refused
from webapp.core.worker import Context
from webapp.matches import answers, claims, clocks, reminders, verdicts
from webapp.matches.models import Match
from webapp.matches.states import WAITING

MONDAY = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
SETTINGS = Settings()


@pytest.fixture
def asked(world: World) -> World:
    """Recommended on a Monday."""
    with clock.frozen(MONDAY):
        verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
        answers.recommend(world.session, world.actor("broker"), world.match, SETTINGS.match_reply_days)
    return world


def reminded(world: World, day: int) -> int:
    with clock.frozen(MONDAY + timedelta(days=day)):
        return reminders.remind(world.session, SETTINGS)


def test_a_side_that_is_silent_is_reminded_after_a_week_and_shortly_before_the_end(asked: World) -> None:
    assert [reminded(asked, day) for day in (1, 6)] == [0, 0]
    assert [reminded(asked, 7), reminded(asked, 7), reminded(asked, 10)] == [1, 0, 0]
    assert [reminded(asked, 14), reminded(asked, 14)] == [1, 0]
    assert asked.kinds("company_user") == ["match_for_demand", "match_reminder_demand", "match_reminder_demand"]
    assert asked.kinds("tto") == ["match_for_result", "match_reminder_result", "match_reminder_result"]


def test_whoever_has_answered_is_not_reminded(asked: World) -> None:
    with clock.frozen(MONDAY + timedelta(days=1)):
        answers.answer(asked.session, asked.actor("company_user"), asked.match, True)
    assert reminded(asked, 7) == 1
    assert "match_reminder_demand" not in asked.kinds("company_user") and "match_reminder_result" in asked.kinds("researcher")


def test_nobody_is_reminded_on_a_day_off_but_on_the_working_day_after(asked: World) -> None:
    saturday = 12
    assert reminded(asked, saturday) == 0
    assert reminded(asked, saturday + 2) == 1


def test_reminders_go_on_where_the_holiday_calendar_is_not_known(world: World) -> None:
    start = datetime(2044, 3, 7, 2, 0, tzinfo=UTC)  # a Monday
    with clock.frozen(start):
        assert not clock.knows_year(2044)
        verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
        answers.recommend(world.session, world.actor("broker"), world.match, 14)
    with clock.frozen(start + timedelta(days=7)):
        assert reminders.remind(world.session, SETTINGS) == 1
    with clock.frozen(start + timedelta(days=12)):  # a Saturday
        assert reminders.remind(world.session, SETTINGS) == 0


def test_a_server_that_was_down_reminds_once_and_not_for_every_missed_day(asked: World) -> None:
    assert [reminded(asked, 14), reminded(asked, 14)] == [1, 0]
    assert asked.match.reminders == 2


def test_yes_to_an_expired_match_says_when_it_ended(asked: World) -> None:
    with clock.frozen(MONDAY + timedelta(days=20)):
        assert reminders.expire(asked.session) == 1
        with pytest.raises(Refused) as caught:
            answers.answer(asked.session, asked.actor("company_user"), asked.match, True)
    assert caught.value.code == "answer_expired" and caught.value.params["day"] == "2026-03-23"
    assert asked.match.state == "EXPIRED"


def test_a_side_that_had_said_yes_hears_that_it_ended(asked: World) -> None:
    answers.answer(asked.session, asked.actor("researcher"), asked.match, True)
    with clock.frozen(MONDAY + timedelta(days=20)):
        reminders.expire(asked.session)
    assert "match_expired" in asked.kinds("researcher") and "match_expired" not in asked.kinds("company_user")


@pytest.mark.parametrize(("side", "state"), [("result", "PAUSED"), ("demand", "WITHDRAWN")])
def test_what_is_withdrawn_while_it_waits_ends_at_once_and_everybody_hears(asked: World, side: str, state: str) -> None:
    getattr(asked, side).state = state
    asked.session.flush()
    with pytest.raises(Refused) as caught:
        answers.answer(asked.session, asked.actor("company_user"), asked.match, True)
    assert caught.value.code == "answer_withdrawn"
    assert [reminders.recall(asked.session), reminders.recall(asked.session)] == [1, 0]
    assert asked.match.state == "STALE"
    assert asked.kinds("company_user")[-1] == asked.kinds("tto")[-1] == "match_withdrawn"
    assert asked.kinds("broker") == ["match_withdrawn_broker"]


def test_a_side_whose_people_have_all_left_is_told_to_the_broker_not_waited_for(asked: World) -> None:
    for who in ("company_user", "company_admin"):
        asked.people[who].memberships[0].active = False
    asked.session.flush()
    reminded(asked, 7)
    assert asked.kinds("broker") == ["match_nobody_broker"]


def test_nobody_is_asked_where_nobody_is_left_to_answer(world: World) -> None:
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    for who in ("researcher", "tto"):
        world.people[who].active = False
    world.session.flush()
    with pytest.raises(Refused) as caught:
        answers.recommend(world.session, world.actor("broker"), world.match, 14)
    assert caught.value.code == "nobody_to_ask" and world.match.state == "SHORTLISTED"
    assert world.kinds("company_user") == []


def test_an_author_who_left_the_school_neither_hears_nor_answers(world: World) -> None:
    world.people["researcher"].memberships[0].active = False
    world.session.flush()
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, 14)
    assert world.kinds("researcher") == [] and world.kinds("tto") == ["match_for_result"]


ACTS = ("company_yes", "company_no", "researcher_yes", "researcher_no", "expire", "remind", "recall", "recommend", "withdraw", "free")


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), max_size=14))
@rules(suppress_health_check=list(HealthCheck), max_examples=12, deadline=None)
def test_clocks_never_fire_twice_whatever_happens_between(database: Database, acts: list[tuple[str, int]]) -> None:
    """Any order of answers, withdrawals, waiting and clocks: each clock's second run in a row finds nothing, nothing is told twice."""
    from tests.matches.world import build

    with database._sessions() as session:
        world, moment = build(session), MONDAY
        with clock.frozen(moment):
            verdicts.judge(session, world.actor("broker"), world.match, "shortlist")
            answers.recommend(session, world.actor("broker"), world.match, 14)
        for act, days in acts:
            moment += timedelta(days=days)
            with clock.frozen(moment):
                _act(world, act)
                for again in (lambda: reminders.expire(session), lambda: reminders.recall(session), lambda: reminders.remind(session, SETTINGS)):
                    again()
                    assert again() == 0
                assert claims.free_expired(session) in (0, 1) and claims.free_expired(session) == 0
            session.flush()
            recommended = _events(world, "match:recommend")
            assert _events(world, "match:expire") <= recommended
            assert _events(world, "match:remind") <= 2 * recommended
            assert world.match.reminders <= 2
            assert (world.match.reply_until is not None) or world.match.state not in WAITING
        session.rollback()


def _events(world: World, action: str) -> int:
    query = select(func.count(AuditEvent.id)).where(AuditEvent.action == action, AuditEvent.subject_id == world.match.id)
    return world.session.scalar(query) or 0


def _act(world: World, act: str) -> None:
    session, match = world.session, world.match
    try:
        if act == "withdraw":
            world.result.state = "PAUSED" if world.result.state == "PUBLISHED" else "PUBLISHED"
            session.flush()
        elif act == "recommend":
            answers.recommend(session, world.actor("broker"), match, 14)
        elif act.endswith(("yes", "no")):
            who = "company_user" if act.startswith("company") else "tto"
            answers.answer(session, world.actor(who), match, act.endswith("yes"), "" if act.endswith("yes") else "TIME_GAP")
    except (Refused, Forbidden):
        pass


def test_the_worker_runs_every_clock_of_matches(database: Database, settings: Settings) -> None:
    from tests.matches.world import build

    with database.transaction() as session:
        world = build(session)
        verdicts.judge(session, world.actor("broker"), world.match, "shortlist")
        answers.recommend(session, world.actor("broker"), world.match, 14)
        world.result.state, match_id = "WITHDRAWN", world.match.id
    context = Context(settings, database)
    for job in (clocks.expire, clocks.free, clocks.watched):
        job(context)
    with database.transaction() as session:
        assert session.get_one(Match, match_id).state == "STALE"
