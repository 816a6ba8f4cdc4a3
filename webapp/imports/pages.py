"""HTML door of imports: batches and a new file, its columns, its progress, and the rows it refused."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.catalog import service as catalog
from webapp.core import clock, pages, policy
from webapp.core.errors import AppError, NotFound
from webapp.imports import blank, export, lists, refused, service
from webapp.imports.forms import ColumnsForm, UploadForm, chosen_columns, field_choices
from webapp.imports.models import ImportBatch
from webapp.imports.policy import kinds, owner_id, publishes
from webapp.imports.states import BATCH
from webapp.imports.values import KINDS, REFUSED_SUFFIX, source_name

imports = Blueprint("imports", __name__)
SHOWN = 50


@imports.get("/imports")
@auth_required("session")
def batches() -> Any:
    """The batches so far, and a form for the next file."""
    policy.check(pages.actor(), "imports:use")
    return _list(UploadForm(kinds(pages.actor())))


def _list(form: UploadForm, status: int = 200) -> Any:
    actor = pages.actor()
    page = pages.paginate(service.batches(actor), 20)
    shown = {
        "form": form, "page": page, "batches": [policy.reveal(actor, batch) for batch in page.items], "states": BATCH.states,
        "shapes": BATCH.shapes, "kinds": KINDS, "limit": pages.settings().upload_max_mb, "most": pages.settings().import_max_rows,
        "lists": lists.offered(actor), "own": owner_id(actor) is not None, "drafts": [kind for kind in kinds(actor) if not publishes(actor, kind)],
    }  # fmt: skip
    return render_template("imports/batches.html", **shown), status


@imports.post("/imports")
@auth_required("session")
@pages.reads_first
def upload() -> Any:
    """Take in a file; what is wrong with it is told at its field."""
    policy.check(pages.actor(), "imports:use")
    form = UploadForm(kinds(pages.actor()))
    if not form.validate_on_submit():
        return _list(form, 422)
    file = form.file.data
    file.stream.seek(0)  # a request that is run again finds it read
    # Sources are told apart by who imports: nobody reaches another organisation's rows by naming its source.
    source = source_name(form.source.data or PurePath(file.filename).stem, prefix=f"o{pages.actor().organisation_id}/")
    incoming = service.Incoming(form.kind.data, file.filename, source, file.stream)
    try:
        batch = service.start(pages.session(), pages.actor(), pages.settings(), incoming)
    except AppError as error:
        form.file.errors = [*form.file.errors, pages.say(error)]
        return _list(form, error.status)
    return redirect(url_for("imports.batch", batch_id=batch.id))


@imports.get("/imports/<int:batch_id>")
@auth_required("session")
def batch(batch_id: int) -> Any:
    """A batch: its columns to settle, or how far it is and what came of it."""
    policy.check(pages.actor(), "imports:use")
    found: ImportBatch = pages.find(ImportBatch, batch_id)
    if found.state == BATCH.start:
        return _columns(found, ColumnsForm(), found.mapping["columns"])
    view = policy.reveal(pages.actor(), found)
    lines = [(line, service.reason(line, pages.language())) for line in pages.session().scalars(service.refusals(found, SHOWN))]
    message = service.told(found.message, pages.language())
    shown = {"batch": view, "lines": lines, "message": message, "states": BATCH.states, "shapes": BATCH.shapes, "kinds": KINDS}
    return render_template("imports/batch.html", title_column=_title_column(found), **shown)


def _title_column(found: ImportBatch) -> str:
    return next((column for column, field in found.mapping["columns"].items() if field == "title"), "")


def _columns(found: ImportBatch, form: ColumnsForm, chosen: Mapping[str, str], status: int = 200) -> Any:
    view = policy.reveal(pages.actor(), found)
    try:
        table = service.table_of(pages.settings(), found)
    except AppError as error:  # the kept file is gone: nothing is left but to drop the batch
        return render_template("imports/columns.html", batch=view, form=form, columns=[], kinds=KINDS, sentence=pages.say(error)), error.status
    rows = service.preview(table)
    columns = [
        {"name": name, "field": chosen.get(name, ""), "place": place, "cells": [row[place] for row in rows]}
        for place, name in enumerate(table.header)
    ]
    shown = {"batch": view, "form": form, "columns": columns, "choices": field_choices(found.kind), "kinds": KINDS, "sentence": "", "remembered": found.mapping.get("remembered")}
    return render_template("imports/columns.html", **shown), status


@imports.post("/imports/<int:batch_id>/columns")
@auth_required("session")
def columns(batch_id: int) -> Any:
    """Settle the columns and start; what was chosen is kept when it cannot start."""
    policy.check(pages.actor(), "imports:use")
    found: ImportBatch = pages.find(ImportBatch, batch_id)
    if found.state != BATCH.start:  # a second click finds it started
        return redirect(url_for("imports.batch", batch_id=found.id))
    form = ColumnsForm()
    chosen: dict[str, str] = {}
    with pages.submitting(form) as done:
        table = service.table_of(pages.settings(), found)
        chosen = chosen_columns(request.form, table.header, found.mapping["columns"])
        service.queue(pages.session(), pages.actor(), pages.settings(), found, chosen)
    if done.ok:
        return redirect(url_for("imports.batch", batch_id=found.id))
    return _columns(found, form, chosen, 422)


@imports.post("/imports/<int:batch_id>/discard")
@auth_required("session")
def discard(batch_id: int) -> Any:
    """Drop a batch that was not started."""
    policy.check(pages.actor(), "imports:use")
    service.discard(pages.session(), pages.actor(), pages.settings(), pages.find(ImportBatch, batch_id))
    flash(gettext("没有导入任何内容，文件已删除。"), "success")
    return redirect(url_for("imports.batches"))


@imports.get("/imports/<int:batch_id>/refusals.csv")
@auth_required("session")
def refusals(batch_id: int) -> Any:
    """The refused rows with their reasons, to be mended and imported again."""
    policy.check(pages.actor(), "imports:use")
    found: ImportBatch = pages.find(ImportBatch, batch_id)
    rows = pages.session().scalars(service.refusals(found)).all()
    body = "".join(refused.lines(service.header_of(pages.settings(), found), rows, pages.language()))
    name = f"{PurePath(found.file_name).stem}{REFUSED_SUFFIX}.csv"
    return send_file(io.BytesIO(body.encode()), mimetype="text/csv", as_attachment=True, download_name=name)


@imports.get("/imports/template/<kind>.xlsx")
@auth_required("session")
def template(kind: str) -> Any:
    """An empty table to fill in, with drop-downs of the lists."""
    policy.check(pages.actor(), "imports:kind", kind)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        blank.write(path, kind, catalog.lists(pages.session()), pages.language())
        body = io.BytesIO(path.read_bytes())
    return send_file(body, as_attachment=True, download_name=f"{gettext(KINDS[kind])}-{gettext('导入模板')}.xlsx")


@imports.get("/export/<name>.<suffix>")
@auth_required("session")
def take(name: str, suffix: str) -> Any:
    """A list as a file: the rows and columns its page shows this reader, under the same filters."""
    if name not in lists.LISTS or suffix not in lists.SUFFIXES:
        raise NotFound
    actor = replace(pages.actor(), language=pages.language())
    taken = lists.take(pages.session(), actor, pages.settings(), name, dict(request.args.lists()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{suffix}"
        export.write(path, taken.names, taken.rows)
        body = io.BytesIO(path.read_bytes())
    day = clock.today().isoformat()
    return send_file(body, as_attachment=True, download_name=f"{gettext(lists.LISTS[name].label)}-{day}.{suffix}")
