"""HTML door of accounts: who acts for which organisation, and where each role starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask import session as cookie
from flask_babel import gettext
from flask_security import auth_required

from webapp.accounts import policy as _policy  # noqa: F401 - registers the rules
from webapp.accounts import service
from webapp.accounts.security import signed_in_person
from webapp.core import pages
from webapp.core.policy import ANONYMOUS, Actor

accounts = Blueprint("accounts", __name__)


def load_actor() -> Actor:
    """Who asks: the signed-in person in the organisation chosen for this browser."""
    person = signed_in_person()
    found = ANONYMOUS if person is None else service.actor_for(pages.session(), person, cookie.get("organisation"))
    return replace(found, language=pages.language())


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


@accounts.get("/start")
def start() -> Any:
    """Where the signed-in person's work begins."""
    actor = pages.actor()
    if actor.has("broker"):
        return redirect(url_for("matches.queue"))
    if actor.has("operator", "admin", "auditor"):
        return redirect(url_for("admin.health"))
    return redirect(url_for("catalog.mine") if actor.signed_in else url_for("discovery.home"))

