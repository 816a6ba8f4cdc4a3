"""HTML door of the desk's list of people: who has an account, and stopping one, opening it again, ending its sign-ins."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.accounts import sign_ins, suspending
from webapp.accounts.forms import NoteForm
from webapp.accounts.models import Person
from webapp.accounts.organisation_pages import said
from webapp.accounts.pages import accounts
from webapp.core import pages, policy
from webapp.core.errors import N_
from webapp.core.pages import submitting

DEEDS = {
    "suspend": (suspending.suspend, N_("账号已停用，所有登录都已退出。")),
    "reopen": (suspending.reopen, N_("账号已恢复。")),
    "end-sign-ins": (suspending.end_sign_ins, N_("这个人的所有登录都已退出。")),
}
NAMES = {suspending.SUSPENDED: N_("停用账号"), suspending.REOPENED: N_("恢复账号"), suspending.ENDED: N_("退出全部登录")}


@accounts.get("/people")
@auth_required("session")
def people() -> str:
    """People by name."""
    actor, text = pages.actor(), request.args.get("q", "").strip()[:80]
    policy.check(actor, "person:list")
    return render_template("accounts/people.html", page=pages.paginate(suspending.listed(actor, text), 30), text=text)


@accounts.get("/people/<int:person_id>")
@auth_required("session")
def person(person_id: int) -> str:
    """One account as the desk sees it: who it is, where it acts, where it is signed in, what was done with it."""
    row: Person = pages.find(Person, person_id)
    actor, session = pages.actor(), pages.session()
    policy.check(actor, "person:list")
    return render_template(
        "accounts/person.html", row=row, memberships=[one for one in row.memberships if one.active],
        alive=sign_ins.alive(session, pages.settings(), row.id), history=suspending.history(session, row), deed_names=NAMES,
        may=policy.can(actor, "person:suspend", row), form=NoteForm(),
    )  # fmt: skip


@accounts.post("/people/<int:person_id>/<any(suspend,reopen,'end-sign-ins'):deed>")
@auth_required("session")
def person_act(person_id: int, deed: str) -> Any:
    """Suspend, reopen, or end every sign-in, with a reason."""
    row, form = pages.find(Person, person_id), NoteForm()
    do, sentence = DEEDS[deed]
    with submitting(form) as done:
        do(pages.session(), pages.actor(), row, form.note.data or "")
    said(done, form, gettext(sentence))
    return redirect(url_for("accounts.person", person_id=row.id))
