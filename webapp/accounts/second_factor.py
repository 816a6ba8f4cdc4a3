"""Roles that must use a second factor: whoever holds one and has none is led to setting it up, and to nothing else until then."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership, Passkey, Person
from webapp.accounts.values import ROLES
from webapp.config import PREFIX, Settings, SettingsError

SECONDARY = "secondary"  # a passkey that replaces the password is no second factor beside it
# Setting a factor up, the password again before it, and the way out.
OPEN = frozenset({
    "static", "security.static", "core.language", "core.theme", "security.logout", "security.verify", "security.two_factor_setup",
    "security.two_factor_setup_validate", "security.two_factor_token_validation", "security.wan_register", "security.wan_register_response",
    "security.wan_verify", "security.wan_verify_response",
})  # fmt: skip


def roles(settings: Settings) -> frozenset[str]:
    """The roles the setting names; one nobody knows is an error, since it would protect nothing."""
    named = frozenset(word.strip() for word in settings.second_factor_roles.split(",") if word.strip())
    if unknown := sorted(named - ROLES.keys()):
        raise SettingsError(f"{PREFIX}SECOND_FACTOR_ROLES: {', '.join(unknown)} is no role; known: {', '.join(sorted(ROLES))}")
    return named


def has_one(session: Session, person: Person) -> bool:
    """Whether the password alone no longer opens this account."""
    if person.tf_primary_method:
        return True
    mine = select(Passkey.id).where(Passkey.user_id == person.id, Passkey.usage == SECONDARY)
    return session.scalars(mine.limit(1)).first() is not None


def missing(session: Session, demanded: frozenset[str], person: Person) -> bool:
    """Whether a role this person holds anywhere asks for a factor they have not set up."""
    if not demanded or has_one(session, person):
        return False
    held = select(Membership.id).where(Membership.person_id == person.id, Membership.active, Membership.role.in_(demanded))
    return session.scalars(held.limit(1)).first() is not None
