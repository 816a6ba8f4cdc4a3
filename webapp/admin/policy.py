"""Who may look after the system."""

from __future__ import annotations

from typing import Any

from webapp.core import policy
from webapp.core.policy import Actor


@policy.rule("admin:health")
def see_health(actor: Actor, _obj: Any) -> bool:
    """Operators, administrators and auditors see how the system runs."""
    return actor.has("operator", "admin", "auditor")


@policy.rule("admin:jobs")
def run_jobs(actor: Actor, _obj: Any) -> bool:
    """Operators and administrators may let parked jobs run again and rebuild what is derived."""
    return actor.has("operator", "admin")


@policy.rule("admin:audit")
def read_audit(actor: Actor, _obj: Any) -> bool:
    """The auditor reads every event; whoever runs the system does not audit it."""
    return actor.has("auditor")


@policy.rule("admin:clock")
def move_clock(actor: Actor, _obj: Any) -> bool:
    """Any signed-in person of a demonstration may move its clock; the setting decides whether it is one."""
    return actor.signed_in


@policy.rule("admin:design")
def see_design(actor: Actor, _obj: Any) -> bool:
    """Operators and administrators see the parts pages are made of."""
    return actor.has("operator", "admin")


@policy.rule("admin:rights")
def see_rights(actor: Actor, _obj: Any) -> bool:
    """Operators, administrators and auditors see who may do what, and why."""
    return actor.has("operator", "admin", "auditor")
