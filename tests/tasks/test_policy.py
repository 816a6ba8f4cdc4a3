"""Who sees and leads which task."""

from __future__ import annotations

import pytest

from tests import makers
from tests.matches.world import SECRET
from tests.tasks.conftest import CLOCKS, Job
from webapp.core import policy
from webapp.core.policy import ANONYMOUS, Actor
from webapp.tasks import board
from webapp.tasks.models import Task

PARTIES = ("company_user", "company_admin", "researcher", "tto")


def sees(job: Job, actor: Actor) -> bool:
    return job.task in job.session.scalars(policy.visible(actor, Task)).unique()


def test_the_own_broker_operators_and_both_parties_see_a_task(job: Job) -> None:
    assert {role: sees(job, job.world.actor(role)) for role in ("broker", "operator", *PARTIES)} == dict.fromkeys(
        ("broker", "operator", *PARTIES), True
    )


@pytest.mark.parametrize("role", ["broker", *PARTIES, "auditor", "admin"])
def test_strangers_see_none(job: Job, role: str) -> None:
    assert not sees(job, job.world.stranger(role)) and not sees(job, ANONYMOUS)


def test_a_colleague_of_the_researcher_sees_none(job: Job) -> None:
    assert not sees(job, makers.actor(job.session, "researcher", job.world.school))


@pytest.mark.parametrize(("action", "allowed"), [
    ("task:list", {"broker", "operator", *PARTIES}), ("task:lead", {"broker", "operator"}), ("task:log", {"broker", "operator"}), ("task:assign", {"operator"}),
])  # fmt: skip
def test_the_table_of_permissions(job: Job, action: str, allowed: set[str]) -> None:
    actors = {role: job.world.actor(role) for role in ("broker", "operator", *PARTIES)}
    actors |= {role: job.world.stranger(role) for role in ("auditor", "admin")}
    assert {role for role, actor in actors.items() if policy.can(actor, action, job.task)} == allowed
    assert not policy.can(ANONYMOUS, action, job.task)


@pytest.mark.parametrize("role", PARTIES)
def test_a_party_may_take_no_step_and_is_shown_none(job: Job, role: str) -> None:
    view = policy.reveal(job.world.actor(role), job.task)
    assert (view.actions, view.leads) == ((), False)


def test_after_the_close_a_party_no_longer_reads_the_other_sides_secret(job: Job) -> None:
    actor = job.world.actor("company_user")
    assert SECRET in repr(policy.reveal(actor, job.task).match.result)
    job.act("broker", "fail", reason="PRICE_GAP")
    job.session.flush()
    assert SECRET not in repr(policy.reveal(actor, job.task).match.result)
    assert sees(job, actor)


def test_the_board_puts_each_task_in_the_lane_of_its_step(job: Job) -> None:
    actor = job.world.actor("broker")
    assert [len(lane) for lane in board.board(job.session, actor, CLOCKS).lanes] == [1, 0, 0, 0, 0, 0]
    job.walk("accept", "verify", "nda", "meet")
    assert [len(lane) for lane in board.board(job.session, actor, CLOCKS).lanes] == [0, 0, 1, 0, 0, 0]
    job.task.held_from, job.task.state = "NEGOTIATING", "ON_HOLD"
    job.session.flush()
    assert [len(lane) for lane in board.board(job.session, actor, CLOCKS).lanes] == [0, 0, 0, 0, 1, 0]


def test_a_party_has_no_agenda_of_the_brokers_deadlines(job: Job) -> None:
    for role, expected in (("broker", 1), ("company_user", 0)):
        found = board.board(job.session, job.world.actor(role), CLOCKS)
        assert len(found.late) + len(found.today) + len(found.week) == expected


def test_the_road_shows_done_now_and_what_was_left_out(job: Job) -> None:
    job.walk("accept", "verify", "meet")
    job.session.refresh(job.task, ["log"])
    marks = dict(board.stages(job.task))
    assert (marks["ACCEPTED"], marks["NDA"], marks["MEETING"], marks["SIGNED"]) == ("done", "left", "now", "")
    job.act("broker", "fail", reason="PRICE_GAP")
    job.session.refresh(job.task, ["log"])
    assert dict(board.stages(job.task))["MEETING"] == "stop"
