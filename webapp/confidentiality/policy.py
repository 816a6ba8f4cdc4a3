"""Who accepts agreements, who sets the levels of fields, and who reads who has looked."""

from __future__ import annotations

from typing import Any

from webapp.catalog import layers
from webapp.catalog import policy as catalog
from webapp.core import policy
from webapp.core.policy import Actor


@policy.rule("secrecy:accept")
def accept(actor: Actor, row: Any) -> bool:
    """Guests of a row accept its agreement; once accepted it may be read again."""
    return layers.let_in(actor, row) and not catalog.own(actor, row) and not actor.has(*catalog.DESK)


@policy.rule("secrecy:layers")
def set_layers(actor: Actor, row: Any) -> bool:
    """Whoever may edit a row says who reads which of its fields."""
    return policy.can(actor, "catalog:edit", row)


@policy.rule("secrecy:seen")
def seen(actor: Actor, row: Any) -> bool:
    """The owner's people see who was let in and who has looked."""
    return catalog.own(actor, row)
