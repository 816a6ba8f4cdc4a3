"""Evidence for a verification: files kept by content, read by the organisation's managers and by operators only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Verification
from webapp.accounts.policy import manages
from webapp.config import Settings
from webapp.core import audit
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.files import Attachment, Store, media_type, safe_name
from webapp.core.policy import Actor

MOST = 5


def store(settings: Settings) -> Store:
    """Where attachments lie."""
    return Store(settings.var / "files")


def attach(session: Session, actor: Actor, settings: Settings, entry: Verification, files: Iterable[Any]) -> int:
    """Keep the uploaded files; an organisation without any is still heard, since an operator may know it."""
    given = [file for file in files if file and getattr(file, "filename", "")]
    if len(given) > MOST:
        raise Invalid(fields={"files": N_("最多 5 份材料。")})
    for file in given:
        keep = store(settings)
        sha256, size = keep.put(file.stream, settings.upload_max_mb)
        try:
            kind = media_type(keep.path(sha256), file.filename)
        except Invalid as error:
            raise Invalid(fields={"files": error.message}) from error
        session.add(
            Attachment(
                owner_kind="verification", owner_id=entry.id, name=safe_name(file.filename), media_type=kind, size=size, sha256=sha256,
                confidentiality=3, uploaded_by=actor.person_id,
            )
        )  # fmt: skip
    session.flush()
    return len(given)


def files_of(session: Session, entry: Verification) -> list[Attachment]:
    """The evidence of a request."""
    query = select(Attachment).where(Attachment.owner_kind == "verification", Attachment.owner_id == entry.id, Attachment.removed_at.is_(None))
    return list(session.scalars(query.order_by(Attachment.id)))


def fetch(session: Session, actor: Actor, settings: Settings, file_id: int) -> tuple[Path, Attachment]:
    """A file for somebody who may read it; each reading is noted."""
    row = session.get(Attachment, file_id) if 0 < file_id < 2**62 else None
    entry = session.get(Verification, row.owner_id) if row and row.owner_kind == "verification" and row.removed_at is None else None
    if row is None or entry is None or not (actor.has("operator") or manages(actor, entry.organisation)):
        raise NotFound
    audit.record(session, actor, "verification:read_file", entry, file=row.id)
    return store(settings).path(row.sha256).resolve(), row


def open_requests(session: Session) -> list[Verification]:
    """Requests that wait for an operator, the oldest first."""
    query = select(Verification).where(Verification.state == "SUBMITTED").order_by(Verification.id).limit(100)
    return list(session.scalars(query))


def waiting(session: Session) -> int:
    """How many requests wait for an operator."""
    return session.scalar(select(func.count()).select_from(Verification).where(Verification.state == "SUBMITTED")) or 0
