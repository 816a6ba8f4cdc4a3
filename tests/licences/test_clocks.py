"""Clocks: each thing happens once, however often the job runs and however long it did not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.licences.conftest import START, World
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Refused
from webapp.core.worker import Context
from webapp.licences import jobs, outlook, service
from webapp.licences.models import Licence, LicenceEvent
from webapp.messages.models import Notice

END = 386  # day of the story on which the trial ends: 24 March 2026


def snapshot(world: World) -> tuple[Any, ...]:
    """All that a clock can change."""
    session = world.session
    session.flush()
    rows = [(row.state, row.awaits, row.due_on, row.claimed_side) for row in session.scalars(select(Licence).order_by(Licence.id)).unique()]
    counts = [session.scalar(select(func.count()).select_from(model)) for model in (LicenceEvent, Notice)]
    return (*rows, *counts)


def actions(licence: Licence) -> list[str]:
    return [event.action for event in reversed(licence.events)]


@pytest.mark.parametrize("trigger", ["TRIAL_END", "FIRST_REVENUE"])
@pytest.mark.parametrize("late", [0, 7, 60])
def test_twice_on_one_day_is_once_and_a_pause_skips_nothing(
    world: World, at: Callable[[int], Any], trigger: str, late: int
) -> None:
    with at(0):
        licence = world.apply(trigger=trigger)
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    with at(16 + late):
        world.tick(licence)
        before = snapshot(world)
        assert world.tick(licence) == 0
        assert snapshot(world) == before
        assert licence.state == "SIGNING"
        assert licence.due_on == clock.add_days(clock.today(), 30)
        world.sign(licence)
        world.act(licence, "tto", "deliver")
        world.act(licence, "company", "receive")
        assert licence.trial_end is not None
        end = (licence.trial_end - START.date()).days
    with at(end):
        assert world.tick(licence) == 0
        assert licence.state == "TRIAL", "the last day of the trial belongs to the trial"
    with at(end + 1 + late):
        assert world.tick(licence) == 1
        before = snapshot(world)
        assert world.tick(licence) == 0
        assert snapshot(world) == before
    assert (licence.state, licence.claimed_side) == (("TRIAL", "system") if trigger == "TRIAL_END" else ("EVALUATION", ""))


def test_unsigned_contracts_lapse_after_the_limit(world: World, at: Callable[[int], Any]) -> None:
    with at(0):
        licence = world.apply()
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    with at(16):
        world.tick(licence)
        limit = licence.due_on
    assert limit is not None
    with clock.frozen(START + (limit - START.date())):
        assert world.tick(licence) == 0
    with clock.frozen(START + (limit - START.date()) + timedelta(days=1)):
        world.tick(licence)
    assert (licence.state, licence.awaits) == ("CANCELLED", "")


def test_a_draft_nobody_mends_expires(world: World, at: Callable[[int], Any]) -> None:
    with at(0):
        licence = world.apply()
        world.act(licence, "operator", "send_back")
    with at(30):
        world.tick(licence)
        assert licence.state == "DRAFT"
    with at(33):
        world.tick(licence)
    assert licence.state == "CANCELLED"


@pytest.fixture
def evaluation(world: World, at: Callable[[int], Any]) -> Licence:
    """A licence at the end of its trial, the company to choose."""
    with at(0):
        licence = world.apply(trigger="FIRST_REVENUE")
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    with at(20):
        world.tick(licence)
        world.sign(licence)
    with at(21):
        world.act(licence, "tto", "deliver")
        world.act(licence, "company", "receive")
    with at(END + 1):
        world.tick(licence)
    assert (licence.state, licence.awaits) == ("EVALUATION", "company")
    return licence


def test_a_company_that_chooses_to_go_on_pays(world: World, evaluation: Licence, at: Callable[[int], Any]) -> None:
    with at(END + 10):
        world.act(evaluation, "company", "continue")
    assert evaluation.state == "PAYABLE"


def test_a_company_that_chooses_to_leave_leaves(world: World, evaluation: Licence, at: Callable[[int], Any]) -> None:
    with at(END + 10):
        world.act(evaluation, "company", "ask_exit")
    with at(END + 200):
        assert world.tick(evaluation) == 0, "a choice was made, so silence has no say"
        world.act(evaluation, "tto", "confirm_exit")
    assert evaluation.state == "EXITED"


def test_silence_suspends_and_never_means_yes(world: World, evaluation: Licence, at: Callable[[int], Any]) -> None:
    with at(END + 31):
        world.tick(evaluation)
        assert evaluation.state == "EVALUATION"
    with at(END + 33):
        assert world.tick(evaluation) == 1
        assert world.tick(evaluation) == 0
    assert (evaluation.state, evaluation.awaits) == ("SUSPENDED", "tto")
    assert {row.state for row in evaluation.instalments} == {"SCHEDULED"}


@pytest.mark.parametrize(
    ("action", "data", "state"), [("prove_use", {}, "PAYABLE"), ("terminate", {}, "TERMINATED"), ("confirm_exit", {"note": "企业已停用。"}, "EXITED")]
)
def test_the_school_decides_about_a_suspended_trial(
    world: World, evaluation: Licence, at: Callable[[int], Any], action: str, data: dict[str, Any], state: str
) -> None:
    with at(END + 40):
        world.tick(evaluation)
        world.act(evaluation, "tto", action, **data)
    assert evaluation.state == state


def test_the_systems_claim_at_the_end_of_the_trial_is_made_once(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(END + 1):
        world.tick(trial)
        world.act(trial, "company", "contest")
        world.act(trial, "operator", "decide_trial")
        world.tick(trial)
    assert actions(trial).count("claim") == 1
    assert trial.state == "EVALUATION"


def test_leaving_during_the_systems_claim_is_possible(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(END + 1):
        world.tick(trial)
        world.act(trial, "company", "ask_exit")
        assert world.tick(trial) == 0
        world.act(trial, "tto", "confirm_exit")
    assert trial.state == "EXITED"


def test_an_open_claim_outlasts_the_end_of_the_trial(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(END - 1):
        world.act(trial, "tto", "claim")
    with at(END + 2):
        assert world.tick(trial) == 0
        assert (trial.state, trial.claimed_side) == ("TRIAL", "tto")


def test_reminders_of_the_end_of_the_trial_come_once_each_and_only_the_latest_after_a_pause(
    world: World, trial: Licence, at: Callable[[int], Any]
) -> None:
    for end in outlook.periods(trial)[:-1]:
        with clock.frozen(START + (end - START.date())):
            world.act(trial, "company", "report", period_end=end.isoformat())
    for day, number in ((END - 91, 0), (END - 90, 1), (END - 89, 1), (END - 25, 2), (END - 7, 3), (END - 7, 3)):
        with at(day):
            world.tick(trial)
        marks = [event for event in trial.events if event.action == "remind" and event.facts["what"].startswith("trial_end")]
        assert len(marks) == number, day


def test_a_missed_report_is_called_for_after_the_days_of_grace(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    due = (outlook.periods(trial)[0] - START.date()).days
    with at(due + 15):
        world.tick(trial)
        assert "remind" not in actions(trial)
    with at(due + 16):
        world.tick(trial)
        world.tick(trial)
    assert actions(trial).count("remind") == 1


def test_a_step_somebody_is_late_with_is_reminded_once(world: World, at: Callable[[int], Any]) -> None:
    with at(0):
        licence = world.apply()
    with at(7):  # the fifth working day after Monday 3 March
        world.tick(licence)
        assert "remind" not in actions(licence)
    with at(8):
        world.tick(licence)
        world.tick(licence)
    assert actions(licence).count("remind") == 1
    kinds = world.session.scalars(select(Notice.kind).where(Notice.person_id == world.people["operator"].id))
    assert "licence_remind_turn" in set(kinds)


def test_agreed_clocks_survive_a_change_of_the_settings(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    object.__setattr__(world.settings, "contest_working_days", 1)
    with at(60):
        world.act(trial, "tto", "claim")
    with at(70):
        assert world.tick(trial) == 0


def test_the_periodic_job_runs_every_licence_that_is_due_and_leaves_the_rest(
    world: World, database: Database, at: Callable[[int], Any]
) -> None:
    with at(0):
        due = world.apply()
        world.act(due, "operator", "send_back")
        world.people["company"] = world.people["stranger"]
        other = world.apply()
    numbers = due.id, other.id
    world.session.commit()
    context = Context(world.settings, database)
    with at(4):
        assert service.waiting(world.session) == []
        world.session.rollback()
    with at(40):
        jobs.clocks(context)
        jobs.clocks(context)
    with database.transaction() as session:
        rows = [session.get(Licence, number) for number in numbers]
        assert [row.state for row in rows if row] == ["CANCELLED", "ELIGIBILITY"]


def test_one_licence_that_fails_does_not_hold_up_the_others(
    world: World, database: Database, at: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(0):
        first = world.apply()
        world.act(first, "operator", "send_back")
        world.people["company"] = world.people["stranger"]
        second = world.apply()
        world.act(second, "operator", "send_back")
    broken, whole = first.id, second.id
    world.session.commit()
    real = service.run

    def fail(session: Any, licence_id: int, settings: Any) -> int:
        if licence_id == broken:
            raise Refused
        return real(session, licence_id, settings)

    monkeypatch.setattr(service, "run", fail)
    with at(40):
        jobs.clocks(Context(world.settings, database))
    with database.transaction() as session:
        states = {row.id: row.state for row in session.scalars(select(Licence)).unique()}
    assert states == {broken: "DRAFT", whole: "CANCELLED"}
