"""HTML door of organisations: found, change, verify, join, and the interests brokers declare."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask import session as cookie
from flask_babel import gettext
from flask_security import auth_required

from webapp.accounts import conflicts, evidence, experts, joining
from webapp.accounts import organisations as service
from webapp.accounts.forms import EvidenceForm, ExpertForm, InterestForm, InviteForm, JoinForm, NoteForm, OrganisationForm
from webapp.accounts.models import Joining, Membership, Organisation, Verification
from webapp.accounts.pages import accounts, me_myself
from webapp.accounts.service import memberships
from webapp.accounts.values import CARRIER, ORGANISATION_KINDS
from webapp.core import pages, policy
from webapp.core.errors import NotFound
from webapp.core.pages import submitting


def _row(organisation_id: int) -> Organisation:
    found: Organisation = pages.find(Organisation, organisation_id)
    return found


def _one(model: Any, row_id: int) -> Any:
    row = pages.session().get(model, row_id) if 0 < row_id < 2**62 else None
    if row is None:
        raise NotFound
    return row


def _lists() -> dict[str, list[tuple[str, str]]]:
    """Names of industries, fields and circles, which another topic keeps."""
    found: dict[str, list[tuple[str, str]]] = current_app.extensions["lists"](pages.session(), pages.language())
    return found


def _form(row: Organisation | None = None) -> OrganisationForm:
    form = OrganisationForm(obj=None if request.method == "POST" else row)  # a form sent empty is empty, not what is stored
    lists = _lists()
    form.prepare(lists["industry"], lists["cluster"], policy.can(pages.actor(), "organisation:carrier"))
    if row is not None and not form.is_submitted():
        for name in ("revenue_fen", "assets_fen"):
            fen = getattr(row, name)
            form[name].data = f"{fen / 1_000_000:.4f}".rstrip("0").rstrip(".") if fen is not None else ""
        form.services.data = "、".join(row.services)
        form.faculties.data = "\n".join(one.name for one in row.faculties)
        form.version.data = str(row.version)
    return form


def _typed(form: OrganisationForm, kind: str) -> dict[str, Any]:
    values = {name: field.data for name, field in form._fields.items() if name not in {"csrf_token", "version"}}
    return values | {"kind": kind}


@accounts.get("/organisations")
def organisations() -> str:
    """Organisations by name."""
    text, kind = request.args.get("q", "").strip()[:80], request.args.get("kind", "")
    actor = pages.actor()
    page = pages.paginate(service.listed(actor, text, kind if kind in ORGANISATION_KINDS else ""), 30)
    rows = [policy.reveal(actor, row) for row in page.items]
    return render_template("accounts/organisations.html", page=page, rows=rows, text=text, kind=kind, kinds=ORGANISATION_KINDS, may_carrier=policy.can(actor, "organisation:carrier"))


@accounts.get("/organisations/<int:organisation_id>")
def organisation(organisation_id: int) -> str:
    """One organisation, as this reader may see it."""
    row, actor, session = _row(organisation_id), pages.actor(), pages.session()
    view = policy.reveal(actor, row)
    own = view.may_people
    return render_template(
        "accounts/organisation.html", view=view, waiting=service.waiting(session, row) if own else None,
        requests=joining.waiting_for(session, actor, row) if own else [], invitations=joining.invitations(session, row) if own else [],
        members=joining.members(session, row) if own else [], rivals=conflicts.rivals(session, row) if view.mine and own else [],
        may_join=policy.can(actor, "organisation:join", row) and not view.mine, may_submit=policy.can(actor, "organisation:submit", row),
        may_rival=policy.can(actor, "rivalry:declare", row), may_unverify=policy.can(actor, "organisation:unverify", row),
        history=service.history(session, row) if own else [], names={scheme: dict(pairs) for scheme, pairs in _lists().items()},
    )  # fmt: skip


@accounts.route("/organisations/new", methods=["GET", "POST"])
@auth_required("session")
def organisation_new() -> Any:
    """Register an organisation; its founder acts for it at once."""
    form = _form()
    if request.method == "GET" and request.args.get("kind"):
        form.kind.data = request.args["kind"]
    if form.validate_on_submit():
        row = None
        with submitting(form) as done:
            typed, kind = _typed(form, form.kind.data), form.kind.data
            row = service.add_carrier(pages.session(), pages.actor(), typed) if kind == CARRIER else service.found(pages.session(), pages.actor(), kind, typed)
        if done.ok and row is not None and row.kind == CARRIER:
            flash(gettext("已登记载体，所在创新圈的页面会列出它。"), "success")
            return redirect(url_for("accounts.organisation", organisation_id=row.id))
        if done.ok and row is not None:
            cookie["organisation"] = row.id
            flash(gettext("已登记。接下来提交证明材料，由运营方认证。"), "success")
            return redirect(url_for("accounts.verify", organisation_id=row.id))
    return render_template("accounts/organisation_edit.html", form=form, view=None, kind=form.kind.data or "COMPANY")


@accounts.route("/organisations/<int:organisation_id>/edit", methods=["GET", "POST"])
@auth_required("session")
def organisation_edit(organisation_id: int) -> Any:
    """Change an organisation."""
    row = _row(organisation_id)
    policy.check(pages.actor(), "organisation:edit", row)
    form = _form(row)
    del form.kind
    if form.validate_on_submit():
        version = int(form.version.data) if str(form.version.data).isdigit() else 0
        with submitting(form) as done:
            service.edit(pages.session(), pages.actor(), row, _typed(form, row.kind), version)
        if done.ok:
            flash(gettext("已保存。"), "success")
            return redirect(url_for("accounts.organisation", organisation_id=row.id))
    return render_template("accounts/organisation_edit.html", form=form, view=policy.reveal(pages.actor(), row), kind=row.kind)


@accounts.route("/organisations/<int:organisation_id>/verify", methods=["GET", "POST"])
@auth_required("session")
def verify(organisation_id: int) -> Any:
    """Ask to be verified, with evidence."""
    row, session = _row(organisation_id), pages.session()
    policy.check(pages.actor(), "organisation:submit", row)
    form = EvidenceForm()
    if form.validate_on_submit():
        with submitting(form) as done:
            entry = service.submit(session, pages.actor(), row, form.note.data or "")
            evidence.attach(session, pages.actor(), pages.settings(), entry, form.files.data or [])
        if done.ok:
            flash(gettext("已提交，运营方会在 %(days)s 个工作日内答复。", days=pages.settings().verify_working_days), "success")
            return redirect(url_for("accounts.organisation", organisation_id=row.id))
    return render_template("accounts/verify_organisation.html", form=form, view=policy.reveal(pages.actor(), row), waiting=service.waiting(session, row))


@accounts.get("/verifications")
@auth_required("session")
def verifications() -> str:
    """Requests an operator has to answer: organisations to verify, people to let in where nobody else does."""
    policy.check(pages.actor(), "organisation:verifications")
    session = pages.session()
    entries = evidence.open_requests(session)
    return render_template(
        "accounts/verifications.html", entries=[(entry, evidence.files_of(session, entry)) for entry in entries],
        allowed={entry.id for entry in entries if policy.can(pages.actor(), "organisation:verify", entry)},
        requests=joining.waiting_for(session, pages.actor()), form=NoteForm(),
    )  # fmt: skip


@accounts.post("/verifications/<int:verification_id>")
@auth_required("session")
def decide_verification(verification_id: int) -> Any:
    """Verify an organisation, or send its request back."""
    entry, form = _one(Verification, verification_id), NoteForm()
    with submitting(form) as done:
        service.decide(pages.session(), pages.actor(), entry, request.form.get("answer") == "yes", form.note.data or "")
    said(done, form, gettext("已答复。"))
    return redirect(url_for("accounts.verifications"))


@accounts.get("/verifications/files/<int:file_id>")
@auth_required("session")
def evidence_file(file_id: int) -> Any:
    """A piece of evidence, always as a download."""
    path, attachment = evidence.fetch(pages.session(), pages.actor(), pages.settings(), file_id)
    return send_file(path, mimetype=attachment.media_type, as_attachment=True, download_name=attachment.name)


def said(done: Any, form: Any, sentence: str) -> None:
    """Tell at the top of the next page how a small form went."""
    if done.ok:
        flash(sentence, "success")
    else:
        flash(" ".join([*form.form_errors, *(str(error) for field in form for error in field.errors)]) or gettext("没有完成。"), "error")


@accounts.post("/organisations/<int:organisation_id>/unverify")
@auth_required("session")
def unverify(organisation_id: int) -> Any:
    """Take a verification back."""
    row, form = _row(organisation_id), NoteForm()
    with submitting(form) as done:
        service.withdraw_verification(pages.session(), pages.actor(), row, form.note.data or "")
    said(done, form, gettext("已撤销认证。"))
    return redirect(url_for("accounts.organisation", organisation_id=row.id))


@accounts.get("/account/organisations")
@auth_required("session")
def organisations_of_mine() -> str:
    """Where one belongs, what waits, and the ways in."""
    session, person = pages.session(), me_myself()
    mine = memberships(session, person.id)
    return render_template("accounts/mine.html", mine=mine, waiting=joining.of_person(session, person), acting=pages.actor().organisation_id)


@accounts.route("/organisations/<int:organisation_id>/join", methods=["GET", "POST"])
@auth_required("session")
def join(organisation_id: int) -> Any:
    """Ask to be let in."""
    row = _row(organisation_id)
    policy.check(pages.actor(), "organisation:join", row)
    form = JoinForm().prepare(row.kind)
    if form.validate_on_submit():
        with submitting(form) as done:
            joining.ask(pages.session(), pages.actor(), row, form.role.data, form.note.data or "", form.department.data or "")
        if done.ok:
            flash(gettext("已申请，同意后会通知您。"), "success")
            return redirect(url_for("accounts.organisations_of_mine"))
    return render_template("accounts/join.html", form=form, view=policy.reveal(pages.actor(), row))


@accounts.route("/organisations/<int:organisation_id>/invite", methods=["GET", "POST"])
@auth_required("session")
def invite(organisation_id: int) -> Any:
    """Invite somebody by mail."""
    row = _row(organisation_id)
    policy.check(pages.actor(), "organisation:people", row)
    form = InviteForm().prepare(row.kind)
    if request.method == "GET":  # a request to invite somebody names whom
        form.email.data, form.role.data = request.args.get("email", "")[:254], request.args.get("role") or form.role.data
    if form.validate_on_submit():
        with submitting(form) as done:
            joining.invite(
                pages.session(), pages.actor(), pages.settings(), row, form.email.data or "", form.role.data, form.department.data or ""
            )
        if done.ok:
            flash(gettext("邀请邮件已寄出，%(days)s 天内有效。", days=pages.settings().invite_days), "success")
            return redirect(url_for("accounts.organisation", organisation_id=row.id))
    return render_template("accounts/invite.html", form=form, view=policy.reveal(pages.actor(), row))


@accounts.route("/invitations/<secret>", methods=["GET", "POST"])
def invitation(secret: str) -> Any:
    """Answer an invitation; who is not signed in signs in or registers first."""
    entry = joining.invited(pages.session(), secret)
    actor, form = pages.actor(), NoteForm()
    if request.method == "POST" and not actor.signed_in:
        abort(401)
    if form.validate_on_submit():
        yes = request.form.get("answer") == "yes"
        with submitting(form) as done:
            joining.answer_invitation(pages.session(), actor, secret, yes)
        if done.ok:
            if yes:
                cookie["organisation"] = entry.organisation_id
            flash(gettext("您已加入 %(name)s。", name=entry.organisation.name) if yes else gettext("已婉拒邀请。"), "success")
            return redirect(url_for("accounts.start"))
    fits = actor.signed_in and me_myself().email.lower() == entry.email
    return render_template("accounts/invitation.html", entry=entry, form=form, fits=fits)


@accounts.post("/joinings/<int:joining_id>")
@auth_required("session")
def answer(joining_id: int) -> Any:
    """Let somebody in, say no, or take back."""
    entry, form, back = _one(Joining, joining_id), NoteForm(), request.form.get("next")
    wanted = request.form.get("answer")
    with submitting(form) as done:
        if wanted == "withdraw":
            joining.take_back(pages.session(), pages.actor(), entry)
        else:
            joining.answer_request(pages.session(), pages.actor(), entry, wanted == "yes", form.note.data or "")
    said(done, form, gettext("已答复。") if wanted != "withdraw" else gettext("已撤回。"))
    return redirect(pages.local_target(back, url_for("accounts.organisations_of_mine")))


@accounts.post("/memberships/<int:membership_id>/end")
@auth_required("session")
def end_membership(membership_id: int) -> Any:
    """Leave an organisation, or take somebody off."""
    row, form = _one(Membership, membership_id), NoteForm()
    with submitting(form) as done:
        joining.end(pages.session(), pages.actor(), row)
        experts.withdraw_all(pages.session(), pages.actor(), row.person_id, row.organisation_id)
    said(done, form, gettext("已退出单位。"))
    return redirect(pages.local_target(request.form.get("next"), url_for("accounts.organisations_of_mine")))


@accounts.route("/interests", methods=["GET", "POST"])
@auth_required("session")
def interests() -> Any:
    """A broker's declared interests; operators read everybody's."""
    actor, session = pages.actor(), pages.session()
    policy.check(actor, "interest:read")
    form = InterestForm().prepare(conflicts.choosable(session, pages.language()))
    if form.validate_on_submit():
        with submitting(form) as done:
            conflicts.declare(session, actor, form.kind.data, form.organisation.data, form.other.data or None, form.note.data or "")
        if done.ok:
            flash(gettext("已申报。"), "success")
            return redirect(url_for("accounts.interests"))
    may = policy.can(actor, "interest:declare")
    return render_template("accounts/interests.html", form=form, rows=conflicts.declared(session, actor), may_declare=may)


@accounts.post("/interests/<int:interest_id>/end")
@auth_required("session")
def end_interest(interest_id: int) -> Any:
    """A declared interest is over."""
    conflicts.end(pages.session(), pages.actor(), interest_id)
    flash(gettext("已注明结束。"), "success")
    return redirect(url_for("accounts.interests"))


@accounts.post("/organisations/<int:organisation_id>/rivals")
@auth_required("session")
def rivals(organisation_id: int) -> Any:
    """Name a competitor by its name, or take it off."""
    row, form = _row(organisation_id), NoteForm()
    with submitting(form) as done:
        if ended := request.form.get("end", type=int):
            conflicts.end_rivalry(pages.session(), pages.actor(), row, ended)
        else:
            conflicts.name_rival(pages.session(), pages.actor(), row, conflicts.by_name(pages.session(), request.form.get("rival", "")))
    said(done, form, gettext("已保存。"))
    return redirect(url_for("accounts.organisation", organisation_id=row.id))


@accounts.route("/account/expert", methods=["GET", "POST"])
@auth_required("session")
def expert_edit() -> Any:
    """Write one's profile and decide whether others find it."""
    actor, session = pages.actor(), pages.session()
    policy.check(actor, "expert:edit")
    row = experts.mine(session, actor)
    form = ExpertForm(obj=row)
    known = _lists()["field"]
    form.fields.choices = known
    if row is not None and not form.is_submitted():
        form.keywords.data, form.consent.data, form.version.data = "、".join(row.keywords), experts.published(row), str(row.version)
    if form.validate_on_submit():
        version = int(form.version.data) if str(form.version.data).isdigit() else 0
        values = {name: field.data for name, field in form._fields.items() if name != "csrf_token"}
        with submitting(form) as done:
            experts.save(session, actor, values, version, [code for code, _ in known])
        if done.ok:
            flash(gettext("已保存并公开。") if form.consent.data else gettext("已保存，没有公开。"), "success")
            return redirect(url_for("accounts.expert_edit"))
    return render_template("accounts/expert_edit.html", form=form, row=row, shown=row is not None and experts.published(row))
