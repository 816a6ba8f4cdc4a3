"""The only file of core that knows Flask: the procession of a request, forms, paging, languages and HTML errors."""

from __future__ import annotations

import logging
import math
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from babel import Locale
from flask import Blueprint, Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import Babel, get_locale, get_translations, gettext
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy import Select, func
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, SecurityError
from wtforms import Field

from webapp.config import Settings
from webapp.core import clock, content_language, policy, texts
from webapp.core.db import Database
from webapp.core.errors import N_, AppError, Forbidden, NotFound, Stale, TooLarge, disk_full
from webapp.core.languages import LANGUAGES

log = logging.getLogger(__name__)
LOCALES = {code: Locale.parse(code) for code in LANGUAGES}  # looking a name up among the thousand locales took a tenth of a page's time
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# A path of this site: browsers take a backslash for a slash, and leave tabs and line breaks out before they look.
LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
HSTS = "max-age=31536000; includeSubDomains"
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class Sunmao(Flask):
    """Flask with one database transaction round each request."""

    database: Database
    settings: Settings

    def full_dispatch_request(self) -> Response:
        """Run the request in one transaction; a reader that turns writer too late is run again as a writer."""
        write = request.method not in SAFE_METHODS
        if write:
            _receive()
            write = not getattr(self.view_functions.get(request.endpoint or ""), "reads_first", False)
        try:
            return self._in_transaction(write)
        except OperationalError:
            if write or not self.database.sqlite:
                raise
            g.pop("actor", None)
            g.pop("_login_user", None)
            return self._in_transaction(write=True)

    def _in_transaction(self, write: bool) -> Response:
        try:
            with self.database.transaction(write) as g.session:
                return super().full_dispatch_request()
        finally:
            g.pop("session", None)  # an error page after this must not ask the database again: it may be away


def _receive() -> None:
    """Take in the body before the database is asked: on SQLite a slow upload would hold up everybody who writes."""
    try:
        _ = request.form
    except HTTPException as error:
        g.unreceived = error


def _received() -> None:
    if "unreceived" in g:
        raise g.unreceived


def reads_first(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a page that posts but works long before it writes: it begins as a reader and holds up nobody meanwhile."""
    view.reads_first = True  # type: ignore[attr-defined]
    return view


def session() -> Session:
    """This request's database session."""
    return g.session


def settings() -> Settings:
    """The application's settings."""
    return current_app.settings  # type: ignore[attr-defined]


def actor() -> policy.Actor:
    """Who asks, worked out once per request by the loader accounts registers."""
    if "actor" not in g:
        g.actor = current_app.extensions["actor_loader"]()
    return g.actor


def find(model: type, row_id: int) -> Any:
    """The row if the actor may see it, else a 404 page."""
    return policy.find(session(), actor(), model, row_id)


class Form(FlaskForm):
    """Base of all forms: text is stripped, control characters go, and `version` carries what the person opened."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            filters = list(unbound_field.kwargs.get("filters", ()))
            if clean not in filters and unbound_field.field_class.__name__ in {"StringField", "TextAreaField", "SearchField"}:
                filters.append(clean)
            return unbound_field.bind(form=form, filters=filters, **options)


    def validate(self, *arguments: Any, **more: Any) -> bool:
        """Validate; sentences of lazy translations become plain text, as templates expect."""
        valid = bool(super().validate(*arguments, **more))
        for one in self:
            if isinstance(one.errors, list | tuple):
                one.errors = [str(error) if isinstance(error, LazyString) else error for error in one.errors]
        return valid


def clean(value: Any) -> Any:
    """Text without control characters (line breaks and tabs stay) and outer blanks."""
    if not isinstance(value, str):
        return value
    return "".join(c for c in value if c >= " " or c in "\n\t").replace("\x7f", "").strip()


@dataclass
class Outcome:
    """Whether the work under `submitting` went through."""

    ok: bool = False
    error: AppError | None = None


@contextmanager
def submitting(form: FlaskForm) -> Iterator[Outcome]:
    """Do a form's work in a savepoint: on an error nothing is half-saved and the sentences land at their fields."""
    outcome = Outcome()
    savepoint = session().begin_nested()
    try:
        yield outcome
        session().flush()
        savepoint.commit()
        outcome.ok = True
    except (AppError, StaleDataError) as error:
        savepoint.rollback()
        outcome.error = error if isinstance(error, AppError) else Stale(who=gettext("别人"))
        _attach(form, outcome.error)


def _attach(form: FlaskForm, error: AppError) -> None:
    left = dict(error.fields)
    for name, sentence in error.fields.items():
        if name in form:
            target = form[name]
            target.errors = [*target.errors, gettext(sentence) % error.params if error.params else gettext(sentence)]
            left.pop(name)
    if left or not error.fields:
        form.form_errors.append(say(error))


def say(error: AppError) -> str:
    """The error's sentence in the reader's language."""
    text = gettext(error.message)
    return text % error.params if error.params else text


@dataclass
class Page:
    """One page of a list."""

    items: list[Any]
    number: int
    size: int
    total: int
    url_for_page: Callable[[int], str] = field(default_factory=lambda: page_url)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, math.ceil(self.total / self.size))

    @property
    def first(self) -> int:
        """Number of the first item shown, 0 when empty."""
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Number of the last item shown."""
        return self.first + len(self.items) - 1 if self.items else 0


def page_number() -> int:
    """The page asked for; rubbish means the first."""
    raw = request.args.get("page", "1")
    return min(max(int(raw), 1), 100_000) if raw.isascii() and raw.isdigit() else 1


def page_url(number: int) -> str:
    """This address with another page number."""
    arguments: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(False), "page": number}
    return url_for(request.endpoint or "", **arguments)


def paginate(query: Select[Any], size: int = 20) -> Page:
    """The asked-for page of a query; a number past the end gives the last page."""
    total = session().scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0
    number = min(page_number(), max(1, math.ceil(total / size)))
    rows = session().scalars(query.limit(size).offset((number - 1) * size)).unique().all()
    return Page(list(rows), number, size, total)


def local_target(target: str | None, fallback: str) -> str:
    """A redirect target inside this site, else the fallback: never another host."""
    return target if target and LOCAL.fullmatch(target) else fallback


def language() -> str:
    """zh_CN or en, as the page is shown."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh_CN"


