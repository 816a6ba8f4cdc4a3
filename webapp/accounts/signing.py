"""What the accounts library lets us shape: its forms with locks, its mail through our outbox, codes that work once, signals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import current_app, g, request
from flask import session as cookie
from flask_babel import gettext, lazy_gettext
from flask_login import user_logged_out
from flask_security import (
    LoginForm,
    MailUtil,
    MfRecoveryForm,
    PasswordUtil,
    RegisterFormV2,
    TwoFactorVerifyCodeForm,
    VerifyForm,
    WebauthnUtil,
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    user_confirmed,
    user_failed_authn,
    user_registered,
    wan_deleted,
    wan_registered,
)
from flask_security.totp import Totp
from webauthn.helpers.structs import UserVerificationRequirement
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from webapp.accounts import attempts, sign_ins
from webapp.accounts.models import Person
from webapp.accounts.passwords import guessable
from webapp.core import audit, clock, pages
from webapp.core.errors import N_
from webapp.core.policy import Actor

log = logging.getLogger(__name__)
# Mails whose link only confirms what somebody typed; those that open an account are of no kind anybody may read.
MAIL_KINDS = {"welcome": "confirm", "confirm": "confirm"}
SECRET = "sign_in"  # noqa: S105 - the name of a value in the cookie
PAUSED = N_("多次没有成功，为了安全暂停 %(minutes)s 分钟，请稍后再试，或点“忘记密码”重设。")


def _paused() -> str:
    log.warning("sign-in paused: too many failures, last from %r", request.remote_addr)
    return str(gettext(PAUSED, minutes=pages.settings().lock_minutes))


class SignInForm(LoginForm):  # type: ignore[misc]
    """Sign-in that pauses after too many failures for what was typed, whether anybody has that address or not."""

    def validate(self, **more: Any) -> bool:
        """Refuse while paused, count failures, forget them after a right try."""
        key = attempts.key_of(pages.settings(), "address", str(self.email.data or ""))
        if attempts.locked(g.session, key):
            self.form_errors.append(_paused())
            return False
        cookie.permanent = bool(self.remember.data)
        self.remember.data = False  # staying signed in is our own row's business, so that it can be ended
        valid = bool(super().validate(**more))
        if valid:
            attempts.passed(g.session, key)
        elif self.password.data and not self.user_authenticated and attempts.failed(g.session, pages.settings(), key):
            self.form_errors.append(_paused())
        return valid


class _Counted:
    """Mixin: a second factor or a repeated password pauses after too many failures of this person."""

    kind = ""

    def validate(self, **more: Any) -> bool:
        """Refuse while paused, count failures, forget them after a right try."""
        user: Any = self.user  # type: ignore[attr-defined]
        key = attempts.key_of(pages.settings(), self.kind, str(user.id if user else ""))
        if attempts.locked(g.session, key):
            self.form_errors.append(_paused())  # type: ignore[attr-defined]
            return False
        valid = bool(super().validate(**more))  # type: ignore[misc]
        if valid:
            attempts.passed(g.session, key)
        elif request.method == "POST":
            attempts.failed(g.session, pages.settings(), key)
        return valid


class CodeForm(_Counted, TwoFactorVerifyCodeForm):  # type: ignore[misc]
    """The six digits of an authenticator app."""

    kind = "code"


class RecoveryForm(_Counted, MfRecoveryForm):  # type: ignore[misc]
    """A recovery code."""

    kind = "code"


class AgainForm(_Counted, VerifyForm):  # type: ignore[misc]
    """The password once more, before something sensitive."""

    kind = "again"


class RegisterForm(RegisterFormV2):  # type: ignore[misc]
    """Registration asks for a name and for consent beside the address and the password."""

    name = StringField(lazy_gettext("姓名"), [DataRequired(), Length(max=80)], filters=[pages.clean], render_kw={"autocomplete": "name"})
    agree = BooleanField(lazy_gettext("我已阅读并同意个人信息处理说明"), [DataRequired(lazy_gettext("同意后才能注册。"))])


class Passwords(PasswordUtil):  # type: ignore[misc]
    """The library's length rule, and no password that is easily guessed."""

    def validate(self, password: str, is_register: bool, **known: Any) -> tuple[list[str] | None, str]:
        """Sentences about what is wrong, and the password as it will be hashed."""
        wrong, plain = super().validate(password, is_register, **known)
        user = known.get("user")
        words = (user.email, user.name) if user else tuple(v for v in known.values() if isinstance(v, str))
        if not wrong and guessable(plain, *words):
            return [gettext("这个密码太容易被猜到，请换一个：几个不相干的词连起来，既长又好记。")], plain
        return wrong, plain


