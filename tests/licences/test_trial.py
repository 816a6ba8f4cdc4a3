"""The trial: reports, triggers with the other side's word, disputes, and the ways out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.licences.conftest import World
from webapp.core import clock
from webapp.core.errors import Forbidden, Invalid, Refused
from webapp.licences import outlook
from webapp.licences.models import Licence

START, END = date(2025, 3, 24), date(2026, 3, 24)


def report(world: World, licence: Licence, end: date, **data: Any) -> Any:
    return world.act(licence, "company", "report", period_end=end.isoformat(), **data)


def test_reports_are_due_every_quarter_to_the_end(trial: Licence) -> None:
    assert outlook.periods(trial) == [date(2025, 6, 24), date(2025, 9, 24), date(2025, 12, 24), END]
    assert (trial.due_on, trial.awaits) == (date(2025, 6, 24), "company")


def test_a_report_moves_the_next_one_and_the_same_period_twice_is_one(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(100):
        first = report(world, trial, date(2025, 6, 24), sales="1.5")
        assert report(world, trial, date(2025, 6, 24), text="改写后的内容，应当不生效。") is first
        assert (len(trial.reports), first.sales_fen, trial.due_on) == (1, 1_500_000, date(2025, 9, 24))
        with pytest.raises(Invalid):  # not begun: a second click cannot report on the next period
            report(world, trial, date(2025, 12, 24))
    assert [event.action for event in trial.events].count("report") == 1


def test_only_the_company_reports(world: World, trial: Licence) -> None:
    with pytest.raises(Forbidden):
        world.act(trial, "tto", "report", period_end="2025-06-24")


@pytest.mark.parametrize(("claimer", "other"), [("tto", "company"), ("company", "tto")])
def test_a_trigger_confirmed_by_the_other_side_makes_the_fee_payable(
    world: World, trial: Licence, at: Callable[[int], Any], claimer: str, other: str
) -> None:
    with at(60):
        world.act(trial, claimer, "claim")
        assert (trial.state, trial.awaits, trial.contest_until) == ("TRIAL", other, clock.add_working_days(clock.today(), 10))
        with pytest.raises(Forbidden):
            world.act(trial, claimer, "confirm_trigger")
        with pytest.raises(Refused):
            world.act(trial, other, "claim")
        world.act(trial, other, "confirm_trigger")
    assert (trial.state, trial.claimed_side, trial.awaits) == ("PAYABLE", "", "tto")
    assert {row.state for row in trial.instalments} == {"TRIGGERED"}


def test_an_uncontested_trigger_stands_after_ten_working_days(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(60):  # Friday 2 May 2025: the labour holiday; the tenth working day after it is 19 May
        world.act(trial, "tto", "claim")
        assert trial.contest_until == date(2025, 5, 19)
    with at(77):
        assert world.tick(trial) == 0
    with at(78):
        assert world.tick(trial) == 1
    assert trial.state == "PAYABLE"


def test_a_contested_trigger_stays_in_trial_until_the_operator_decides(
    world: World, trial: Licence, at: Callable[[int], Any]
) -> None:
    with at(60):
        world.act(trial, "tto", "claim")
        world.act(trial, "company", "contest")
    assert (trial.state, trial.disputed, trial.awaits) == ("TRIAL", True, "operator")
    with at(600):
        assert world.tick(trial) == 0
        with pytest.raises(Forbidden):
            world.act(trial, "tto", "decide_payable")
        with pytest.raises(Refused):
            world.act(trial, "company", "ask_exit")
        world.act(trial, "operator", "decide_payable")
    assert (trial.state, trial.disputed) == ("PAYABLE", False)


def test_a_claim_found_groundless_lets_the_trial_go_on(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(60):
        world.act(trial, "company", "claim")
        world.act(trial, "tto", "contest")
        world.act(trial, "operator", "decide_trial")
        assert (trial.state, trial.claimed_side, trial.disputed, trial.awaits) == ("TRIAL", "", False, "company")
        world.act(trial, "tto", "claim")


def test_after_the_days_to_contest_nobody_contests(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(60):
        world.act(trial, "tto", "claim")
    with at(90), pytest.raises(Refused) as error:
        world.act(trial, "company", "contest")
    assert error.value.code == "licence_contest_late"


def test_the_company_leaves_the_trial_and_owes_nothing(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(60):
        with pytest.raises(Invalid):
            world.act(trial, "company", "ask_exit", stop_use=False)
        world.act(trial, "company", "ask_exit")
        assert (trial.state, trial.awaits) == ("TRIAL", "tto")
        with pytest.raises(Refused):
            world.act(trial, "company", "ask_exit")
        world.act(trial, "tto", "confirm_exit")
    assert trial.state == "EXITED"
    assert {row.state for row in trial.instalments} == {"WAIVED"}


def test_an_exit_is_not_asked_for_while_a_claim_is_open(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(60):
        world.act(trial, "tto", "claim")
        with pytest.raises(Refused):
            world.act(trial, "company", "ask_exit")


def test_a_refused_exit_brings_the_trial_back(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(60):
        world.act(trial, "company", "ask_exit")
        world.act(trial, "tto", "refuse_exit")
    assert (trial.state, trial.exit_asked_on, trial.awaits) == ("TRIAL", None, "company")


def test_the_school_confirms_no_exit_nobody_asked_for(world: World, trial: Licence) -> None:
    with pytest.raises(Refused):
        world.act(trial, "tto", "confirm_exit")
    with pytest.raises(Refused):
        world.act(trial, "tto", "terminate")
