"""The life of a task: the road, what may be skipped, what may go back, and that nothing else happens."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.errors import Forbidden, Refused
from webapp.tasks.states import FINALS, LIVE, OPTIONAL, STEPS, TASK, WORK, skipped

ACTIONS = sorted({move.action for move in TASK.moves})
PARTS = ("broker", "operator", "system", "company")
DYNAMIC = {"resume"}


def test_the_table_names_every_state_of_the_field() -> None:
    assert set(TASK.states) == {
        "CREATED", "ASSIGNED", "ACCEPTED", "VERIFYING", "NDA", "MEETING", "VALIDATING", "NEGOTIATING", "SIGNED", "REGISTERED",
        "FOLLOW_UP", "CLOSED_SUCCESS", "ON_HOLD", "REASSIGNED", "CLOSED_FAILED", "CANCELLED",
    }  # fmt: skip
    assert set(TASK.shapes) == set(TASK.states)
    assert set(LIVE) | FINALS == set(TASK.states) and not set(LIVE) & FINALS


def test_each_action_leads_from_a_state_to_one_place_only() -> None:
    pairs = [(move.source, move.action) for move in TASK.moves]
    assert len(pairs) == len(set(pairs))


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(PARTS)), max_size=40))
def test_any_sequence_of_acts_stays_in_the_table_and_ends_where_it_ends(acts: list[tuple[str, str]]) -> None:
    task = SimpleNamespace(state=TASK.start)
    for action, part in acts:
        before = task.state
        try:
            TASK.step(task, action, {part})
        except (Refused, Forbidden):
            assert task.state == before
        else:
            assert before not in FINALS and task.state in TASK.states


def test_only_the_two_named_pairs_of_steps_go_back() -> None:
    back = {
        (move.source, move.target)
        for move in TASK.moves
        if move.source in STEPS
        and move.target in STEPS
        and STEPS.index(move.target) < STEPS.index(move.source)
        and move.action not in DYNAMIC
    }
    assert back == {("NEGOTIATING", "VALIDATING"), ("VALIDATING", "MEETING")}


def test_people_skip_optional_steps_only() -> None:
    for move in TASK.moves:
        if move.who != ("system",):
            assert set(skipped(move.source, move.target)) <= OPTIONAL, move


@pytest.mark.parametrize("state", LIVE)
def test_every_open_task_can_be_closed_and_settled(state: str) -> None:
    assert TASK.move(state, "settle") is not None
    assert TASK.move(state, "fail") is not None or state == "CREATED"


@pytest.mark.parametrize("state", sorted(FINALS))
def test_nothing_leads_out_of_a_closed_task(state: str) -> None:
    assert TASK.actions(state, PARTS) == []


@pytest.mark.parametrize("state", WORK)
def test_work_can_be_held_and_handed_over(state: str) -> None:
    assert {"hold", "reassign"} <= set(TASK.actions(state, ("broker",)))


@pytest.mark.parametrize("state", sorted(TASK.states))
def test_parties_take_no_step(state: str) -> None:
    assert TASK.actions(state, ("company", "school")) == []
