"""Sign-in with the accounts library: its settings, its datastore over our session, limits on tries, sign-ins that can be ended."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any, NoReturn

from flask import g, redirect, request
from flask import session as cookie
from flask_babel import lazy_gettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_security import RoleMixin, Security, SQLAlchemySessionUserDatastore
from flask_security.utils import logout_user, url_for_security
from flask_wtf import FlaskForm  # noqa: F401 - loaded before the library builds its forms
from limits import parse_many
from werkzeug.exceptions import TooManyRequests
from werkzeug.local import LocalProxy

from webapp.accounts import second_factor, service, sign_ins, signing
from webapp.accounts.models import Passkey, Person
from webapp.config import Settings, secret_key
from webapp.core import audit, clock, pages
from webapp.core.errors import N_, NotFound
from webapp.core.languages import FOLDER
from webapp.core.pages import Sunmao
from webapp.core.policy import Actor

ADDRESSES = {
    "LOGIN": "/sign-in", "LOGOUT": "/sign-out", "REGISTER": "/register", "CONFIRM": "/confirm", "RESET": "/forgotten-password",
    "CHANGE": "/account/password", "CHANGE_EMAIL": "/account/email",
    "VERIFY": "/account/verify", "TWO_FACTOR_SETUP": "/account/second-factor", "TWO_FACTOR_TOKEN_VALIDATION": "/second-factor",
    "TWO_FACTOR_RESCUE": "/second-factor/help", "TWO_FACTOR_SELECT": "/second-factor/choose",
    "MULTI_FACTOR_RECOVERY_CODES": "/account/recovery-codes", "MULTI_FACTOR_RECOVERY": "/second-factor/recovery",
    "WAN_REGISTER": "/account/passkeys", "WAN_SIGNIN": "/sign-in/passkey", "WAN_DELETE": "/account/passkeys/delete",
    "WAN_VERIFY": "/account/verify/passkey",
}  # fmt: skip
TEMPLATES = {
    "LOGIN_USER": "sign_in", "REGISTER_USER": "register", "SEND_CONFIRMATION": "confirm", "FORGOT_PASSWORD": "forgotten",
    "RESET_PASSWORD": "reset", "CHANGE_PASSWORD": "password", "CHANGE_EMAIL": "email", "VERIFY": "verify",
    "TWO_FACTOR_SETUP": "second_factor", "TWO_FACTOR_VERIFY_CODE": "code", "TWO_FACTOR_SELECT": "choose",
    "MULTI_FACTOR_RECOVERY": "recovery", "MULTI_FACTOR_RECOVERY_CODES": "recovery_codes", "WAN_REGISTER": "passkeys",
    "WAN_SIGNIN": "passkey", "WAN_VERIFY": "passkey",
}  # fmt: skip
MAILS = {
    "REGISTER_EMAIL_TEMPLATE": "welcome", "REGISTER_EMAIL_EXISTING_TEMPLATE": "known", "EMAIL_TEMPLATE_CONFIRM": "confirm",
    "EMAIL_TEMPLATE_PASSWORD_RESET": "reset", "EMAIL_TEMPLATE_PASSWORD_RESET_NOTICE": "was_reset",
    "EMAIL_TEMPLATE_PASSWORD_CHANGE_NOTICE": "changed", "CHANGE_EMAIL_EMAIL_TEMPLATE": "new_address",
}  # fmt: skip
SUBJECTS = {
    "EMAIL_SUBJECT_REGISTER": N_("榫卯：请确认您的邮箱"), "EMAIL_SUBJECT_CONFIRM": N_("榫卯：请确认您的邮箱"),
    "EMAIL_SUBJECT_PASSWORD_RESET": N_("榫卯：重设密码"), "EMAIL_SUBJECT_PASSWORD_NOTICE": N_("榫卯：密码已重设"),
    "EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": N_("榫卯：密码已修改"), "CHANGE_EMAIL_SUBJECT": N_("榫卯：请确认新邮箱"),
}  # fmt: skip
# Endpoint of the library -> the setting with its rate; only what is posted counts.
RATES = {
    "security.login": "rate_sign_in", "security.two_factor_token_validation": "rate_sign_in", "security.mf_recovery": "rate_sign_in",
    "security.wan_signin": "rate_sign_in", "security.wan_signin_response": "rate_sign_in", "security.verify": "rate_sign_in",
    "security.register": "rate_register", "security.forgot_password": "rate_mail", "security.send_confirmation": "rate_mail",
    "security.change_email": "rate_mail",
}  # fmt: skip


LED = "second_factor_demanded"  # in the cookie: once a sign-in it is written down that somebody was led


class NoRole(RoleMixin):  # type: ignore[misc]
    """The library wants a role model; our roles are held by memberships."""


class Datastore(SQLAlchemySessionUserDatastore):
    """The library's datastore over this request's session; its commit is a flush, since the door commits once."""

    def commit(self) -> None:
        """Flush only: `transaction()` is the one commit in the program."""
        self.db.session.flush()

    def find_user(self, *arguments: Any, **wanted: Any) -> Any:
        """Nobody outside a transaction: the page that says the database is away must not ask it who looks."""
        return super().find_user(*arguments, **wanted) if "session" in g else None  # type: ignore[no-untyped-call]

    def mf_set_recovery_codes(self, user: Any, rcs: list[str] | None) -> None:
        """New recovery codes are a way in, and none any more a change of it: an event, without the codes."""
        super().mf_set_recovery_codes(user, rcs)
        person = getattr(user, "_get_current_object", lambda: user)()
        audit.record(g.session, Actor(person.id, person.name, language=person.language), "second_factor:recovery_codes", person)

    def _prepare_create_user_args(self, **values: Any) -> dict[str, Any]:
        """Without the library's roles, which people do not have; the number is there at once."""
        found: dict[str, Any] = super()._prepare_create_user_args(**values)  # type: ignore[no-untyped-call]
        found.pop("roles", None)
        return found


