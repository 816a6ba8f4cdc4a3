"""HTML door of the catalog: lists, details, forms, one's own rows and what waits for approval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.catalog import browse, forms, service, states, values
from webapp.catalog.fields import Lists
from webapp.catalog.models import Demand, Result
from webapp.catalog.policy import Posting
from webapp.core import clock, pages, policy
from webapp.core.errors import AppError, Stale
from webapp.core.policy import Actor

catalog = Blueprint("catalog", __name__)


@dataclass(frozen=True)
class Kind:
    """One of the two kinds of rows and what its pages need."""

    name: str
    model: type[Posting]
    form: type[forms.PostingForm]

    def url(self, row_id: int, page: str = "") -> str:
        """The address of one row, or of a page about it."""
        address: dict[str, Any] = {f"{self.name}_id": row_id}
        return url_for(f"catalog.{self.name}{page}", **address)


RESULTS = Kind("result", Result, forms.ResultForm)
DEMANDS = Kind("demand", Demand, forms.DemandForm)
KINDS = {"result": RESULTS, "demand": DEMANDS}


def reader() -> Actor:
    """Who asks, reading in the language of the page."""
    return replace(pages.actor(), language=pages.language())


def _names(lists: Lists) -> dict[str, Any]:
    """What every template of this topic names things with."""
    language = pages.language()
    return {
        "values": values, "states": states, "lists": lists,
        "named": lambda scheme, code: lists.name(scheme, code, language),
        "many": lambda codes, names: gettext("、").join(gettext(names[code]) for code in codes if code in names),
    }  # fmt: skip


@catalog.get("/results")
def results() -> str:
    """Published results, filtered and sorted."""
    return _list(RESULTS)


@catalog.get("/demands")
def demands() -> str:
    """Open demands, filtered and sorted."""
    return _list(DEMANDS)


def _list(kind: Kind) -> str:
    wanted = browse.asked(kind.name, dict(request.args.lists()))
    actor = reader()
    page = pages.paginate(browse.rows(actor, kind.model, wanted))
    lists = service.lists(pages.session())
    shown = {
        "kind": kind.name, "wanted": wanted, "page": page, "rows": [policy.reveal(actor, row) for row in page.items],
        "facets": _facets(lists, wanted, browse.counts(pages.session(), actor, kind.model, wanted)),
        "can_post": policy.can(actor, f"catalog:post_{kind.name}"), "address": _address(kind, wanted),
    }  # fmt: skip
    return render_template("catalog/list.html", **shown, **_names(lists))


def _address(kind: Kind, wanted: browse.Asked) -> Any:
    """Makes addresses of this list with a choice taken away or the order changed."""

    def address(without: tuple[str, str] | None = None, **changes: Any) -> str:
        query = wanted.query() | changes
        if without is not None:
            query[without[0]] = [code for code in query.get(without[0], []) if code != without[1]]
        return url_for(f"catalog.{kind.name}s", **{name: value for name, value in query.items() if value})

    return address


def _facets(lists: Lists, wanted: browse.Asked, counts: dict[str, dict[str, int]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """(title, group, rows) of each group of choices; one that finds nothing stays, greyed."""
    language = pages.language()
    names: dict[str, tuple[str, list[tuple[str, str]]]] = {
        "cluster": (gettext("创新圈"), lists.choices("cluster", language)),
        "industry": (gettext("产业"), lists.choices("industry", language)),
        "stage": (gettext("成熟阶段"), _labels(values.STAGES)),
        "kind": (gettext("需求类型"), _labels(values.DEMAND_KINDS)),
        "mode": (gettext("合作方式"), [pair for pair in _labels(values.MODES) if pair[0] not in {"USE_FIRST", "SELF"}]),
        "use_first": (gettext("先使用后付费"), [("yes", gettext("可先用后付") if wanted.kind == "result" else gettext("愿先用后付"))]),
    }
    return [(names[group][0], group, _choices(names[group][1], wanted.chosen[group], counts[group])) for group in wanted.chosen]


def _choices(pairs: list[tuple[str, str]], chosen: tuple[str, ...], found: dict[str, int]) -> list[dict[str, Any]]:
    return [{"value": code, "label": name, "count": found.get(code, 0), "checked": code in chosen} for code, name in pairs]


def _labels(codes: dict[str, str]) -> list[tuple[str, str]]:
    return [(code, gettext(name)) for code, name in codes.items()]


@catalog.get("/results/<int:result_id>")
def result(result_id: int) -> str:
    """One result."""
    return _detail(RESULTS, result_id)


@catalog.get("/demands/<int:demand_id>")
def demand(demand_id: int) -> str:
    """One demand."""
    return _detail(DEMANDS, demand_id)


def _detail(kind: Kind, row_id: int) -> str:
    row = pages.find(kind.model, row_id)
    actor = reader()
    view = service.open_posting(pages.session(), actor, row)
    return render_template(
        f"catalog/{kind.name}.html", view=view, sights=service.sights(pages.session(), actor, row),
        company=actor.has("company_user", "company_admin"), **_names(service.lists(pages.session())),
    )  # fmt: skip


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
    form = _form(kind, data=None if request.form else _start(kind))
    if request.method == "GET" or form.change_rows(request.form.get("add_row"), request.form.get("remove_row")):
        return _form_page(kind, form)
    with pages.submitting(form) as done:
        post = service.post_result if kind is RESULTS else service.post_demand
        row = post(pages.session(), pages.actor(), form.given(), submission=form.submission.data, settings=pages.settings())
        _hand_in(row)
    if done.ok:
        return _saved(kind, row)
    return _form_page(kind, form, error=done.error)


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


def _saved(kind: Kind, row: Posting) -> Any:
    submitted = row.state == "SUBMITTED"
    flash(gettext("已提交，审核结果会通知您。") if submitted else gettext("已保存。"), "success")
    return redirect(kind.url(row.id))


def _form_page(
    kind: Kind, form: forms.PostingForm, *, row: Posting | None = None, error: AppError | None = None, theirs: Any = ()
) -> Any:
    if error is not None:
        form.tell_rows(error.fields)
    shown = {"kind": kind.name, "form": form, "row": row, "theirs": theirs, **_names(service.lists(pages.session()))}
    return render_template("catalog/edit.html", **shown), error.status if error else 200


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
    policy.check(pages.actor(), "catalog:edit", row)
    form = _form(kind, data=None if request.form else forms.filled(row))
    if request.method == "GET" or form.change_rows(request.form.get("add_row"), request.form.get("remove_row")):
        return _form_page(kind, form, row=row)
    with pages.submitting(form) as done:
        version = int(form.version.data) if (form.version.data or "").isdecimal() else 0
        service.edit(pages.session(), pages.actor(), row, form.given(), version, settings=pages.settings())
        _hand_in(row)
    if done.ok:
        return _saved(kind, row)
    pages.session().refresh(row)
    if isinstance(done.error, Stale):
        return _form_page(kind, form, row=row, error=done.error, theirs=_theirs(kind, form, row))
    return _form_page(kind, form, row=row, error=done.error)


def _theirs(kind: Kind, form: forms.PostingForm, row: Posting) -> list[tuple[str, str, str]]:
    """(field, label, what the other saved) where it differs from what was typed; saving again then overwrites knowingly."""
    saved = kind.form(service.lists(pages.session()), pages.settings(), pages.language(), formdata=None, data=forms.filled(row))
    found = []
    for name, rule in form.rules.fields.items():
        mine, other = forms.words(form[name]), forms.words(saved[name])
        if mine != other:
            found.append((form[name].id, gettext(rule.label), other or gettext("（空）")))
    form.version.data = str(row.version)
    return found


@catalog.post("/results/<int:result_id>/act/<action>")
@auth_required("session")
def result_act(result_id: int, action: str) -> Any:
    """One step of a result's lifecycle."""
    return _act(RESULTS, result_id, action)


