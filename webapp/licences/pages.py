"""HTML door of licences: the offers, the application, the licence with its next step, and public notices."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.attachments.pages import shelf
from webapp.core import clock, pages, policy
from webapp.core.errors import NotFound
from webapp.licences import (
    money,
    money_royalty,
    outlook_money,
    service,
    service_filing,
    service_income,
    service_looks,
    service_papers,
    service_sign,
    views_deals,
    wording,
)
from webapp.licences.forms import ActForm, ApplyForm, ObjectionForm, OfferForm, RuleForm
from webapp.licences.forms_acts import FORMS, act_form, first_values
from webapp.licences.models import Licence, PublicNotice
from webapp.licences.models_money import Distribution
from webapp.licences.shown import Words

LATER = 5  # days told of when a month is empty
licences = Blueprint("licences", __name__)

# Steps that carry the deal on; the others stand folded below.
MAIN = (
    "check", "confirm", "approve", "decide", "sign", "deliver", "receive", "confirm_trigger", "decide_payable", "report", "confirm_exit",
    "extend", "agree_conversion", "convert", "continue", "lift", "prove_use", "reschedule", "settle", "schedule", "statement", "receipt", "refund", "confirm_stage", "reach", "next_stage",
)  # fmt: skip
GUIDE_PRICE_FEN = 2_000_000_000  # the guide's upper end for a fixed price under an open licence; only a warning
REFUSING = frozenset({
    "reject", "terminate", "cancel", "ask_exit", "refuse_exit", "contest", "decide_trial", "suspend", "refuse_extension",
    "drop_conversion", "contest_stage", "refuse_stage", "ask_end", "refuse_plan", "declare_default", "refuse_end",
})  # fmt: skip


def _words() -> Words:
    return Words(pages.language())


@licences.get("/use-first")
def offers() -> str:
    """The catalogue of results that can be used first and paid later."""
    session, actor, settings = pages.session(), pages.actor(), pages.settings()
    text, school = (request.args.get("q") or "")[:200].strip(), _number(request.args.get("school"))
    page = pages.paginate(service.offers(actor, settings, text, school))
    terms = service.offers_of(session, [row.id for row in page.items])
    left = service.places_left(session, page.items)
    page.items = [(policy.reveal(actor, row), left[row.id], terms.get(row.id), policy.can(actor, "licence:offer", row)) for row in page.items]
    return render_template(
        "licences/offers.html", page=page, says=_words().labels(), may_apply=policy.can(actor, "licence:apply") and not actor.has("broker"), text=text, school=school,
        schools=service.schools(session, actor, settings),
    )  # fmt: skip


@licences.route("/use-first/<int:result_id>/offer", methods=["GET", "POST"])
@auth_required("session")
def offer(result_id: int) -> Any:
    """The terms of one result's offer, set by its school."""
    session, actor = pages.session(), pages.actor()
    result = service.find_result(session, actor, result_id)
    policy.check(actor, "licence:offer", result)
    form, status = OfferForm(**_offer_values(service.offer_of(session, result.id))), 200
    if request.method == "POST":
        with pages.submitting(form) as done:
            service.set_offer(session, actor, result, form.data, _number(form.version.data))
        if done.ok:
            flash(gettext("先用后付条件已保存；已提交的申请按原来的条件办理。"), "success")
            return redirect(url_for("licences.offers", q=result.title[:60]))
        status = done.error.status if done.error else 422
        session.expire_all()
    return render_template("licences/offer.html", form=form, result=policy.reveal(actor, result)), status


def _offer_values(row: Any) -> dict[str, Any]:
    if row is None or request.method == "POST":
        return {}
    return {"data": {
        "models": row.models, "triggers": row.triggers, "security": row.security,
        "conditions": row.conditions, "version": str(row.version),
    }}  # fmt: skip


@licences.route("/licences/rules", methods=["GET", "POST"])
@auth_required("session")
def rules() -> Any:
    """What the reader's school has decided for all its licences."""
    session, actor, settings = pages.session(), pages.actor(), pages.settings()
    policy.check(actor, "licence:rule")
    row = service.rule(session, actor.organisation_id or 0)
    days, day_type = service.notice_rule_of(session, actor, settings)
    first = {"notice_days": days, "notice_day_type": day_type, "silence_confirms": True} if row is None else {
        "notice_days": days, "notice_day_type": day_type, "higher": money.write_wan(row.higher_fen), "higher_body": row.higher_body,
        "deems_receipt": row.deems_receipt, "silence_confirms": row.silence_confirms, "version": str(row.version),
        "late_fee_rate": row.late_fee_rate, **{f"clause_{name}": text for name, text in row.clauses.items()}, **{f"share_{name}": f"{share / 10:g}" for name, share in row.shares.items()},
    }  # fmt: skip
    form, status = RuleForm(data=first) if request.method == "GET" else RuleForm(), 200
    if request.method == "POST":
        with pages.submitting(form) as done:
            service_looks.keep_look(service.set_rule(session, actor, form.data, _number(form.version.data)), form.data, settings)
        if done.ok:
            flash(gettext("本单位的许可规则已保存，对今后审批的申请生效。"), "success")
            return redirect(url_for("licences.rules"))
        status = done.error.status if done.error else 422
        session.expire_all()
    return render_template("licences/rules.html", form=form, look=row.look_sha256 if row else ""), status


