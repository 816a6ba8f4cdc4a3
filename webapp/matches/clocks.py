"""Periodic jobs of matches: recommendations that nobody answered in time expire."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import worker
from webapp.matches import answers


@worker.periodic("expire_matches", timedelta(hours=1))
def expire(context: worker.Context) -> None:
    """Expire unanswered recommendations."""
    with context.database.transaction() as session:
        answers.expire(session)