def choose_language() -> str:
    """The reader's choice, then the browser's, then the setting.

    Offering plain `zh` beside `zh-CN` matters: against `zh_Hans_CN` alone a Chinese browser would get English.
    """
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"])
    return "en" if best == "en" else "zh_CN" if best else settings().language


core = Blueprint("core", __name__)


@core.post("/language", endpoint="language")
def language_switch() -> Any:
    """Show the site in another language and come back."""
    return _remember("language", request.form.get("language", ""), LANGUAGES)


@core.post("/theme")
def theme() -> Any:
    """Light or dark, remembered in this browser."""
    return _remember("theme", request.form.get("theme", ""), ("light", "dark"))


@core.post("/first-steps")
def first_steps() -> Any:
    """Put the panel of first steps away in this browser, or bring it back."""
    return _remember("first_steps", request.form.get("first_steps", ""), ("on", "off"))


def _remember(name: str, value: str, allowed: tuple[str, ...]) -> Any:
    response = make_response(redirect(local_target(request.form.get("next"), url_for("discovery.home"))))
    if value in allowed:
        response.set_cookie(name, value, max_age=31_536_000, samesite="Lax", httponly=True, secure=settings().secure_cookies)
    return response


def _app_error(error: AppError) -> Any:
    session().rollback()
    _note_refusal(error)
    return error_page(error.status, say(error), error.code)


def _note_refusal(error: AppError | CSRFError) -> None:
    """Who was refused what, on one line: what people send is written so that it cannot begin another."""
    who, what = g.get("actor", policy.ANONYMOUS), getattr(error, "code", "refused")
    level = logging.WARNING if isinstance(error, Forbidden | NotFound | CSRFError) else logging.INFO
    log.log(level, "refused %s: person %s of %s, %s %r from %r", what, who.person_id, who.organisation_id, request.method, request.path, request.remote_addr)


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    if isinstance(error, SecurityError):  # another site's name: no page of ours can be addressed there
        log.warning("refused host %r from %r", request.environ.get("HTTP_HOST"), request.remote_addr)
        return Response("400\n", 400, mimetype="text/plain")
    session().rollback()
    known = {404: NotFound(), 413: TooLarge(limit=settings().upload_max_mb)}
    plain = known.get(error.code)
    if isinstance(error, RequestEntityTooLarge):
        plain = TooLarge(limit=settings().upload_max_mb)
    sentence = say(plain) if plain else gettext(SENTENCES.get(error.code, SENTENCES[400]))
    return error_page(error.code, sentence, plain.code if plain else f"http_{error.code}")


