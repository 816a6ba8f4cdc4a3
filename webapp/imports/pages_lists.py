"""HTML door of the lists: their entries, one entry to edit, and a whole list as a file in and out."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext, lazy_gettext
from flask_security import auth_required
from wtforms import StringField

from webapp.core import pages, policy
from webapp.core.errors import AppError, NotFound
from webapp.core.files import Store
from webapp.imports import classifying, export, reading
from webapp.imports.lists import SUFFIXES
from webapp.imports.pages import imports

STANDINGS = {"current": lazy_gettext("在用"), "coming": lazy_gettext("将启用"), "ended": lazy_gettext("已停用")}


class EntryForm(pages.Form):
    """One entry of a list."""

    code = StringField(lazy_gettext("代码"))
    zh = StringField(lazy_gettext("中文名称"))
    en = StringField(lazy_gettext("英文名称"))
    parent = StringField(lazy_gettext("分组"))
    position = StringField(lazy_gettext("顺序"))
    valid_from = StringField(lazy_gettext("启用日"), description=lazy_gettext("留空表示一直有效。改名会存成新版本，从这一天起用新名。"))
    valid_to = StringField(lazy_gettext("停用日"), description=lazy_gettext("过了这一天不能再选，已经用它的内容照常显示。"))


@imports.get("/admin/lists")
@imports.get("/admin/lists/<scheme>")
@auth_required("session")
def classifications(scheme: str = "industry") -> Any:
    """One list with all its versions, and a form for a new entry."""
    return _page(scheme, EntryForm(formdata=None))


def _page(scheme: str, form: EntryForm, status: int = 200, entry: Any = None) -> Any:
    policy.check(pages.actor(), "lists:edit")
    shown = classifying.lines(pages.session(), scheme)
    return render_template(
        "imports/lists.html", scheme=scheme, schemes=classifying.SCHEMES, lines=shown, form=form, entry=entry, standings=STANDINGS, suffixes=SUFFIXES
    ), status


@imports.get("/admin/lists/<scheme>/<int:entry_id>")
@auth_required("session")
def classification(scheme: str, entry_id: int) -> Any:
    """One entry to edit."""
    row = classifying.find(pages.session(), scheme, entry_id)
    return _page(scheme, EntryForm(formdata=None, obj=row), entry=row)


@imports.post("/admin/lists/<scheme>")
@auth_required("session")
def classification_save(scheme: str) -> Any:
    """Add an entry, or change the one with this code."""
    policy.check(pages.actor(), "lists:edit")
    form = EntryForm()
    with pages.submitting(form) as done:
        came = classifying.save(pages.session(), pages.actor(), scheme, form.data)
    if done.error is not None:
        return _page(scheme, form, done.error.status)
    flash({"added": gettext("已加入列表。"), "changed": gettext("已保存。"), "unchanged": gettext("没有变化。")}[came], "success")
    return redirect(url_for("imports.classifications", scheme=scheme))


@imports.post("/admin/lists/<scheme>/<int:entry_id>/end")
@auth_required("session")
def classification_end(scheme: str, entry_id: int) -> Any:
    """End an entry today."""
    row = classifying.find(pages.session(), scheme, entry_id)
    classifying.end(pages.session(), pages.actor(), row)
    flash(gettext("已停用，已经用它的内容照常显示。"), "success")
    return redirect(url_for("imports.classifications", scheme=scheme))


@imports.get("/admin/lists/<scheme>.<suffix>")
@auth_required("session")
def classifications_file(scheme: str, suffix: str) -> Any:
    """A list as a file."""
    policy.check(pages.actor(), "lists:edit")
    if suffix not in SUFFIXES:
        raise NotFound
    names, rows = classifying.table(pages.session(), scheme)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"list.{suffix}"
        export.write(path, names, rows)
        body = io.BytesIO(path.read_bytes())
    return send_file(body, as_attachment=True, download_name=f"{gettext(classifying.SCHEMES[scheme])}.{suffix}")


@imports.post("/admin/lists/<scheme>/file")
@auth_required("session")
def classifications_in(scheme: str) -> Any:
    """Take in a list; what is wrong in a line is told by its number."""
    policy.check(pages.actor(), "lists:edit")
    classifying.known(scheme)
    given = request.files.get("file")
    try:
        outcome = _taken(scheme, given)
    except AppError as error:
        flash(pages.say(error), "error")
        return redirect(url_for("imports.classifications", scheme=scheme))
    told = gettext("新增 %(added)s 项，更改 %(changed)s 项，没有变化 %(unchanged)s 项。", **_counts(outcome))
    flash(told, "success")
    for line, sentence, params in outcome.refused[:20]:
        flash(gettext("第 %(line)s 行：%(reason)s", line=line, reason=gettext(sentence) % params if params else gettext(sentence)), "error")
    return redirect(url_for("imports.classifications", scheme=scheme))


def _counts(outcome: classifying.Outcome) -> dict[str, int]:
    return {"added": outcome.added, "changed": outcome.changed, "unchanged": outcome.unchanged}


def _taken(scheme: str, given: Any) -> classifying.Outcome:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        sha256, _ = store.put(given.stream if given else io.BytesIO(), pages.settings().upload_max_mb)
        table = reading.open_table(store.path(sha256), lambda names: "code" in classifying.columns(names).values())
        return classifying.take_in(pages.session(), pages.actor(), scheme, table.header, table.rows())
