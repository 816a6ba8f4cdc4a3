"""Rows inserted together are the rows that would have been stored one by one: values, defaults, parts and jobs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.catalog import world as worlds
from tests.catalog.world import World
from webapp.catalog import service
from webapp.catalog.models import Demand, Result
from webapp.core.outbox import Job
from webapp.core.policy import SYSTEM

TIMES = {"id", "created_at", "updated_at", "published_at", "confirmed_at", "external_id"}


def told(row: Any) -> dict[str, Any]:
    """All a row says, but for numbers and moments."""
    columns = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs if column.key not in TIMES}
    parts = row.indicators if isinstance(row, Result) else row.targets
    figures = [(p.position, p.name, p.comparison, p.value, p.value_max, p.unit, getattr(p, "must", None)) for p in parts]
    return columns | {"figures": figures}


@pytest.mark.parametrize(("model", "values"), [(Result, worlds.result_values()), (Demand, worlds.demand_values())])
@pytest.mark.parametrize("publish", [True, False])
def test_together_or_one_by_one_is_the_same(session: Session, world: World, model: Any, values: dict[str, Any], publish: bool) -> None:
    home = (world.school if model is Result else world.company).id
    fresh = service.Newcomers(session, model)
    service.store(session, SYSTEM, model, home, "list", "alone", values, publish)
    for number in ("first", "second"):
        assert service.store(session, SYSTEM, model, home, "list", number, values, publish, fresh=fresh) == "created"
    assert ("list", "first") in fresh and fresh.insert() == 2 and fresh.insert() == 0
    session.flush()
    alone, first, second = session.scalars(select(model).order_by(model.id)).unique()
    assert [row.external_id for row in (alone, first, second)] == ["alone", "first", "second"]
    assert told(alone) == told(first) == told(second)
    assert all((getattr(alone, name) is None) == (getattr(first, name) is None) for name in TIMES)
    jobs = {(job.kind, job.row_id) for job in session.scalars(select(Job).where(Job.model == model.__tablename__))}
    assert {kind for kind, row_id in jobs if row_id == alone.id} == {kind for kind, row_id in jobs if row_id == first.id}


def test_a_row_that_breaks_a_rule_is_refused_before_anything_is_kept(session: Session, world: World) -> None:
    fresh = service.Newcomers(session, Result)
    with pytest.raises(service.Invalid):
        service.store(session, SYSTEM, Result, world.school.id, "list", "x", worlds.result_values(trl="2"), True, fresh=fresh)
    assert fresh.insert() == 0
