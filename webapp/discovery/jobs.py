"""Keeping the index alive: it is rebuilt from the database when it is missing, damaged or of an older edition."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import outbox, worker
from webapp.core.worker import Context, Key
from webapp.discovery import service


@worker.handler("reindex")
def reindex(context: Context, _keys: list[Key]) -> None:
    """Build the index anew beside the old one and swap it in; edits meanwhile wait as jobs of their own."""
    with context.database.transaction(write=False) as session:
        context.engines["index"].rebuild(service.index_documents(session))


@worker.handler("heal")
def heal_now(context: Context, _keys: list[Key]) -> None:
    """Somebody found the index damaged: mend it, unless that has happened meanwhile, and let waiting edits in."""
    heal(context)
    with context.database.transaction() as session:
        outbox.hurry(session, "index")


@worker.periodic("index", timedelta(minutes=1))
def heal(context: Context) -> None:
    """Rebuild a damaged index without being asked."""
    if context.engines["index"].damaged():
        reindex(context, [])