@licences.get("/use-first/deals")
def deals() -> str:
    """What has been signed, without the company's name unless it agreed."""
    page = pages.paginate(service.signed(), 30)
    page.items = [views_deals.deal(row) for row in page.items]
    return render_template("licences/deals.html", page=page, says=_words().labels())


@licences.route("/use-first/<int:result_id>/apply", methods=["GET", "POST"])
@auth_required("session")
def apply(result_id: int) -> Any:
    """Apply for a trial licence; 计算 shows the size calculation and stores nothing."""
    session, actor, settings = pages.session(), pages.actor(), pages.settings()
    result = service.find_result(session, actor, result_id)
    policy.check(actor, "licence:apply", result)
    company = service.for_company(session, actor, result, _number(request.values.get("task") or request.values.get("task_id")))
    if request.method == "GET":
        first = service.prefill(session, company, result, settings)
        more = {"submission": uuid.uuid4().hex, "task_id": request.args.get("task", "")}
        return _apply_page(result, company, ApplyForm(allowed=service.allowed(session, result), data=first | more))
    form = ApplyForm(allowed=service.allowed(session, result))
    if request.form.get("calculate"):
        with pages.submitting(form) as done:
            service.calculate(form.data)
        return _apply_page(result, company, form, 200 if done.ok else 422)
    with pages.submitting(form) as done:
        licence = service.apply(
            session, actor, result, form.data, settings, task_id=_number(form.task_id.data), submission=form.submission.data or None
        )
    if not done.ok:
        return _apply_page(result, company, form, done.error.status if done.error else 422)
    flash(gettext("申请已提交，正在核验资格。进展会通知您。"), "success")
    return redirect(url_for("licences.licence", licence_id=licence.id))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def _apply_page(result: Any, company: int | None, form: ApplyForm, status: int = 200) -> Any:
    session, actor, settings = pages.session(), pages.actor(), pages.settings()
    draft = service.draft(session, company, result)
    error = service.barred(session, result, company, settings, draft.id if draft else None)
    return render_template(
        "licences/apply.html", form=form, result=policy.reveal(actor, result), says=_words().labels(), cap=settings.trial_months_cap,
        offer=service.offer_of(session, result.id), calculation=service.try_calculate(form.data), obstacle=pages.say(error) if error else "",
        sent_back=policy.reveal(actor, draft).reason if draft else "", by_broker=actor.has("broker"),
    ), status  # fmt: skip


@licences.get("/licences", endpoint="licences")
@auth_required("session")
def listing() -> str:
    """The licences of the reader: all, or those waiting for them."""
    actor = pages.actor()
    policy.check(actor, "licence:list")
    mine = service.count(pages.session(), service.licences(actor, waiting_for_me=True))
    group, show = request.args.get("group", ""), request.args.get("show", "")
    # Opened from the menu, it begins with what waits for the reader.
    waiting = show == "waiting" or (bool(mine) and not show and not group)
    rows = service.rows(actor, group) if group in service.GROUPS else service.licences(actor, waiting_for_me=waiting)
    page = pages.paginate(rows, 30)
    page.items = [policy.reveal(actor, row) for row in page.items]
    return render_template(
        "licences/licences.html", page=page, waiting=waiting, mine=mine, says=_words().labels(), clock_of=_words().clock,
        may_rule=policy.can(actor, "licence:rule"), group=group if group in service.GROUPS else "",
    )  # fmt: skip


@licences.get("/licences/portfolio")
@auth_required("session")
def portfolio() -> str:
    """Figures over the reader's licences; each opens its rows."""
    policy.check(pages.actor(), "licence:list")
    return render_template("licences/portfolio.html", figures=service.portfolio(pages.session(), pages.actor()), says=_words().labels())


@licences.get("/licences/calendar")
@auth_required("session")
def calendar() -> str:
    """What falls on the days of one month."""
    policy.check(pages.actor(), "licence:list")
    first = _month(request.args.get("month", ""))
    after, before = clock.add_months(first, 1), clock.add_months(first, -1)
    entries = service.calendar(pages.session(), pages.actor(), first, after - timedelta(days=1))
    later = [] if entries else service.calendar(pages.session(), pages.actor(), after, clock.add_months(after, 12))[:LATER]
    return render_template(
        "licences/calendar.html", entries=entries, later=later, says=_words().labels(), today=clock.today(), month=f"{first:%Y-%m}",
        before=f"{before:%Y-%m}", after=f"{after:%Y-%m}",
    )  # fmt: skip


