"""Who may see and keep brokers' profiles, certificates and visits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false, or_

from webapp.brokers.models import BrokerProfile, Certificate, Visit
from webapp.core import policy
from webapp.core.policy import Actor

DESK = ("broker", "operator")


@policy.rule("broker:register")
def see_register(_actor: Actor, _obj: Any) -> bool:
    """Everybody may look for a broker among those who want to be found."""
    return True


@policy.rule("broker:profile")
def keep_profile(actor: Actor, _obj: Any) -> bool:
    """A broker keeps the own profile, certificates and training."""
    return actor.has("broker")


@policy.rule("broker:verify")
def verify(actor: Actor, certificate: Certificate | None) -> bool:
    """Operators confirm certificates; nobody one's own."""
    return actor.has("operator") and (certificate is None or certificate.person_id != actor.person_id)


@policy.rule("broker:suspend")
def suspend(actor: Actor, _obj: Any) -> bool:
    """Operators say who takes no new tasks for now."""
    return actor.has("operator")


@policy.rule("visit:list")
@policy.rule("visit:record")
def visits(actor: Actor, _obj: Any) -> bool:
    """Brokers and operators record visits and read those of the whole team."""
    return actor.has(*DESK)


@policy.rule("visit:invite")
def invite(actor: Actor, visit: Visit) -> bool:
    """Who was there, and operators, bring the company in."""
    return actor.has("operator") or (actor.has("broker") and visit.person_id == actor.person_id)


@policy.filters(Visit)
def visible_visits(actor: Actor, query: Select[Any]) -> Select[Any]:
    """The desk's own notes: nobody else reads them."""
    return query if actor.has(*DESK) else query.where(false())


@policy.filters(BrokerProfile)
def visible_profiles(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Public ones for everybody, the own one, and all for operators."""
    if actor.has("operator"):
        return query
    mine = BrokerProfile.person_id == actor.person_id if actor.has("broker") else false()
    return query.where(or_(BrokerProfile.is_public, mine))


@policy.filters(Certificate)
def visible_certificates(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Operators see all, a broker the own."""
    if actor.has("operator"):
        return query
    return query.where(Certificate.person_id == actor.person_id) if actor.has("broker") else query.where(false())
