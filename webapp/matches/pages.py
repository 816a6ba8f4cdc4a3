"""HTML door of the broker's desk: the queue, verdicts one by one or many at once, claims, and the recommendation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import pages, policy
from webapp.core.errors import AppError
from webapp.matches import answers, bulk, claims, detail, history, queue, saved, verdicts, wishes
from webapp.matches.forms import BulkForm, HandOverForm, JudgeForm
from webapp.matches.models import Match
from webapp.matches.policy import holder
from webapp.matches.queue import Filters
from webapp.matches.states import MATCH
from webapp.matches.values import DECISIONS, DIGITS, GENTLE, GRADES, PARTS, QUICK, REASONS

matches = Blueprint("matches", __name__)
TAKE = 10
KEPT = 10


@matches.get("/matches", endpoint="queue")
@auth_required("session")
def desk() -> Any:
    """The queue: wished pairs first, then the best, at the left; one explained at the right."""
    policy.check(pages.actor(), "match:queue")
    filters = queue.read_filters(request.args)
    match = _seen(request.args.get("selected", type=int)) or _seen(queue.first(pages.session(), pages.actor(), filters))
    just = bulk.chosen(request.args.getlist("judged"))
    judged = [found for number in (just or bulk.chosen(request.args.getlist("kept")))[: bulk.MOST] if (found := _seen(number))]
    return _show(filters, match, JudgeForm(), request.args.get("page", type=int), judged=_judged(judged, bool(just)))


def _seen(match_id: int | None) -> Match | None:
    """The match of this number, None when it has left the queue since."""
    if not match_id or not 0 < match_id < 2**62:
        return None
    query = policy.visible(pages.actor(), Match).where(Match.id == match_id)
    found: Match | None = pages.session().scalars(query).unique().one_or_none()
    return found


def _show(
    filters: Filters, match: Match | None, form: JudgeForm, page: int | None = None, judged: dict[str, Any] | None = None, status: int = 200
) -> Any:
    session, actor = pages.session(), pages.actor()
    total = queue.count(session, actor, filters)
    place = queue.neighbours(session, actor, filters, match, total) if match else None
    number = page or ((place.place - 1) // queue.SIZE + 1 if place and place.place else 1)
    listing = queue.listing(session, actor, filters, number, total)
    held = holder(match) if match else None
    shown = {
        "filters": filters, "form": form, "place": place, "listing": listing, "selected": match.id if match else None,
        "judged": judged, "choices": queue.choices(session, pages.language()), "says": says(),
        "pools": queue.pools(session, actor), "saved": saved.filters(session, actor), "address": address_of(filters, judged["ids"] if judged else ()),
        "holders": queue.names(session, [held, *(item.broker_id for item in listing.items)]), "held": held, "take": TAKE,
        "digits": DIGITS, "quick": QUICK,
    } | (_pair(match) if match else {"detail": None})  # fmt: skip
    return render_template("matches/queue.html", **shown), status


def _pair(match: Match) -> dict[str, Any]:
    """Everything about the one pair that is open."""
    session, actor = pages.session(), pages.actor()
    return {
        "detail": detail.explain(session, actor, match), "rivals": queue.rivals(session, match), "said": detail.said(session, actor, match),
        "can_undo": verdicts.may_undo(session, actor, match), "stamp": verdicts.stamp(match), "past": history.of(session, actor, match),
        "wishes": [wish.part for wish in wishes.standing(session, match)], "mine": holder(match) == actor.person_id,
        "leads": holder(match) == actor.person_id or actor.has("operator"),
    }  # fmt: skip


def says() -> dict[str, dict[Any, str]]:
    """The words for codes, in the reader's language."""
    lists: dict[str, dict[Any, str]] = {
        "state": MATCH.states, "reason": REASONS, "decision": DECISIONS, "part": PARTS, "grade": GRADES, "shape": MATCH.shapes,
        "gentle": GENTLE,
    }  # fmt: skip
    return {
        name: {code: gettext(label) if name != "shape" else label for code, label in pairs.items()} for name, pairs in lists.items()
    }


