"""HTML door of matches: the broker's queue, verdicts, and what the parties are recommended and answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import pages, policy
from webapp.core.errors import AppError
from webapp.matches import answers, detail, queue, verdicts
from webapp.matches.forms import AnswerForm, JudgeForm
from webapp.matches.models import Match
from webapp.matches.queue import Filters
from webapp.matches.states import MATCH, SHARED, WAITING
from webapp.matches.values import DECISIONS, GRADES, PARTS, REASONS

matches = Blueprint("matches", __name__)
MINE_SIZE = 10


@matches.get("/matches", endpoint="queue")
@auth_required("session")
def desk() -> Any:
    """The queue: best open matches at the left, one explained at the right."""
    policy.check(pages.actor(), "match:queue")
    filters = queue.read_filters(request.args)
    match = _seen(request.args.get("selected", type=int)) or _seen(queue.first(pages.session(), pages.actor(), filters))
    return _show(
        filters, match, JudgeForm(), request.args.get("page", type=int), judged=_seen(request.args.get("judged", type=int))
    )


def _seen(match_id: int | None) -> Match | None:
    """The match of this number, None when it has left the queue since."""
    if not match_id or not 0 < match_id < 2**62:
        return None
    query = policy.visible(pages.actor(), Match).where(Match.id == match_id)
    found: Match | None = pages.session().scalars(query).unique().one_or_none()
    return found


def _show(
    filters: Filters,
    match: Match | None,
    form: JudgeForm,
    page: int | None = None,
    judged: Match | None = None,
    status: int = 200,
) -> Any:
    session, actor = pages.session(), pages.actor()
    form.belong_to(match.id if match else 0)
    total = queue.count(session, actor, filters)
    place = queue.neighbours(session, actor, filters, match, total) if match else None
    number = page or ((place.place - 1) // queue.SIZE + 1 if place and place.place else 1)
    shown = {
        "filters": filters, "form": form, "place": place, "listing": queue.listing(session, actor, filters, number, total),
        "selected": match.id if match else None, "judged": _judged(judged), "choices": queue.choices(session, pages.language()),
        "detail": detail.explain(session, actor, match) if match else None, "says": _says(),
        "rivals": queue.rivals(session, match) if match else 0, "said": detail.said(session, actor, match) if match else [],
        "broker": detail.broker_name(session, match) if match else "", "can_undo": bool(match and verdicts.may_undo(session, actor, match)),
        "address": _address(filters),
    }  # fmt: skip
    return render_template("matches/queue.html", **shown), status


def _says() -> dict[str, dict[Any, str]]:
    """The words for codes, in the reader's language."""
    lists: dict[str, dict[Any, str]] = {
        "state": MATCH.states, "reason": REASONS, "decision": DECISIONS, "part": PARTS, "grade": GRADES, "shape": MATCH.shapes,
    }  # fmt: skip
    return {name: {code: gettext(label) for code, label in pairs.items()} for name, pairs in lists.items()}


def _address(filters: Filters) -> Any:
    """Makes addresses of this queue with something changed; an empty value drops its parameter."""

    def address(**changes: Any) -> str:
        wanted = filters.query() | changes
        return url_for("matches.queue", **{name: value for name, value in wanted.items() if value not in ("", None)})

    return address


def _judged(match: Match | None) -> dict[str, Any] | None:
    """What the notice after a verdict offers to take back."""
    session, actor = pages.session(), pages.actor()
    if match is None or not verdicts.may_undo(session, actor, match):
        return None
    verdict = verdicts.standing(session, match)
    view = policy.reveal(actor, match)
    return {"id": match.id, "state": match.state, "title": view.result.title, "reason": verdict.reason if verdict else ""}


@matches.post("/matches/<int:match_id>/judge")
@auth_required("session")
def judge(match_id: int) -> Any:
    """Shortlist, reject or put aside; then the next match."""
    match = pages.find(Match, match_id)
    policy.check(pages.actor(), "match:judge", match)
    form, filters = JudgeForm(), queue.read_filters(request.form)
    following = queue.following(pages.session(), pages.actor(), filters, match)
    decision = "reject" if form.quick.data else form.decision.data or ""
    with pages.submitting(form) as done:
        if decision == "review":
            verdicts.put_aside(pages.session(), pages.actor(), match)
        else:
            verdicts.judge(pages.session(), pages.actor(), match, decision, form.chosen, form.note.data or "")
    if not done.ok:
        return _refused(filters, match, form, done.error)
    return _next(filters, match, following)


