"""HTML door of brokers: the register, one's own profile, certificates to confirm, and visits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.brokers import service, visits
from webapp.brokers.forms import CertificateForm, EmailForm, ProfileForm, TrainingForm, VisitForm
from webapp.brokers.models import BrokerProfile, Certificate, Visit
from webapp.brokers.values import CERTIFICATES, LEVELS
from webapp.catalog import service as catalog
from webapp.catalog.states import DEMAND
from webapp.core import pages, policy

brokers = Blueprint("brokers", __name__)


def _words() -> dict[str, dict[str, str]]:
    return {name: {code: gettext(label) for code, label in pairs.items()} for name, pairs in (("level", LEVELS), ("certificate", CERTIFICATES))}


@brokers.get("/brokers")
def register() -> str:
    """Brokers who want to be found, with their fields; a chosen industry narrows the list."""
    session = pages.session()
    found = service.register(session, pages.actor())
    industry = request.args.get("industry", "")
    shown = [row for row in found if not industry or industry in row.industries]
    lists = catalog.lists(session)
    return render_template(
        "brokers/register.html", rows=shown, total=len(found), says=_words(), lists=lists, language=pages.language(), industry=industry,
        firms=service.firms(session, [row.person_id for row in shown]), industries=lists.choices("industry", pages.language()),
        learned={row.person_id: service.learned(session, row.person_id, verified_only=True) for row in shown},
        may_suspend=policy.can(pages.actor(), "broker:suspend"),
    )  # fmt: skip


@brokers.post("/brokers/<int:profile_id>/suspend")
@auth_required("session")
def suspend(profile_id: int) -> Any:
    """Give a broker no new tasks for now, or again."""
    row = pages.find(BrokerProfile, profile_id)
    service.suspend(pages.session(), pages.actor(), row, request.form.get("do") != "resume")
    return redirect(url_for("brokers.register"))


@brokers.get("/brokers/me")
@auth_required("session")
def me() -> Any:
    """One's own profile, certificates and courses."""
    policy.check(pages.actor(), "broker:profile")
    return _me()


def _me(status: int = 200, **forms: Any) -> Any:
    session, actor = pages.session(), pages.actor()
    row, lists = service.profile(session, actor.person_id or 0), catalog.lists(session)
    language = pages.language()
    profile_form = forms.pop("profile_form", None) or ProfileForm(formdata=None, obj=row, data=None if row else {"capacity": 15})
    shown = {"certificate_form": CertificateForm(formdata=None).offer(), "training_form": TrainingForm(formdata=None)} | forms
    certificates, courses = service.learned(session, actor.person_id or 0)
    return render_template(
        "brokers/me.html", row=row, certificates=certificates, courses=courses, says=_words(),
        profile_form=profile_form.offer(lists.choices("industry", language), lists.choices("field", language)), **shown,
    ), status  # fmt: skip


def _done(name: str, form: Any, work: Callable[[], object], sentence: str) -> Any:
    with pages.submitting(form) as done:
        work()
    if not done.ok:
        return _me(done.error.status if done.error else 400, **{name: form})
    flash(sentence, "success")
    return redirect(url_for("brokers.me"))


@brokers.post("/brokers/me")
@auth_required("session")
def save() -> Any:
    """Keep one's own profile."""
    form = ProfileForm()
    work = lambda: service.save_profile(pages.session(), pages.actor(), form.data)  # noqa: E731
    return _done("profile_form", form, work, gettext("资料已保存。"))


@brokers.post("/brokers/me/certificates")
@auth_required("session")
def certificate() -> Any:
    """Name a certificate."""
    form = CertificateForm().offer()
    work = lambda: service.add_certificate(pages.session(), pages.actor(), form.data)  # noqa: E731
    return _done("certificate_form", form, work, gettext("证书已登记，运营方核实后显示在名录里。"))


@brokers.post("/brokers/me/training")
@auth_required("session")
def training() -> Any:
    """Write down a course."""
    form = TrainingForm()
    work = lambda: service.add_training(pages.session(), pages.actor(), form.data)  # noqa: E731
    return _done("training_form", form, work, gettext("培训已记下。"))


