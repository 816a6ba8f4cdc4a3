"""What the worker's jobs do: which changes touch which document, the documents of changed rows, and rows whose time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, inspect, or_, select
from sqlalchemy.orm import Session, object_session

from webapp.accounts.models import Grant, Organisation
from webapp.attachments.values import READY
from webapp.catalog.models import Demand, Indicator, Result, Target
from webapp.catalog.policy import Posting
from webapp.catalog.states import LIVE
from webapp.catalog.verbs import advance
from webapp.core import clock, outbox
from webapp.core.files import Attachment

Key = tuple[str, int]
MODELS: dict[str, type[Posting]] = {"result": Result, "demand": Demand}
# Changes of an organisation that the engine can notice, and those that the index of its rows can.
RANKED = ("name", "name_en", "industry_code", "verified_at")
FOUND = (*RANKED, "address", "cluster_code")
NOTICE_WITHIN = timedelta(days=2)  # a grant that ran out is looked for this long, should the worker have stood still


def register_touches() -> None:
    """A change of these rows leaves jobs for the index, and for ranking where the engine reads them."""
    outbox.touches(Result, "index", "rematch", "twins")
    outbox.touches(Demand, "index", "rematch", "twins")
    outbox.touches(Indicator, "index", "rematch", targets=lambda row: _parent("result", row.result_id))
    outbox.touches(Target, "index", "rematch", targets=lambda row: _parent("demand", row.demand_id))
    outbox.touches(Organisation, "rematch", targets=lambda row: _of_organisation(row, RANKED))
    outbox.touches(Organisation, "index", targets=lambda row: _of_organisation(row, FOUND))
    outbox.touches(Grant, "index", targets=_of_grant)
    outbox.touches(Attachment, "index", targets=_of_attachment)


def _parent(kind: str, row_id: int | None) -> list[Key]:
    return [(kind, row_id)] if row_id is not None else []


def _of_organisation(row: Organisation, noticed: tuple[str, ...]) -> list[Key]:
    """The live rows of an organisation of which something noticed changed."""
    session = object_session(row)
    state = inspect(row)
    if session is None or not any(state.attrs[name].history.has_changes() for name in noticed):
        return []
    found: list[Key] = []
    for kind, model in MODELS.items():
        query = select(model.id).where(model.organisation_id == row.id, model.state.in_(LIVE[kind]))
        found += [(kind, row_id) for row_id in session.connection().execute(query).scalars()]
    return found


def _of_grant(row: Grant) -> list[Key]:
    """Who may find hidden text is part of the index's document."""
    return [(row.subject_kind, row.subject_id)] if row.subject_kind in MODELS else []


def _of_attachment(row: Attachment) -> list[Key]:
    """Words of a file are found once the worker has read it."""
    return [(row.owner_kind, row.owner_id)] if row.owner_kind in MODELS and row.state == READY else []


def expire_some(session: Session, most: int = 200) -> int:
    """Take down a slice of the rows that are no longer valid; 0 when none is left."""
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


def index_after_grants(session: Session) -> None:
    """Rows whose guests' time is over are indexed anew; doing it twice does no harm."""
    moment = clock.now()
    over = select(Grant).where(Grant.until <= moment, Grant.until > moment - NOTICE_WITHIN, Grant.ended_at.is_(None))
    for kind, row_id in [key for grant in session.scalars(over) for key in _of_grant(grant)]:
        outbox.enqueue(session, "index", kind, row_id)
