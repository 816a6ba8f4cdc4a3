"""The worker's part of figures: the aggregates are counted again soon after something changed, and now and then in any case."""

from __future__ import annotations

import time
from datetime import timedelta

from webapp.core import worker
from webapp.core.worker import Context
from webapp.figures import counting


@worker.periodic("figures", timedelta(minutes=1))
def figures(context: Context) -> None:
    """Count as a reader, so that nobody waits meanwhile, then write what differs."""
    with context.database.transaction(write=False) as session:
        if not counting.due(session, context.settings):
            return
        seen, start = counting.mark(session, context.settings), time.monotonic()
        cells = counting.count(session, context.settings)
        seconds = time.monotonic() - start
    with context.database.transaction() as session:
        counting.store(session, cells)
        counting.note(session, seen, seconds)