def derived(settings: Settings, purpose: str) -> str:
    """A key of its own for one purpose, from the site's secret key."""
    digest = hashlib.blake2b(secret_key(settings).encode(), digest_size=32, person=purpose.encode()[:16]).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _cookies(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": secret_key(settings), "SESSION_COOKIE_NAME": "sunmao", "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax", "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=settings.sign_in_days), "REMEMBER_COOKIE_NAME": "sunmao_unused",
    }  # fmt: skip


def _features(settings: Settings) -> dict[str, Any]:
    return {
        "PASSWORD_HASH": "argon2", "PASSWORD_SCHEMES": ["argon2"], "DEPRECATED_PASSWORD_SCHEMES": [], "PASSWORD_SINGLE_HASH": ["argon2"],
        "PASSWORD_LENGTH_MIN": settings.password_least, "LOGOUT_METHODS": ["POST"], "TRACKABLE": True, "JOIN_USER_ROLES": False,
        "DATETIME_FACTORY": clock.now, "RETURN_GENERIC_RESPONSES": True, "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "I18N_DIRNAME": ["builtin", str(FOLDER)], "FLASH_MESSAGES": True, "EMAIL_HTML": False, "EMAIL_SENDER": "sunmao@localhost",
        "REGISTERABLE": True, "CONFIRMABLE": True, "RECOVERABLE": True, "CHANGEABLE": True, "CHANGE_EMAIL": True,
        "CONFIRM_EMAIL_WITHIN": timedelta(days=settings.confirm_days), "RESET_PASSWORD_WITHIN": timedelta(hours=settings.reset_hours),
        "FRESHNESS": timedelta(minutes=settings.fresh_minutes), "FRESHNESS_GRACE_PERIOD": timedelta(0),
        "API_ENABLED_METHODS": ["session"], "TOKEN_AUTHENTICATION_HEADER": "X-Unused",
        "TWO_FACTOR": True, "TWO_FACTOR_ENABLED_METHODS": ["authenticator"], "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_ALWAYS_VALIDATE": True, "TOTP_SECRETS": {"1": derived(settings, "totp")}, "TOTP_ISSUER": "Sunmao",
        "MULTI_FACTOR_RECOVERY_CODES": True, "MULTI_FACTOR_RECOVERY_CODES_N": 10,
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [derived(settings, "recovery")],
        "WEBAUTHN": True, "WAN_RP_NAME": "Sunmao", "WAN_ALLOW_USER_HINTS": False,
        "POST_LOGIN_VIEW": "/start", "POST_LOGOUT_VIEW": "/", "POST_REGISTER_VIEW": "/sign-in", "POST_CONFIRM_VIEW": "/sign-in",
        "POST_CHANGE_VIEW": "/account", "POST_RESET_VIEW": "/sign-in", "POST_CHANGE_EMAIL_VIEW": "/account", "POST_VERIFY_VIEW": "/account",
        "TWO_FACTOR_POST_SETUP_VIEW": "/account", "WAN_POST_REGISTER_VIEW": "/account/passkeys",
    }  # fmt: skip


