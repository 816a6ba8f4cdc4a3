"""HTML door of the catalog: lists, details, forms, one's own rows and what waits for approval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required
from sqlalchemy.orm import Session

from webapp.accounts.pages import beginnings
from webapp.attachments.pages import shelf
from webapp.catalog import browse, coach, drafts, forms, outlook, saved, service, states, twins, values
from webapp.catalog.fields import Lists
from webapp.catalog.models import Demand, Result
from webapp.catalog.policy import Posting
from webapp.core import clock, pages, policy
from webapp.core.errors import AppError
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


def names_for() -> dict[str, Any]:
    """What every template of this topic names things with, read anew."""
    return _names(service.lists(pages.session()))


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
    page = pages.paginate(browse.rows(actor, kind.model, wanted, pages.settings()))
    lists = service.lists(pages.session())
    shown = {
        "kind": kind.name, "wanted": wanted, "page": page, "rows": [policy.reveal(actor, row) for row in page.items],
        "facets": _facets(lists, wanted, browse.counts(pages.session(), actor, kind.model, wanted)),
        "can_post": policy.can(actor, f"catalog:post_{kind.name}"), "address": _address(kind, wanted), "columns": _columns(kind),
        "kept": [(one, url_for(f"catalog.{kind.name}s", **one.query)) for one in saved.mine(pages.session(), actor, f"{kind.name}s")],
    }  # fmt: skip
    return render_template("catalog/list.html", **shown, **_names(lists))


def _columns(kind: Kind) -> dict[str, str]:
    """The columns a list may show, with their names."""
    names = {
        "owner": gettext("单位"), "industry": gettext("产业"), "level": gettext("成熟度"), "price": gettext("参考价") if kind is RESULTS else gettext("预算"),
        "modes": gettext("合作方式"), "use_first": gettext("先用后付"), "rights": gettext("知识产权"), "landing": gettext("落地要求"),
        "published": gettext("发布于"), "confirmed": gettext("最近确认"), "valid_until": gettext("有效期至"), "demand_kind": gettext("需求类型"),
        "deadline": gettext("截止日期"), "min_trl": gettext("最低成熟度"), "location": gettext("落地地点"), "months": gettext("实施周期"),
    }  # fmt: skip
    return {name: names[name] for name in browse.COLUMNS[kind.name]}


@catalog.post("/<any(results, demands):page>/keep")
@auth_required("session")
def list_keep(page: str) -> Any:
    """Keep the filters and columns of a list under a name."""
    kind = KINDS[page.removesuffix("s")]
    wanted = browse.asked(kind.name, dict(request.form.lists()))
    form = forms.ActForm()
    with pages.submitting(form) as done:
        saved.keep(pages.session(), pages.actor(), page, request.form.get("name", ""), wanted.query())
    flash(said(done.error) if done.error else gettext("列表存好了，下次一点就是这些条件和列。"), "error" if done.error else "success")
    return redirect(url_for(f"catalog.{page}", **wanted.query()))


@catalog.post("/<any(results, demands):page>/forget/<int:number>")
@auth_required("session")
def list_forget(page: str, number: int) -> Any:
    """Forget a kept list."""
    saved.drop(pages.session(), pages.actor(), number)
    return redirect(url_for(f"catalog.{page}"))


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
        f"catalog/{kind.name if view.owner_name else 'closed'}.html", view=view, sights=service.sights(pages.session(), actor, row),
        company=actor.has("company_user", "company_admin"), shelf=shelf(row), twins=twins.of_row(pages.session(), actor, row),
        answer=service.answer_view(pages.session(), actor, row), merged=service.merged_view(pages.session(), actor, row),
        address=pages.settings().public_url.rstrip("/") + kind.url(row_id), clarity=coach.of_row(row) if isinstance(row, Demand) and view.reads else None,
        may_offer=kind is RESULTS and policy.can(actor, "licence:offer", row), clarity_lines=(pages.settings().clarity_line, pages.settings().clarity_good),
        following=_following(kind, view) if view.mine else None,
        **_names(service.lists(pages.session())),
    )  # fmt: skip


def _following(kind: Kind, view: Any) -> outlook.Next:
    """What happens next with one's own row, by whom and by when."""
    due = service.verify_until(pages.session(), [view.id], kind.model, pages.settings()) if view.state == "SUBMITTED" else {}
    return outlook.following(view, due.get(view.id), pages.settings().remind_days, pages.actor().has("tto"))


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
    if action not in states.ACTIONS or action == "merge":
        abort(404)
    row = pages.find(kind.model, row_id)
    form = forms.ActForm()
    version = int(form.version.data) if (form.version.data or "").isdecimal() else None
    with pages.submitting(form) as done:
        note, facts = form.note.data or "", _facts(action)
        service.act(pages.session(), pages.actor(), row, action, note, version=version, settings=pages.settings(), facts=facts)
    back = pages.local_target(request.form.get("next"), kind.url(row_id))
    if done.error is None:
        flash(gettext("已完成：%(action)s。", action=gettext(states.ACTIONS[action])), "success")
        return redirect(_after(row, back))
    pages.session().refresh(row)
    if service.just_done(pages.session(), pages.actor(), row, action):
        return redirect(_after(row, back))
    flash(said(done.error), "error")
    mend = done.error.fields and action in {"submit", "renew"} and policy.can(pages.actor(), "catalog:edit", row)
    return redirect(kind.url(row_id, "_edit") if mend else back)


def _facts(action: str) -> dict[str, Any]:
    """What some steps say besides their note: how a demand was verified, which result answers it."""
    if action == "verify":
        how = request.form.get("how", "")
        return {"verified_how": how} if how in values.VERIFY_WAYS else {}
    if action == "answer" and request.form.get("code", "").strip():
        return {"answer_result_id": twins.find(pages.session(), pages.actor(), Result, request.form["code"]).id}
    return {}


def _after(row: Posting, back: str) -> str:
    """Where to go on: not to a page the step has just closed to this reader."""
    return back if service.still_sees(pages.session(), pages.actor(), row) else url_for("accounts.start")


def said(error: AppError) -> str:
    """The sentences of an error as one text."""
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
    rows = [policy.reveal(actor, row) for row in page.items]
    due = service.verify_until(pages.session(), [row.id for row in rows], kind.model, pages.settings())
    following = {row.id: outlook.following(row, due.get(row.id), pages.settings().remind_days, actor.has("tto")) for row in rows}
    return render_template(
        "catalog/mine.html", kind=kind.name, page=page, rows=rows, counts=counts, following=following,
        drafts=drafts.mine(pages.session(), actor, kind.name),
        state=state, can_post=policy.can(actor, f"catalog:post_{kind.name}"), **_names(service.lists(pages.session())),
    )  # fmt: skip


def _office(session: Session, actor: Actor) -> str:
    """An office with something to approve begins there."""
    return url_for("catalog.approvals") if actor.has("tto") and session.scalar(service.waiting_count(actor)) else ""


beginnings.append(_office)


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
