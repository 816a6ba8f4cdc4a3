"""HTML door of writing: post and edit results and demands, with drafts saved as one types."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required
from werkzeug.datastructures import MultiDict

from webapp.attachments import pages as attachments
from webapp.attachments.values import LEVELS
from webapp.catalog import drafts, forms, pages_coach, service
from webapp.catalog.pages import DEMANDS, KINDS, RESULTS, Kind, catalog, names_for
from webapp.catalog.policy import Posting
from webapp.core import pages, policy
from webapp.core.errors import N_, AppError, Stale


@catalog.route("/results/new", methods=["GET", "POST"])
@auth_required("session")
def result_new() -> Any:
    """Post a result."""
    return _new(RESULTS)


@catalog.route("/demands/new", methods=["GET", "POST"])
@auth_required("session")
def demand_new() -> Any:
    """Post a demand."""
    return _new(DEMANDS)


def _new(kind: Kind) -> Any:
    policy.check(pages.actor(), f"catalog:post_{kind.name}")
    form = _form(kind, **_filled_in(kind, 0, _start))
    if request.method == "GET" or _helped(kind, form):
        return _form_page(kind, form)
    with pages.submitting(form) as done:
        post = service.post_result if kind is RESULTS else service.post_demand
        row = post(pages.session(), pages.actor(), form.given(), submission=form.submission.data, settings=pages.settings())
        attachments.take_in_beside(row)
        _hand_in(row)
    if done.ok:
        return _saved(kind, row, 0)
    if isinstance(done.error, service.AlreadyPosted):
        form.submission.data = str(uuid.uuid4())
    return _form_page(kind, form, error=done.error)


def _filled_in(kind: Kind, row_id: int, start: Any) -> dict[str, Any]:
    """What a form opens with: what was posted, one's draft, or the row as it stands."""
    if request.form:
        return {}
    draft = drafts.usable(pages.session(), pages.actor(), kind.name, row_id)
    if draft is None:
        return {"data": start(kind)}
    g.draft = draft
    return {"formdata": MultiDict([(name, value) for name, values_ in draft.typed.items() for value in values_])}


def _helped(kind: Kind, form: forms.PostingForm) -> bool:
    """Buttons that only change the form: a row more or less, the coach's look, a drafted summary."""
    if form.change_rows(request.form.get("add_row"), request.form.get("remove_row")):
        return True
    asked = request.form.get("then")
    if asked == "blurb" and kind is DEMANDS:
        pages_coach.draft_summary(form)
    return asked in {"look", "blurb"}


def _start(kind: Kind) -> dict[str, Any]:
    """What a new form shows before anything is typed."""
    home = service.home(pages.session(), pages.actor())
    title = {"title": request.args.get("title", "")[:200]}
    if kind is DEMANDS:
        return title | {"confidentiality": "1", "kind": "TACKLE", "industry_code": home.industry_code if home else ""}
    return title | {"confidentiality": "0", "payment_model": "INSTALMENT", "cluster_code": home.cluster_code if home else ""}


def _form(kind: Kind, **kwargs: Any) -> forms.PostingForm:
    return kind.form(service.lists(pages.session()), pages.settings(), pages.language(), **kwargs)


def _hand_in(row: Posting) -> None:
    """The second button saves and submits; a repeated click finds the row submitted already."""
    if request.form.get("then") == "submit" and row.state in {"DRAFT", "RETURNED", "NEED_INFO"}:
        service.act(pages.session(), pages.actor(), row, "submit", settings=pages.settings())


def _saved(kind: Kind, row: Posting, draft_of: int) -> Any:
    drafts.drop(pages.session(), pages.actor(), kind.name, draft_of)
    submitted = row.state == "SUBMITTED"
    told = gettext("已提交，审核结果会通知您。") if submitted else gettext("已保存。")
    flash(told + (gettext("图纸、照片和检测报告可以在下面加为附件。") if not draft_of and not attachments.chosen() else ""), "success")
    return redirect(kind.url(row.id))  # at the top, where the sentence stands


def _form_page(
    kind: Kind, form: forms.PostingForm, *, row: Posting | None = None, error: AppError | None = None, theirs: Any = ()
) -> Any:
    if error is not None:
        form.tell_rows(error.fields)
    if lost := [file.filename for file in attachments.chosen()]:
        form.form_errors.append(gettext("附件还没有上传，保存前请重新选择：%(names)s。", names=gettext("、").join(lost)))
    shown = {"kind": kind.name, "form": form, "row": row, "theirs": theirs, "draft": g.get("draft"), "attachment_levels": list(LEVELS.items()), **names_for()}
    if kind is DEMANDS:
        shown |= pages_coach.advice(form, row.id if row else None)
    return render_template(f"catalog/edit_{kind.name}.html", **shown), error.status if error else 200


