"""What a task comes to: contract value, receipts, satisfaction of both sides, visits after 3, 6 and 12 months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.tasks.conftest import CLOCKS, Job
from tests.tasks.test_pages import Site, text
from webapp.core import clock
from webapp.core.errors import Forbidden, Invalid
from webapp.core.money import read_wan, write_wan
from webapp.messages.models import Notice
from webapp.tasks import aftermath, clocks

MONDAY = datetime(2025, 3, 3, 2, tzinfo=UTC)
ROAD = ("accept", "verify", "meet", "negotiate", "sign")


@pytest.fixture
def site(app: Any, database: Any, sign_in: Any) -> Site:
    """A running site with one task."""
    return Site(app, database, sign_in)


def signed(job: Job) -> Job:
    job.walk(*ROAD)
    return job


def worth(**changes: Any) -> dict[str, Any]:
    return {"contract_value": "１２０", "technology_value": "100万元", "signed_on": clock.today(), "registration_no": ""} | changes


def test_the_value_of_a_contract_is_kept_in_fen(job: Job) -> None:
    aftermath.value(job.session, job.world.actor("broker"), signed(job).task, worth())
    assert (job.task.contract_value_fen, job.task.technology_value_fen) == (120_000_000, 100_000_000)


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"contract_value": "面议"}, "contract_value"), ({"contract_value": "-3"}, "contract_value"), ({"technology_value": "121"}, "technology_value"),
        ({"signed_on": None}, "signed_on"), ({"registration_no": "12"}, "registration_no"),
    ],
)  # fmt: skip
def test_wrong_values_are_told_at_their_field(job: Job, fault: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        aftermath.value(job.session, job.world.actor("broker"), signed(job).task, worth(**fault))
    assert set(told.value.fields) == {field}


def test_before_the_signature_and_for_the_parties_there_is_no_money_to_write(job: Job) -> None:
    with pytest.raises(Forbidden):
        aftermath.value(job.session, job.world.actor("broker"), job.task, worth())
    signed(job)
    with pytest.raises(Forbidden):
        aftermath.value(job.session, job.world.actor("company_user"), job.task, worth())


def test_the_same_receipt_twice_counts_once(job: Job) -> None:
    actor = job.world.actor("broker")
    data = {"amount": "30", "received_on": clock.today(), "evidence": "回单 1"}
    for _ in range(2):
        aftermath.receive(job.session, actor, signed(job).task if job.task.state == "ASSIGNED" else job.task, data)
    aftermath.receive(job.session, actor, job.task, data | {"evidence": "回单 2"})
    assert aftermath.received(job.session, job.task) == 60_000_000


@pytest.mark.parametrize("fault", [{"amount": "0"}, {"amount": ""}, {"received_on": None}, {"evidence": " "}])
def test_a_receipt_needs_sum_day_and_evidence(job: Job, fault: dict[str, Any]) -> None:
    data = {"amount": "30", "received_on": clock.today(), "evidence": "回单 1"} | fault
    with pytest.raises(Invalid):
        aftermath.receive(job.session, job.world.actor("broker"), signed(job).task, data)


@given(st.integers(0, 10**15))
def test_any_sum_written_in_wan_is_read_back_to_the_fen(fen: int) -> None:
    assert read_wan(write_wan(fen)) == fen


def test_each_side_rates_a_closed_task_and_the_last_word_counts(job: Job) -> None:
    with pytest.raises(Forbidden):
        aftermath.rate(job.session, job.world.actor("company_user"), job.task, 5, "")
    job.walk("accept", "verify")
    job.act("broker", "fail", reason="PRICE_GAP")
    for score in (2, 4):
        aftermath.rate(job.session, job.world.actor("company_user"), job.task, score, "回复快")
    aftermath.rate(job.session, job.world.actor("tto"), job.task, 3, "")
    found = aftermath.ratings(job.session, job.task)
    assert {side: row.score for side, row in found.items()} == {"company": 4, "researcher": 3}
    with pytest.raises(Forbidden):
        aftermath.rate(job.session, job.world.actor("broker"), job.task, 5, "")
    with pytest.raises(Invalid):
        aftermath.rate(job.session, job.world.actor("company_user"), job.task, 9, "")


def test_closing_asks_both_sides_how_satisfied_they_are(job: Job) -> None:
    job.walk("accept", "verify")
    job.act("broker", "fail", reason="PRICE_GAP")
    asked = {n.person_id for n in job.session.scalars(select(Notice).where(Notice.kind == "task_rate"))}
    assert {job.world.actor("company_user").person_id, job.world.actor("researcher").person_id} <= asked


def test_visits_are_asked_for_after_three_six_and_twelve_months_once_each(job: Job) -> None:
    with clock.frozen(MONDAY):
        signed(job)
        job.walk("follow")
        assert aftermath.remind_visits(job.session, CLOCKS) == 0
    told = []
    for days in range(80, 400, 5):
        with clock.frozen(MONDAY + timedelta(days=days)):
            if aftermath.remind_visits(job.session, CLOCKS):
                told.append(days)
            assert aftermath.remind_visits(job.session, CLOCKS) == 0
    assert len(told) == 3


def test_a_clock_that_slept_for_a_year_asks_for_the_last_visit_only(job: Job) -> None:
    with clock.frozen(MONDAY):
        signed(job)
        job.walk("follow")
    with clock.frozen(MONDAY + timedelta(days=400)):
        assert aftermath.remind_visits(job.session, CLOCKS) == 1
        assert aftermath.remind_visits(job.session, CLOCKS) == 0
    assert [n.params["month"] for n in job.session.scalars(select(Notice).where(Notice.kind == "task_follow_up"))] == [12]


def test_the_months_of_visits_are_a_setting() -> None:
    assert clocks.visits(clocks.Clocks(follow_months=clocks.read_months("6, 1"))) == [1, 6]
    with pytest.raises(ValueError, match="months"):
        clocks.read_months("soon")


def test_the_pages_forms_keep_what_was_typed_and_store_what_is_right(site: Site) -> None:
    for action in ROAD:
        assert site.act("broker", action, note="说明").status_code == 302
    broker = site.as_("broker")
    wrong = broker.post(f"/tasks/{site.id}/value", data={"contract_value": "很多", "signed_on": "2025-01-02"})
    assert wrong.status_code >= 400
    assert "很多" in text(wrong)
    day = clock.today().isoformat()
    assert broker.post(f"/tasks/{site.id}/value", data={"contract_value": "12.5", "signed_on": day}).status_code == 302
    assert broker.post(f"/tasks/{site.id}/receipt", data={"amount": "2", "received_on": day, "evidence": "回单"}).status_code == 302
    page = text(broker.get(f"/tasks/{site.id}"))
    assert "12.5" in page
    assert "回单" in page
    assert "回单" not in text(site.as_("company_user").get(f"/tasks/{site.id}"))


def test_the_board_offers_allowed_steps_and_a_moved_card_stands_in_its_new_lane(site: Site) -> None:
    broker = site.as_("broker")
    page = text(broker.get("/tasks"))
    assert f"/tasks/{site.id}/act/accept" in page
    assert broker.post(f"/tasks/{site.id}/act/accept", data={"seen": "ASSIGNED"}).status_code == 302
    assert broker.post(f"/tasks/{site.id}/act/verify", data={"seen": "ACCEPTED"}).status_code == 302
    page = text(broker.get("/tasks"))
    assert "act=meet" in page
    assert text(broker.get(f"/tasks/{site.id}?act=meet")).count("<details open") >= 1 or 'open>' in text(broker.get(f"/tasks/{site.id}?act=meet"))
