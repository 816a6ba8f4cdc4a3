"""HTML door of accounts: who acts for which organisation, one's own account, its safety and its data."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import format_timedelta, gettext
from flask_security import auth_required
from flask_security.utils import logout_user
from sqlalchemy.orm import Session

from webapp.accounts import fields, owndata, service, sign_ins, values
from webapp.accounts import policy as _policy  # noqa: F401 - registers the rules
from webapp.accounts.forms import PersonForm, PhraseForm
from webapp.accounts.models import Person
from webapp.accounts.security import signed_in_person
from webapp.accounts.signing import SECRET
from webapp.accounts.states import VERIFICATION
from webapp.core import pages, retention
from webapp.core.pages import submitting
from webapp.core.policy import ANONYMOUS, Actor

accounts = Blueprint("accounts", __name__)


def load_actor() -> Actor:
    """Who asks: the signed-in person in the organisation chosen for this browser."""
    person = signed_in_person()
    if person is None:
        return replace(ANONYMOUS, language=pages.language())
    g.memberships = service.memberships(pages.session(), person.id)  # the head of the page names them too
    found = service.actor_for(pages.session(), person, cookie.get("organisation"), g.memberships)
    return replace(found, language=pages.language())


def me_myself() -> Person:
    """The signed-in person; pages that ask are for signed-in people only."""
    person = signed_in_person()
    if person is None:
        raise LookupError("nobody is signed in")
    return person


def fresh(minutes: int = 15) -> Any:
    """For pages that change how the account is kept: the password again, unless it was typed minutes ago."""
    return auth_required("session", within=minutes, grace=0)


@accounts.post("/acting-for")
@auth_required("session")
def switch() -> Any:
    """Act under another of one's memberships."""
    wanted = request.form.get("membership", type=int)
    mine = {m.id: m.organisation for m in service.memberships(pages.session(), pages.actor().person_id or 0)}
    if wanted in mine:
        cookie["organisation"] = mine[wanted].id
        flash(gettext("现在代表 %(name)s。", name=mine[wanted].name), "success")
    return redirect(url_for("accounts.start"))


# Topics above this one say where somebody begins while something waits there: (session, actor) -> address, or "".
beginnings: list[Callable[[Session, Actor], str]] = []


@accounts.get("/start")
def start() -> Any:
    """Where the signed-in person's work begins; who belongs nowhere yet is led to join an organisation."""
    actor = pages.actor()
    if waits := next(filter(None, (found(pages.session(), actor) for found in beginnings)), ""):
        return redirect(waits)
    if actor.has("broker"):
        return redirect(url_for("matches.queue"))
    if actor.has("operator", "admin", "auditor"):
        return redirect(url_for("admin.health"))
    if actor.has("researcher", "tto", "company_user", "company_admin"):
        return redirect(url_for("catalog.mine"))
    return redirect(url_for("accounts.organisations_of_mine") if actor.signed_in else url_for("discovery.home"))


@accounts.route("/account", methods=["GET", "POST"])
@auth_required("session")
def me() -> Any:
    """One's own name, telephone number and language."""
    person = me_myself()
    form = PersonForm(obj=person)
    if form.validate_on_submit():
        with submitting(form) as done:
            typed = {"name": form.name.data, "phone": fields.phone(form.phone.data), "language": form.language.data}
            service.change_person(pages.session(), pages.actor(), person, typed)
        if done.ok:
            flash(gettext("已保存。"), "success")
            return redirect(url_for("accounts.me"))
    return render_template("accounts/me.html", form=form, person=person)


@accounts.get("/account/safety")
@auth_required("session")
def safety() -> str:
    """Password, second factor, passkeys, and where one is signed in."""
    person = me_myself()
    here = sign_ins.digest(cookie.get(SECRET, ""))
    alive = sign_ins.alive(pages.session(), pages.settings(), person.id)
    return render_template("accounts/safety.html", person=person, sign_ins=alive, here=here)


@accounts.post("/account/sign-ins/<int:sign_in_id>/end")
@auth_required("session")
def end_sign_in(sign_in_id: int) -> Any:
    """End one of one's sign-ins."""
    sign_ins.end(pages.session(), pages.actor(), sign_in_id)
    flash(gettext("那台设备已退出登录。"), "success")
    return redirect(url_for("accounts.safety"))


@accounts.post("/account/sign-ins/end-others")
@auth_required("session")
def end_other_sign_ins() -> Any:
    """End every sign-in but this one."""
    sign_ins.end_all(pages.session(), pages.actor().person_id or 0, cookie.get(SECRET, ""))
    flash(gettext("别的设备都已退出登录。"), "success")
    return redirect(url_for("accounts.safety"))


@accounts.get("/account/data")
@auth_required("session")
def my_data() -> str:
    """What the platform holds of the person, as a file, and closing the account."""
    return render_template("accounts/data.html", against=owndata.hindrances(pages.session(), me_myself()))


@accounts.post("/account/data/export")
@fresh()
def export() -> Response:
    """One's own data as one JSON file."""
    found = owndata.export(pages.session(), pages.actor(), me_myself())
    body = json.dumps(found, ensure_ascii=False, indent=1)
    return Response(body, mimetype="application/json", headers={"Content-Disposition": "attachment; filename=my-data.json"})


@accounts.route("/account/close", methods=["GET", "POST"])
@fresh()
def close() -> Any:
    """Close one's own account."""
    form, person = PhraseForm(), me_myself()
    if form.validate_on_submit():
        with submitting(form) as done:
            owndata.close(pages.session(), pages.actor(), person)
        if done.ok:
            logout_user()
            flash(gettext("账号已注销，个人信息已抹去。"), "success")
            return redirect(url_for("discovery.home"))
    return render_template("accounts/close.html", form=form, against=owndata.hindrances(pages.session(), person))


@accounts.get("/privacy")
def privacy() -> str:
    """What is collected, what for, and how long it is kept; the periods are those the periodic job applies."""
    settings = pages.settings()
    rows = [(rule.label, getattr(settings, rule.setting), rule.what) for rule in retention.rules()]
    return render_template("accounts/privacy.html", rows=rows)


@accounts.context_processor
def words() -> dict[str, Any]:
    """Names of codes these pages show."""
    return {
        "kinds": values.ORGANISATION_KINDS, "role_names": values.ROLES, "size_names": values.SIZE_CLASSES, "badge_names": values.BADGES,
        "interest_names": values.INTERESTS, "verification_names": VERIFICATION.states,
    }  # fmt: skip


@accounts.app_template_filter("device")
def device(agent: str) -> str:
    """What people call a browser: its name and system, told from what it says of itself."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or gettext("未知设备")


@accounts.app_template_filter("duration")
def duration(span: timedelta) -> str:
    """How long something is valid, in the reader's words."""
    return str(format_timedelta(span, granularity="minute", threshold=1.5))


BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip

import webapp.accounts.organisation_pages  # noqa: E402 - its pages hang on this blueprint
import webapp.accounts.pages_people  # noqa: E402, F401 - these too