@catalog.route("/results/<int:result_id>/edit", methods=["GET", "POST"])
@auth_required("session")
def result_edit(result_id: int) -> Any:
    """Change a result."""
    return _edit(RESULTS, result_id)


@catalog.route("/demands/<int:demand_id>/edit", methods=["GET", "POST"])
@auth_required("session")
def demand_edit(demand_id: int) -> Any:
    """Change a demand."""
    return _edit(DEMANDS, demand_id)


def _edit(kind: Kind, row_id: int) -> Any:
    row = pages.find(kind.model, row_id)
    closed = request.method == "POST" and service.closed_to_its_owner(pages.actor(), row)
    if not closed:
        policy.check(pages.actor(), "catalog:edit", row)
    form = _form(kind, **_filled_in(kind, row_id, lambda _kind: forms.filled(row)))
    if closed:  # withdrawn or taken down while it was being edited: what was typed is not thrown away
        error = Stale(N_("这一条在您编辑时已经关闭，不能再改。您输入的内容还在下面，可以复制后另发一条。"), code="row_closed")
        form.form_errors.append(pages.say(error))
        return _form_page(kind, form, row=row, error=error)
    if request.method == "GET" or _helped(kind, form):
        return _form_page(kind, form, row=row)
    with pages.submitting(form) as done:
        version = int(form.version.data) if (form.version.data or "").isdecimal() else 0
        service.edit(pages.session(), pages.actor(), row, form.given(), version, settings=pages.settings())
        attachments.take_in_beside(row)
        _hand_in(row)
    if done.ok:
        return _saved(kind, row, row_id)
    pages.session().refresh(row)
    if isinstance(done.error, Stale):
        return _form_page(kind, form, row=row, error=done.error, theirs=_theirs(kind, form, row))
    return _form_page(kind, form, row=row, error=done.error)


def _theirs(kind: Kind, form: forms.PostingForm, row: Posting) -> list[tuple[str, str, str, str]]:
    """(field, label, what was typed, what the other saved) where it differs from what was typed; saving again then overwrites knowingly."""
    saved = kind.form(service.lists(pages.session()), pages.settings(), pages.language(), formdata=None, data=forms.filled(row))
    found = []
    for name, rule in form.rules.fields.items():
        mine, other = forms.words(form[name]), forms.words(saved[name])
        if mine != other:
            found.append((form[name].id, gettext(rule.label), mine or gettext("（空）"), other or gettext("（空）")))
    form.version.data = str(row.version)
    return found


@catalog.post("/results/draft")
def result_draft() -> Any:
    """Keep what is typed about a result."""
    return _draft(RESULTS)


@catalog.post("/demands/draft")
def demand_draft() -> Any:
    """Keep what is typed about a demand, and say what the coach thinks of it."""
    return _draft(DEMANDS)


def _draft(kind: Kind) -> Any:
    """Nobody signed in is no page to go to: the words are in the form, so only a sentence is sent back."""
    row_id = int(request.args.get("row", "0")) if request.args.get("row", "0").isdecimal() else 0
    try:
        if row_id:
            policy.check(pages.actor(), "catalog:edit", pages.find(kind.model, row_id))
        elif pages.actor().signed_in:
            policy.check(pages.actor(), f"catalog:post_{kind.name}")
            service.not_posted_yet(pages.session(), pages.actor(), kind.model, request.form.get("submission", ""))
        draft = drafts.save(pages.session(), pages.actor(), kind.name, row_id, {name: request.form.getlist(name) for name in request.form})
    except AppError as error:
        return render_template("catalog/_saved.html", error=pages.say(error)), error.status
    if kind is RESULTS:
        return render_template("catalog/_saved.html", saved_at=draft.saved_at)
    form = _form(kind)
    return render_template("catalog/_coach.html", saved_at=draft.saved_at, live=True, form=form, **pages_coach.advice(form, row_id))


@catalog.post("/drafts/<kind>/<int:row_id>/drop")
@auth_required("session")
def draft_drop(kind: str, row_id: int) -> Any:
    """Throw one's draft away and begin anew."""
    drafts.drop(pages.session(), pages.actor(), kind, row_id)
    found = KINDS.get(kind, RESULTS)
    return redirect(found.url(row_id, "_edit") if row_id else url_for(f"catalog.{found.name}_new"))
