"""HTML door of licences: the offers, the application, the licence with its next step, and public notices."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import clock, pages, policy
from webapp.core.errors import NotFound
from webapp.licences import service, wording
from webapp.licences.forms import FORMS, ActForm, ApplyForm, ObjectionForm, act_form, first_values
from webapp.licences.models import Licence, PublicNotice
from webapp.licences.shown import Words

licences = Blueprint("licences", __name__)

# Steps that carry the deal on; the others stand folded below.
MAIN = (
    "check", "confirm", "approve", "decide", "sign", "deliver", "receive", "confirm_trigger", "decide_payable", "report", "confirm_exit",
    "continue", "prove_use", "schedule", "receipt",
)  # fmt: skip
REFUSING = frozenset({"reject", "terminate", "cancel", "ask_exit", "refuse_exit", "contest", "decide_trial"})


def _words() -> Words:
    return Words(pages.language())


@licences.get("/use-first")
def offers() -> str:
    """The catalogue of results that can be used first and paid later."""
    actor = pages.actor()
    page = pages.paginate(service.offers(actor, pages.settings()))
    page.items = [(policy.reveal(actor, row), service.places_left(pages.session(), row)) for row in page.items]
    return render_template("licences/offers.html", page=page, says=_words().labels(), may_apply=policy.can(actor, "licence:apply"))


@licences.route("/use-first/<int:result_id>/apply", methods=["GET", "POST"])
@auth_required("session")
def apply(result_id: int) -> Any:
    """Apply for a trial licence; 计算 shows the size calculation and stores nothing."""
    session, actor, settings = pages.session(), pages.actor(), pages.settings()
    result = service.find_result(session, actor, result_id)
    policy.check(actor, "licence:apply", result)
    if request.method == "GET":
        first = service.prefill(session, actor, result, settings)
        return _apply_page(result, ApplyForm(data=first | {"submission": uuid.uuid4().hex, "task_id": request.args.get("task", "")}))
    form = ApplyForm()
    if request.form.get("calculate"):
        with pages.submitting(form) as done:
            service.calculate(form.data)
        return _apply_page(result, form, 200 if done.ok else 422)
    with pages.submitting(form) as done:
        licence = service.apply(
            session, actor, result, form.data, settings, task_id=_number(form.task_id.data), submission=form.submission.data or None
        )
    if not done.ok:
        return _apply_page(result, form, done.error.status if done.error else 422)
    flash(gettext("申请已提交，正在核验资格。进展会通知您。"), "success")
    return redirect(url_for("licences.licence", licence_id=licence.id))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def _apply_page(result: Any, form: ApplyForm, status: int = 200) -> Any:
    session, actor, settings = pages.session(), pages.actor(), pages.settings()
    error = service.obstacle(session, result, actor.organisation_id, settings)
    draft = service.draft(session, actor, result)
    return render_template(
        "licences/apply.html", form=form, result=policy.reveal(actor, result), says=_words().labels(), cap=settings.trial_months_cap,
        calculation=service.try_calculate(form.data), obstacle=pages.say(error) if error else "",
        sent_back=policy.reveal(actor, draft).reason if draft else "",
    ), status  # fmt: skip


@licences.get("/licences", endpoint="licences")
@auth_required("session")
def listing() -> str:
    """The licences of the reader: all, or those waiting for them."""
    actor = pages.actor()
    policy.check(actor, "licence:list")
    waiting = request.args.get("show") == "waiting"
    page = pages.paginate(service.licences(actor, waiting_for_me=waiting), 30)
    page.items = [policy.reveal(actor, row) for row in page.items]
    mine = service.count(pages.session(), service.licences(actor, waiting_for_me=True))
    return render_template("licences/licences.html", page=page, waiting=waiting, mine=mine, says=_words().labels(), clock_of=_words().clock)


@licences.get("/licences/<int:licence_id>")
@auth_required("session")
def licence(licence_id: int) -> Any:
    """One licence: where it stands, what comes next, what has been."""
    return _licence_page(pages.find(Licence, licence_id))


@licences.post("/licences/<int:licence_id>/act/<action>")
@auth_required("session")
def act(licence_id: int, action: str) -> Any:
    """Take one step; what was typed stays when it is refused."""
    row = pages.find(Licence, licence_id)
    if action not in FORMS:
        raise NotFound
    form = act_form(action, policy.reveal(pages.actor(), row))
    with pages.submitting(form) as done:
        service.act(
            pages.session(), pages.actor(), row, action, form.data, settings=pages.settings(), version=_number(form.version.data)
        )
    if not done.ok:
        pages.session().expire_all()
        return _licence_page(row, failed=(action, form), status=done.error.status if done.error else 422)
    flash(gettext("已完成：%(act)s。", act=gettext(wording.ACTS[action])), "success")
    return redirect(url_for("licences.licence", licence_id=row.id))


def _licence_page(row: Any, failed: tuple[str, ActForm] | None = None, status: int = 200) -> Any:
    actor, session = pages.actor(), pages.session()
    view = policy.reveal(actor, row)
    forms = _forms(view, service.first_due(row))
    if failed:
        failed[1].version.data = str(view.version)
        forms[failed[0]] = failed[1]
    service.seen(session, actor, row)
    words = _words()
    headline, consequence = words.next_step(view)
    # Before the first bad answer is mended nothing else is of interest, so its form stands open.
    main = failed[0] if failed else next((action for action in MAIN if action in forms), None)
    return render_template(
        "licences/licence.html", licence=view, forms=forms, main=main, refusing=REFUSING, says=_words().labels(), failed=failed is not None,
        headline=headline, consequence=consequence, clock=words.clock(view), today=clock.today(),
        valid_uscc=service.uscc_valid(row.licensee), stages=words.stages(view), timeline=words.timeline(view),
    ), status  # fmt: skip


def _forms(view: Any, first_due: Any) -> dict[str, ActForm]:
    """A form for every step the reader can take now; deciding an objection stands for its four outcomes."""
    found: dict[str, ActForm] = {}
    for action in view.actions:
        name = "decide" if action == "resume" else action
        if name == "decide" and not any(row.can_decide for row in view.objections):
            continue
        found[name] = act_form(name, view, first_values(name, view, first_due))
    return found


@licences.get("/public-notices")
def public_notices() -> str:
    """Running public notices first, then those that ended."""
    actor = pages.actor()
    page = pages.paginate(service.notices(actor), 20)
    page.items = [policy.reveal(actor, row) for row in page.items]
    return render_template("licences/public_notices.html", page=page, says=_words().labels())


@licences.route("/public-notices/<int:notice_id>", methods=["GET", "POST"])
def public_notice(notice_id: int) -> Any:
    """One notice as it was published, with the form for objections; open to everyone."""
    notice = pages.find(PublicNotice, notice_id)
    form, status = ObjectionForm(), 200
    if request.method == "POST":
        with pages.submitting(form) as done:
            service.object_to(pages.session(), pages.actor(), notice, form.data, pages.settings())
        if done.ok:
            flash(gettext("异议已登记，公示暂停计时。处理结果会按您留的联系方式告知。"), "success")
            return redirect(url_for("licences.public_notice", notice_id=notice_id))
        status = done.error.status if done.error else 422
        pages.session().expire_all()
    view = policy.reveal(pages.actor(), notice)
    return render_template("licences/public_notice.html", notice=view, form=form, says=_words().labels()), status
