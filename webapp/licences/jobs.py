"""Periodic job of licences: let the clocks of every licence do their work."""

from __future__ import annotations

import logging

from webapp.core import worker
from webapp.core.worker import Context
from webapp.licences import service, service_filing

log = logging.getLogger(__name__)


@worker.periodic("licence_filings", worker.DAY)
def filings(context: Context) -> None:
    """Schools hear of filings that come due."""
    with context.database.transaction() as session:
        service_filing.remind(session, context.settings)


@worker.periodic("licence_clocks", worker.MINUTE)
def clocks(context: Context) -> None:
    """Each licence in a transaction of its own, so that one that fails leaves the others alone."""
    with context.database.transaction(write=False) as session:
        ids = service.waiting(session)
    for licence_id in ids:
        try:
            with context.database.transaction() as session:
                service.run(session, licence_id, context.settings)
        except Exception:
            log.exception("the clock of licence %s failed", licence_id)
