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


@policy.rule("admin:clock")
def move_clock(actor: Actor, _obj: Any) -> bool:
    """Any signed-in person of a demonstration may move its clock; the setting decides whether it is one."""
    return actor.signed_in
