"""Money that comes: schedules, partial and double receipts, over-payment, arrears, and the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests import makers
from tests.licences.conftest import ONE_DATABASE, START, World
from webapp.core import clock
from webapp.core.errors import Forbidden, Invalid, Refused
from webapp.core.outbox import Job
from webapp.licences import service
from webapp.licences.models import Instalment, Licence, Receipt
from webapp.matches.models import Match
from webapp.messages.models import Notice
from webapp.tasks.models import Task

PAY = 61  # 3 May 2025


@pytest.fixture
def paying(world: World, trial: Licence, at: Callable[[int], Any]) -> Licence:
    """A licence whose fee is scheduled in three instalments, the first due on 3 June 2025."""
    with at(60):
        world.act(trial, "tto", "claim")
        world.act(trial, "company", "confirm_trigger")
    with at(PAY):
        world.act(trial, "tto", "schedule", first_due=service.first_due(trial), months="3", invoice="示例 001")
    return trial


def pay(world: World, row: Instalment, fen: int, reference: str, **data: Any) -> Receipt:
    given = {"instalment_id": row.id, "amount": f"{fen // 100}.{fen % 100:02d}", "received_on": clock.today(), "reference": reference}
    got: Receipt = world.act(row.licence, "tto", "receipt", **(given | data))
    return got


def receipts(world: World) -> int:
    return world.session.scalar(select(func.count()).select_from(Receipt)) or 0


def test_the_schedule_keeps_the_agreed_sum_and_steps_by_the_interval(paying: Licence) -> None:
    assert (paying.state, paying.awaits, paying.due_on) == ("PAYING", "company", date(2025, 6, 3))
    assert [row.due_on for row in paying.instalments] == [date(2025, 6, 3), date(2025, 9, 3), date(2025, 12, 3)]
    assert sum(row.amount_fen for row in paying.instalments) == paying.price_fen
    assert [row.state for row in paying.instalments] == ["INVOICED"] * 3


def test_a_schedule_before_the_agreed_days_is_refused(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(60):
        world.act(trial, "tto", "claim")
        world.act(trial, "company", "confirm_trigger")
        for data in ({"first_due": clock.today()}, {"first_due": "x"}, {"months": "0"}):
            with pytest.raises(Invalid):
                world.act(trial, "tto", "schedule", **({"first_due": service.first_due(trial), "months": "3"} | data))
    assert trial.state == "PAYABLE"


def test_a_partial_receipt_leaves_the_rest_open(world: World, paying: Licence, at: Callable[[int], Any]) -> None:
    first = paying.instalments[0]
    with at(PAY):
        pay(world, first, 10_000_001, "A01")
        assert (first.state, first.received_fen) == ("PARTIAL", 10_000_001)
        pay(world, first, first.amount_fen - 10_000_001, "A02")
    assert (first.state, paying.state, paying.due_on) == ("PAID", "PAYING", date(2025, 9, 3))


@pytest.mark.parametrize("again", ["bk-001", " ＢＫ－００１ ", "BK-001"])
def test_the_same_reference_twice_changes_nothing(world: World, paying: Licence, at: Callable[[int], Any], again: str) -> None:
    first = paying.instalments[0]
    with at(PAY):
        one = pay(world, first, 5_000_000, "BK-001")
        before = (paying.version, len(paying.events))
        assert pay(world, first, 5_000_000, again) is one
    assert (first.received_fen, receipts(world), (paying.version, len(paying.events))) == (5_000_000, 1, before)


def test_the_last_receipt_sent_twice_changes_nothing_either(world: World, paying: Licence, at: Callable[[int], Any]) -> None:
    with at(PAY):
        for number, row in enumerate(paying.instalments):
            pay(world, row, row.amount_fen, f"REF{number}")
        assert paying.state == "COMPLETED"
        pay(world, paying.instalments[2], paying.instalments[2].amount_fen, "REF2")
        with pytest.raises(Refused):
            pay(world, paying.instalments[2], 100, "REF9")
    assert receipts(world) == 3


def test_another_amount_under_a_known_reference_is_a_mistake_to_be_looked_at(
    world: World, paying: Licence, at: Callable[[int], Any]
) -> None:
    with at(PAY):
        pay(world, paying.instalments[0], 5_000_000, "BK1")
        with pytest.raises(Invalid) as error:
            pay(world, paying.instalments[0], 6_000_000, "BK1")
    assert set(error.value.fields) == {"reference"}
    assert paying.instalments[0].received_fen == 5_000_000


def test_one_transfer_pays_several_instalments_only_when_said_so(world: World, paying: Licence, at: Callable[[int], Any]) -> None:
    first, second = paying.instalments[:2]
    with at(PAY):
        pay(world, first, first.amount_fen, "BK1")
        with pytest.raises(Invalid) as error:
            pay(world, second, second.amount_fen, "BK1")
        assert set(error.value.fields) == {"reference"}
        pay(world, second, second.amount_fen, "BK1", shared_transfer=True)
    assert second.state == "PAID"


def test_an_overpayment_is_refused_and_the_sentence_says_what_is_left(
    world: World, paying: Licence, at: Callable[[int], Any]
) -> None:
    first = paying.instalments[0]
    with at(PAY), pytest.raises(Invalid) as error:
        pay(world, first, first.amount_fen + 1, "BK1")
    assert error.value.fields["amount"] % error.value.params == "这一期只差 333,333.33 元，多出的部分请核对；确实多付的，勾选“多付的记入后面各期”。"
    assert (first.received_fen, first.state, receipts(world)) == (0, "INVOICED", 0)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"amount": "0"}, "amount"), ({"amount": "-1"}, "amount"), ({"amount": "1.234"}, "amount"), ({"amount": "NaN"}, "amount"),
        ({"reference": ""}, "reference"), ({"reference": "x" * 81}, "reference"), ({"received_on": "2999-01-01"}, "received_on"),
        ({"received_on": "2025-01-01"}, "received_on"), ({"instalment_id": ""}, "instalment_id"),
    ],
)  # fmt: skip
def test_a_receipt_is_checked_at_each_field(
    world: World, paying: Licence, at: Callable[[int], Any], data: dict[str, Any], field: str
) -> None:
    with at(PAY), pytest.raises(Invalid) as error:
        pay(world, paying.instalments[0], 100, **({"reference": "BK1"} | data))
    assert set(error.value.fields) == {field}


@pytest.mark.parametrize("who", ["company", "broker", "operator", "researcher"])
def test_only_the_school_writes_receipts(world: World, paying: Licence, at: Callable[[int], Any], who: str) -> None:
    row = paying.instalments[0]
    with at(PAY), pytest.raises(Forbidden):
        world.act(paying, who, "receipt", instalment_id=row.id, amount="1", received_on=clock.today(), reference="ABC")


def test_an_instalment_is_overdue_on_the_sixteenth_day_and_caught_up_by_paying(
    world: World, paying: Licence, at: Callable[[int], Any]
) -> None:
    due = (date(2025, 6, 3) - START.date()).days
    with at(due):
        world.tick(paying)
        assert (paying.instalments[0].state, paying.state) == ("DUE", "PAYING")
    with at(due + 15):
        world.tick(paying)
        assert paying.state == "PAYING"
    with at(due + 16):
        assert world.tick(paying) == 1
        assert world.tick(paying) == 0
        assert (paying.state, paying.instalments[0].state) == ("OVERDUE", "OVERDUE")
        pay(world, paying.instalments[0], 100, "P01")
        assert (paying.state, paying.instalments[0].state) == ("OVERDUE", "OVERDUE")
        pay(world, paying.instalments[0], paying.instalments[0].amount_fen - 100, "P02")
    assert (paying.state, paying.awaits) == ("PAYING", "company")
    assert [event.action for event in paying.events[:2]] == ["catch_up", "receipt"]


def test_paying_late_in_full_while_overdue_completes_the_licence(world: World, paying: Licence, at: Callable[[int], Any]) -> None:
    with at(PAY + 400):
        world.tick(paying)
        assert paying.state == "OVERDUE"
        for number, row in enumerate(list(paying.instalments)):
            pay(world, row, row.amount_fen, f"REF{number}")
    assert paying.state == "COMPLETED"


def test_late_payers_are_reminded_on_days_one_seven_and_fifteen_once_each(
    world: World, paying: Licence, at: Callable[[int], Any]
) -> None:
    due = (date(2025, 6, 3) - START.date()).days
    for day, number in ((0, 0), (1, 1), (2, 1), (7, 2), (14, 2), (15, 3), (15, 3), (20, 3)):
        with at(due + day):
            world.tick(paying)
        assert [event.action for event in paying.events].count("remind") == number, day
    kinds = list(world.session.scalars(select(Notice.kind).where(Notice.person_id == world.people["company"].id)))
    assert kinds.count("licence_remind_instalment") == 3


def test_a_paid_licence_settles_its_task(world: World, paying: Licence, at: Callable[[int], Any]) -> None:
    match = Match(demand=makers.demand(world.session, world.company), result=world.result, score=0.5, grade=2, state="TASK_OPENED")
    paying.task = Task(match=match, state="FOLLOW_UP")
    world.session.flush()
    with at(PAY + timedelta(days=1).days):
        for number, row in enumerate(list(paying.instalments)):
            pay(world, row, row.amount_fen, f"REF{number}")
    jobs = world.session.execute(select(Job.model, Job.row_id).where(Job.kind == "task_settled")).all()
    assert [tuple(job) for job in jobs] == [("task", paying.task_id)]


def test_a_lump_sum_is_one_instalment(world: World, at: Callable[[int], Any]) -> None:
    with at(0):
        licence = world.apply(payment_model="DEFERRED_LUMP", instalment_count="")
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    with at(20):
        world.tick(licence)
        world.sign(licence)
        world.act(licence, "tto", "deliver")
        world.act(licence, "company", "receive")
        world.act(licence, "tto", "claim")
        world.act(licence, "company", "confirm_trigger")
        world.act(licence, "tto", "schedule", first_due=service.first_due(licence))
        pay(world, licence.instalments[0], licence.price_fen, "ALL1")
    assert (licence.state, len(licence.instalments)) == ("COMPLETED", 1)
