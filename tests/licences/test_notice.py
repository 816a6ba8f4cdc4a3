"""Public notices: the end of the period, objections from anyone, who decides, and who knows the objector."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.licences.conftest import ONE_DATABASE, World
from webapp.core import clock, policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import Forbidden, Invalid, NotFound, Refused
from webapp.core.policy import ANONYMOUS
from webapp.licences import service
from webapp.licences.models import Licence, Objection
from webapp.messages.models import Notice

OBJECTION = {"name": "示例异议人", "contact": "13800000000", "text": "该成果系合作研发，另一单位未同意。", "challenged": "RESULT"}


@pytest.fixture
def noticed(world: World, at: Callable[[int], Any]) -> Licence:
    """A licence in its 15 calendar days of notice: day 0 (3 March) to day 15 (18 March 2025)."""
    with at(0):
        licence = world.apply()
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    return licence


def objected(world: World, licence: Licence, **changes: Any) -> Objection:
    data = OBJECTION | changes
    return service.object_to(world.session, ANONYMOUS, licence.notices[-1], data, world.settings)


def decide(world: World, licence: Licence, who: str, objection: Objection, decision: str) -> None:
    data = {"objection_id": objection.id, "decision": decision, "decision_text": "经核实，合作方已书面同意。"}
    world.act(licence, who, "decide", **data)


def test_the_notice_ends_after_its_last_day_and_not_on_it(world: World, noticed: Licence, at: Callable[[int], Any]) -> None:
    with at(15):
        assert world.tick(noticed) == 0
    assert noticed.state == "NOTICE"
    with at(16):
        assert world.tick(noticed) == 1
    assert (noticed.state, noticed.awaits, noticed.notices[-1].state) == ("SIGNING", "company tto", "ENDED")
    assert len(noticed.text_hash) == 64


def test_an_objection_stops_the_clock_and_the_rest_of_the_days_follow(world: World, noticed: Licence, at: Callable[[int], Any]) -> None:
    with at(5):
        objection = objected(world, noticed)
    assert (noticed.state, noticed.awaits, noticed.notices[-1].state) == ("OBJECTION", "tto", "STOPPED")
    with at(40):
        world.tick(noticed)
        assert noticed.state == "OBJECTION", "time alone never ends a stopped notice"
        decide(world, noticed, "tto", objection, "RESUME")
        # Days 1 to 4 had passed; 11 remain, counted from day 40, 12 April; the last, 23 April, is a Wednesday.
        assert (noticed.state, noticed.notices[-1].passed) == ("NOTICE", 4)
        assert noticed.notices[-1].ends_on == date(2025, 4, 23)
    with at(51):
        world.tick(noticed)
        assert noticed.state == "NOTICE"
    with at(52):
        world.tick(noticed)
    assert noticed.state == "SIGNING"


def test_a_re_run_counts_all_days_again(world: World, noticed: Licence, at: Callable[[int], Any]) -> None:
    with at(10):
        objection = objected(world, noticed)
    with at(11):
        decide(world, noticed, "tto", objection, "RERUN")
        notice = noticed.notices[-1]
        assert (notice.passed, notice.starts_on, notice.ends_on) == (0, date(2025, 3, 14), date(2025, 3, 31))


def test_an_upheld_objection_ends_the_application(world: World, noticed: Licence, at: Callable[[int], Any]) -> None:
    with at(5):
        decide(world, noticed, "tto", objected(world, noticed), "UPHOLD")
    assert (noticed.state, noticed.notices[-1].state) == ("REJECTED", "VOID")
    with pytest.raises(NotFound):
        service.find_notice(world.session, ANONYMOUS, noticed.notices[-1].id)


def test_with_two_objections_the_notice_goes_on_only_after_the_second_decision(
    world: World, noticed: Licence, at: Callable[[int], Any]
) -> None:
    with at(5):
        first = objected(world, noticed)
    with at(7):
        second = objected(world, noticed, name="另一位异议人", text="价格明显偏低，请说明定价依据。", challenged="PRICE")
        decide(world, noticed, "tto", first, "RESUME")
        assert noticed.state == "OBJECTION"
        decide(world, noticed, "tto", second, "RESUME")
        assert (noticed.state, noticed.notices[-1].passed) == ("NOTICE", 4)
    with pytest.raises(Refused):
        decide(world, noticed, "tto", second, "UPHOLD")


def test_the_same_objection_sent_twice_is_one(world: World, noticed: Licence, at: Callable[[int], Any]) -> None:
    with at(5):
        assert objected(world, noticed) is objected(world, noticed)
    assert [event.action for event in noticed.events].count("object") == 1


def test_after_the_last_day_nobody_objects_even_before_the_job_has_run(
    world: World, noticed: Licence, at: Callable[[int], Any]
) -> None:
    with at(16), pytest.raises(Refused) as error:
        objected(world, noticed)
    assert error.value.code == "notice_over"
    with at(15):
        objected(world, noticed)
    assert noticed.state == "OBJECTION"


def test_who_posted_the_result_does_not_decide_an_objection(world: World, noticed: Licence, at: Callable[[int], Any]) -> None:
    world.result.created_by = world.people["tto2"]
    world.session.flush()
    with at(5):
        objection = objected(world, noticed)
        with pytest.raises(Forbidden):
            decide(world, noticed, "tto2", objection, "RESUME")
        decide(world, noticed, "tto", objection, "RESUME")


def test_an_objection_to_the_approval_is_decided_by_a_colleague(world: World, noticed: Licence, at: Callable[[int], Any]) -> None:
    with at(5):
        objection = objected(world, noticed, challenged="REVIEWER")
        with pytest.raises(Forbidden) as error:
            decide(world, noticed, "tto", objection, "RESUME")
        assert error.value.code == "challenged"
        decide(world, noticed, "tto2", objection, "RESUME")


@ONE_DATABASE
@pytest.mark.parametrize("who", ["company", "researcher", "broker", "operator", "auditor"])
def test_nobody_outside_the_office_decides(world: World, noticed: Licence, at: Callable[[int], Any], who: str) -> None:
    with at(5), pytest.raises(Forbidden):
        decide(world, noticed, who, objected(world, noticed), "UPHOLD")


@ONE_DATABASE
@pytest.mark.parametrize(
    ("who", "knows"),
    [("tto", False), ("tto2", True), ("operator", True), ("company", False), ("researcher", False), ("broker", False), ("auditor", False)],
)
def test_who_objected_to_the_approver_is_known_to_the_rest_of_the_office_and_the_operator_only(
    world: World, noticed: Licence, at: Callable[[int], Any], who: str, knows: bool
) -> None:
    with at(5):
        objected(world, noticed, challenged="REVIEWER")
    shown = policy.reveal(world.actor(who), noticed).objections[0]
    assert (shown.name, shown.contact, shown.text) == (tuple(OBJECTION[key] for key in ("name", "contact", "text")) if knows else (None,) * 3)


def test_the_objector_is_in_no_event_audit_entry_or_message(world: World, noticed: Licence, at: Callable[[int], Any]) -> None:
    with at(5):
        signed_in = world.actor("stranger")
        service.object_to(world.session, signed_in, noticed.notices[-1], OBJECTION, world.settings)
    event = noticed.events[0]
    assert (event.action, event.person_id, event.reason) == ("object", None, "")
    logged = world.session.scalars(select(AuditEvent).where(AuditEvent.action == "licence:object")).one()
    assert logged.person_id is None
    assert "示例异议人" not in str(logged.facts)
    assert all("示例异议人" not in str(row.params) for row in world.session.scalars(select(Notice)))


@pytest.mark.parametrize("field", ["name", "contact", "text", "challenged"])
def test_an_objection_must_be_complete(world: World, noticed: Licence, field: str) -> None:
    with pytest.raises(Invalid) as error:
        objected(world, noticed, **{field: ""})
    assert set(error.value.fields) == {field}
    assert noticed.state == "NOTICE"


def test_working_days_passed_leave_out_days_off(world: World, at: Callable[[int], Any]) -> None:
    world.school.notice_days, world.school.notice_day_type = 15, "working"
    with at(0):
        licence = world.apply()
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        notice = world.act(licence, "tto", "approve")
    with at(8):  # Tuesday 11 March: from 4 March to 10 March there were five working days
        objected(world, licence)
    assert notice.passed == 5
    with at(9):
        decide(world, licence, "tto", notice.objections[0], "RESUME")
        assert notice.ends_on == clock.add_working_days(clock.today(), 10)


def test_the_days_before_and_after_an_objection_make_up_the_whole_period(
    world: World, noticed: Licence, at: Callable[[int], Any]
) -> None:
    for day in (3, 8, 13):
        with at(day):
            decide(world, noticed, "tto", objected(world, noticed, text=f"第 {day} 天提出的异议，请核实。"), "RESUME")
    notice = noticed.notices[-1]
    # Each interrupted day is given back whole: 2 + 4 + 4 days had passed, 5 remain.
    assert notice.passed == 10
    assert notice.ends_on - notice.counted_from >= timedelta(days=5)
