"""Outbox handlers of the catalog: which changes touch which document, the index kept true, and rows that expire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, inspect, or_, select
from sqlalchemy.orm import Session, object_session

from webapp.accounts.models import Grant, Organisation
from webapp.catalog import documents
from webapp.catalog.models import Demand, Indicator, Result, Target
from webapp.catalog.policy import Posting
from webapp.catalog.states import LIVE
from webapp.catalog.verbs import advance
from webapp.core import clock, outbox, worker
from webapp.core.worker import Context, Key

HOUR = timedelta(hours=1)
MODELS: dict[str, type[Posting]] = {"result": Result, "demand": Demand}
# Changes of an organisation that readers, the index or the engine can notice.
NOTICED = ("name", "name_en", "industry_code", "verified_at")


def _of_organisation(row: Organisation) -> list[tuple[str, int]]:
    """The live rows of an organisation whose name or industry changed."""
    session = object_session(row)
    state = inspect(row)
    if session is None or not any(state.attrs[name].history.has_changes() for name in NOTICED):
        return []
    found: list[tuple[str, int]] = []
    for kind, model in MODELS.items():
        query = select(model.id).where(model.organisation_id == row.id, model.state.in_(LIVE[kind]))
        found += [(kind, row_id) for row_id in session.connection().execute(query).scalars()]
    return found


def _of_grant(row: Grant) -> list[tuple[str, int]]:
    """Who may find hidden text is part of the index's document."""
    return [(row.subject_kind, row.subject_id)] if row.subject_kind in MODELS else []


outbox.touches(Result, "index", "rematch")
outbox.touches(Demand, "index", "rematch")
outbox.touches(Indicator, "index", "rematch", targets=lambda row: _parent("result", row.result_id))
outbox.touches(Target, "index", "rematch", targets=lambda row: _parent("demand", row.demand_id))
outbox.touches(Organisation, "index", "rematch", targets=_of_organisation)
outbox.touches(Grant, "index", targets=_of_grant)


def _parent(kind: str, row_id: int | None) -> list[tuple[str, int]]:
    return [(kind, row_id)] if row_id is not None else []


@worker.handler("index")
def index(context: Context, keys: list[Key]) -> None:
    """Re-read the rows and put what is live into the index, or delete it; running twice is running once."""
    wanted = {f"{kind}:{row_id}" for kind, row_id in keys}
    with context.database.transaction(write=False) as session:
        puts = [document for kind in MODELS for document in _documents(session, kind, keys)]
    context.engines["index"].apply(puts, sorted(wanted - {document.id for document in puts}))


def _documents(session: Session, kind: str, keys: Iterable[Key]) -> list[Any]:
    ids = {row_id for name, row_id in keys if name == kind}
    if not ids:
        return []
    query: Select[Any] = select(MODELS[kind]).where(MODELS[kind].id.in_(ids), MODELS[kind].state.in_(LIVE[kind]))
    let_in = documents.guests(session, MODELS[kind])
    rows = session.scalars(query.order_by(MODELS[kind].id)).unique()
    return [documents.search_document(row, let_in.get(row.id, ())) for row in rows]


@worker.periodic("expire", HOUR)
def expire(context: Context) -> None:
    """Take down what is no longer valid, a slice at a time, and re-index rows whose guests' time is over."""
    while _expire_some(context):
        pass
    with context.database.transaction() as session:
        moment = clock.now()
        over = select(Grant).where(Grant.until <= moment, Grant.until > moment - 2 * worker.DAY, Grant.ended_at.is_(None))
        for grant in session.scalars(over):
            for kind, row_id in _of_grant(grant):
                outbox.enqueue(session, "index", kind, row_id)


def _expire_some(context: Context, most: int = 200) -> int:
    with context.database.transaction() as session:
        rows = [row for model in MODELS.values() for row in session.scalars(_over(model).limit(most)).unique()]
        return sum(advance(session, row, "expire") for row in rows)


def _over(model: type[Posting]) -> Select[Any]:
    """Rows whose validity or deadline lies before today."""
    today = clock.today()
    late = model.valid_until < today
    if model is Demand:
        late = or_(late, Demand.deadline < today)
    states = ("PUBLISHED", "PAUSED") if model is Result else LIVE["demand"]
    return select(model).where(and_(model.state.in_(states), late)).order_by(model.id)
