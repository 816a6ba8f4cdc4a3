"""Outbox handler of imports: a batch is stored some slices at a time, between which other jobs get their turn."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from webapp.core import outbox, worker
from webapp.core.errors import AppError
from webapp.core.worker import Context, Key
from webapp.imports import running, service
from webapp.imports.models import ImportBatch

log = logging.getLogger(__name__)
TURN = 10  # slices before other jobs get their turn
Tell = Callable[[ImportBatch], None]
_runs: dict[tuple[str, int], running.Run] = {}  # what this process is in the middle of: opening it again would mean reading all rows so far


@worker.handler("import")
def run(context: Context, keys: list[Key]) -> None:
    """Store the next slices of each batch; one that is not through queues itself again."""
    for _, batch_id in keys:
        if advance(context, batch_id, TURN):
            with context.database.transaction() as session:
                outbox.enqueue(session, "import", "import_batch", batch_id)


def advance(context: Context, batch_id: int, most: int | None = None, tell: Tell = lambda _batch: None) -> bool:
    """Store up to `most` slices of a batch from its cursor on; True while there is more to do.

    An error of the file ends the batch with its sentence; any other leaves the cursor where it was, to be tried again.
    """
    try:
        return _advance(context, batch_id, most, tell)
    except running.MovedOn:
        log.info("batch %s is stored by another process", batch_id)
    except AppError as error:
        with context.database.transaction() as session:
            running.fail(session, batch_id, error)
    return False


def _advance(context: Context, batch_id: int, most: int | None, tell: Tell) -> bool:
    with context.database.transaction() as session:
        if not running.begin(session, batch_id):
            return False
    opened = _run(context, batch_id)
    more, done = True, 0
    while more and (most is None or done < most):
        with context.database.transaction() as session:
            more = running.run_slice(session, opened, context.settings)
            batch = session.get_one(ImportBatch, batch_id)
        tell(batch)
        done += 1
    if more:
        _runs[context.database.url, batch_id] = opened
    return more


def _run(context: Context, batch_id: int) -> running.Run:
    """The run of the turn before, if nobody moved the cursor meanwhile; else the file is opened at the cursor."""
    kept = _runs.pop((context.database.url, batch_id), None)
    with context.database.transaction(write=False) as session:
        batch = session.get_one(ImportBatch, batch_id)
        return kept if kept is not None and kept.cursor == batch.cursor else running.open_run(session, context.settings, batch)


@worker.periodic("imports", timedelta(minutes=10))
def resume(context: Context) -> None:
    """Batches whose process died with its job are queued again."""
    with context.database.transaction() as session:
        for batch_id in service.stalled(session):
            outbox.enqueue(session, "import", "import_batch", batch_id)
