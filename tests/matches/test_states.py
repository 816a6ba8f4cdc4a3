"""The life of a match: whatever is done in whatever order, it never leaves its table."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.errors import Forbidden, Refused
from webapp.matches.states import CLOSED, MATCH, OPEN, SHARED, WAITING

ACTIONS = sorted({move.action for move in MATCH.moves})
PARTS = ("broker", "operator", "company", "school", "system", "visitor")
NEVER_SHARED = {"SUGGESTED", "REVIEWING", "SHORTLISTED", "REJECTED", "STALE"}


def test_the_table_names_every_state_of_the_field() -> None:
    assert set(MATCH.states) == {
        "SUGGESTED", "REVIEWING", "SHORTLISTED", "REJECTED", "RECOMMENDED", "COMPANY_INTERESTED", "RESEARCHER_INTERESTED",
        "MUTUAL", "TASK_OPENED", "DECLINED_COMPANY", "DECLINED_RESEARCHER", "EXPIRED", "STALE",
    }  # fmt: skip
    assert set(MATCH.shapes) == set(MATCH.states)
    assert {move.source for move in MATCH.moves} | {move.target for move in MATCH.moves} == set(MATCH.states)


def test_each_action_leads_from_a_state_to_one_place_only() -> None:
    pairs = [(move.source, move.action) for move in MATCH.moves]
    assert len(pairs) == len(set(pairs))


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(PARTS)), max_size=30))
def test_any_sequence_of_acts_stays_in_the_table(acts: list[tuple[str, str]]) -> None:
    match = SimpleNamespace(state=MATCH.start)
    for action, part in acts:
        before = match.state
        allowed = MATCH.move(before, action)
        try:
            MATCH.step(match, action, {part})
        except (Refused, Forbidden):
            assert match.state == before
            assert allowed is None or part not in allowed.who
        else:
            assert allowed is not None and match.state == allowed.target in MATCH.states


@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_mutual_interest_needs_a_recommendation_and_both_sides(acts: list[str]) -> None:
    match, done = SimpleNamespace(state=MATCH.start), []
    for action in acts:
        try:
            MATCH.step(match, action, set(PARTS))
        except Refused:
            continue
        done.append(action)
    if match.state in {"MUTUAL", "TASK_OPENED"}:
        since = done[len(done) - 1 - done[::-1].index("recommend") :]
        assert {"company_yes", "researcher_yes"} <= set(since)


@pytest.mark.parametrize("state", sorted(MATCH.states))
def test_nobody_but_the_desk_moves_what_was_not_recommended(state: str) -> None:
    theirs = MATCH.actions(state, ("company", "school"))
    assert bool(theirs) == (state in WAITING)


def test_the_parties_know_of_no_match_before_its_recommendation() -> None:
    assert not NEVER_SHARED & set(SHARED)
    assert set(SHARED) | NEVER_SHARED == set(MATCH.states)


def test_only_a_changed_text_brings_a_closed_pair_back() -> None:
    back = {
        move.source: move.who for move in MATCH.moves if move.target in OPEN and move.source in CLOSED and move.action != "undo"
    }
    assert back == dict.fromkeys(CLOSED, ("system",))


def test_no_state_is_a_dead_end_unless_it_is_marked_as_final() -> None:
    assert {state for state in MATCH.states if not any(move.source == state for move in MATCH.moves)} == MATCH.finals


def test_every_state_can_be_reached_and_every_one_can_come_to_an_end() -> None:
    reached, growing = {MATCH.start}, True
    while growing:
        more = {move.target for move in MATCH.moves if move.source in reached} - reached
        reached, growing = reached | more, bool(more)
    assert reached == set(MATCH.states)
    ending = set(MATCH.finals)
    while more := {move.source for move in MATCH.moves if move.target in ending} - ending:
        ending |= more
    assert ending == set(MATCH.states)