SENTENCES = {
    400: N_("浏览器发来的内容读不懂，请返回上一页再试。"),
    401: N_("请先登录。"),
    403: N_("您的身份不能做这件事。"),
    405: N_("这个地址不能这样打开，请从页面上的按钮进入。"),
    429: N_("操作太频繁，请过一会儿再试。"),
    500: N_("服务器出了意外，刚才这一步没有保存。请再试一次，仍不行就把编号告诉管理员。"),
    503: N_("系统暂时连不上数据库，没有丢失任何内容。请稍后再试。"),
    507: N_("服务器的磁盘满了，刚才这一步没有保存。请把编号告诉管理员，腾出空间后再试。"),
}
# What a page after a mishap gives back of what was typed: not secrets, not files, and no more than this.
KEPT_FIELDS, KEPT_CHARACTERS = 400, 400_000
NEVER_KEPT = ("password", "code", "token", "passcode")


def _csrf_error(error: CSRFError) -> Any:
    session().rollback()
    _note_refusal(error)
    sentence = gettext("页面放置太久，安全口令已过期。请返回上一页，刷新后再提交，已输入的内容可先复制。")
    return error_page(400, sentence, "csrf")


def _unexpected(error: InternalServerError) -> Any:
    number = secrets.token_hex(4)
    cause = error.original_exception or error
    log.error("unexpected error %s", number, exc_info=cause)
    status = 507 if disk_full(cause) else 503 if isinstance(cause, OperationalError) else 500
    return error_page(status, gettext(SENTENCES[status]), f"{status}-{number}", plain=True)


def error_page(status: int, sentence: str, code: str, plain: bool = False) -> Any:
    """A page that says what happened, what is safe and what to do; `plain` needs no database and gives back what was typed."""
    frame = "errors/_plain.html" if plain else "base_work.html" if actor().signed_in else "base_public.html"
    return render_template("errors/error.html", frame=frame, status=status, sentence=sentence, code=code, plain=plain, typed=_typed() if plain else []), status


def _typed() -> list[tuple[str, str]]:
    """The fields of the form that could not be saved, to be sent again from the error page."""
    if request.method != "POST" or request.files:
        return []
    fields = [(name, value) for name, value in request.form.items(multi=True) if name == "csrf_token" or not name.endswith(NEVER_KEPT)]
    fits = len(fields) <= KEPT_FIELDS and sum(len(value) for _, value in fields) <= KEPT_CHARACTERS
    return fields if fits and len(fields) > 1 else []


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CSP)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    if request.endpoint == "security.logout":
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    if settings().secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store" if g.get("actor", policy.ANONYMOUS).signed_in else "no-cache")
    return response


def _texts() -> Any:
    """The catalogue of this request's language, found once: a page asks for hundreds of texts, and finding it took a tenth of its time."""
    found = g.get("texts")
    if found is None:
        found = g.texts = get_translations()
    return found


def _spoken(response: Response) -> Response:
    """A page with its words in the other language marked as such."""
    if response.mimetype == "text/html" and not response.is_streamed and not response.direct_passthrough:
        response.set_data(content_language.mark(response.get_data(as_text=True), language()))
    return response


def init_app(app: Sunmao) -> None:
    """Register languages, CSRF protection, errors, headers and the core routes."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=lambda: LOCALES.get(choose_language(), LOCALES["zh_CN"]), timezone_selector=lambda: str(clock.ZONE))
    texts.install(app.jinja_env, _texts)
    app.before_request(_received)
    CSRFProtect(app)
    app.register_blueprint(core)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(InternalServerError, _unexpected)
    app.after_request(_headers)
    app.after_request(_spoken)
    if app.settings.demo:
        app.before_request(lambda: clock.read_offset(app.settings.var / "clock-offset"))
