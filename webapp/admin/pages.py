"""HTML door of operation: health, parked jobs, the demonstration clock; and /healthz for machines."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.accounts.values import ROLES
from webapp.admin import audit, service
from webapp.admin import policy as _policy  # noqa: F401 - registers the rules
from webapp.core import clock, migrate, outbox, pages, policy
from webapp.core.errors import N_, NotFound
from webapp.core.pages import Sunmao

# Who acts without a role of their own, as the auditor reads it.
NOBODY = {"visitor": N_("访客"), "system": N_("系统")}
admin = Blueprint("admin", __name__)
EXPORTS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


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
    found = service.health(pages.session(), _index(), pages.settings())
    may_run = policy.can(pages.actor(), "admin:jobs")
    return render_template("admin/health.html", health=found, may_run=may_run, demo=pages.settings().demo)


@admin.post("/admin/jobs/<int:job_id>/retry")
@auth_required("session")
def retry(job_id: int) -> Any:
    """Let a parked job run again."""
    policy.check(pages.actor(), "admin:jobs")
    service.retry(pages.session(), pages.actor(), job_id)
    return redirect(pages.local_target(request.form.get("next"), url_for("admin.jobs")))


@admin.get("/admin/jobs")
@auth_required("session")
def jobs() -> str:
    """What the worker still has to do, what failed, and when each periodic job last ran."""
    policy.check(pages.actor(), "admin:health")
    state = request.args.get("state", "")
    state = state if state in service.SHOWN else "parked"
    page = pages.paginate(service.jobs(state), 50)
    return render_template(
        "admin/jobs.html", page=page, state=state, states={code: gettext(label) for code, label in service.SHOWN.items()},
        counts=service.job_counts(pages.session()), runs=service.periodic(pages.session()),
        may_run=policy.can(pages.actor(), "admin:jobs"), tries=pages.settings().job_tries,
    )  # fmt: skip


@admin.post("/admin/jobs/retry")
@auth_required("session")
def retry_all() -> Any:
    """Let every parked job run again."""
    policy.check(pages.actor(), "admin:jobs")
    count = service.retry_all(pages.session(), pages.actor())
    flash(gettext("%(n)s 个任务重新排队。", n=count), "success")
    return redirect(url_for("admin.jobs", state="waiting"))


@admin.get("/admin/audit")
@auth_required("session")
def audit_events() -> str:
    """Every event, filtered, for the auditor."""
    policy.check(pages.actor(), "admin:audit")
    wanted = audit.read(request.args)
    page = pages.paginate(audit.events(wanted), 50)
    areas = {code: gettext(label) for code, label in audit.AREAS.items()}
    return render_template(
        "admin/audit.html", page=page, wanted=wanted, areas=areas, names=audit.names(pages.session(), page.items), facts=audit.facts,
        seals=audit.seals(pages.session()), roles={code: gettext(label) for code, label in (ROLES | NOBODY).items()},
    )  # fmt: skip


@admin.get("/admin/audit.<kind>")
@auth_required("session")
def audit_export(kind: str) -> Any:
    """The events asked for as a file; the export is an event itself."""
    policy.check(pages.actor(), "admin:audit")
    if kind not in EXPORTS:
        raise NotFound
    body = audit.export(pages.session(), pages.actor(), audit.read(request.args), kind)
    return send_file(io.BytesIO(body), mimetype=EXPORTS[kind], as_attachment=True, download_name=f"audit-{clock.today().isoformat()}.{kind}")


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
