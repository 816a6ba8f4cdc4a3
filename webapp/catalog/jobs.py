"""Outbox handlers and periodic jobs of the catalog: the index kept true, and rows that expire."""

from __future__ import annotations

from datetime import timedelta

from webapp.catalog import upkeep
from webapp.core import worker
from webapp.core.worker import Context, Key

HOUR = timedelta(hours=1)
upkeep.register_touches()


@worker.handler("index")
def index(context: Context, keys: list[Key]) -> None:
    """Re-read the rows and put what is live into the index, or delete it; running twice is running once."""
    with context.database.transaction(write=False) as session:
        puts, deletes = upkeep.index_changes(session, keys)
    context.engines["index"].apply(puts, deletes)


@worker.periodic("expire", HOUR)
def expire(context: Context) -> None:
    """Take down what is no longer valid, a slice per transaction, and re-index rows whose guests' time is over."""
    more = 1
    while more:
        with context.database.transaction() as session:
            more = upkeep.expire_some(session)
    with context.database.transaction() as session:
        upkeep.index_after_grants(session)