def address_of(filters: Filters, judged: Sequence[int] = ()) -> Any:
    """Makes addresses of this queue with something changed; an empty value drops its parameter.

    What was judged last goes along, so that it can be taken back until the next verdict, wherever one looks meanwhile.
    """
    kept = list(judged) if len(judged) <= KEPT else []

    def address(**changes: Any) -> str:
        wanted = filters.query() | {"kept": kept} | changes
        return url_for("matches.queue", **{name: value for name, value in wanted.items() if value not in ("", None, [])})

    return address


def _judged(rows: list[Match], fresh: bool) -> dict[str, Any] | None:
    """What the notice after a verdict offers to take back: one, or everything judged at once; `fresh` has the letters."""
    session, actor = pages.session(), pages.actor()
    back = [match for match in rows if verdicts.may_undo(session, actor, match)]
    if not back:
        return None
    verdict = verdicts.standing(session, back[0])
    view = policy.reveal(actor, back[0])
    return {
        "ids": [match.id for match in back], "fresh": fresh, "id": back[0].id, "state": back[0].state, "title": view.result.title,
        "reason": verdict.reason if verdict else "",
    }  # fmt: skip


def _deed(match_id: int, form: Any, deed: Callable[[Match], Any], after: Callable[[Filters, Match], Any], rule: str = "match:judge") -> Any:
    """One act on one match: done and gone on from, or the same pair again with what is wrong said beside it."""
    match = pages.find(Match, match_id)
    policy.check(pages.actor(), rule, match)
    filters = queue.read_filters(request.form)
    with pages.submitting(form) as done:
        deed(match)
    if done.ok:
        return after(filters, match)
    return _refused(filters, match, form, done.error)


def _refused(filters: Filters, match: Match, form: Any, error: AppError | None) -> Any:
    pages.session().refresh(match)
    judge = form if isinstance(form, JudgeForm) else JudgeForm()
    if judge is not form and error:
        judge.form_errors.append(pages.say(error))
    page, status = _show(filters, match, judge, status=error.status if error else 400)
    # With script the address must stay one that can be opened again.
    return page, status, {"HX-Push-Url": address_of(filters)(selected=match.id)}


def _stay(sentence: str) -> Callable[[Filters, Match], Any]:
    def stay(filters: Filters, match: Match) -> Any:
        flash(sentence, "success")
        return redirect(address_of(filters)(selected=match.id))

    return stay


@matches.post("/matches/<int:match_id>/judge")
@auth_required("session")
def judge(match_id: int) -> Any:
    """Shortlist, reject or put aside; then the next match."""
    form, session, actor = JudgeForm(), pages.session(), pages.actor()
    following: list[int | None] = []

    def deed(match: Match) -> None:
        following.append(queue.following(session, actor, queue.read_filters(request.form), match))
        decision = "reject" if form.quick.data else form.decision.data or ""
        if decision == "review":
            verdicts.put_aside(session, actor, match, pages.settings())
            flash(gettext("已先存疑，留在您的池里：%(title)s", title=policy.reveal(actor, match).result.title), "success")
            return
        taken = form.takeover.data == "yes"
        verdicts.judge(session, actor, match, decision, form.chosen, form.note.data or "", seen=form.seen.data or "", takeover=taken)

    return _deed(match_id, form, deed, lambda filters, match: _next(filters, match, following[0]))


def _next(filters: Filters, match: Match, following: int | None) -> Any:
    """On to the match after the judged one, else to the best that is left."""
    following = following or queue.first(pages.session(), pages.actor(), filters)
    following = None if following == match.id else following
    judged = match.id if match.state in ("SHORTLISTED", "REJECTED") else None
    return redirect(address_of(filters)(selected=following, judged=judged))


@matches.post("/matches/<int:match_id>/undo")
@auth_required("session")
def undo(match_id: int) -> Any:
    """Take the last verdict back and show the match again."""
    deed = lambda match: verdicts.undo(pages.session(), pages.actor(), match, pages.settings())  # noqa: E731
    return _deed(match_id, JudgeForm(), deed, _stay(gettext("已撤回，这一对现在由您在跟；不想跟，可以放回团队池。")))