@brokers.get("/brokers/certificates")
@auth_required("session")
def certificates() -> Any:
    """Certificates an operator has still to confirm."""
    policy.check(pages.actor(), "broker:verify")
    page = pages.paginate(service.unverified(pages.actor()), 50)
    return render_template("brokers/certificates.html", page=page, says=_words())


@brokers.post("/brokers/certificates/<int:certificate_id>/verify")
@auth_required("session")
def verify(certificate_id: int) -> Any:
    """Confirm a certificate."""
    service.verify(pages.session(), pages.actor(), pages.find(Certificate, certificate_id))
    flash(gettext("证书已核实。"), "success")
    return redirect(url_for("brokers.certificates"))


@brokers.get("/visits")
@auth_required("session")
def listing() -> Any:
    """The team's visits, narrowed and ordered as asked."""
    session, actor = pages.session(), pages.actor()
    policy.check(actor, "visit:list")
    wanted = visits.asked(request.args)
    companies, people = visits.visited(session, actor)
    words = {name: {code: gettext(label) for code, label in pairs.items()} for name, pairs in (("state", visits.PROGRESS), ("sort", visits.SORTS))}
    return render_template(
        "brokers/visits.html", page=pages.paginate(visits.listing(actor, wanted), 30), wanted=wanted, companies=companies, people=people,
        says=words, progress=visits.progress, me=actor.person_id,
    )  # fmt: skip


@brokers.route("/visits/new", methods=["GET", "POST"])
@auth_required("session")
def visit_new() -> Any:
    """Write down a visit and the demands heard."""
    policy.check(pages.actor(), "visit:record")
    session = pages.session()
    form = VisitForm().offer([(row.id, row.name) for row in visits.companies(session)])
    if request.method == "GET" or _rows_changed(form):
        return render_template("brokers/visit_new.html", form=form)
    with pages.submitting(form) as done:
        row = visits.record(session, pages.actor(), form.data, pages.settings())
    if not done.ok:
        return render_template("brokers/visit_new.html", form=form), done.error.status if done.error else 400
    flash(gettext("走访已记下。"), "success")
    return redirect(url_for("brokers.visit", visit_id=row.id))


def _rows_changed(form: VisitForm) -> bool:
    """Rows are added and removed without script, too; nothing is stored by that."""
    if request.form.get("add_row") == form.wishes.name:
        form.wishes.append_entry()
        return True
    gone = request.form.get("remove_row")
    if gone:
        form.wishes.entries = [entry for entry in form.wishes.entries if entry.name != gone]
        if not form.wishes.entries:
            form.wishes.append_entry()
        return True
    return False


@brokers.get("/visits/<int:visit_id>")
@auth_required("session")
def visit(visit_id: int) -> Any:
    """One visit with its demands and how far they are."""
    return _visit(pages.find(Visit, visit_id), EmailForm(formdata=None))


def _visit(row: Visit, form: EmailForm, status: int = 200) -> Any:
    session, actor = pages.session(), pages.actor()
    states = {code: gettext(label) for code, label in DEMAND.states.items()}
    reachable = visits.reachable(session, row.organisation_id)
    return render_template(
        "brokers/visit.html", row=row, demands=[one.demand for one in row.collected], demand_states=states, reachable=reachable, form=form,
        may_invite=not reachable and policy.can(actor, "visit:invite", row), sends=policy.can(actor, "organisation:people", row.organisation),
        invited=not reachable and visits.invited(session, row),
    ), status  # fmt: skip


@brokers.post("/visits/<int:visit_id>/invite")
@auth_required("session")
def visit_invite(visit_id: int) -> Any:
    """Bring the company in, so that it can confirm its drafts."""
    row, form = pages.find(Visit, visit_id), EmailForm()
    policy.check(pages.actor(), "visit:invite", row)
    with pages.submitting(form) as done:
        sent = visits.invite(pages.session(), pages.actor(), row, form.email.data or "", pages.settings())
    if not done.ok:
        return _visit(row, form, done.error.status if done.error else 400)
    flash(gettext("邀请邮件已寄出。") if sent else gettext("已请运营方寄出邀请。"), "success")
    return redirect(url_for("brokers.visit", visit_id=row.id))
