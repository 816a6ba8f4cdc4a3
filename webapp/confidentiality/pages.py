"""HTML door of confidentiality: the agreement, the levels of fields, who has looked, and the box on the page of a row."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required
from wtforms import BooleanField, HiddenField

from webapp.accounts.nda import digest
from webapp.catalog import layers
from webapp.confidentiality import policy as _policy  # noqa: F401 - registers the rules
from webapp.confidentiality import service
from webapp.core import pages, policy

confidentiality = Blueprint("confidentiality", __name__)


class AcceptForm(pages.Form):
    """The tick under the agreement, and the hash of the text it stands under."""

    text_hash = HiddenField()
    agreed = BooleanField()


class LayersForm(pages.Form):
    """The levels come as plain selects named after the fields."""

    version = HiddenField()


def box(kind: str, row_id: int) -> service.Box:
    """For templates: what the page of this row offers the reader."""
    return service.box(pages.session(), pages.actor(), kind, row_id)


def _url(kind: str, row_id: int) -> str:
    address: dict[str, Any] = {f"{kind}_id": row_id}
    return url_for(f"catalog.{kind}", **address)


@confidentiality.route("/results/<int:result_id>/nda", methods=["GET", "POST"], endpoint="result_nda")
@auth_required("session")
def result_nda(result_id: int) -> Any:
    """The agreement before a result's closed layer."""
    return _nda("result", result_id)


@confidentiality.route("/demands/<int:demand_id>/nda", methods=["GET", "POST"], endpoint="demand_nda")
@auth_required("session")
def demand_nda(demand_id: int) -> Any:
    """The agreement before a demand's closed layer."""
    return _nda("demand", demand_id)


def _nda(kind: str, row_id: int) -> Any:
    row = pages.find(service.MODELS[kind], row_id)
    form, status = AcceptForm(), 200
    if request.method == "POST":
        with pages.submitting(form) as done:
            service.accept(pages.session(), pages.actor(), row, form.text_hash.data or "", bool(form.agreed.data))
        if done.ok:
            flash(gettext("已代表本单位接受保密承诺，现在可以查看。"), "success")
            return redirect(_url(kind, row_id))
        status = done.error.status if done.error else 422
    text, copy, standing = service.agreement(pages.session(), pages.actor(), row)
    form.text_hash.data = digest(text)
    return render_template(
        "confidentiality/nda.html", form=form, text=text, copy=copy if pages.language() == "en" else "", standing=standing,
        code=row.code, back=_url(kind, row_id),
    ), status  # fmt: skip


@confidentiality.route("/results/<int:result_id>/layers", methods=["GET", "POST"], endpoint="result_layers")
@auth_required("session")
def result_layers(result_id: int) -> Any:
    """Who reads which field of a result."""
    return _layers("result", result_id)


@confidentiality.route("/demands/<int:demand_id>/layers", methods=["GET", "POST"], endpoint="demand_layers")
@auth_required("session")
def demand_layers(demand_id: int) -> Any:
    """Who reads which field of a demand."""
    return _layers("demand", demand_id)


def _layers(kind: str, row_id: int) -> Any:
    row = pages.find(service.MODELS[kind], row_id)
    policy.check(pages.actor(), "secrecy:layers", row)
    form, status = LayersForm(), 200
    chosen = {name: str(layers.level_of(row, name)) for name in layers.names(kind)}
    if request.method == "POST":
        chosen = {name: request.form.get(name, "0") for name in chosen}
        with pages.submitting(form) as done:
            version = int(form.version.data) if (form.version.data or "").isdecimal() else 0
            service.set_levels(pages.session(), pages.actor(), row, chosen, version)
        if done.ok:
            flash(gettext("已改好谁可以看。"), "success")
            return redirect(_url(kind, row_id))
        pages.session().refresh(row)
        status = done.error.status if done.error else 422
    form.version.data = str(row.version)
    fields = [(name, gettext(layers.FIELDS[name]), chosen[name]) for name in chosen]
    levels = [(str(level), gettext(label)) for level, label in layers.LEVELS.items()]
    return render_template(
        "confidentiality/layers.html", form=form, fields=fields, levels=levels, row=row, code=row.code, back=_url(kind, row_id)
    ), status


@confidentiality.get("/results/<int:result_id>/seen", endpoint="result_seen")
@auth_required("session")
def result_seen(result_id: int) -> Any:
    """Who was let in to a result and who has looked."""
    return _seen("result", result_id)


@confidentiality.get("/demands/<int:demand_id>/seen", endpoint="demand_seen")
@auth_required("session")
def demand_seen(demand_id: int) -> Any:
    """Who was let in to a demand and who has looked."""
    return _seen("demand", demand_id)


def _seen(kind: str, row_id: int) -> Any:
    row = pages.find(service.MODELS[kind], row_id)
    page = pages.paginate(service.looks(pages.session(), pages.actor(), row), 50)
    guests = service.let_in(pages.session(), pages.actor(), row)
    return render_template("confidentiality/seen.html", page=page, guests=guests, code=row.code, back=_url(kind, row_id))
