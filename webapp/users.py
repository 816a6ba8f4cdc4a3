"""Command-line door of people: they are made and given passwords where the password hasher is configured."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask_security.utils import hash_password
from sqlalchemy import select

from webapp.accounts import service
from webapp.accounts.models import Organisation, Person
from webapp.config import Settings
from webapp.core.errors import N_, Invalid
from webapp.core.policy import SYSTEM

LEAST = 8


def hasher(settings: Settings) -> Callable[[str], str]:
    """A function that turns passwords into what is stored."""
    from webapp import create_app

    app = create_app(settings)

    def hashed_there(password: str) -> str:
        with app.app_context():
            return str(hash_password(password))

    return hashed_there


def hashed(settings: Settings, password: str) -> str:
    """The password as it is stored; too short a one is refused."""
    if len(password) < LEAST:
        raise Invalid(N_("密码至少要 %(least)s 个字符。"), least=LEAST)
    return hasher(settings)(password)


def add(settings: Settings, email: str, name: str, role: str, organisation: str, password: str) -> None:
    """Create a person with a role in the organisation of this code."""
    from webapp.core.db import Database

    secret = hashed(settings, password)
    with Database(settings.database).transaction() as session:
        home = session.scalars(select(Organisation).where(Organisation.code == organisation)).one_or_none()
        if home is None:
            raise LookupError(f"no organisation has the code {organisation}")
        person = service.add_person(session, SYSTEM, email, name, secret)
        service.join(session, SYSTEM, person, home, role)


def set_password(settings: Settings, email: str, password: str) -> None:
    """Set a password; the changed uniquifier ends every session of the person."""
    from webapp.core.db import Database

    secret = hashed(settings, password)
    with Database(settings.database).transaction() as session:
        person = session.scalars(select(Person).where(Person.email == email.lower())).one_or_none()
        if person is None:
            raise LookupError(f"nobody has the address {email}")
        person.password, person.fs_uniquifier = secret, secrets.token_hex(32)
