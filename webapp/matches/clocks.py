"""Periodic jobs of matches: reminders, expiry of what nobody answered, and claims that end."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import worker
from webapp.matches import claims, reminders, watch


@worker.periodic("expire_matches", timedelta(hours=1))
def expire(context: worker.Context) -> None:
    """Close what was withdrawn or not answered in time, then remind of what is still open."""
    with context.database.transaction() as session:
        reminders.recall(session)
        reminders.expire(session)
        reminders.remind(session, context.settings)


@worker.periodic("free_claims", timedelta(minutes=30))
def free(context: worker.Context) -> None:
    """Matches held too long, or by a broker who no longer works here, go back to the team."""
    with context.database.transaction() as session:
        claims.free_expired(session)
        claims.free_absent(session)


@worker.periodic("watch_demands", timedelta(hours=1))
def watched(context: worker.Context) -> None:
    """Demands nothing suitable was found for: what changed without a new ranking."""
    with context.database.transaction() as session:
        watch.look(session, context.settings)