class Codes(Totp):  # type: ignore[misc]
    """Authenticator codes that are accepted once."""

    def get_last_counter(self, user: Any) -> int | None:
        """The number of the last accepted code."""
        found: int | None = user.totp_counter
        return found

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Remember the accepted code, so that a replay is refused."""
        user.totp_counter = tmatch.counter


class Passkeys(WebauthnUtil):  # type: ignore[misc]
    """Any authenticator will do, the device's own fingerprint or face too; instead of a password it must know its user."""

    def authenticator_selection(self, user: Any, usage: str) -> Any:
        """The library asks for a separate key where a passkey replaces the password; that would shut out phones and laptops."""
        found = super().authenticator_selection(user, usage)
        found.authenticator_attachment = None
        if usage == "first":
            found.user_verification = UserVerificationRequirement.REQUIRED
        return found

    def user_verification(self, user: Any, usage: list[str]) -> Any:
        """Signing in without a password asks for it each time, not only when the key is added."""
        return UserVerificationRequirement.REQUIRED if usage == ["first"] else super().user_verification(user, usage)


class Post(MailUtil):  # type: ignore[misc]
    """The library's mail becomes a row sent by the worker; links lead to the site's own address, whatever host was asked."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **more: Any
    ) -> None:
        """Leave the mail in this transaction."""
        text = (body or "").strip().replace(request.host_url, pages.settings().public_url.rstrip("/") + "/")
        person = more.get("user")
        g.session.flush()  # a new person has a number from here on
        post = current_app.extensions["post"]
        post(g.session, person.id if person else None, str(recipient), MAIL_KINDS.get(template.rpartition("/")[2], "account"), str(subject), text + "\n")


def _begin(_sender: Any, user: Person, authn_via: list[str] | None = None, **_more: Any) -> None:
    """Every way of signing in ends here: the browser gets a secret of its own."""
    settings, known = pages.settings(), cookie.get(SECRET, "")
    if known and sign_ins.current(g.session, settings, user.id, known):
        return
    way, agent = "+".join(authn_via or ["password"]), str(request.user_agent)
    cookie[SECRET] = sign_ins.begin(g.session, settings, user, way, request.remote_addr or "", agent, bool(cookie.permanent))
    cookie.pop("organisation", None)
    audit.record(g.session, _as(user), "sign_in:begin", user, way=way)


def _left(_sender: Any, user: Any = None, **_more: Any) -> None:
    """Signing out ends the sign-in itself: a copy of the cookie is worth nothing from here on."""
    secret = cookie.pop(SECRET, "")
    row = sign_ins.current(g.session, pages.settings(), user.id, secret) if secret and getattr(user, "id", None) else None
    if row is not None:
        row.ended_at = attempts.real_now()
        audit.record(g.session, _as(user), "sign_in:end", row)


def _as(user: Person) -> Actor:
    return Actor(user.id, user.name, language=user.language)


def _end_others(_sender: Any, user: Person, **_more: Any) -> None:
    sign_ins.end_all(g.session, user.id, cookie.get(SECRET, ""))
    audit.record(g.session, _as(user), "person:password", user)


def _end_all(_sender: Any, user: Person, **_more: Any) -> None:
    sign_ins.end_all(g.session, user.id)
    attempts.passed(g.session, attempts.key_of(pages.settings(), "address", user.email))
    audit.record(g.session, _as(user), "person:password_reset", user)


def _registered(_sender: Any, user: Person, **_more: Any) -> None:
    user.language, user.agreed_at = pages.language(), clock.now()
    g.session.flush()
    audit.record(g.session, _as(user), "person:register", user)


def _confirmed(_sender: Any, user: Person, **_more: Any) -> None:
    audit.record(g.session, _as(user), "person:confirm", user)


def _failed(_sender: Any, user: Person, auth_type: str = "", **_more: Any) -> None:
    audit.record(g.session, _as(user), "sign_in:failed", user, way=auth_type)


def _factor(action: str) -> Callable[..., None]:
    """Another or no second factor, another or one passkey less: an event each."""

    def heard(_sender: Any, user: Any, **_more: Any) -> None:
        person = getattr(user, "_get_current_object", lambda: user)()
        g.session.flush()
        audit.record(g.session, _as(person), action, person)

    return heard


FACTORS = (
    (tf_profile_changed, _factor("second_factor:set_up")), (tf_disabled, _factor("second_factor:disable")),
    (wan_registered, _factor("passkey:add")), (wan_deleted, _factor("passkey:remove")),
)  # fmt: skip


def connect(app: Any) -> None:
    """Listen to what the library tells."""
    pairs = (
        (user_authenticated, _begin), (password_changed, _end_others), (password_reset, _end_all),
        (user_registered, _registered), (user_logged_out, _left), (user_confirmed, _confirmed), (user_failed_authn, _failed),
    )  # fmt: skip
    for signal, heard in (*pairs, *FACTORS):
        signal.connect(heard, app)
