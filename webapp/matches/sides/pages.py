"""HTML door of the two sides: what brokers recommend to them and their answers, and their own ranked list."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import pages, policy
from webapp.matches import answers, detail, own, saved, watch, wishes
from webapp.matches.forms import AnswerForm
from webapp.matches.models import Match
from webapp.matches.pages import matches, says
from webapp.matches.states import LIVE, SHARED, WAITING

SIZE = 10


@matches.get("/matches/mine")
@auth_required("session")
def mine() -> Any:
    """What brokers recommended to the actor's side."""
    policy.check(pages.actor(), "match:mine")
    return _mine(_form(), None)


def _form() -> AnswerForm:
    return AnswerForm("company" if pages.actor().has("company_user", "company_admin") else "researcher")


def _mine(form: AnswerForm, answered: int | None, status: int = 200) -> Any:
    session, actor = pages.session(), pages.actor()
    query = policy.visible(actor, Match).where(Match.state.in_(SHARED))
    waiting = request.args.get("show") != "all"
    if waiting and answered is None:
        query = query.where(Match.state.in_(WAITING))
    page = pages.paginate(query.order_by(Match.recommended_at.desc(), Match.id.desc()), SIZE)
    pairs = [(detail.explain(session, actor, match), detail.noes(session, actor, match)) for match in page.items]
    return render_template(
        "matches/mine.html", page=page, pairs=pairs, form=form, answered=answered, waiting=waiting, says=says()
    ), status


@matches.post("/matches/<int:match_id>/answer")
@auth_required("session")
def answer(match_id: int) -> Any:
    """The side's yes, or no with a reason."""
    match = pages.find(Match, match_id)
    policy.check(pages.actor(), "match:answer", match)
    form = _form()
    yes = form.answer.data == "yes"
    with pages.submitting(form) as done:
        reason, note = form.reason.data or "", form.note.data or ""
        answers.answer(pages.session(), pages.actor(), match, yes, reason, note, bool(form.share_note.data))
    if not done.ok:
        pages.session().refresh(match)
        return _mine(form, match.id, done.error.status if done.error else 400)
    flash(_thanks(match, yes), "success")
    return redirect(url_for("matches.mine", show="all"))  # at the top, where what came of it stands


def _thanks(match: Match, yes: bool) -> str:
    if not yes:
        return str(gettext("已婉拒。经纪人会看到原因，对方看到的是换了说法的一句话。"))
    if match.state == "MUTUAL":
        return str(gettext("双方都愿意对接。对接任务随后开出，在“对接任务”里看；经纪人会与您联系。"))
    return str(gettext("已记下您愿意对接，等对方答复。"))


@matches.get("/matches/for/<any(demand, result):kind>/<int:row_id>")
@auth_required("session")
def own_list(kind: str, row_id: int) -> Any:
    """The ranked other side of one's own posting, or the newest without any ranking."""
    session, actor, settings = pages.session(), pages.actor(), pages.settings()
    posting = own.posting(session, actor, kind, row_id)
    policy.check(actor, "match:own", posting)
    ranked = saved.preference(session, actor).personal and request.args.get("order") != "newest"
    page = pages.paginate(own.pairs(actor, posting) if ranked else own.newest(actor, posting), SIZE if ranked else 2 * SIZE)
    fits = own.suitable(session, actor, posting, settings.match_suitable_grade)
    watched = None if fits or kind == "result" else watch.since(session, posting)
    teams = [] if fits or kind == "result" else watch.nearest(session, actor, current_app.extensions["engines"]["matcher"], posting)
    return render_template(
        "matches/own.html", kind=kind, posting=policy.reveal(actor, posting), page=page, ranked=ranked, says=says(), fits=fits,
        personal=saved.preference(session, actor).personal, watched=watched, live=posting.state in LIVE[kind],
        pairs=[own.show(session, actor, match) for match in page.items] if ranked else [],
        rows=[] if ranked else [policy.reveal(actor, row) for row in page.items],
        teams=teams, experts=watch.experts(session, teams),
    )  # fmt: skip


@matches.post("/matches/<int:match_id>/wish")
@auth_required("session")
def wish(match_id: int) -> Any:
    """Say "I want to talk", or no longer."""
    session, actor = pages.session(), pages.actor()
    match = own.find(session, actor, match_id)
    if request.form.get("wish") == "no":
        wishes.take_back(session, actor, match)
        flash(gettext("已取消，这一对回到原来的位置。"), "success")
    else:
        wishes.wish(session, actor, match)
        flash(gettext("已告诉经纪人您想谈，这一对排到了他们队列的最前面；他们推荐时，算作您已经同意。"), "success")
    company = actor.has("company_user", "company_admin") and match.demand.organisation_id == actor.organisation_id
    kind, row_id = ("demand", match.demand_id) if company else ("result", match.result_id)
    return redirect(url_for("matches.own_list", kind=kind, row_id=row_id, _anchor=f"match-{match.id}"))
