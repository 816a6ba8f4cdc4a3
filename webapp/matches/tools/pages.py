"""HTML door beside the queue: why a pair is not in it, filters kept under a name, and how the pages behave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import filters, pages, policy
from webapp.core.errors import AppError, NotFound
from webapp.matches import own, queue, saved, why
from webapp.matches.forms import PreferenceForm, SaveForm
from webapp.matches.pages import address_of, matches

TEXT_MAX = 100


@matches.get("/matches/why")
@auth_required("session")
def why_not() -> Any:
    """Choose a demand and a result, and read what keeps the two apart."""
    policy.check(pages.actor(), "match:queue")
    session, actor = pages.session(), pages.actor()
    chosen = {kind: _posting(kind) for kind in ("demand", "result")}
    texts = {kind: request.args.get(f"{kind}_text", "").strip()[:TEXT_MAX] for kind in chosen}
    found = {kind: why.search(session, actor, kind, text) for kind, text in texts.items() if text and chosen[kind] is None}
    told = None
    if chosen["demand"] is not None and chosen["result"] is not None:
        told = why.explain(session, actor, current_app.extensions["engines"]["matcher"], pages.settings(), chosen["demand"], chosen["result"])
    views = {kind: policy.reveal(actor, row) if row is not None else None for kind, row in chosen.items()}
    return render_template("matches/why.html", chosen=views, texts=texts, found=found, told=told, hurdles=_told(told))


def _told(told: why.Why | None) -> list[tuple[bool, str]]:
    """What keeps the pair apart, in the reader's language, and whether it decides."""
    language = pages.language()

    def word(value: Any) -> Any:
        return filters.day(value, language) if isinstance(value, datetime) else gettext(value) if isinstance(value, str) and value else value

    hurdles = told.hurdles if told else []
    return [(one.decides, gettext(one.sentence) % {name: word(value) for name, value in one.values.items()}) for one in hurdles]


def _posting(kind: str) -> Any:
    """The posting named in the address, None when none is or it may not be seen."""
    row_id = request.args.get(kind, type=int)
    try:
        return own.posting(pages.session(), pages.actor(), kind, row_id) if row_id else None
    except NotFound:
        return None


@matches.post("/matches/add")
@auth_required("session")
def add() -> Any:
    """Put a pair into one's own pool by hand."""
    session, actor = pages.session(), pages.actor()
    policy.check(actor, "match:queue")
    ids = {kind: request.form.get(kind, type=int) or 0 for kind in ("demand", "result")}
    rows = {kind: own.posting(session, actor, kind, row_id) for kind, row_id in ids.items()}
    try:
        match = why.add(session, actor, current_app.extensions["engines"]["matcher"], rows["demand"], rows["result"], pages.settings())
    except AppError as error:
        flash(pages.say(error), "error")
        return redirect(url_for("matches.why_not", demand=ids["demand"], result=ids["result"]))
    flash(gettext("已放进您的池里。"), "success")
    return redirect(url_for("matches.queue", state="all", selected=match.id))


@matches.post("/matches/filters")
@auth_required("session")
def save_filter() -> Any:
    """Keep the filters that are set under a name."""
    policy.check(pages.actor(), "match:queue")
    wanted, form = queue.read_filters(request.form), SaveForm()
    with pages.submitting(form) as done:
        saved.keep(pages.session(), pages.actor(), form.name.data or "", wanted)
    if done.error:
        flash(" ".join(gettext(sentence) for sentence in done.error.fields.values()) or pages.say(done.error), "error")
    else:
        flash(gettext("筛选已保存。"), "success")
    return redirect(address_of(wanted)())


@matches.post("/matches/filters/<int:filter_id>/drop")
@auth_required("session")
def drop_filter(filter_id: int) -> Any:
    """Forget a kept filter."""
    saved.drop(pages.session(), pages.actor(), filter_id)
    flash(gettext("筛选已删去。"), "success")
    return redirect(url_for("matches.queue"))


@matches.route("/preferences", methods=["GET", "POST"])
@auth_required("session")
def preferences() -> Any:
    """Letters as keys, and personal ranking: on or off, for this person alone."""
    session, actor = pages.session(), pages.actor()
    stored = saved.preference(session, actor)
    form = PreferenceForm(data={"keys": stored.keys, "personal": stored.personal} if request.method == "GET" else None)
    if request.method == "POST":
        saved.prefer(session, actor, bool(form.keys.data), bool(form.personal.data))
        flash(gettext("已保存。"), "success")
        return redirect(url_for("matches.preferences"))
    return render_template("matches/preferences.html", form=form)
