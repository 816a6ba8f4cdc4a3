"""The log of a task and its clocks: what is written down once, who may read it, what turns amber and red."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.tasks.conftest import CLOCKS, Job
from webapp.core import clock, worker
from webapp.core.errors import Forbidden, Invalid
from webapp.core.worker import Context
from webapp.tasks import clocks, jobs, journal
from webapp.tasks.clocks import Lateness, lateness
from webapp.tasks.models import Task, TaskEntry
from webapp.tasks.policy import readable

MONDAY = datetime(2025, 3, 3, 2, tzinfo=UTC)


def contact(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "PHONE", "happened_on": clock.today(), "people": "示例经理", "summary": "约下周见面", "next_step": "发资料",
        "due_on": None, "visibility": "PARTIES", "submission": str(uuid.uuid4()),
    } | changes  # fmt: skip


def log(job: Job, who: str = "broker", **changes: Any) -> TaskEntry:
    return journal.log(job.session, job.world.actor(who), job.task, contact(**changes), CLOCKS)


def test_the_same_form_sent_twice_leaves_one_line(job: Job) -> None:
    number = str(uuid.uuid4())
    assert log(job, submission=number).id == log(job, submission=number).id
    assert log(job).id != log(job).id


def test_a_contact_starts_the_deadline_anew(job: Job) -> None:
    with clock.frozen(MONDAY):
        job.walk("accept", "verify")
        assert job.task.due_on == date(2025, 3, 17)
    with clock.frozen(MONDAY + timedelta(days=7)):
        log(job)
        assert job.task.due_on == date(2025, 3, 24)
        log(job, due_on=date(2025, 4, 1))
        assert job.task.due_on == date(2025, 4, 1)


def test_a_step_forward_keeps_the_earlier_day_that_was_agreed_until_a_later_contact_settles_it(job: Job) -> None:
    with clock.frozen(MONDAY):
        job.walk("accept")
        log(job, next_step="补一张固化数据表", due_on=date(2025, 3, 7))
        job.walk("verify", "nda")
        assert job.task.due_on == date(2025, 3, 7)
        log(job, next_step="")
        job.walk("meet")
        assert job.task.due_on == date(2025, 3, 17)


def test_logging_does_not_move_the_deadline_to_accept(job: Job) -> None:
    before = job.task.due_on
    log(job, due_on=clock.today() + timedelta(days=90))
    assert job.task.due_on == before


@pytest.mark.parametrize(("changes", "field"), [
    ({"kind": "FAX"}, "kind"), ({"summary": "  "}, "summary"), ({"summary": "长" * 4001}, "summary"), ({"people": "长" * 201}, "people"),
    ({"happened_on": None}, "happened_on"), ({"happened_on": date(2999, 1, 1)}, "happened_on"), ({"due_on": date(2000, 1, 1)}, "due_on"),
    ({"visibility": "EVERYBODY"}, "visibility"),
])  # fmt: skip
def test_a_line_that_breaks_a_rule_is_told_at_its_field(job: Job, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        log(job, **changes)
    assert list(caught.value.fields) == [field]
    assert job.session.scalars(select(TaskEntry).where(TaskEntry.kind == "PHONE")).all() == []


@pytest.mark.parametrize("who", ["company_user", "tto"])
def test_parties_do_not_write_the_log_and_read_only_what_is_theirs(job: Job, who: str) -> None:
    with pytest.raises(Forbidden):
        log(job, who)
    log(job, summary="双方都能看")
    log(job, summary="只有经纪人能看", visibility="BROKER")
    job.session.add(TaskEntry(task=job.task, kind="CLOCK", happened_on=clock.today(), summary="催办"))
    job.session.flush()
    job.session.refresh(job.task, ["log"])
    assert {entry.summary for entry in readable(job.world.actor(who), job.task)} == {"双方都能看", ""}
    assert {"只有经纪人能看", "催办"} <= {entry.summary for entry in readable(job.world.actor("broker"), job.task)}


def test_follow_up_visits_come_after_three_six_and_twelve_months(job: Job) -> None:
    with clock.frozen(MONDAY):
        job.walk("accept", "verify", "nda", "meet", "validate", "negotiate", "sign", "register", "follow")
        assert job.task.due_on == date(2025, 6, 3)
    for moment, following in (("2025-06-03", date(2025, 9, 3)), ("2025-09-05", date(2026, 3, 3))):
        with clock.frozen(datetime.fromisoformat(moment + "T02:00+00:00")):
            log(job)
            assert job.task.due_on == following


@pytest.mark.parametrize(("state", "over", "expected"), [
    ("MEETING", -3, Lateness("normal", 3)), ("MEETING", 0, Lateness("soon", 0)), ("MEETING", 1, Lateness("amber", 1)),
    ("MEETING", 14, Lateness("amber", 10)), ("MEETING", 15, Lateness("late", 11)), ("ASSIGNED", 1, Lateness("late", 1)),
    ("ON_HOLD", -5, Lateness("wait", 5)), ("CLOSED_SUCCESS", 9, None),
])  # fmt: skip
def test_silence_turns_amber_then_red_and_nobody_accepting_is_red_at_once(
    state: str, over: int, expected: Lateness | None
) -> None:
    with clock.frozen(MONDAY):
        assert lateness(state, date(2025, 3, 3) - timedelta(days=over), CLOCKS) == expected


def test_a_deadline_on_a_day_off_is_not_late_before_the_next_working_day() -> None:
    with clock.frozen(datetime(2025, 3, 9, 2, tzinfo=UTC)):
        assert lateness("ASSIGNED", date(2025, 3, 8), CLOCKS) == Lateness("soon", 0)


def test_a_hold_goes_on_by_itself_when_its_time_is_over(job: Job) -> None:
    job.walk("accept", "verify")
    job.act("broker", "hold", note="等资金", until=clock.today() + timedelta(days=30))
    assert journal.wake(job.session, CLOCKS) == 0
    with clock.frozen(clock.now() + timedelta(days=30)):
        assert [journal.wake(job.session, CLOCKS), journal.wake(job.session, CLOCKS)] == [1, 0]
    assert job.task.state == "VERIFYING" and job.world.kinds("broker")[-1] == "task_resumed"


def test_supervisors_hear_of_a_red_task_once_for_each_missed_deadline(job: Job) -> None:
    assert journal.remind(job.session, CLOCKS) == 0
    with clock.frozen(clock.now() + timedelta(days=20)):
        assert [journal.remind(job.session, CLOCKS), journal.remind(job.session, CLOCKS)] == [1, 0]
        assert job.world.kinds("operator").count("task_late") == 1
        job.act("broker", "accept")
    with clock.frozen(clock.now() + timedelta(days=90)):
        assert journal.remind(job.session, CLOCKS) == 1


def test_ten_days_of_silence_are_amber_and_disturb_no_supervisor(job: Job) -> None:
    with clock.frozen(MONDAY):
        job.walk("accept", "verify")
    with clock.frozen(datetime(2025, 3, 20, 2, tzinfo=UTC)):
        assert journal.remind(job.session, CLOCKS) == 0
    with clock.frozen(datetime(2025, 4, 2, 2, tzinfo=UTC)):
        assert journal.remind(job.session, CLOCKS) == 1


def test_the_worker_runs_the_clocks(database: Any, settings: Any) -> None:
    from tests.tasks.conftest import mutual
    from webapp.tasks import service

    assert worker._periodic["tasks"][1] is jobs.clocks
    with database.transaction() as session:
        task = service.open_for(session, mutual(session).match, CLOCKS)
        assert task is not None
        task.state, task.held_from, task.due_on = "ON_HOLD", "MEETING", clock.today()
    for _ in range(2):
        jobs.clocks(Context(settings, database))
    with database.transaction() as session:
        assert session.get_one(Task, task.id).state == "MEETING"


def test_visits_end_after_the_last() -> None:
    with clock.frozen(MONDAY):
        assert clocks.next_visit(date(2023, 1, 1), CLOCKS) is None