def _next(filters: Filters, match: Match, following: int | None) -> Any:
    """On to the match after the judged one, else to the best that is left."""
    following = following or queue.first(pages.session(), pages.actor(), filters)
    following = None if following == match.id else following
    judged = match.id if match.state in ("SHORTLISTED", "REJECTED") else None
    return redirect(_address(filters)(selected=following, judged=judged))


def _refused(filters: Filters, match: Match, form: JudgeForm, error: AppError | None) -> Any:
    """The same match again, with what is wrong said beside the decision."""
    pages.session().refresh(match)
    page, status = _show(filters, match, form, status=error.status if error else 400)
    # With script the address must stay one that can be opened again.
    return page, status, {"HX-Push-Url": _address(filters)(selected=match.id)}


@matches.post("/matches/<int:match_id>/undo")
@auth_required("session")
def undo(match_id: int) -> Any:
    """Take the last verdict back and show the match again."""
    match = pages.find(Match, match_id)
    policy.check(pages.actor(), "match:judge", match)
    form, filters = JudgeForm(), queue.read_filters(request.form)
    with pages.submitting(form) as done:
        verdicts.undo(pages.session(), pages.actor(), match)
    if not done.ok:
        return _refused(filters, match, form, done.error)
    flash(gettext("已撤回，这一对回到队列。"), "success")
    return redirect(_address(filters)(selected=match.id))


@matches.post("/matches/<int:match_id>/recommend")
@auth_required("session")
def recommend(match_id: int) -> Any:
    """Recommend a shortlisted match to both sides."""
    match = pages.find(Match, match_id)
    policy.check(pages.actor(), "match:recommend", match)
    form, filters = JudgeForm(), queue.read_filters(request.form)
    with pages.submitting(form) as done:
        answers.recommend(pages.session(), pages.actor(), match, pages.settings().match_reply_days)
    if not done.ok:
        return _refused(filters, match, form, done.error)
    flash(gettext("已推荐给双方，等他们答复。"), "success")
    return redirect(_address(filters)(selected=match.id))


@matches.get("/matches/mine")
@auth_required("session")
def mine() -> Any:
    """What brokers recommended to the actor's side."""
    policy.check(pages.actor(), "match:mine")
    return _mine(AnswerForm(), None)


def _mine(form: AnswerForm, answered: int | None, status: int = 200) -> Any:
    session, actor = pages.session(), pages.actor()
    query = policy.visible(actor, Match).where(Match.state.in_(SHARED))
    waiting = request.args.get("show") != "all"
    if waiting and answered is None:
        query = query.where(Match.state.in_(WAITING))
    page = pages.paginate(query.order_by(Match.recommended_at.desc(), Match.id.desc()), MINE_SIZE)
    pairs = [(detail.explain(session, actor, match), detail.noes(session, match)) for match in page.items]
    return render_template(
        "matches/mine.html", page=page, pairs=pairs, form=form, answered=answered, waiting=waiting, says=_says()
    ), status


@matches.post("/matches/<int:match_id>/answer")
@auth_required("session")
def answer(match_id: int) -> Any:
    """The side's yes, or no with a reason."""
    match = pages.find(Match, match_id)
    policy.check(pages.actor(), "match:answer", match)
    form = AnswerForm()
    yes = form.answer.data == "yes"
    with pages.submitting(form) as done:
        answers.answer(pages.session(), pages.actor(), match, yes, form.reason.data or "", form.note.data or "")
    if not done.ok:
        pages.session().refresh(match)
        return _mine(form, match.id, done.error.status if done.error else 400)
    flash(_thanks(match, yes), "success")
    return redirect(url_for("matches.mine", show="all"))


def _thanks(match: Match, yes: bool) -> str:
    if not yes:
        return str(gettext("已婉拒，原因会告诉对方和经纪人。"))
    if match.state == "MUTUAL":
        return str(gettext("双方都愿意对接，经纪人会与您联系。"))
    return str(gettext("已记下您愿意对接，等对方答复。"))