def init_app(app: Sunmao) -> None:
    """Configure everything the library does, and the password hasher that tests may make fast."""
    found = _features(app.settings)
    found |= {f"{name}_URL": address for name, address in ADDRESSES.items()}
    found |= {f"{name}_TEMPLATE": f"accounts/{file}.html" for name, file in TEMPLATES.items()}
    found |= {name: f"accounts/mail/{file}" for name, file in MAILS.items()}
    found |= {name: lazy_gettext(text) for name, text in SUBJECTS.items()}
    app.config.update(_cookies(app.settings), **{f"SECURITY_{name}": value for name, value in found.items()})
    datastore = Datastore(LocalProxy(lambda: g.session), Person, NoRole, Passkey)  # type: ignore[arg-type]
    Security(
        app, datastore, login_form=signing.SignInForm, register_form=signing.RegisterForm, verify_form=signing.AgainForm,
        two_factor_verify_code_form=signing.CodeForm, mf_recovery_form=signing.RecoveryForm, mail_util_cls=signing.Post,
        password_util_cls=signing.Passwords, totp_cls=signing.Codes, webauthn_util_cls=signing.Passkeys,
    )  # fmt: skip
    app.view_functions["security.two_factor_rescue"] = _no_rescue  # help is given in person, never by a mail to nobody
    signing.connect(app)
    app.before_request(_still_signed_in)
    _demand_second_factor(app)
    _limit(app)


def _no_rescue() -> NoReturn:
    raise NotFound


def _limit(app: Sunmao) -> None:
    limiter = Limiter(get_remote_address, app=app, storage_uri=app.settings.rate_storage, headers_enabled=False)
    for endpoint, setting in RATES.items():
        limited = limiter.limit(getattr(app.settings, setting), methods=["POST"], scope=setting)
        app.view_functions[endpoint] = limited(app.view_functions[endpoint])  # type: ignore[assignment]
    _within_rates(app, limiter)


def _within_rates(app: Sunmao, limiter: Limiter) -> None:
    """Before every page: no machine reads or posts with somebody's account without end; people never come near."""
    rates = {name: parse_many(getattr(app.settings, name)) for name in ("rate_read", "rate_post")}

    def within() -> None:
        person = None if request.endpoint in {"static", "security.static"} or "_user_id" not in cookie else signed_in_person()
        if person is None:
            return
        name = "rate_read" if request.method in pages.SAFE_METHODS else "rate_post"
        if not all(limiter.limiter.hit(rate, name, str(person.id)) for rate in rates[name]):
            raise TooManyRequests

    app.before_request(within)


def _still_signed_in() -> None:
    """A cookie counts only as long as its sign-in was not ended, has not expired and did not lie idle."""
    if "_user_id" not in cookie or request.endpoint == "static":
        return
    person = signed_in_person()
    if person and sign_ins.current(g.session, pages.settings(), person.id, cookie.get(signing.SECRET, "")) is None:
        logout_user()
        g.pop("actor", None)


def _demand_second_factor(app: Sunmao) -> None:
    """Before every page, where the setting names roles: whoever holds one without a second factor is led to setting it up."""
    demanded = second_factor.roles(app.settings)

    def lead() -> Any:
        person = signed_in_person() if "_user_id" in cookie and request.endpoint not in {"static", "security.static"} else None
        if person is None or not second_factor.missing(g.session, demanded, person):
            cookie.pop(LED, None)
            return None
        g.second_factor_demanded = True
        if request.endpoint in second_factor.OPEN:
            return None
        if not cookie.get(LED):
            cookie[LED] = True
            audit.record(g.session, service.actor_for(g.session, person, None), "second_factor:demanded", person)
        return redirect(url_for_security("two_factor_setup"))

    if demanded:
        app.before_request(lead)


def signed_in_person() -> Person | None:
    """The person of this request, None for a visitor."""
    user: Any = current_user
    return user._get_current_object() if user and user.is_authenticated else None
