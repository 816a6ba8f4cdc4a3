"""Whoever is given a task is asked for conflicts of interest: a tie, a membership, a rival served; and none is given to such a broker."""

from __future__ import annotations

import pytest

from tests import makers
from tests.matches.world import match
from tests.tasks.conftest import CLOCKS, Job, mutual
from webapp.accounts import conflicts
from webapp.accounts import service as accounts
from webapp.accounts.models import Membership, Person, Rivalry
from webapp.core.errors import Invalid
from webapp.tasks import service


def bound(job: Job, person: Person, how: str) -> None:
    """Give somebody a conflict with the task's company."""
    session, company = job.session, job.task.match.demand.organisation
    if how == "tie":
        conflicts.declare(session, accounts.actor_for(session, person, None), "SHARES", company.id, None, "持股")
    elif how == "member":
        session.add(Membership(person=person, organisation=company, role="company_user"))
    else:
        rival = makers.demand(session)
        session.add(Rivalry(organisation_id=company.id, rival_id=rival.organisation_id))
        served = match(session, rival, makers.result(session), state="TASK_OPENED")
        served.broker_id = person.id
    session.flush()


@pytest.mark.parametrize("how", ["tie", "member", "rival"])
def test_a_broker_with_a_conflict_is_not_given_a_task(job: Job, how: str) -> None:
    other, free = makers.person(job.session, "broker"), makers.person(job.session, "broker")
    bound(job, other, how)
    before = (job.task.state, job.task.broker_id)
    with pytest.raises(Invalid) as refused:
        job.act("operator", "reassign", note="忙不过来", broker=other.id)
    assert list(refused.value.fields) == ["broker"]
    assert (job.task.state, job.task.broker_id) == before
    job.act("operator", "reassign", note="忙不过来", broker=free.id)
    assert job.task.broker_id == free.id


@pytest.mark.parametrize("how", ["tie", "member", "rival"])
def test_assigning_a_task_without_a_broker_asks_too(job: Job, how: str) -> None:
    other = makers.person(job.session, "broker")
    bound(job, other, how)
    job.act("operator", "reassign", note="忙不过来")
    assert job.task.broker_id is None
    with pytest.raises(Invalid):
        job.act("operator", "assign", broker=other.id)
    assert (job.task.state, job.task.broker_id) == ("REASSIGNED", None)


def test_a_conflict_declared_before_the_task_opens_leaves_it_to_the_operator(session) -> None:  # type: ignore[no-untyped-def]
    world = mutual(session)
    company = world.match.demand.organisation
    conflicts.declare(session, world.actor("broker"), "FAMILY", company.id, None, "")
    task = service.open_for(session, world.match, CLOCKS)
    assert task is not None
    assert (task.state, task.broker_id) == ("CREATED", None)
