"""HTML door of a licence's books: the four sums, the division of income, and a school's bank lines."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import clock, pages, policy
from webapp.core.errors import Invalid
from webapp.core.pages import Form
from webapp.licences import service_bank, service_offer, service_sums
from webapp.licences.forms_money import AmountForm, BankForm, DividedForm, DivideForm
from webapp.licences.models import Licence
from webapp.licences.shown import Words

ledgers = Blueprint("ledgers", __name__)


@ledgers.get("/licences/<int:licence_id>/ledger")
@auth_required("session")
def ledger(licence_id: int) -> Any:
    """One licence's books: four sums with the entries behind them, invoices and receipts, and how income is divided."""
    row = pages.find(Licence, licence_id)
    policy.check(pages.actor(), "licence:ledger", row)
    return _page(row)


def _page(row: Licence, failed: Form | None = None, status: int = 200) -> Any:
    session, actor = pages.session(), pages.actor()
    today = clock.today()
    forms = {"amount": AmountForm(formdata=None, data={"known_on": today}), "divide": DivideForm(formdata=None), "pay": DividedForm(formdata=None, data={"paid_on": today})}
    forms |= {name: failed for name, form in forms.items() if failed is not None and type(failed) is type(form)}
    rule = service_offer.rule(session, row.licensor_id)
    return render_template(
        "licences/ledger.html", licence=policy.reveal(actor, row), sums=service_sums.four(session, row.id), amounts=service_sums.amounts(session, row.id),
        divisions=service_sums.distributions(session, row.id), undivided=service_sums.undivided(session, row.id), forms=forms,
        keeps=policy.can(actor, "licence:books", row), shares=rule.shares if rule else {}, says=Words(pages.language()).labels(), today=today,
        me=actor.person_id, may_rule=policy.can(actor, "licence:rule"), error=failed.form_errors if failed else [],
    ), status  # fmt: skip


def _submit(licence_id: int, form: Form, work: Any, told: str) -> Any:
    row = pages.find(Licence, licence_id)
    policy.check(pages.actor(), "licence:books", row)
    with pages.submitting(form) as done:
        work(row)
    if done.ok:
        flash(told, "success")
        return redirect(url_for("ledgers.ledger", licence_id=licence_id))
    pages.session().expire_all()
    return _page(row, form, done.error.status if done.error else 422)


@ledgers.post("/licences/<int:licence_id>/ledger/amount")
@auth_required("session")
def amount(licence_id: int) -> Any:
    """Enter one of the sums that are kept apart."""
    form = AmountForm()
    return _submit(licence_id, form, lambda row: service_sums.add_amount(pages.session(), pages.actor(), row, form.data), gettext("已登记。"))


@ledgers.post("/licences/<int:licence_id>/ledger/divide")
@auth_required("session")
def divide(licence_id: int) -> Any:
    """Propose a division of income."""
    form = DivideForm()
    work = lambda row: service_sums.divide(pages.session(), pages.actor(), row, form.data, pages.settings())  # noqa: E731 - one expression, used once
    return _submit(licence_id, form, work, gettext("分配方案已提出，开始公示。"))


@ledgers.post("/licences/<int:licence_id>/ledger/division/<int:row_id>/<action>")
@auth_required("session")
def division(licence_id: int, row_id: int, action: str) -> Any:
    """Approve, pay or withdraw a division."""
    form = DividedForm()
    work = lambda row: service_sums.decide_division(pages.session(), pages.actor(), row, row_id, action, form.data)  # noqa: E731 - as above
    return _submit(licence_id, form, work, gettext("收益分配已更新。"))


@ledgers.route("/licences/bank", methods=["GET", "POST"])
@auth_required("session")
def bank() -> Any:
    """The school's bank lines: import a statement, then book each line or set it aside."""
    policy.check(pages.actor(), "licence:bank")
    form, imported = BankForm(), None
    status = 200
    if request.method == "POST":
        with pages.submitting(form) as done:
            imported = service_bank.load(pages.session(), pages.actor(), _content(form))
        status = 200 if done.ok else done.error.status if done.error else 422
    return _bank(form, imported, status)


def _content(form: BankForm) -> bytes:
    if not form.file.data or not form.file.data.filename:
        raise Invalid(fields={"file": gettext("请选择文件。")})
    content: bytes = form.file.data.stream.read(pages.settings().upload_max_mb * 1024 * 1024 + 1)
    return content


def _bank(form: Form, imported: Any = None, status: int = 200, error: str = "") -> Any:
    session, actor, state = pages.session(), pages.actor(), request.args.get("show", "NEW")
    page = pages.paginate(service_bank.lines(actor, state if state in {"NEW", "BOOKED", "IGNORED"} else "NEW"), 50)
    choices = service_bank.choices(session, actor)
    page.items = [(row, service_bank.suggested(row, choices) if row.state == "NEW" else []) for row in page.items]
    return render_template(
        "licences/bank.html", form=form, page=page, choices=choices, imported=imported, state=state, says=Words(pages.language()).labels(), error=error
    ), status


@ledgers.post("/licences/bank/<int:line_id>/book")
@auth_required("session")
def book(line_id: int) -> Any:
    """Write a bank line down for a sum."""
    form = Form()
    with pages.submitting(form) as done:
        service_bank.book(pages.session(), pages.actor(), line_id, request.form, pages.settings())
    return _after(form, done, gettext("已入账。"))


@ledgers.post("/licences/bank/<int:line_id>/ignore")
@auth_required("session")
def ignore(line_id: int) -> Any:
    """Set a bank line aside."""
    form = Form()
    with pages.submitting(form) as done:
        service_bank.ignore(pages.session(), pages.actor(), line_id)
    return _after(form, done, gettext("已标为与许可无关。"))


def _after(form: Form, done: Any, told: str) -> Any:
    if done.ok:
        flash(told, "success")
        return redirect(url_for("ledgers.bank"))
    pages.session().expire_all()
    return _bank(BankForm(formdata=None), None, done.error.status if done.error else 422, " ".join(str(text) for text in form.form_errors))
