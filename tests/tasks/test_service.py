"""Leading a task: opened once, accepted, stepped, held, handed over, closed; and the licence that settles it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import makers
from tests.tasks.conftest import CLOCKS, Job, mutual
from webapp.accounts.models import Grant
from webapp.config import Settings
from webapp.core import clock, outbox, worker
from webapp.core.audit import AuditEvent
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid, Refused, Stale
from webapp.core.worker import Context
from webapp.tasks import jobs, service
from webapp.tasks.clocks import Clocks
from webapp.tasks.models import Task, TaskEntry
from webapp.tasks.values import OUTCOMES

PATH = ("accept", "verify", "nda", "meet", "validate", "negotiate", "sign", "register", "follow")


def test_a_mutual_match_opens_one_task_for_its_broker(job: Job) -> None:
    task, world = job.task, job.world
    assert (task.state, task.broker_id, world.match.state) == ("ASSIGNED", world.people["broker"].id, "TASK_OPENED")
    assert task.due_on == clock.add_working_days(clock.today(), 2)
    again = service.open_for(job.session, world.match, CLOCKS)
    assert again is task and job.session.scalar(select(func.count(Task.id))) == 1
    assert world.kinds("broker")[-1] == "task_assigned"
    assert world.kinds("company_user")[-1] == world.kinds("tto")[-1] == "task_opened"


def test_no_task_opens_for_a_match_that_is_not_mutual(session: Session) -> None:
    from tests.matches.world import build

    assert service.open_for(session, build(session).match, CLOCKS) is None
    assert service.open_by_match_id(session, 10**9, CLOCKS) is None


def test_a_task_without_a_broker_asks_the_operators(session: Session) -> None:
    world = mutual(session)
    world.match.broker_id = None
    task = service.open_for(session, world.match, CLOCKS)
    assert task is not None and (task.state, task.broker_id) == ("CREATED", None)
    assert world.kinds("operator") == ["task_unassigned"]
    with pytest.raises(Forbidden):
        service.act(session, world.actor("broker"), task, "assign", {"broker": world.people["broker"].id}, CLOCKS)
    with pytest.raises(Invalid):
        service.act(session, world.actor("operator"), task, "assign", {"broker": world.people["tto"].id}, CLOCKS)
    service.act(session, world.actor("operator"), task, "assign", {"broker": world.people["broker"].id}, CLOCKS)
    assert (task.state, task.broker_id) == ("ASSIGNED", world.people["broker"].id)


def test_the_road_from_acceptance_to_success(job: Job) -> None:
    job.walk(*PATH)
    assert job.task.state == "FOLLOW_UP"
    job.act("broker", "succeed", outcome="LICENSE", note="三年普通许可")
    task = job.task
    assert (task.state, task.outcome, task.outcome_note, task.due_on) == ("CLOSED_SUCCESS", "LICENSE", "三年普通许可", None)
    assert task.closed_at is not None
    steps = [entry.facts["action"] for entry in reversed(task.log) if entry.kind == "STEP"]
    assert steps == ["assign", *PATH, "succeed"]
    logged = select(AuditEvent.action).where(AuditEvent.subject_kind == "task").order_by(AuditEvent.id)
    assert list(job.session.scalars(logged)) == ["task:open", *(f"task:{a}" for a in steps)]


def test_an_optional_step_is_skipped_with_a_note_only(job: Job) -> None:
    job.walk("accept", "verify")
    with pytest.raises(Invalid) as caught:
        job.act("broker", "meet", note="  ")
    assert list(caught.value.fields) == ["note"] and job.task.state == "VERIFYING"
    job.act("broker", "meet", note="双方已有保密协议")
    assert job.task.state == "MEETING"
    entry = job.session.scalars(select(TaskEntry).order_by(TaskEntry.id.desc())).first()
    assert entry is not None and entry.facts["skipped"] == ["NDA"] and entry.summary == "双方已有保密协议"


def test_steps_go_back_between_validation_and_its_neighbours_only(job: Job) -> None:
    job.walk("accept", "verify", "nda", "meet", "validate", "negotiate")
    job.act("broker", "validate")
    job.act("broker", "meet")
    assert job.task.state == "MEETING"
    with pytest.raises(Refused):
        job.act("broker", "verify")


@pytest.mark.parametrize("who", ["company_user", "tto", "researcher"])
def test_parties_take_no_step(job: Job, who: str) -> None:
    with pytest.raises(Forbidden):
        job.act(who, "accept")
    with pytest.raises(Forbidden):
        job.act(who, "fail", reason="PRICE_GAP")


def test_only_the_tasks_own_broker_leads_it(job: Job) -> None:
    with pytest.raises(Forbidden):
        service.act(job.session, job.world.stranger("broker"), job.task, "accept", {}, CLOCKS)


def test_nobody_can_settle_or_invent_an_action(job: Job) -> None:
    for action in ("settle", "nonsense", "open"):
        with pytest.raises(Refused):
            job.act("operator", action)
    assert job.task.state == "ASSIGNED"


def test_a_second_click_on_a_step_changes_nothing(job: Job) -> None:
    job.act("broker", "accept", seen="ASSIGNED")
    job.act("broker", "accept", seen="ASSIGNED")
    assert job.task.state == "ACCEPTED"
    assert [entry.to_state for entry in job.session.scalars(select(TaskEntry).order_by(TaskEntry.id))] == ["ASSIGNED", "ACCEPTED"]


def test_a_page_opened_before_somebody_elses_step_is_told(job: Job) -> None:
    job.walk("accept", "verify")
    with pytest.raises(Stale) as caught:
        job.act("operator", "verify", seen="ACCEPTED")
    assert caught.value.params["who"] == job.world.people["broker"].name


def test_a_hold_keeps_the_step_and_ends_within_its_longest(job: Job) -> None:
    job.walk("accept", "verify")
    today = clock.today()
    for until in (None, today, today + timedelta(days=61)):
        with pytest.raises(Invalid):
            job.act("broker", "hold", note="等资金", until=until)
    with pytest.raises(Invalid):
        job.act("broker", "hold", note="", until=today + timedelta(days=5))
    job.act("broker", "hold", note="等资金", until=today + timedelta(days=60))
    assert (job.task.state, job.task.held_from, job.task.due_on) == ("ON_HOLD", "VERIFYING", today + timedelta(days=60))
    job.act("broker", "resume")
    assert (job.task.state, job.task.held_from) == ("VERIFYING", "")


def test_a_broker_hands_a_task_back_and_the_next_goes_on_where_it_stood(job: Job) -> None:
    job.walk("accept", "verify", "nda", "meet")
    with pytest.raises(Invalid):
        job.act("broker", "reassign", note="")
    job.act("broker", "reassign", note="有利益冲突")
    assert (job.task.state, job.task.broker_id) == ("REASSIGNED", None)
    assert job.world.kinds("operator")[-1] == "task_unassigned"
    other = makers.person(job.session, "broker")
    job.act("operator", "assign", broker=other.id)
    job.world.people["other"] = other
    job.act("other", "accept")
    assert job.task.state == "ACCEPTED"
    job.act("other", "resume")
    assert (job.task.state, job.task.held_from) == ("MEETING", "")
    with pytest.raises(Forbidden):
        job.act("broker", "validate")


def test_an_operator_hands_over_in_one_go(job: Job) -> None:
    other = makers.person(job.session, "broker")
    job.act("operator", "reassign", note="忙不过来", broker=other.id)
    assert (job.task.state, job.task.broker_id) == ("ASSIGNED", other.id)
    assert [entry.to_state for entry in job.session.scalars(select(TaskEntry).order_by(TaskEntry.id))] == [
        "ASSIGNED",
        "REASSIGNED",
        "ASSIGNED",
    ]


def test_a_first_acceptance_has_nothing_to_resume(job: Job) -> None:
    job.act("broker", "accept")
    with pytest.raises(Refused):
        job.act("broker", "resume")


def test_a_failed_task_needs_a_reason_that_both_sides_hear_of(job: Job) -> None:
    job.act("broker", "accept")
    with pytest.raises(Invalid):
        job.act("broker", "fail", reason="")
    with pytest.raises(Invalid):
        job.act("broker", "fail", reason="OTHER", note="")
    job.act("broker", "fail", reason="PRICE_GAP", note="差一倍")
    assert (job.task.state, job.task.outcome) == ("CLOSED_FAILED", "NOT_REACHED")
    assert job.world.kinds("company_user")[-1] == job.world.kinds("tto")[-1] == "task_closed"


def test_success_needs_a_real_outcome(job: Job) -> None:
    job.walk(*PATH)
    for outcome in ("", "NOT_REACHED", "NONSENSE"):
        with pytest.raises(Invalid):
            job.act("broker", "succeed", outcome=outcome)
    assert job.task.state == "FOLLOW_UP"
    assert len(OUTCOMES) == 14


def test_only_an_operator_cancels(job: Job) -> None:
    with pytest.raises(Forbidden):
        job.act("broker", "cancel", note="不做了")
    job.act("operator", "cancel", note="重复")
    assert job.task.state == "CANCELLED"


def test_closing_ends_the_sight_of_each_others_confidential_layer(job: Job) -> None:
    open_ = select(func.count(Grant.id)).where(Grant.ended_at.is_(None))
    assert job.session.scalar(open_) == 2
    job.act("broker", "fail", reason="PRICE_GAP")
    job.session.flush()
    assert job.session.scalar(open_) == 0


def test_a_licence_from_the_task_is_its_outcome_and_settles_it_from_any_step(job: Job) -> None:
    job.walk("accept")
    service.licensed_by_id(job.session, job.task.id)
    assert (job.task.outcome, job.task.state) == ("USE_FIRST", "ACCEPTED")
    for _ in range(2):
        service.settle_by_id(job.session, job.task.id, CLOCKS)
    assert (job.task.state, job.task.outcome) == ("CLOSED_SUCCESS", "USE_FIRST")
    assert sum(entry.to_state == "CLOSED_SUCCESS" for entry in job.session.scalars(select(TaskEntry))) == 1


def test_a_closed_task_is_not_reopened_by_a_late_settlement(job: Job) -> None:
    job.act("broker", "fail", reason="PRICE_GAP")
    service.settle_by_id(job.session, job.task.id, CLOCKS)
    service.licensed_by_id(job.session, job.task.id)
    service.settle_by_id(job.session, 10**9, CLOCKS)
    assert (job.task.state, job.task.outcome) == ("CLOSED_FAILED", "NOT_REACHED")


def test_the_worker_opens_and_settles_tasks_from_outbox_jobs(database: Database, settings: Settings) -> None:
    assert {"open_task", "task_licensed", "task_settled"} <= set(worker._handlers)
    context = Context(settings, database)
    with database.transaction() as session:
        match_id = mutual(session).match.id
    for _ in range(2):
        jobs.open_task(context, [("match", match_id)])
    with database.transaction() as session:
        task = session.scalars(select(Task)).unique().one()
        assert task.state == "ASSIGNED"
        waiting = select(func.count(outbox.Job.id)).where(outbox.Job.kind == "open_task")
        assert session.scalar(waiting) == 1
        task_id = task.id
    jobs.task_licensed(context, [("task", task_id)])
    jobs.task_settled(context, [("task", task_id), ("task", task_id)])
    with database.transaction() as session:
        found = session.get_one(Task, task_id)
        assert (found.state, found.outcome) == ("CLOSED_SUCCESS", "USE_FIRST")


def test_the_districts_own_clocks_are_used_where_they_are_set() -> None:
    class Own:
        task_accept_days = 7

    assert (Clocks.of(Own()).accept_days, Clocks.of(Own()).hold_days) == (7, 60)
