"""HTML door of attachments: upload to a row, download, preview, level and removal; every topic's pages share it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, send_file, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.attachments import policy, service
from webapp.core import pages
from webapp.core.errors import AppError
from webapp.core.files import Leaving

attachments = Blueprint("attachments", __name__)
ANCHOR = "#attachments"


def shelf(row: Any) -> service.Shelf:
    """What the template `_macros/attachments.html` shows of a row's files."""
    return service.shelf(pages.session(), pages.actor(), pages.settings(), row)


def _back() -> Any:
    return redirect(pages.local_target(request.form.get("next"), url_for("discovery.home")) + ANCHOR)


def _level() -> int:
    given = request.form.get("level") or request.form.get("files_level", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) == 1 else -1


@attachments.post("/attachments/<kind>/<int:row_id>")
@auth_required("session")
def upload(kind: str, row_id: int) -> Any:
    """Take in files for a row; each good one stays, each refused one is told by its name."""
    row = policy.find_row(pages.session(), pages.actor(), kind, row_id)
    if not chosen():
        flash(gettext("请先选择文件。"), "error")
    take_in(row, _level())
    return _back()


def chosen() -> list[Any]:
    """The files that came with a form."""
    return [file for file in request.files.getlist("files") if file.filename]


def take_in(row: Any, level: int) -> None:
    """Each good file of a form stays, each refused one is told by its name."""
    kept = [file.filename for file in chosen() if _kept(row, file, level)]
    if kept:
        flash(gettext("已上传：%(names)s。", names=gettext("、").join(kept)), "success")


def take_in_beside(row: Any) -> None:
    """Files that came with the form the row itself was written in: as open as was wished, and never more than the row.

    A second click finds the row handed in, and its files taken by the first.
    """
    if not policy.may_change(pages.actor(), row) and row.state == "SUBMITTED":
        return
    levels, wished = policy.owner_of(row.__tablename__).levels(row), _level()
    take_in(row, wished if wished in levels else levels[0])


def _kept(row: Any, file: Any, level: int) -> bool:
    try:
        with pages.session().begin_nested():
            service.add(pages.session(), pages.actor(), pages.settings(), row, file.filename, file.stream, level)
    except AppError as error:
        flash(gettext("%(name)s 没有上传：%(reason)s", name=file.filename, reason=pages.say(error)), "error")
        return False
    return True


@attachments.get("/attachments/<int:attachment_id>")
def download(attachment_id: int) -> Any:
    """The file itself, always as a download."""
    return _sent(service.take(pages.session(), pages.actor(), pages.settings(), attachment_id), as_attachment=True)


@attachments.get("/attachments/<int:attachment_id>/preview")
def preview(attachment_id: int) -> Any:
    """A picture of the first page."""
    return _sent(service.take(pages.session(), pages.actor(), pages.settings(), attachment_id, preview=True), as_attachment=False)


def _sent(leaving: Leaving, as_attachment: bool) -> Any:
    answer = send_file(
        leaving.path.absolute(), mimetype=leaving.media_type, as_attachment=as_attachment, download_name=leaving.name if as_attachment else None
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@attachments.post("/attachments/<int:attachment_id>/level")
@auth_required("session")
def level(attachment_id: int) -> Any:
    """Say anew who may read a file."""
    try:
        service.change_level(pages.session(), pages.actor(), attachment_id, _level())
        flash(gettext("已改好谁可以看。"), "success")
    except AppError as error:
        flash(pages.say(error), "error")
    return _back()


@attachments.post("/attachments/<int:attachment_id>/remove")
@auth_required("session")
def remove(attachment_id: int) -> Any:
    """Take a file off its row."""
    service.remove(pages.session(), pages.actor(), attachment_id)
    flash(gettext("附件已删除。"), "success")
    return _back()
