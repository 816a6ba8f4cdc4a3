"""HTML door of care: merging twins, reports and takedown, the history of a row, its card to print and share."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.catalog import history, reports, service, twins, values
from webapp.catalog.forms import ActForm
from webapp.catalog.models import Report
from webapp.catalog.pages import KINDS, Kind, catalog, names_for, reader, said
from webapp.core import pages, policy
from webapp.core.errors import AppError


def _kind(name: str) -> Kind:
    return KINDS.get(name.removesuffix("s")) or abort(404)


@catalog.post("/<any(results, demands):kind>/<int:row_id>/merge")
@auth_required("session")
def merge(kind: str, row_id: int) -> Any:
    """Close a row as the same thing as another."""
    found = _kind(kind)
    row = pages.find(found.model, row_id)
    form = ActForm()
    with pages.submitting(form) as done:
        into = twins.find(pages.session(), pages.actor(), found.model, request.form.get("code", ""))
        twins.merge(pages.session(), pages.actor(), row, into, version=_version(form))
    if done.error is not None:
        flash(said(done.error), "error")
        return redirect(found.url(row_id))
    flash(gettext("已并入 %(code)s，历史记录都保留。", code=into.code), "success")
    return redirect(found.url(into.id))


def _version(form: ActForm) -> int | None:
    return int(form.version.data) if (form.version.data or "").isdecimal() else None


@catalog.post("/<any(results, demands):kind>/<int:row_id>/different/<int:other_id>")
@auth_required("session")
def different(kind: str, row_id: int, other_id: int) -> Any:
    """Two rows that look alike are not the same thing."""
    found = _kind(kind)
    twins.different(pages.session(), pages.actor(), pages.find(found.model, row_id), other_id)
    flash(gettext("记下了，不再提示这一对。"), "success")
    return redirect(found.url(row_id))


@catalog.get("/<any(results, demands):kind>/<int:row_id>/history")
@auth_required("session")
def row_history(kind: str, row_id: int) -> str:
    """Every change of a row, with what was taken out and put in."""
    found = _kind(kind)
    row = pages.find(found.model, row_id)
    policy.check(pages.actor(), "catalog:details", row)
    view = service.open_posting(pages.session(), reader(), row)
    changes = history.changes(pages.session(), row, pages.settings(), service.lists(pages.session()), gettext, view.reads_contact)
    return render_template("catalog/history.html", view=view, changes=changes, **names_for())


@catalog.get("/<any(results, demands):kind>/<int:row_id>/card")
def card(kind: str, row_id: int) -> str:
    """One sheet to print or to share, with a code that leads back here."""
    found = _kind(kind)
    row = pages.find(found.model, row_id)
    view = service.open_posting(pages.session(), reader(), row)
    address = pages.settings().public_url.rstrip("/") + found.url(row_id)
    code = segno.make(address, error="m").svg_data_uri(scale=4, border=2)
    return render_template("catalog/card.html", view=view, address=address, code=code, **names_for())


@catalog.get("/<any(results, demands):kind>/<int:row_id>/qr.png")
def qr(kind: str, row_id: int) -> Response:
    """The code alone, for posters and for the picture other sites show beside a link."""
    found = _kind(kind)
    pages.find(found.model, row_id)
    out = io.BytesIO()
    segno.make(pages.settings().public_url.rstrip("/") + found.url(row_id), error="m").save(out, kind="png", scale=10, border=4)
    return Response(out.getvalue(), mimetype="image/png")


@catalog.post("/<any(results, demands):kind>/<int:row_id>/report")
def report(kind: str, row_id: int) -> Any:
    """Say that a row should not be there; nobody has to sign in for that."""
    found = _kind(kind)
    row = pages.find(found.model, row_id)
    form = ActForm()
    with pages.submitting(form) as done:
        given = (request.form.get(name, "") for name in ("reason", "text", "contact"))
        reports.report(pages.session(), pages.actor(), row, *given)
    if done.error is None:
        flash(gettext("收到，运营方会核查。处理过程有记录。"), "success")
    else:
        flash(said(done.error), "error")
    return redirect(found.url(row_id))


@catalog.get("/reports")
@auth_required("session")
def report_list() -> str:
    """What was reported and what became of it."""
    state = request.args.get("state", "OPEN")
    states = {"OPEN": gettext("待处理"), "UPHELD": gettext("属实，已下架"), "DISMISSED": gettext("不成立")}
    page = pages.paginate(reports.waiting(pages.actor(), state if state in states else "OPEN"))
    actor = reader()
    rows = {one.id: row for one in page.items if (row := reports.of_report(pages.session(), one)) is not None}
    views = {number: policy.reveal(actor, row) for number, row in rows.items()}
    return render_template("catalog/reports.html", page=page, views=views, state=state, report_states=states, reasons=values.REPORT_REASONS, **names_for())


@catalog.post("/reports/<int:report_id>/<any(uphold, dismiss):answer>")
@auth_required("session")
def report_decide(report_id: int, answer: str) -> Any:
    """Dismiss a report or take the row down."""
    found = pages.session().get(Report, report_id) or abort(404)
    form = ActForm()
    with pages.submitting(form) as done:
        reports.decide(pages.session(), pages.actor(), found, answer == "uphold", form.note.data or "")
    _tell(done.error, gettext("已处理，记录可查。"))
    return redirect(url_for("catalog.report_list"))


def _tell(error: AppError | None, good: str) -> None:
    flash(good if error is None else said(error), "success" if error is None else "error")


