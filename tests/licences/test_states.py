"""The tables of states: every row of the procedure is there, nothing leads out of the table, nothing is a dead end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.errors import AppError
from webapp.core.states import Lifecycle
from webapp.licences.policy import OFFERED
from webapp.licences.service import DEEDS
from webapp.licences.states import BEFORE_SIGNED, FINALS, INSTALMENT, LICENCE, NOT_FINAL
from webapp.licences.wording import ACTS, EVENTS, SITUATIONS

BOTH = pytest.mark.parametrize("lifecycle", [LICENCE, INSTALMENT], ids=lambda table: table.name)


@BOTH
@given(data=st.data())
def test_no_walk_leaves_the_table(lifecycle: Lifecycle, data: st.DataObject) -> None:
    actions = sorted({move.action for move in lifecycle.moves})
    parts = sorted({part for move in lifecycle.moves for part in move.who})
    thing = SimpleNamespace(state=lifecycle.start)
    for _ in range(30):
        before = thing.state
        action, mine = data.draw(st.sampled_from(actions)), {data.draw(st.sampled_from(parts))}
        try:
            lifecycle.step(thing, action, mine)
        except AppError:
            assert thing.state == before
        else:
            assert before not in lifecycle.finals
        assert thing.state in lifecycle.states


@BOTH
def test_every_state_that_is_not_final_leads_to_a_final_one(lifecycle: Lifecycle) -> None:
    ending = set(lifecycle.finals)
    while more := {move.source for move in lifecycle.moves if move.target in ending} - ending:
        ending |= more
    assert ending == set(lifecycle.states)


@BOTH
def test_every_state_can_be_reached_and_a_final_one_is_never_left(lifecycle: Lifecycle) -> None:
    reached = {lifecycle.start}
    while more := {move.target for move in lifecycle.moves if move.source in reached} - reached:
        reached |= more
    assert reached == set(lifecycle.states)
    assert not [move for move in lifecycle.moves if move.source in lifecycle.finals]
    pairs = [(move.source, move.action) for move in lifecycle.moves]
    assert len(pairs) == len(set(pairs)), "one action from one state has one meaning"


def test_the_rows_of_the_procedure_are_in_the_table() -> None:
    have = {(move.source, move.target) for move in LICENCE.moves}
    rows = """DRAFT APPLIED; APPLIED ELIGIBILITY; ELIGIBILITY INST_REVIEW; ELIGIBILITY REJECTED; ELIGIBILITY DRAFT;
        INST_REVIEW NOTICE; INST_REVIEW REJECTED; INST_REVIEW DRAFT; NOTICE SIGNING; NOTICE OBJECTION; OBJECTION NOTICE;
        OBJECTION REJECTED; SIGNING SIGNED; SIGNING CANCELLED; SIGNED DELIVERING; DELIVERING TRIAL; TRIAL TRIAL; TRIAL SUSPENDED;
        SUSPENDED TRIAL; SUSPENDED PAYABLE; SUSPENDED TERMINATED; TRIAL PAYABLE; TRIAL EVALUATION; EVALUATION TRIAL;
        EVALUATION PAYABLE; EVALUATION SUSPENDED; EVALUATION CONVERTED; TRIAL EXITED; EVALUATION EXITED; SUSPENDED EXITED;
        PAYABLE PAYING; PAYING COMPLETED; PAYABLE OVERDUE; PAYING OVERDUE; OVERDUE PAYING; OVERDUE DEFAULT; DEFAULT PAYING;
        DEFAULT TERMINATED"""
    assert {tuple(row.split()) for row in rows.split(";")} <= have
    assert all((state, "TERMINATED") in have for state in NOT_FINAL)
    assert all((state, "CANCELLED") in have for state in BEFORE_SIGNED)
    assert {state for state in LICENCE.states if (state, "CANCELLED") in have} == set(BEFORE_SIGNED)
    assert len(LICENCE.states) == 22
    assert len(FINALS) == 6


def test_signing_is_never_reached_from_an_objection_without_the_rest_of_the_notice() -> None:
    assert not [move for move in LICENCE.moves if move.source == "OBJECTION" and move.target == "SIGNING"]


def test_the_challenged_company_and_the_team_take_no_part_in_deciding_objections() -> None:
    deciding = [move for move in LICENCE.moves if move.source == "OBJECTION" and move.action in {"dismiss", "resume", "rerun", "uphold"}]
    assert {part for move in deciding for part in move.who} == {"tto"}


def test_every_act_and_event_has_words_and_every_offered_act_a_deed() -> None:
    assert {move.action for move in LICENCE.moves} <= set(EVENTS)
    assert set(LICENCE.states) <= set(SITUATIONS)
    assert {"decide" if action == "resume" else action for action in OFFERED} == set(DEEDS) == set(ACTS)
