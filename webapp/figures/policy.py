"""Who may see which figures."""

from __future__ import annotations

from typing import Any

from webapp.accounts.models import Organisation, Person
from webapp.core import policy
from webapp.core.policy import Actor

COMPANY = ("company_user", "company_admin")


@policy.rule("figures:brokers")
def brokers(actor: Actor, _obj: Any) -> bool:
    """Operators and auditors compare brokers; a broker sees the own figures."""
    return actor.has("broker", "operator", "auditor")


@policy.rule("figures:district")
def district(actor: Actor, _obj: Any) -> bool:
    """Counts of what the public does not see are for the district's operators, who may open every row behind them."""
    return actor.has("operator")


@policy.rule("figures:organisation")
def organisation(actor: Actor, row: Organisation) -> bool:
    """The whole funnel of one organisation: for operators, the school's office, the company's people."""
    if district(actor, None):
        return True
    own = actor.organisation_id is not None and actor.organisation_id == row.id
    return own and actor.has("tto" if row.kind == "SCHOOL" else "", *COMPANY)


@policy.rule("figures:broker")
def broker(actor: Actor, row: Person) -> bool:
    """The funnel of one broker: for operators, and for the broker."""
    return district(actor, None) or (actor.has("broker") and actor.person_id == row.id)


@policy.rule("figures:targets")
def targets(actor: Actor, _obj: Any) -> bool:
    """Operators write down what the offices reported against the targets."""
    return actor.has("operator")