def _month(text: str) -> date:
    """The first day of the month named, of this month when none or a strange one is."""
    try:
        found = datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        found = clock.today()
    return found.replace(day=1) if 2000 <= found.year <= 2100 else clock.today().replace(day=1)


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
    form = act_form(action, _view(row))
    with pages.submitting(form) as done:
        service.act(
            pages.session(), pages.actor(), row, action, form.data, settings=pages.settings(), version=_number(form.version.data)
        )
    if not done.ok:
        pages.session().expire_all()
        if isinstance(done.error, service_sign.WrongCode):
            service_sign.count_try(pages.session(), done.error.number)
        return _licence_page(row, failed=(action, form), status=done.error.status if done.error else 422)
    flash(gettext("已完成：%(act)s。", act=gettext(wording.ACTS[action])), "success")
    return redirect(url_for("licences.licence", licence_id=row.id))


def _view(row: Any) -> Any:
    """The licence as its reader sees it, with the files that may be a sealed copy while it is being signed."""
    view = policy.reveal(pages.actor(), row)
    if view.state != "SIGNING" or not view.texts:
        return view
    return replace(view, scans=tuple((file.id, file.name) for file in service_sign.scans(pages.session(), row)))


def _licence_page(row: Any, failed: tuple[str, ActForm] | None = None, status: int = 200) -> Any:
    actor, session = pages.actor(), pages.session()
    view = _view(row)
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
        ledger=policy.can(actor, "licence:ledger", row) and row.effective_on is not None, headline=headline, consequence=consequence, clock=words.clock(view), today=clock.today(),
        papers=service_papers.listed(session, actor, row), shelf=shelf(row) if view.texts else None, code_mailed=pages.settings().signing_code,
        diligence=policy.can(actor, "licence:diligence", row) and row.effective_on is not None, filings=service_filing.filings(session, row.id) if policy.can(actor, "licence:ledger", row) else [],
        valid_uscc=service.uscc_valid(row.licensee), warnings=_warnings(row, view), stages=words.stages(view), timeline=words.timeline(view),
    ), status  # fmt: skip


def _warnings(row: Any, view: Any) -> list[str]:
    """What whoever decides now should know and no rule blocks."""
    found = []
    if view.parts & {"broker", "operator", "tto"} and view.state in {"ELIGIBILITY", "INST_REVIEW"}:
        if (people := service.relations(pages.session(), row)) and not view.related_party:
            found.append(gettext("平台发现有 %(n)s 人同时属于双方，而申请声明没有关联关系。", n=people))
        terms = outlook_money.royalty(row)
        if terms and money_royalty.above_advice(terms):
            found.append(gettext("提成比例高于开放许可的参考上限（销售额 20%、利润 40%），请说明定价依据。"))
        if row.price_fen > GUIDE_PRICE_FEN:
            found.append(gettext("许可费超过 2000 万元，高于开放许可的参考上限，请说明定价依据。"))
    if row.result.state != "PUBLISHED" and not view.final:
        found.append(gettext("成果现在没有在架；已签的许可不受影响，未签的要学校处理。"))
    if view.rights_until and not view.final and view.rights_until < clock.today():
        found.append(gettext("权利已于 %(day)s 到期，请学校登记续展。", day=view.rights_until.isoformat()))
    years = [year for notice in row.notices if notice.state == "OPEN" for year in service.unknown_years(notice)]
    if years:
        found.append(gettext("%(year)s 年的放假安排还没有公布，公示截止日可能顺延。", year=years[0]))
    return found


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
    """Running public notices, the archive of those that ended, or how income is divided."""
    actor, archive = pages.actor(), request.args.get("show") == "archive"
    if request.args.get("show") == "income":
        page = pages.paginate(service_income.divisions(actor), 20)
        page.items = [policy.reveal(actor, row) for row in page.items]
        return render_template("licences/income_notices.html", page=page, says=_words().labels())
    text = (request.args.get("q") or "")[:200].strip()
    page = pages.paginate(service.notices(actor, text, archive), 20)
    page.items = [policy.reveal(actor, row) for row in page.items]
    return render_template("licences/public_notices.html", page=page, says=_words().labels(), archive=archive, text=text)


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
    years = service.unknown_years(notice) if view.may_object else []
    return render_template(
        "licences/public_notice.html", notice=view, form=form, says=_words().labels(), unknown=years[0] if years else None,
        days=pages.settings().objection_working_days,
    ), status  # fmt: skip


@licences.get("/public-notices/income/<int:row_id>")
def income_notice(row_id: int) -> str:
    """How one licence's income is divided, as announced; open to everyone."""
    row = policy.reveal(pages.actor(), pages.find(Distribution, row_id))
    return render_template("licences/income_notice.html", notice=row, says=_words().labels(), days=pages.settings().income_notice_working_days)
