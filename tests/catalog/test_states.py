"""The lifecycles: no path leaves the table, nothing gets stuck, and nobody takes a step that is somebody else's."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.catalog.states import ACTIONS, DEMAND, EDITABLE, LIFECYCLES, LIVE, NOTE_NEEDED, NOTE_OFFERED, PRIVATE, RESULT
from webapp.core.errors import Forbidden, Refused
from webapp.core.states import Lifecycle

PARTS = ("owner", "tto", "broker", "operator", "system")
EVERY_ACTION = sorted({move.action for lifecycle in LIFECYCLES.values() for move in lifecycle.moves})
lifecycles = pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
steps = st.lists(st.tuples(st.sampled_from(EVERY_ACTION), st.sampled_from(PARTS)), max_size=40)


@lifecycles
@given(path=steps)
def test_no_path_of_tries_leaves_the_table(lifecycle: Lifecycle, path: list[tuple[str, str]]) -> None:
    row = SimpleNamespace(state=lifecycle.start)
    for action, part in path:
        before = row.state
        known = lifecycle.move(before, action)
        try:
            lifecycle.step(row, action, {part})
        except Refused:
            assert known is None
        except Forbidden:
            assert known is not None and part not in known.who
        else:
            assert known is not None and part in known.who and row.state == known.target
            assert before not in lifecycle.finals
            continue
        assert row.state == before
        assert row.state in lifecycle.states


@lifecycles
def test_every_state_that_is_not_final_has_an_exit_and_final_ones_have_none(lifecycle: Lifecycle) -> None:
    for state in lifecycle.states:
        exits = [move for move in lifecycle.moves if move.source == state and move.target != state]
        assert bool(exits) == (state not in lifecycle.finals), state


@lifecycles
def test_every_state_can_be_reached_from_the_start(lifecycle: Lifecycle) -> None:
    reached = {lifecycle.start}
    while more := {move.target for move in lifecycle.moves if move.source in reached} - reached:
        reached |= more
    assert reached == set(lifecycle.states)


@lifecycles
def test_every_state_can_be_brought_to_an_end_by_people(lifecycle: Lifecycle) -> None:
    ending = set(lifecycle.finals) | {"WITHDRAWN"}
    while more := {m.source for m in lifecycle.moves if m.target in ending and set(m.who) - {"system"}} - ending:
        ending |= more
    assert ending == set(lifecycle.states)


@lifecycles
def test_every_state_has_a_name_and_a_shape_the_mark_knows(lifecycle: Lifecycle) -> None:
    assert set(lifecycle.shapes) == set(lifecycle.states)
    assert set(lifecycle.shapes.values()) <= {"draft", "run", "blocked", "late", "done", "off"}
    assert all(lifecycle.states.values())


@lifecycles
def test_one_action_from_one_state_means_one_thing(lifecycle: Lifecycle) -> None:
    keys = [(move.source, move.action) for move in lifecycle.moves]
    assert len(keys) == len(set(keys))


def test_every_step_people_take_has_words_on_its_button() -> None:
    by_people = {move.action for lifecycle in LIFECYCLES.values() for move in lifecycle.moves if set(move.who) - {"system"}}
    assert by_people <= set(ACTIONS)
    assert NOTE_NEEDED <= NOTE_OFFERED <= set(ACTIONS)


def test_only_a_school_office_approves_and_only_the_desk_verifies() -> None:
    assert {move.who for move in RESULT.moves if move.action in {"approve", "return"}} == {("tto",)}
    assert {move.who for move in DEMAND.moves if move.action in {"verify", "return"}} == {("broker", "operator")}


def test_nothing_becomes_live_without_approval_except_what_was_live_before() -> None:
    for lifecycle, sources in (
        (RESULT, {"APPROVED", "PUBLISHED", "PAUSED", "IN_DEAL", "EXPIRED"}),
        (DEMAND, {"SUBMITTED", "OPEN", "MATCHING", "NEGOTIATING", "EXPIRED"}),
    ):
        into_live = {move.source for move in lifecycle.moves if move.target in LIVE[lifecycle.name]}
        assert into_live == sources


def test_live_private_and_editable_states_exist_and_exclude_each_other() -> None:
    for name, lifecycle in LIFECYCLES.items():
        assert set(LIVE[name]) | EDITABLE[name] <= set(lifecycle.states)
        assert not set(LIVE[name]) & PRIVATE
        assert not EDITABLE[name] & lifecycle.finals
