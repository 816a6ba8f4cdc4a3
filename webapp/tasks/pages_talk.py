"""HTML door of a task's conversation: messages, meetings, contact details and files between the sides and the broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.attachments.pages import shelf
from webapp.core import clock, pages, policy
from webapp.core.errors import NotFound
from webapp.core.filters import moment
from webapp.messages import talks
from webapp.tasks import talk
from webapp.tasks.forms import ContactForm, MeetingForm, SayForm
from webapp.tasks.models import Meeting, Task
from webapp.tasks.policy import side_of
from webapp.tasks.states import MEETING
from webapp.tasks.values import SIDES

talking = Blueprint("talk", __name__)


@talking.get("/tasks/<int:task_id>/talk")
@auth_required("session")
def conversation(task_id: int) -> Any:
    """What the sides and the broker say to each other; opening it marks it as read."""
    return _talk(pages.find(Task, task_id))


def _talk(row: Task, status: int = 200, **forms: Any) -> Any:
    session, actor = pages.session(), pages.actor()
    if actor.person_id and side_of(actor, row):
        talks.read(session, actor, row)
    shown = {
        "say_form": SayForm(formdata=None).fresh(), "meeting_form": MeetingForm(formdata=None), "contact_form": ContactForm(formdata=None),
    } | forms  # fmt: skip
    return render_template(
        "tasks/talk.html", t=policy.reveal(actor, row), **_said(row), meetings=talk.meetings(session, row), side=side_of(actor, row),
        unanswered=talk.unanswered, contacts=talk.contacts(session, actor, row), may_talk=policy.can(actor, "task:talk", row), now=clock.now(), shelf=shelf(row),
        meeting_states={code: gettext(label) for code, label in MEETING.states.items()}, meeting_shapes=MEETING.shapes, **shown,
    ), status  # fmt: skip


def _said(row: Task) -> dict[str, Any]:
    """Messages with who has read them."""
    session = pages.session()
    return {
        "messages": talks.listing(session, row), "total": talks.count(session, row), "marks": talks.marks(session, row),
        "sides": {code: gettext(label) for code, label in SIDES.items()}, "me": pages.actor().person_id,
    }  # fmt: skip


@talking.get("/tasks/<int:task_id>/talk/messages")
@auth_required("session")
def said(task_id: int) -> Any:
    """The messages alone, for a page that is open to fetch what is new."""
    row = pages.find(Task, task_id)
    return render_template("tasks/_messages.html", **_said(row))


@talking.post("/tasks/<int:task_id>/talk")
@auth_required("session")
def say(task_id: int) -> Any:
    """Send a message."""
    row, form = pages.find(Task, task_id), SayForm()
    work = lambda: talk.say(pages.session(), pages.actor(), row, form.text.data or "", form.submission.data or "")  # noqa: E731
    return _talked(row, "say_form", form, work, "say")


def _talked(row: Task, name: str, form: Any, work: Callable[[], object], anchor: str | None) -> Any:
    with pages.submitting(form) as done:
        work()
    if not done.ok:
        return _talk(row, status=done.error.status if done.error else 400, **{name: form})
    return redirect(url_for("talk.conversation", task_id=row.id, _anchor=anchor))


@talking.post("/tasks/<int:task_id>/meetings")
@auth_required("session")
def propose(task_id: int) -> Any:
    """Propose to meet; the hour is meant as on a clock in Shanghai."""
    row, form = pages.find(Task, task_id), MeetingForm()
    at = form.starts_at.data.replace(tzinfo=clock.ZONE) if form.starts_at.data else None
    given = (at, form.place.data or "", form.minutes.data, form.note.data or "")
    work = lambda: flash(_standing(talk.propose(pages.session(), pages.actor(), row, *given)), "success")  # noqa: E731
    return _talked(row, "meeting_form", form, work, None)  # at the top, where the sentence stands


def _standing(meeting: Meeting) -> str:
    """Where a meeting stands now, and who has still to answer."""
    at = moment(meeting.starts_at)
    if meeting.state == "PROPOSED":
        waiting = gettext("和").join(gettext(SIDES[side]) for side in talk.unanswered(meeting))
        return str(gettext("%(at)s 见面：已通知，还等%(who)s答复。", at=at, who=waiting))
    if meeting.state == "AGREED":
        return str(gettext("%(at)s 见面：双方都可以，定下来了。", at=at))
    if meeting.state == "DECLINED":
        return str(gettext("%(at)s 见面：已回复不合适，可以另提一个时间。", at=at))
    return str(gettext("%(at)s 见面：已取消，已通知其他人。", at=at))


@talking.post("/tasks/<int:task_id>/meetings/<int:meeting_id>/<any(yes, no, cancel):word>")
@auth_required("session")
def meeting(task_id: int, meeting_id: int, word: str) -> Any:
    """Answer a proposal, or call a meeting off."""
    row = pages.find(Task, task_id)
    found = next((one for one in talk.meetings(pages.session(), row) if one.id == meeting_id), None)
    if found is None:
        raise NotFound
    if word == "cancel":
        talk.call_off(pages.session(), pages.actor(), found)
    else:
        talk.answer(pages.session(), pages.actor(), found, word == "yes")
    flash(_standing(found), "success")
    return redirect(url_for("talk.conversation", task_id=row.id))


@talking.post("/tasks/<int:task_id>/contact")
@auth_required("session")
def contact(task_id: int) -> Any:
    """Agree to exchange contact details, or take that back."""
    row, form = pages.find(Task, task_id), ContactForm()
    if request.form.get("do") == "withdraw":
        talk.withdraw_contact(pages.session(), pages.actor(), row)
        return redirect(url_for("talk.conversation", task_id=row.id, _anchor="contact"))
    work = lambda: talk.give_contact(pages.session(), pages.actor(), row, form.details.data or "")  # noqa: E731
    return _talked(row, "contact_form", form, work, "contact")
