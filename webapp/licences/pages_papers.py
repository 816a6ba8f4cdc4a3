"""HTML door of a licence's documents: downloads, the code for signing, the file for auditors, and filings with their packs."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import clock, pages, policy
from webapp.core.errors import NotFound
from webapp.licences import filing_fields, paper_docx, paper_pdf, service_filing, service_looks, service_papers, service_sign
from webapp.licences.forms_papers import FilingForm, FilingStepForm
from webapp.licences.models import Licence
from webapp.licences.service_filing import FILING
from webapp.licences.shown import Words

papers = Blueprint("papers", __name__)
TYPES = {"pdf": "application/pdf", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "zip": "application/zip"}


def _file(content: bytes, name: str, form: str) -> Any:
    answer = send_file(io.BytesIO(content), mimetype=TYPES[form], as_attachment=True, download_name=f"{name}.{form}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@papers.get("/licences/<int:licence_id>/papers/<int:paper_id>.<form>")
@auth_required("session")
def paper(licence_id: int, paper_id: int, form: str) -> Any:
    """One document as PDF, or as Word in the school's look."""
    session, actor = pages.session(), pages.actor()
    licence = pages.find(Licence, licence_id)
    row = service_papers.find(session, actor, licence, paper_id)
    if form not in {"pdf", "docx"}:
        raise NotFound
    sheet = service_papers.sheet(licence, row, "zh_CN")
    content = paper_pdf.pdf([sheet]) if form == "pdf" else paper_docx.docx(sheet, service_looks.look(session, pages.settings(), licence))
    return _file(content, f"{row.number}-v{row.version}", form)


@papers.get("/licences/<int:licence_id>/diligence.pdf")
@auth_required("session")
def diligence(licence_id: int) -> Any:
    """The file that shows how the decision was made, with every document."""
    licence = pages.find(Licence, licence_id)
    sheets = service_papers.diligence(pages.session(), pages.actor(), licence, "zh_CN")
    return _file(paper_pdf.pdf(sheets), f"{licence.code}-JZ", "pdf")


@papers.post("/licences/<int:licence_id>/code")
@auth_required("session")
def code(licence_id: int) -> Any:
    """Mail a code to whoever is about to sign."""
    secret = service_sign.ask_code(pages.session(), pages.actor(), pages.find(Licence, licence_id))
    if pages.settings().demo:  # the people of the demonstration have no mailbox
        flash(gettext("演示环境不发邮件，验证码是 %(code)s。", code=secret), "info")
    flash(gettext("验证码已发到您的邮箱，%(n)s 分钟内有效。", n=service_sign.CODE_MINUTES), "success")
    return redirect(url_for("licences.licence", licence_id=licence_id))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


@papers.route("/licences/<int:licence_id>/filings/<kind>", methods=["GET", "POST"])
@auth_required("session")
def filing(licence_id: int, kind: str) -> Any:
    """A filing: its fields, its steps, its pack."""
    licence = pages.find(Licence, licence_id)
    policy.check(pages.actor(), "licence:ledger", licence)
    if request.method == "GET":
        return _filing_page(licence, kind)
    form = FilingForm()
    with pages.submitting(form) as done:
        service_filing.write(pages.session(), pages.actor(), licence, kind, form.data, _number(request.form.get("version")))
    if done.ok:
        flash(gettext("登记表已保存。"), "success")
        return redirect(url_for("papers.filing", licence_id=licence_id, kind=kind))
    pages.session().expire_all()
    return _filing_page(licence, kind, form, status=done.error.status if done.error else 422)


@papers.post("/licences/<int:licence_id>/filings/<kind>/<action>")
@auth_required("session")
def filing_step(licence_id: int, kind: str, action: str) -> Any:
    """One step of a filing."""
    licence = pages.find(Licence, licence_id)
    if action not in {move.action for move in FILING.moves}:
        raise NotFound
    form = FilingStepForm()
    with pages.submitting(form) as done:
        service_filing.step(pages.session(), pages.actor(), licence, kind, action, form.data, _number(request.form.get("version")))
    if done.ok:
        flash(gettext("已登记。"), "success")
        return redirect(url_for("papers.filing", licence_id=licence_id, kind=kind))
    pages.session().expire_all()
    return _filing_page(licence, kind, failed=(action, form), status=done.error.status if done.error else 422)


def _filing_page(licence: Licence, kind: str, form: Any = None, failed: Any = None, status: int = 200) -> Any:
    session, actor = pages.session(), pages.actor()
    row = service_filing.find(session, licence, kind)
    values = service_filing.suggested(session, licence, row)
    keeps = policy.can(actor, "licence:books", licence)
    steps = {action: FilingStepForm(formdata=None, data={"on": clock.today()}) for action in FILING.actions(row.state, ("tto",))}
    if failed:
        steps[failed[0]] = failed[1]
    own = [(gettext(OWN[name]), values.get(name)) for name in filing_fields.OWN if name in OWN]
    return render_template(
        "licences/filing.html", licence=policy.reveal(actor, licence), row=row, form=form or FilingForm(formdata=None, data=values), steps=steps, keeps=keeps,
        own=own, says=Words(pages.language()).labels(), shape=FILING.shapes.get(row.state, "run"), today=clock.today(), failed=failed[0] if failed else "",
    ), status  # fmt: skip


OWN = filing_fields.LABELS


@papers.get("/licences/<int:licence_id>/filings/<kind>.zip")
@auth_required("session")
def pack(licence_id: int, kind: str) -> Any:
    """What goes to the authority."""
    licence = pages.find(Licence, licence_id)
    policy.check(pages.actor(), "licence:ledger", licence)
    row = service_filing.find(pages.session(), licence, kind)
    return _file(service_filing.pack(pages.session(), pages.actor(), licence, row, "zh_CN"), f"{licence.code}-{row.kind}", "zip")
