"""HTML door of operation: health, parked jobs, the demonstration clock; and /healthz for machines."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.admin import policy as _policy  # noqa: F401 - registers the rules
from webapp.admin import service
from webapp.core import migrate, outbox, pages, policy
from webapp.core.errors import NotFound
from webapp.core.pages import Sunmao

admin = Blueprint("admin", __name__)


def _index() -> Any:
    return current_app.extensions["engines"]["index"]


@admin.get("/healthz")
def healthz() -> Any:
    """Whether the site is ready to serve; 503 while the database is not at this program's tables."""
    application: Sunmao = current_app  # type: ignore[assignment]
    ready = migrate.revision(application.database) == migrate.head(application.database)
    body = {"status": "ok" if ready else "not ready", "jobs": outbox.counts(pages.session()), "index": not _index().damaged()}
    return jsonify(body), 200 if ready else 503


@admin.get("/admin/health")
@auth_required("session")
def health() -> str:
    """How the system runs."""
    policy.check(pages.actor(), "admin:health")
    found = service.health(pages.session(), _index())
    may_run = policy.can(pages.actor(), "admin:jobs")
    return render_template("admin/health.html", health=found, may_run=may_run, demo=pages.settings().demo)


@admin.post("/admin/jobs/<int:job_id>/retry")
@auth_required("session")
def retry(job_id: int) -> Any:
    """Let a parked job run again."""
    policy.check(pages.actor(), "admin:jobs")
    service.retry(pages.session(), pages.actor(), job_id)
    return redirect(url_for("admin.health"))


@admin.post("/admin/rebuild")
@auth_required("session")
def rebuild() -> Any:
    """Build the index and the matches anew."""
    policy.check(pages.actor(), "admin:jobs")
    service.rebuild(pages.session(), pages.actor())
    flash(gettext("已安排重建索引和匹配，期间照常使用。"), "success")
    return redirect(url_for("admin.health"))


@admin.post("/demo/clock")
@auth_required("session")
def move_clock() -> Any:
    """Move a demonstration's clock forward by some days."""
    if not pages.settings().demo:
        raise NotFound
    policy.check(pages.actor(), "admin:clock")
    days = request.form.get("days", type=int) or 0
    if 0 < days <= 400:
        service.move_clock(pages.session(), pages.settings(), pages.actor(), days)
        flash(gettext("演示时钟前进了 %(days)s 天，各项期限在几秒内更新。", days=days), "success")
    return redirect(pages.local_target(request.form.get("next"), url_for("accounts.start")))
