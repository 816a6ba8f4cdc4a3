"""Applying: what is stored, what stops an application, and what is said of bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from tests import makers
from tests.licences.conftest import ONE_DATABASE, World
from webapp.core.errors import Forbidden, Invalid, NotFound, Refused
from webapp.core.outbox import Job
from webapp.licences import service
from webapp.licences.models import Licence
from webapp.matches.models import Match
from webapp.tasks.models import Task


def stored(world: World) -> int:
    return world.session.scalar(select(func.count()).select_from(Licence)) or 0


def test_an_application_waits_for_the_eligibility_check_with_its_calculation_kept(world: World) -> None:
    licence = world.apply()
    assert (licence.state, licence.awaits, licence.broker_id) == ("ELIGIBILITY", "broker", None)
    assert licence.price_fen == 100_000_000
    snapshot = licence.eligibility
    assert snapshot is not None
    assert (snapshot.tier, snapshot.staff, snapshot.revenue_fen) == ("SMALL", 80, 2_500_000_000)
    assert [step["indicator"] for step in snapshot.calculation] == ["staff", "revenue"]
    world.company.staff = 5000
    world.session.flush()
    world.session.expire(licence, ["eligibility"])
    assert licence.eligibility is not None
    assert licence.eligibility.tier == "SMALL"


def test_the_same_form_sent_twice_is_one_application(world: World) -> None:
    data, actor = world.application(), world.actor("company")
    first = service.apply(world.session, actor, world.result, data, world.settings, submission="once")
    second = service.apply(world.session, actor, world.result, data, world.settings, submission="once")
    assert first is second
    assert stored(world) == 1


def test_a_large_company_is_told_and_nothing_is_stored(world: World) -> None:
    with pytest.raises(Invalid) as error:
        world.apply(staff="1000", revenue="40000")
    assert (error.value.code, set(error.value.fields)) == ("not_sme", {"size_class"})
    assert stored(world) == 0


ROYALTY = {"payment_model": "ROYALTY", "price": "", "royalty_base": "NET_SALES", "royalty_rate": "3", "royalty_period": "3", "royalty_months": "24"}
STAGES = {"payment_model": "MILESTONE", "price": "", "milestones": "中试合格 20\n首台销售 30"}


@ONE_DATABASE
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "PAUSED"}, "not_offered"), ({"use_first_offered": False}, "not_offered"),
        ({"exclusive_in_force": True}, "exclusive_in_force"), ({"trl": 3}, "trl_too_low"), ({"trl": None}, "trl_too_low"),
        ({"max_concurrent_trials": 0}, "trials_full"),
    ],
)  # fmt: skip
def test_a_result_that_is_not_on_offer_cannot_be_applied_for(world: World, changes: dict[str, Any], code: str) -> None:
    for name, value in changes.items():
        setattr(world.result, name, value)
    with pytest.raises(Refused) as error:
        world.apply()
    assert error.value.code == code


def test_places_are_taken_by_approved_trials_and_freed_by_ended_ones(world: World, signed: Licence) -> None:
    world.result.max_concurrent_trials = 1
    other = makers.person(world.session, "company_user")
    world.people["company"] = other
    with pytest.raises(Refused) as error:
        world.apply()
    assert error.value.code == "trials_full"
    assert service.places_left(world.session, [world.result]) == {world.result.id: 0}
    signed.state = "EXITED"
    assert service.places_left(world.session, [world.result]) == {world.result.id: 1}
    assert world.apply().state == "ELIGIBILITY"


def test_one_company_has_one_running_application_for_a_result_and_none_while_in_default(world: World) -> None:
    first = world.apply()
    with pytest.raises(Refused) as error:
        world.apply()
    assert error.value.code == "already_running"
    first.state = "DEFAULT"
    with pytest.raises(Refused) as error:
        world.apply()
    assert error.value.code == "in_default"


def test_only_people_of_a_company_apply(world: World) -> None:
    for who in ("tto", "researcher", "operator", "auditor"):
        with pytest.raises(Forbidden):
            service.apply(world.session, world.actor(who), world.result, world.application(), world.settings)
    with pytest.raises(Refused) as error:
        service.apply(world.session, world.actor("broker"), world.result, world.application(), world.settings)
    assert error.value.code == "broker_needs_task"


@ONE_DATABASE
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"trial_months": "37"}, "trial_months"), ({"trial_months": ""}, "trial_months"), ({"trial_months": "😀"}, "trial_months"),
        ({"price": "0"}, "price"), ({"price": "NaN"}, "price"), ({"price": "-3"}, "price"), ({"price": "1e3"}, "price"),
        ({"instalment_count": "1"}, "instalment_count"), ({"intended_use": "短"}, "intended_use"), ({"plan": "长" * 20_001}, "plan"),
        ({"related": ""}, "related"), ({"related": "yes", "related_party": ""}, "related_party"), ({"staff": ""}, "staff"),
        ({"revenue": "约两千万"}, "revenue"), ({"size_class": "FINANCE"}, "size_class"), ({"figures_year": "1999"}, "figures_year"),
        ({"trigger": "ACCEPTANCE_TEST_PASS", "trigger_text": ""}, "trigger_text"), ({"payment_model": "BARTER"}, "payment_model"),
        (ROYALTY | {"royalty_rate": "0"}, "royalty_rate"), (ROYALTY | {"royalty_rate": "-3"}, "royalty_rate"), (ROYALTY | {"royalty_rate": "3.25"}, "royalty_rate"),
        (ROYALTY | {"royalty_cap": "0"}, "royalty_cap"), (ROYALTY | {"royalty_floor": "5", "royalty_cap": "4"}, "royalty_cap"),
        (ROYALTY | {"royalty_months": "2"}, "royalty_months"), (ROYALTY | {"royalty_base": "TURNOVER"}, "royalty_base"),
        (STAGES | {"milestones": ""}, "milestones"), (STAGES | {"milestones": "中试合格"}, "milestones"), (STAGES | {"milestones": "中试合格 -20"}, "milestones"),
        ({"payment_model": "CONDITIONAL"}, "trigger"), ({"security": "X"}, "security"), ({"evidence": ""}, "evidence"),
    ],
)  # fmt: skip
def test_bad_input_is_told_at_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        world.apply(**changes)
    assert set(error.value.fields) == {field}
    assert stored(world) == 0


def test_full_width_figures_are_read(world: World) -> None:
    licence = world.apply(price="８０．５", staff="８０", revenue="２，５００", trial_months="１２", instalment_count="２")
    assert (licence.price_fen, licence.trial_months, licence.instalment_count) == (80_500_000, 12, 2)


def test_an_application_sent_back_is_mended_and_handed_in_again(world: World, at: Callable[[int], Any]) -> None:
    with at(0):
        licence = world.apply()
        world.act(licence, "broker", "send_back")
    assert (licence.state, licence.awaits) == ("DRAFT", "company")
    assert service.prefill(world.session, world.company.id, world.result, world.settings)["price"] == "100"
    with at(2):
        again = world.apply(price="90", staff="15")
    assert again is licence
    assert (licence.state, licence.price_fen, stored(world)) == ("ELIGIBILITY", 90_000_000, 1)
    assert licence.eligibility is not None
    assert licence.eligibility.tier == "MICRO"


def test_the_company_takes_its_application_back(world: World) -> None:
    licence = world.apply()
    world.act(licence, "company", "cancel", reason="预算取消")
    assert (licence.state, licence.awaits) == ("CANCELLED", "")
    with pytest.raises(Refused):
        world.act(licence, "company", "cancel")


def test_an_application_out_of_a_task_takes_its_broker_and_tells_the_task(world: World) -> None:
    demand = makers.demand(world.session, world.company)
    match = Match(demand=demand, result=world.result, score=0.5, grade=2, state="TASK_OPENED")
    task = Task(match=match, broker=world.people["broker"], state="NEGOTIATING")
    world.session.add(task)
    world.session.flush()
    data = world.application()
    licence = service.apply(world.session, world.actor("company"), world.result, data, world.settings, task_id=task.id)
    assert (licence.task_id, licence.broker_id) == (task.id, world.people["broker"].id)
    jobs = world.session.execute(select(Job.kind, Job.model, Job.row_id).where(Job.kind == "task_licensed")).all()
    assert [tuple(job) for job in jobs] == [("task_licensed", "task", task.id)]


def test_a_task_of_somebody_else_is_refused(world: World) -> None:
    match = Match(demand=makers.demand(world.session), result=world.result, score=0.5, grade=2, state="TASK_OPENED")
    task = Task(match=match, state="NEGOTIATING")
    world.session.add(task)
    world.session.flush()
    with pytest.raises(NotFound):
        service.apply(world.session, world.actor("company"), world.result, world.application(), world.settings, task_id=task.id)


def test_the_catalogue_lists_only_what_is_on_offer(world: World) -> None:
    session = world.session
    for changes in ({"use_first_offered": False}, {"state": "DRAFT"}, {"exclusive_in_force": True}, {"trl": 3}, {"confidentiality": 3}):
        makers.result(session, world.school, **changes)
    listed = session.scalars(service.offers(world.actor("stranger"), world.settings)).unique().all()
    assert listed == [world.result]
