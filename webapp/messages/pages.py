"""HTML door of messages: notices, how one wants to be told, the link that stops mail, and the list of outgoing mail."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext
from flask_security import auth_required

from webapp.config import secret_key
from webapp.core import pages, policy
from webapp.core.errors import NotFound
from webapp.messages import delivery, links, mails, preferences, service
from webapp.messages import policy as _policy  # noqa: F401 - registers the rules
from webapp.messages.forms import PreferenceForm, kinds_by_group, single_ways
from webapp.messages.kinds import SENTENCES, example
from webapp.messages.models import Mail
from webapp.messages.values import MAIL_STATES, WAYS

messages = Blueprint("messages", __name__)


@messages.get("/notices")
@auth_required("session")
def notices() -> str:
    """My notices, newest first."""
    page = pages.paginate(service.notices(pages.actor()), 30)
    lines = [(item, service.sentence(item.kind, item.params, pages.language())) for item in page.items]
    return render_template("messages/notices.html", page=page, lines=lines)


@messages.post("/notices/read")
@auth_required("session")
def read() -> Any:
    """Mark one notice (and go where it leads) or all as read."""
    notice_id = request.form.get("notice", type=int)
    service.read(pages.session(), pages.actor(), notice_id)
    return redirect(pages.local_target(request.form.get("next"), url_for("messages.notices")))


@messages.route("/notices/settings", methods=["GET", "POST"])
@auth_required("session")
def settings() -> Any:
    """How I want to be told."""
    actor = pages.actor()
    mine = preferences.of(pages.session(), actor.person_id or 0)
    form = PreferenceForm().offer(mine)
    chosen, status = dict(mine.ways), 200
    if request.method == "POST":
        chosen = single_ways(request.form)
        with pages.submitting(form) as done:
            preferences.save(pages.session(), actor, form.data | {"ways": chosen})
        if done.ok:
            flash(gettext("已记下，从下一条消息起生效。"), "success")
            return redirect(url_for("messages.settings"))
        status = 400
    ways = [(code, gettext(label)) for code, label in WAYS.items()]
    return render_template("messages/settings.html", form=form, groups=kinds_by_group(), ways=ways, chosen=chosen), status


@messages.get("/unsubscribe/<token>")
def unsubscribe(token: str) -> str:
    """Ask before mail of one kind stops: opening a link alone changes nothing, since mail scanners open links too."""
    _person, kind = links.read_unsubscribe(secret_key(pages.settings()), token)
    return render_template("messages/unsubscribe.html", kind=_kind(kind), token=token, done=False)


@messages.post("/unsubscribe/<token>")
def unsubscribed(token: str) -> str:
    """Stop mail of one kind; the link is the right to do it, so mail programs may call this without a session."""
    person_id, kind = links.read_unsubscribe(secret_key(pages.settings()), token)
    words = _kind(kind)
    preferences.stop(pages.session(), person_id, kind, pages.actor())
    return render_template("messages/unsubscribe.html", kind=words, token=token, done=True)


def _kind(kind: str) -> str:
    if kind not in SENTENCES:
        raise NotFound
    return example(gettext(SENTENCES[kind]))


@messages.record_once
def _exempt(state: BlueprintSetupState) -> None:
    """The signed link stands in for the form's token."""
    state.app.extensions["csrf"].exempt(unsubscribed)


@messages.get("/mails")
@auth_required("session")
def outgoing() -> str:
    """Outgoing mail by state; addresses and subjects only, since bodies may hold links that sign people in."""
    policy.check(pages.actor(), "message:mail")
    state = request.args.get("state", "")
    page = pages.paginate(mails.query(pages.actor(), state), 50)
    counts = mails.counts(pages.session())
    return render_template(
        "messages/mails.html", page=page, state=state if state in MAIL_STATES else "", counts=counts,
        states={code: gettext(label) for code, label in MAIL_STATES.items()}, state_of=mails.state_of,
        opens=lambda mail: not pages.settings().smtp_url and policy.can(pages.actor(), "message:read_mail", mail),
    )  # fmt: skip


@messages.post("/mails/<int:mail_id>/open")
@auth_required("session")
def open_mail(mail_id: int) -> str:
    """One mail whole, where no mail server carries it; a post, since the look is noted."""
    if pages.settings().smtp_url:
        raise NotFound
    mail = mails.open_mail(pages.session(), pages.actor(), pages.find(Mail, mail_id))
    return render_template("messages/mail.html", mail=mail)


@messages.post("/mails/<int:mail_id>/retry")
@auth_required("session")
def retry(mail_id: int) -> Any:
    """Let a mail that was given up go again."""
    policy.check(pages.actor(), "message:mail")
    delivery.retry(pages.session(), pages.find(Mail, mail_id))
    flash(gettext("已重新排队发送。"), "success")
    return redirect(url_for("messages.outgoing", state="FAILED"))
