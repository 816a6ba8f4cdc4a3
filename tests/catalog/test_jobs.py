"""The worker's part: the index follows every change, running twice is running once, and what is over expires."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests import makers
from tests.catalog.world import World, build, forget_jobs, jobs, notices, result_values
from webapp.accounts import service as accounts
from webapp.catalog import jobs as worker_jobs
from webapp.catalog import service
from webapp.catalog.models import Demand, Indicator, Result
from webapp.config import Settings
from webapp.core import clock, outbox, policy
from webapp.core.db import Database
from webapp.core.outbox import Job
from webapp.core.policy import SYSTEM
from webapp.core.worker import Context
from webapp.discovery import jobs as index_jobs
from webapp.jobs import register

register()


class Shelf:
    """An index that only remembers what it was given."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def apply(self, puts: Iterable[Any], deletes: Iterable[str]) -> None:
        for key in deletes:
            self.held.pop(key, None)
        self.held.update({document.id: document.title for document in puts if document.kind in {"result", "demand"}})


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    return Context(settings, database, {"index": Shelf()})


def index_now(context: Context) -> dict[str, str]:
    """Run the index jobs that wait, as the worker would."""
    with context.database.transaction() as session:
        keys = [(job.model, job.row_id) for job in session.scalars(select(Job).where(Job.kind == "index"))]
        session.execute(delete(Job))
    index_jobs.index(context, keys)
    index_jobs.index(context, keys)
    held: dict[str, str] = context.engines["index"].held
    return held


def test_publishing_puts_a_result_into_the_index_and_withdrawing_takes_it_out(context: Context) -> None:
    with context.database.transaction() as session:
        world = build(session)
        row = service.post_result(session, world.author, result_values())
        number = row.id
    assert index_now(context) == {}
    with context.database.transaction() as session:
        row = session.get_one(Result, number)
        service.act(session, world.author, row, "submit")
        service.act(session, world.office, row, "approve")
    assert index_now(context) == {f"result:{number}": "低表面处理防腐涂层"}
    with context.database.transaction() as session:
        row = session.get_one(Result, number)
        service.edit_result(session, world.author, row, {"title": "新的名称"}, row.version)
    assert index_now(context) == {f"result:{number}": "新的名称"}
    with context.database.transaction() as session:
        service.act(session, world.author, session.get_one(Result, number), "withdraw")
    assert index_now(context) == {}


def test_a_row_that_is_gone_is_deleted_from_the_index(context: Context) -> None:
    context.engines["index"].held = {"demand:77": "没有了"}
    index_jobs.index(context, [("demand", 77)])
    assert context.engines["index"].held == {}