@catalog.post("/demands/<int:demand_id>/act/<action>")
@auth_required("session")
def demand_act(demand_id: int, action: str) -> Any:
    """One step of a demand's lifecycle."""
    return _act(DEMANDS, demand_id, action)


def _act(kind: Kind, row_id: int, action: str) -> Any:
    if action not in states.ACTIONS:
        abort(404)
    row = pages.find(kind.model, row_id)
    form = forms.ActForm()
    version = int(form.version.data) if (form.version.data or "").isdecimal() else None
    with pages.submitting(form) as done:
        service.act(
            pages.session(), pages.actor(), row, action, form.note.data or "", version=version, settings=pages.settings()
        )
    back = pages.local_target(request.form.get("next"), kind.url(row_id))
    if done.error is None:
        flash(gettext("已完成：%(action)s。", action=gettext(states.ACTIONS[action])), "success")
        return redirect(_after(row, back))
    pages.session().refresh(row)
    if service.just_done(pages.session(), pages.actor(), row, action):
        return redirect(_after(row, back))
    flash(_said(done.error), "error")
    mend = done.error.fields and action in {"submit", "renew"} and policy.can(pages.actor(), "catalog:edit", row)
    return redirect(kind.url(row_id, "_edit") if mend else back)


def _after(row: Posting, back: str) -> str:
    """Where to go on: not to a page the step has just closed to this reader."""
    return back if service.still_sees(pages.session(), pages.actor(), row) else url_for("accounts.start")


def _said(error: AppError) -> str:
    sentences = [gettext(sentence) % error.params if error.params else gettext(sentence) for sentence in error.fields.values()]
    return " ".join(dict.fromkeys(sentences)) or pages.say(error)


@catalog.get("/mine")
@auth_required("session")
def mine() -> str:
    """What one's organisation posted, in every state."""
    actor = reader()
    policy.check(actor, "catalog:mine")
    kind = DEMANDS if actor.organisation_kind == "COMPANY" else RESULTS
    lifecycle = states.LIFECYCLES[kind.name]
    state = request.args.get("state", "")
    counts = service.states_of_mine(pages.session(), actor, kind.model)
    page = pages.paginate(service.mine(actor, kind.model, state if state in lifecycle.states else ""), 30)
    return render_template(
        "catalog/mine.html", kind=kind.name, page=page, rows=[policy.reveal(actor, row) for row in page.items], counts=counts,
        state=state, can_post=policy.can(actor, f"catalog:post_{kind.name}"), **_names(service.lists(pages.session())),
    )  # fmt: skip


@catalog.get("/approvals")
@auth_required("session")
def approvals() -> str:
    """What waits for one's approval, oldest first."""
    actor = reader()
    model, query = service.waiting(actor)
    page = pages.paginate(query, 20)
    rows = [policy.reveal(actor, row) for row in page.items]
    return render_template(
        "catalog/approvals.html", kind=model.__tablename__, page=page, rows=rows,
        today=clock.today(), due=service.verify_until(pages.session(), [row.id for row in rows], model, pages.settings()),
        **_names(service.lists(pages.session())),
    )  # fmt: skip
