"""Sign-in with the accounts library: its datastore over our session, its messages in Chinese, its pages in our look."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_login import current_user
from flask_security import RoleMixin, Security, SQLAlchemySessionUserDatastore
from flask_wtf import FlaskForm  # noqa: F401 - loaded before the library builds its forms
from werkzeug.local import LocalProxy

from webapp.accounts.models import Person
from webapp.config import secret_key
from webapp.core import clock
from webapp.core.languages import FOLDER
from webapp.core.pages import Sunmao


class NoRole(RoleMixin):  # type: ignore[misc]
    """The library wants a role model; our roles are held by memberships."""


class Datastore(SQLAlchemySessionUserDatastore):
    """The library's datastore over this request's session; its commit is a flush, since the door commits once."""

    def commit(self) -> None:
        """Flush only: `transaction()` is the one commit in the program."""
        self.db.session.flush()


def init_app(app: Sunmao) -> None:
    """Configure sign-in and out, and the password hasher that tests may make fast."""
    app.config.update(
        SECRET_KEY=secret_key(app.settings),
        SESSION_COOKIE_NAME="sunmao",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.settings.secure_cookies,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SECURE=app.settings.secure_cookies,
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of an algorithm
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_LOGIN_USER_TEMPLATE="accounts/sign_in.html",
        SECURITY_TRACKABLE=True,
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_DATETIME_FACTORY=clock.now,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_POST_LOGIN_VIEW="/start",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_I18N_DIRNAME=["builtin", str(FOLDER)],
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_FLASH_MESSAGES=True,
    )
    datastore = Datastore(LocalProxy(lambda: g.session), Person, NoRole)  # type: ignore[arg-type]
    Security(app, datastore)


def signed_in_person() -> Person | None:
    """The person of this request, None for a visitor."""
    user: Any = current_user
    return user._get_current_object() if user and user.is_authenticated else None
