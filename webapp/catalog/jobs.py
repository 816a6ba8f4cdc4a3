"""Periodic jobs of the catalog: rows that expire."""

from __future__ import annotations

from datetime import timedelta

from webapp.catalog import drafts, freshness, twins, upkeep
from webapp.core import worker
from webapp.core.worker import Context, Key, NotNow

HOUR = timedelta(hours=1)
upkeep.register_touches()


@worker.periodic("expire", HOUR)
def expire(context: Context) -> None:
    """Take down what is no longer valid, a slice per transaction, and re-index rows whose guests' time is over."""
    more = 1
    while more:
        with context.database.transaction() as session:
            more = upkeep.expire_some(session)
    with context.database.transaction() as session:
        upkeep.index_after_grants(session)


@worker.periodic("freshness", HOUR)
def keep_fresh(context: Context) -> None:
    """Pause what stands on a lapsed right, ask owners whether their rows still hold, and chase late verifications."""
    more = 1
    while more:
        with context.database.transaction() as session:
            more = freshness.lapse_some(session)
    more = 1
    while more:
        with context.database.transaction() as session:
            more = freshness.remind_some(session, context.settings)
    with context.database.transaction() as session:
        freshness.warn_of_rights(session, context.settings)
        freshness.chase_verification(session, context.settings)
        drafts.clear_old(session)


@worker.handler("twins", after=("index",))
def find_twins(context: Context, keys: list[Key]) -> None:
    """Look whether changed rows are the same thing as others; the engine is loaded by the ranking of the same change."""
    matcher = context.engines["matcher"]
    with context.database.transaction(write=False) as session:
        if not matcher.loaded and twins.needs_engine(session, keys):
            raise NotNow("rematch", *keys[0])
        pairs = twins.compared(session, matcher if matcher.loaded else None, keys)
    if pairs:
        with context.database.transaction() as session:
            twins.keep(session, pairs)
