"""Brokers' figures: worked out from rows that can be opened, own figures only for brokers, examples left out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import makers
from tests.tasks.conftest import CLOCKS, Job, mutual
from webapp.core import clock
from webapp.core.errors import Forbidden
from webapp.figures import brokers
from webapp.figures.brokers import KPIS, Line, Period, figure
from webapp.tasks import aftermath, journal, service

ROAD = ("accept", "verify", "meet", "negotiate", "sign")


@pytest.fixture
def job(session: Session) -> Job:
    """A task just assigned to the broker of its match."""
    world = mutual(session)
    task = service.open_for(session, world.match, CLOCKS)
    assert task is not None
    return Job(world, task)


def this_year() -> Period:
    today = clock.today()
    return Period(date(today.year, 1, 1), today)


def figures(job: Job, who: str = "broker") -> dict[str, Any]:
    actor = job.world.actor(who)
    rows = brokers.table(job.session, actor, this_year())
    return next(found for person, found in rows if person.id == job.world.people["broker"].id)


def busy(job: Job) -> None:
    actor = job.world.actor("broker")
    job.walk(*ROAD)
    contact = {"kind": "PHONE", "happened_on": clock.today(), "summary": "谈了", "visibility": "PARTIES"}
    journal.log(job.session, actor, job.task, contact, CLOCKS)
    aftermath.value(job.session, actor, job.task, {"contract_value": "100", "signed_on": clock.today(), "registration_no": "1234567890123456"})
    aftermath.receive(job.session, actor, job.task, {"amount": "40", "received_on": clock.today(), "evidence": "回单"})


def test_each_figure_is_what_its_rows_say(job: Job) -> None:
    busy(job)
    found = figures(job)
    assert (found["recommended"].value, found["accepted"].value) == (1, 1.0)
    assert found["contacts"].value == 1
    assert (found["signed"].value, found["signed_sum"].value, found["registered_sum"].value) == (1, 100_000_000, 100_000_000)
    assert found["received_sum"].value == 40_000_000
    assert found["first_contact"].value == 0
    assert found["satisfaction"].value is None
    actor = job.world.actor("broker")
    for kpi in KPIS:
        lines = brokers.lines_of(job.session, actor, actor.person_id or 0, kpi.code, this_year())
        assert figure(kpi, lines) == found[kpi.code]


def test_a_missed_deadline_shows_in_the_late_share(job: Job) -> None:
    with clock.frozen(clock.now() + timedelta(days=60)):
        journal.remind(job.session, CLOCKS)
    assert (figures(job)["late"].good, figures(job)["late"].total) == (1, 1)


def test_a_company_of_the_district_counts_as_local(job: Job) -> None:
    busy(job)
    assert figures(job)["local"].value == 0
    job.task.match.demand.organisation.address = "青岛市黄岛区示例路 1 号"
    assert figures(job)["local"].value == 1


def test_examples_are_left_out(job: Job) -> None:
    busy(job)
    job.task.is_example = job.task.match.is_example = True
    job.session.flush()
    assert all(not found.total for found in figures(job).values())


def test_a_broker_sees_the_own_figures_only_and_others_none(job: Job) -> None:
    stranger = makers.actor(job.session, "broker")
    assert [person.id for person, _ in brokers.table(job.session, stranger, this_year())] == [stranger.person_id]
    assert brokers.lines_of(job.session, stranger, job.world.people["broker"].id, "recommended", this_year()) == []
    for role in ("company_user", "researcher", "tto", "admin"):
        with pytest.raises(Forbidden):
            brokers.table(job.session, makers.actor(job.session, role), this_year())


def test_a_share_of_nothing_is_no_share() -> None:
    empty = figure(brokers.BY_CODE["accepted"], [])
    assert empty.value is None
    assert figure(brokers.BY_CODE["accepted"], [Line(1, date(2026, 1, 1), "x", "/", False)]).value == 0


def test_the_pages_open_every_number(app: Any, database: Any, sign_in: Any) -> None:
    with database.transaction() as session:
        world = mutual(session)
        operator = makers.person(session, "operator")
    client = app.test_client()
    sign_in(client, operator)
    page = client.get("/figures/brokers?from=rubbish&to=2999-99-99").get_data(as_text=True)
    number = world.people["broker"].id
    assert f"/figures/brokers/{number}/recommended" in page
    assert client.get(f"/figures/brokers/{number}/recommended").status_code == 200
    for kpi in brokers.KPIS:
        assert kpi.meaning in page, "each figure says beside it what it counts"
    assert f"口径：{brokers.BY_CODE['recommended'].meaning}" in client.get(f"/figures/brokers/{number}/recommended").get_data(as_text=True)
    assert client.get(f"/figures/brokers/{number}/nonsense").status_code == 404
    assert client.get(f"/figures/brokers/{number + 999}/recommended").status_code == 404
