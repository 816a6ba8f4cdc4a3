"""HTML door of messages: the list of notices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_security import auth_required

from webapp.core import pages
from webapp.messages import service

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
