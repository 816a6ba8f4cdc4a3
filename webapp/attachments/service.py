"""Use cases of attachments: add to a row, list, open, change the level, remove, and what the worker reads out of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from webapp.accounts import service as accounts
from webapp.attachments import content, policy, values
from webapp.attachments.policy import AttachmentView
from webapp.config import Settings
from webapp.core import audit, clock, files, outbox
from webapp.core.errors import N_, Forbidden, Invalid, NotFound
from webapp.core.files import Attachment, Leaving, Store
from webapp.core.policy import SYSTEM, Actor

JOB = "attachment"


def store_of(settings: Settings) -> Store:
    """Where the content of attachments is kept, apart from imported files, which go when their batch goes."""
    return Store(settings.var / "files" / "attached")


@dataclass(frozen=True)
class Shelf:
    """The attachments of one row for one reader, how many more there are, and what may be added."""

    kind: str
    row_id: int
    files: Sequence[AttachmentView]
    closed: int
    may_add: bool
    levels: tuple[tuple[int, str], ...]
    limit_mb: int


def shelf(session: Session, actor: Actor, settings: Settings, row: Any) -> Shelf:
    """What this reader finds attached to a row they see."""
    found = list(session.scalars(_of(row.__tablename__, row.id)))
    open_ = [attachment for attachment in found if policy.opens(actor, row, attachment)]
    may_add = policy.may_change(actor, row)
    levels = policy.owner_of(row.__tablename__).levels(row) if may_add else ()
    return Shelf(
        row.__tablename__, row.id, [policy.view(actor, row, attachment) for attachment in open_], len(found) - len(open_), may_add,
        tuple((level, values.LEVELS[level]) for level in levels), settings.upload_max_mb,
    )  # fmt: skip


def _of(kind: str, row_id: int) -> Select[Any]:
    here = select(Attachment).where(Attachment.owner_kind == kind, Attachment.owner_id == row_id, Attachment.removed_at.is_(None))
    return here.order_by(Attachment.id)


def add(session: Session, actor: Actor, settings: Settings, row: Any, name: str, stream: BinaryIO, level: int) -> Attachment:
    """Keep a file and hand it to the worker; the same content on the same row again gives the first attachment."""
    kind = row.__tablename__
    _check_change(actor, row)
    if level not in policy.owner_of(kind).levels(row):
        raise Invalid(N_("请选择谁可以看这个附件。"), code="attachment_level")
    if _count(session, kind, row.id) >= settings.attachments_most:
        raise Invalid(N_("附件最多 %(most)s 个，请先删去不用的。"), code="attachment_count", most=settings.attachments_most)
    sha256, size = store_of(settings).put(stream, settings.upload_max_mb)
    path, shown = store_of(settings).path(sha256), files.safe_name(name)
    try:
        if not size:
            raise Invalid(N_("文件是空的，请检查后再传。"), code="file_empty")
        media_type = content.media_type(path, shown)
        files.admit(path, shown)
    except Invalid:
        _forget(session, settings, sha256)
        raise
    same: Attachment | None = session.scalars(_of(kind, row.id).where(Attachment.sha256 == sha256)).first()
    if same is not None:
        return same
    attachment = Attachment(
        owner_kind=kind, owner_id=row.id, name=shown, media_type=media_type, size=size, sha256=sha256, confidentiality=level,
        uploaded_by=actor.person_id,
    )  # fmt: skip
    session.add(attachment)
    session.flush()
    audit.record(session, actor, "attachment:add", attachment, owner=f"{kind}:{row.id}", sha256=sha256, level=level)
    outbox.enqueue(session, JOB, "attachment", attachment.id)
    return attachment


def _check_change(actor: Actor, row: Any) -> None:
    if not policy.may_change(actor, row):
        raise Forbidden(N_("附件只能由发布这一条的单位增删。"), code="forbidden_attachment")


def _count(session: Session, kind: str, row_id: int) -> int:
    query = select(func.count()).select_from(_of(kind, row_id).order_by(None).subquery())
    return session.scalar(query) or 0


def _forget(session: Session, settings: Settings, sha256: str) -> None:
    """A file nobody needs does not stay; one that another attachment shares does."""
    either = (Attachment.sha256 == sha256) | (Attachment.preview == sha256)
    if session.scalars(select(Attachment.id).where(either, Attachment.purged_at.is_(None)).limit(1)).first() is None:
        store_of(settings).path(sha256).unlink(missing_ok=True)


def find(session: Session, actor: Actor, attachment_id: int) -> tuple[Attachment, Any]:
    """An attachment this actor may read, and its row; a closed one and a missing one look the same."""
    if not 0 < attachment_id < 2**62:
        raise NotFound
    attachment = session.get(Attachment, attachment_id)
    if attachment is None or attachment.removed_at is not None:
        raise NotFound
    row = policy.find_row(session, actor, attachment.owner_kind, attachment.owner_id)
    if not policy.opens(actor, row, attachment):
        raise NotFound
    return attachment, row


def take(session: Session, actor: Actor, settings: Settings, attachment_id: int, preview: bool = False) -> Leaving:
    """An attachment, or the picture of its first page, on its way to somebody who may read it; a confidential look is logged."""
    attachment, row = find(session, actor, attachment_id)
    if preview and attachment.preview is None:
        raise NotFound
    path = store_of(settings).path(attachment.preview if preview and attachment.preview else attachment.sha256)
    if not path.exists():
        raise NotFound(N_("这个文件已经不在了，请联系上传的单位重新上传。"), code="file_gone")
    level = policy.level(row, attachment)
    if level >= values.NDA:
        accounts.saw(session, actor, row, level)
    leaving = Leaving(attachment, path, "image/png" if preview else attachment.media_type, attachment.name)
    return files.leave(session, actor, leaving)


def change_level(session: Session, actor: Actor, attachment_id: int, level: int) -> Any:
    """Say anew who may read a file; returns its row."""
    attachment, row = find(session, actor, attachment_id)
    _check_change(actor, row)
    if level not in policy.owner_of(attachment.owner_kind).levels(row):
        raise Invalid(N_("请选择谁可以看这个附件。"), code="attachment_level")
    if attachment.confidentiality != level:
        audit.record(session, actor, "attachment:level", attachment, before=attachment.confidentiality, after=level)
        attachment.confidentiality = level
        session.flush()
    return row


def remove(session: Session, actor: Actor, attachment_id: int) -> Any:
    """Take a file off its row: from now on nobody reads it and nothing finds it; returns the row."""
    attachment, row = find(session, actor, attachment_id)
    _check_change(actor, row)
    attachment.removed_at = clock.now()
    audit.record(session, actor, "attachment:remove", attachment, owner=f"{attachment.owner_kind}:{attachment.owner_id}")
    session.flush()
    return row


def purge(session: Session, settings: Settings, most: int = 100) -> int:
    """Delete the content of files removed long enough ago, unless another attachment shares it; returns how many."""
    before = clock.now() - timedelta(days=settings.attachment_keep_days)
    query = select(Attachment).where(Attachment.removed_at < before, Attachment.purged_at.is_(None)).order_by(Attachment.id)
    gone = list(session.scalars(query.limit(most)))
    for attachment in gone:
        attachment.purged_at, attachment.text = clock.now(), ""
        audit.record(session, SYSTEM, "attachment:purge", attachment, sha256=attachment.sha256)
        session.flush()
        for sha256 in filter(None, (attachment.sha256, attachment.preview)):
            _forget(session, settings, sha256)
    return len(gone)


Texts = dict[int, list[tuple[int, str]]]


def texts(session: Session, kind: str, ids: Iterable[int] | None = None) -> Texts:
    """By row: level and text of what can be searched in its files; without ids of all rows of a kind."""
    query = select(Attachment.owner_id, Attachment.confidentiality, Attachment.name, Attachment.text).where(
        Attachment.owner_kind == kind, Attachment.removed_at.is_(None), Attachment.state == values.READY
    )
    if ids is not None:
        query = query.where(Attachment.owner_id.in_(list(ids)))
    found: Texts = {}
    for row_id, level, name, text in session.execute(query.order_by(Attachment.id)):
        found.setdefault(row_id, []).append((level, f"{Path(name).stem}\n{text}" if text else Path(name).stem))
    return found


def unread(session: Session, ids: Iterable[int]) -> list[Attachment]:
    """Those of these attachments the worker has not looked through."""
    query = select(Attachment).where(Attachment.id.in_(list(ids)), Attachment.state == values.NEW, Attachment.removed_at.is_(None))
    return list(session.scalars(query.order_by(Attachment.id)))


def note_read(session: Session, settings: Settings, attachment_id: int, found: dict[str, Any], picture: Path) -> None:
    """Keep what was read out of a file; its picture goes into the store like any content."""
    attachment = session.get(Attachment, attachment_id, options=[undefer(Attachment.text)])
    if attachment is None or attachment.state != values.NEW:
        return
    attachment.note = str(found.get("fault", ""))
    attachment.state = values.UNREADABLE if attachment.note else values.READY
    attachment.text = files.clean_text(str(found.get("text", "")))[: settings.attachment_text_max]
    attachment.pages = found.get("pages")
    if picture.exists() and os.path.getsize(picture):
        with picture.open("rb") as file:
            attachment.preview, _ = store_of(settings).put(file, settings.upload_max_mb)
    elif attachment.media_type == "image/png":
        attachment.preview = attachment.sha256
