"""Who may save searches, and whose they see: everybody their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from webapp.core import policy
from webapp.core.policy import Actor
from webapp.discovery.models import SavedSearch


@policy.rule("search:save")
def save(actor: Actor, _obj: Any) -> bool:
    """Anybody who is signed in."""
    return actor.signed_in


@policy.filters(SavedSearch)
def own_searches(actor: Actor, query: Select[Any]) -> Select[Any]:
    """One's own, whichever organisation one acts for."""
    return query.where(SavedSearch.person_id == actor.person_id)


@policy.views(SavedSearch)
def view(actor: Actor, row: SavedSearch) -> SavedSearch | None:
    """All of it for its owner, nothing for others."""
    return row if actor.person_id == row.person_id else None
