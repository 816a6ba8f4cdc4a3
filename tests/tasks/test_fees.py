"""Fees: rates on receipts with a cap, shares to the last fen, the right line of the table, and whom a task is offered to."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests import makers
from tests.tasks.conftest import CLOCKS, Job
from webapp.accounts import service as accounts
from webapp.brokers import service as brokers
from webapp.core import clock
from webapp.core.errors import Forbidden, Invalid
from webapp.tasks import aftermath, fees, service, suggest
from webapp.tasks.models import Fee, FeeRule, FeeShare

ROAD = ("accept", "verify", "meet", "negotiate", "sign")


@given(st.integers(0, 10**13), st.lists(st.integers(0, 1000), min_size=1, max_size=5))
def test_no_fen_is_lost_or_made_in_any_split(amount: int, parts: list[int]) -> None:
    rest = 1000 - sum(parts)
    if rest < 0:
        with pytest.raises(ValueError, match="1000"):
            fees.split(amount, parts)
        return
    made = fees.split(amount, [*parts, rest])
    assert sum(made) == amount
    assert all(abs(got - amount * part / 1000) < 1 for got, part in zip(made, [*parts, rest], strict=True))


@given(st.integers(0, 1000), st.none() | st.integers(0, 10**9), st.lists(st.integers(1, 10**9), max_size=12))
def test_fees_of_many_receipts_are_the_fee_of_their_sum_and_never_above_the_cap(rate: int, cap: int | None, receipts: list[int]) -> None:
    charged = came = 0
    for amount in receipts:
        part = fees.due(rate, cap, came, amount, charged)
        assert part >= 0
        came, charged = came + amount, charged + part
    whole = sum(receipts) * rate // 1000
    assert charged == (whole if cap is None else min(whole, cap))


def rule(job: Job, **changes: Any) -> Any:
    data = {"outcome": "", "rate_permille": 50, "cap": "", "valid_from": date(2020, 1, 1), "valid_until": None}
    return fees.add_rule(job.session, job.world.actor("operator"), data | changes)


def receive(job: Job, amount: str = "100", evidence: str = "回单 1") -> None:
    data = {"amount": amount, "received_on": clock.today(), "evidence": evidence}
    aftermath.receive(job.session, job.world.actor("broker"), job.task, data)


def test_a_receipt_brings_the_fee_of_the_table_once(job: Job) -> None:
    rule(job)
    job.walk(*ROAD)
    receive(job)
    receive(job)
    (fee,) = job.session.scalars(select(Fee)).all()
    assert fee.amount_fen == 5_000_000
    (share,) = job.session.scalars(select(FeeShare)).all()
    assert (share.person_id, share.amount_fen) == (job.task.broker_id, 5_000_000)


def test_the_line_for_the_very_outcome_goes_first_and_an_ended_one_counts_no_more(job: Job) -> None:
    general, special = rule(job), rule(job, outcome="LICENSE", rate_permille=30)
    today = clock.today()
    assert fees.rule_for(job.session, "LICENSE", today) is special
    assert fees.rule_for(job.session, "TRANSFER", today) is general
    fees.end_rule(job.session, job.world.actor("operator"), special)
    assert fees.rule_for(job.session, "LICENSE", today) is special
    assert fees.rule_for(job.session, "LICENSE", today + timedelta(days=1)) is general


def test_the_table_that_applies_has_one_line_for_each_outcome_and_the_rest(job: Job) -> None:
    rule(job, rate_permille=20)
    general, special = rule(job, cap="8"), rule(job, outcome="LICENSE", rate_permille=30)
    later = rule(job, outcome="TRANSFER", valid_from=clock.add_days(clock.today(), 1))
    assert fees.applying(job.session, clock.today()) == [special, general]
    assert fees.applying(job.session, clock.add_days(clock.today(), 1)) == [later, special, general]
    assert fees.applying(job.session, date(2019, 12, 31)) == []


def test_a_broker_reads_the_rates_beside_the_own_fees(app: Any, database: Any, sign_in: Any) -> None:
    with database.transaction() as session:
        broker = makers.person(session, "broker")
        data = {"rate_permille": 45, "cap": "8", "valid_from": date(2020, 1, 1)}
        fees.add_rule(session, makers.actor(session, "operator"), data)
    client = app.test_client()
    sign_in(client, broker)
    table = client.get("/fees").get_data(as_text=True).partition('id="rates"')[2]
    assert "45‰" in table
    assert re.search(r"8\s万", table), "the cap a task"
    with database.transaction() as session:
        fees.end_rule(session, makers.actor(session, "operator"), session.scalars(select(FeeRule)).one())
        session.scalars(select(FeeRule)).one().valid_until = date(2021, 1, 1)
    assert "今天没有适用的费率" in client.get("/fees").get_data(as_text=True)


@pytest.mark.parametrize("fault", [{"rate_permille": 1001}, {"rate_permille": None}, {"valid_from": None}, {"cap": "很多"}, {"outcome": "X"}])
def test_a_line_that_makes_no_sense_is_told_at_its_field(job: Job, fault: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as told:
        rule(job, **fault)
    assert set(told.value.fields) == set(fault)


def test_only_operators_keep_the_table_and_the_shares(job: Job) -> None:
    with pytest.raises(Forbidden):
        fees.add_rule(job.session, job.world.actor("broker"), {})
    with pytest.raises(Forbidden):
        fees.agree(job.session, job.world.actor("broker"), job.task, [(job.task.broker_id or 0, 1000)])


def test_brokers_share_by_agreement_that_must_total_the_whole(job: Job) -> None:
    rule(job)
    other, operator = makers.person(job.session, "broker"), job.world.actor("operator")
    for wrong in ([(other.id, 999)], [(other.id, 500), (other.id, 500)], [(10**9, 1000)], [(other.id, 1200), (job.task.broker_id, -200)]):
        with pytest.raises(Invalid):
            fees.agree(job.session, operator, job.task, wrong)
    fees.agree(job.session, operator, job.task, [(job.task.broker_id or 0, 667), (other.id, 333)])
    job.walk(*ROAD)
    receive(job, "0.0001")
    assert sum(job.session.scalars(select(FeeShare.amount_fen))) == sum(job.session.scalars(select(Fee.amount_fen)))


def test_a_broker_reads_the_own_lines_and_an_operator_all(job: Job) -> None:
    rule(job)
    job.walk(*ROAD)
    receive(job)
    own, stranger, operator = job.world.actor("broker"), makers.actor(job.session, "broker"), job.world.actor("operator")
    counts = [len(job.session.execute(fees.statement(actor)).all()) for actor in (own, stranger, operator)]
    assert counts == [1, 0, 1]


def test_money_of_a_licence_counts_once_with_the_task(job: Job) -> None:
    rule(job)
    for _ in range(2):
        aftermath.received_elsewhere(job.session, job.world.actor("tto"), job.task.id, 1_000_000, clock.today(), "SM-L 回单")
    assert aftermath.received(job.session, job.task) == 1_000_000
    aftermath.received_elsewhere(job.session, job.world.actor("tto"), 10**9, 1, clock.today(), "x")


def test_a_broker_of_the_field_with_a_free_hand_is_offered_first_and_a_suspended_one_last(job: Job) -> None:
    makers.industry(job.session)
    fitting = makers.person(job.session, "broker")
    actor = accounts.actor_for(job.session, fitting, None)
    brokers.save_profile(job.session, actor, {"capacity": 5, "industries": ["marine"], "fields": []})
    assert suggest.suggest(job.session, job.task.match)[0].person.id == fitting.id
    row = brokers.profile(job.session, fitting.id)
    brokers.suspend(job.session, job.world.actor("operator"), row, True)
    assert suggest.suggest(job.session, job.task.match)[-1].person.id == fitting.id
    with pytest.raises(Invalid):
        service.reassign(job.session, job.world.actor("operator"), job.task, "换人", CLOCKS, fitting.id)
