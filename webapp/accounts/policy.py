"""Who may do what with people and organisations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from webapp.accounts.models import Organisation
from webapp.core import policy
from webapp.core.policy import Actor


@policy.filters(Organisation)
def visible_organisations(_actor: Actor, query: Select[Any]) -> Select[Any]:
    """Organisations are public; what they post is not always."""
    return query


@policy.rule("organisation:list")
def list_organisations(actor: Actor, _obj: Any) -> bool:
    """Brokers and operators work with the list of companies."""
    return actor.has("broker", "operator")


def belongs(actor: Actor, organisation_id: int | None) -> bool:
    """Whether the actor acts for this organisation."""
    return organisation_id is not None and actor.organisation_id == organisation_id