@matches.post("/matches/<int:match_id>/recommend")
@auth_required("session")
def recommend(match_id: int) -> Any:
    """Recommend a shortlisted match to both sides."""
    days = pages.settings().match_reply_days
    deed = lambda match: answers.recommend(pages.session(), pages.actor(), match, days)  # noqa: E731
    return _deed(match_id, JudgeForm(), deed, _stay(gettext("已推荐给双方，等他们答复。")), "match:recommend")


@matches.post("/matches/<int:match_id>/claim")
@auth_required("session")
def claim(match_id: int) -> Any:
    """Take a match into one's own pool, or take it over from a colleague on purpose."""
    form = JudgeForm()
    taken = form.takeover.data == "yes"
    deed = lambda match: claims.claim(pages.session(), pages.actor(), match, taken, pages.settings())  # noqa: E731
    return _deed(match_id, form, deed, _stay(gettext("已领到您的池里。")))


@matches.post("/matches/<int:match_id>/release")
@auth_required("session")
def release(match_id: int) -> Any:
    """Give a match back to the team."""
    deed = lambda match: claims.release(pages.session(), pages.actor(), match)  # noqa: E731
    return _deed(match_id, JudgeForm(), deed, _stay(gettext("已放回团队池。")), "match:pass_on")


@matches.post("/matches/<int:match_id>/hand-over")
@auth_required("session")
def hand_over(match_id: int) -> Any:
    """Give a match to another broker."""
    form = HandOverForm()
    told: list[str] = []

    def deed(match: Match) -> None:
        person = claims.hand_over(pages.session(), pages.actor(), match, form.to.data, form.note.data or "", pages.settings())
        told.append(person.name)

    def told_of(filters: Filters, match: Match) -> Any:
        return _stay(gettext("已转交给%(who)s。", who=told[0]))(filters, match)

    return _deed(match_id, form, deed, told_of, "match:pass_on")


@matches.post("/matches/take")
@auth_required("session")
def take() -> Any:
    """Claim the next best of the team's pool."""
    session, actor, filters = pages.session(), pages.actor(), queue.read_filters(request.form)
    ids = queue.next_free(session, actor, filters, TAKE)
    count = claims.take(session, actor, ids, pages.settings())
    if count:
        flash(gettext("领到 %(n)s 对，在“我的池”里。", n=count), "success")
    else:
        flash(gettext("没有领到：团队池里没有合条件的，或者您的池已满。"), "warning")
    return redirect(url_for("matches.queue", pool="mine"))


@matches.post("/matches/bulk", endpoint="bulk")
@auth_required("session")
def many() -> Any:
    """One act on everything ticked."""
    session, actor, filters, form = pages.session(), pages.actor(), queue.read_filters(request.form), BulkForm()
    ids = bulk.chosen(request.form.getlist("ids"))
    action = form.action.data or ("reject" if form.quick.data else "")
    given = {"reason": form.quick.data or "", "note": form.note.data or "", "to": form.to.data, "settings": pages.settings()}
    try:
        outcome = bulk.act(session, actor, action, ids, **given)
    except AppError as error:
        flash(" ".join(gettext(sentence) for sentence in error.fields.values()) or pages.say(error), "error")
        return redirect(address_of(filters)(page=request.form.get("page", type=int)))
    _tell(action, outcome)
    judged = outcome.done if action in ("shortlist", "reject") else []
    return redirect(address_of(filters)(judged=judged))


def _tell(action: str, outcome: bulk.Outcome) -> None:
    """How many went through, and of the others why, each cause once."""
    if outcome.done and action not in ("shortlist", "reject"):
        flash(gettext("已处理 %(n)s 对。", n=len(outcome.done)), "success")
    if outcome.left:
        causes = list(dict.fromkeys(pages.say(error) for _, error in outcome.left))
        flash(gettext("%(n)s 对没有处理：%(why)s", n=len(outcome.left), why=" ".join(causes[:3])), "warning")
