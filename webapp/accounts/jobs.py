"""Periodic jobs of accounts: invitations that lapse, data that is kept long enough."""

from __future__ import annotations

from datetime import timedelta

from webapp.accounts import joining
from webapp.accounts import upkeep as _upkeep  # noqa: F401 - registers how long data is kept
from webapp.core import retention, worker
from webapp.core.worker import Context


@worker.periodic("joining", timedelta(hours=1))
def lapse(context: Context) -> None:
    """Invitations nobody answered in time lapse."""
    more = 1
    while more:
        with context.database.transaction() as session:
            more = joining.expire(session)


@worker.periodic("retention", worker.DAY)
def keep(context: Context) -> None:
    """Apply every retention rule, each in its own transaction, and write what it did."""
    for rule in retention.rules():
        with context.database.transaction() as session:
            retention.run(session, context.settings, rule)