def test_a_rolled_back_change_leaves_no_job(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        makers.result(session)
        assert jobs(session)
        raise RuntimeError
    with database.transaction(write=False) as session:
        assert jobs(session) == set()


def test_a_changed_figure_is_a_change_of_its_row(session: Session, world: World) -> None:
    row = makers.result(session, world.school)
    row.indicators.append(Indicator(name="附着力", comparison="GE", value=10, unit="MPa"))
    forget_jobs(session)
    row.indicators[0].value = 12
    session.flush()
    assert jobs(session) == {("index", "result", row.id), ("rematch", "result", row.id)}
    forget_jobs(session)
    row.indicators.clear()
    session.flush()
    assert {("index", "result", row.id), ("rematch", "result", row.id)} <= jobs(session)


def test_a_renamed_organisation_touches_its_live_rows_and_a_moved_one_only_the_index(session: Session, world: World) -> None:
    live, draft = makers.result(session, world.school), makers.result(session, world.school, state="DRAFT")
    forget_jobs(session)
    own = ("index", "organisation", world.school.id)
    world.school.address = "新地址"
    session.flush()
    assert jobs(session) == {own, ("index", "result", live.id)}
    forget_jobs(session)
    world.school.staff = 900
    session.flush()
    assert jobs(session) == {own}
    world.school.name = "改名大学"
    session.flush()
    assert jobs(session) == {own, ("index", "result", live.id), ("rematch", "result", live.id)}
    assert ("index", "result", draft.id) not in jobs(session)


def test_a_grant_given_or_ended_changes_who_finds_hidden_text(session: Session, world: World) -> None:
    row = makers.demand(session, world.company)
    forget_jobs(session)
    accounts.grant(session, SYSTEM, world.school.id, row, "task:3")
    session.flush()
    assert jobs(session) == {("index", "demand", row.id), ("nda_ask", "demand", row.id)}
    forget_jobs(session)
    accounts.end_grants(session, SYSTEM, "task:3")
    session.flush()
    assert jobs(session) == {("index", "demand", row.id)}


def test_a_grant_that_runs_out_by_itself_is_noticed_by_the_clock(context: Context) -> None:
    with context.database.transaction() as session:
        row = makers.demand(session)
        guest = makers.organisation(session)
        accounts.grant(session, SYSTEM, guest.id, row, "task:4", until=clock.now() + timedelta(hours=1))
        forget_jobs(session)
    worker_jobs.expire(context)
    with context.database.transaction() as session:
        assert jobs(session) == set()
    clock.set_offset(timedelta(hours=2))
    worker_jobs.expire(context)
    with context.database.transaction() as session:
        assert ("index", "demand", row.id) in jobs(session)


def test_what_is_no_longer_valid_expires_once_and_its_owner_hears(context: Context) -> None:
    today = clock.today()
    with context.database.transaction() as session:
        world = build(session)
        over = makers.result(session, world.school, valid_until=today - timedelta(days=1), created_by_id=world.author.person_id)
        paused = makers.result(session, world.school, state="PAUSED", valid_until=today - timedelta(days=1))
        last_day = makers.result(session, world.school, valid_until=today)
        endless = makers.result(session, world.school, valid_until=None)
        late = makers.demand(session, world.company, deadline=today - timedelta(days=1), created_by_id=world.buyer.person_id)
        matching = makers.demand(session, world.company, state="MATCHING", valid_until=today - timedelta(days=1))
        talking = makers.demand(session, world.company, state="NEGOTIATING", deadline=today - timedelta(days=1))
        numbers = [row.id for row in (over, paused, last_day, endless, late, matching, talking)]
    for _ in range(2):
        worker_jobs.expire(context)
    with context.database.transaction() as session:
        results = [session.get_one(Result, number).state for number in numbers[:4]]
        demands = [session.get_one(Demand, number).state for number in numbers[4:]]
        assert results == ["EXPIRED", "EXPIRED", "PUBLISHED", "PUBLISHED"] and demands == ["EXPIRED", "EXPIRED", "NEGOTIATING"]
        assert [n.kind for n in notices(session, world.author)] == ["result_expired"]
        told = [n.params["title"] for n in notices(session, world.buyer) if n.kind == "demand_expired"]
        assert sorted(told) == sorted([late.title, matching.title])


def test_an_expired_row_is_no_longer_public(context: Context) -> None:
    with context.database.transaction() as session:
        row = makers.result(session, valid_until=clock.today() - timedelta(days=1))
        number = row.id
    worker_jobs.expire(context)
    assert index_now(context) == {}
    with context.database.transaction() as session:
        query = policy.visible(policy.ANONYMOUS, Result).where(Result.id == number)
        assert session.scalars(query).unique().first() is None


def test_repeated_edits_wait_as_one_job(session: Session, world: World) -> None:
    row = makers.result(session, world.school)
    for number in range(5):
        row.title = f"第 {number} 次改名"
        session.flush()
    assert [entry for entry in jobs(session) if entry == ("index", "result", row.id)] == [("index", "result", row.id)]
    assert outbox.counts(session)["WAITING"] == len(jobs(session))
