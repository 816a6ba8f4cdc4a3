"""Who may read and change which attachment: the rules of the row it belongs to, told by that row's topic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from webapp.attachments.values import KINDS, NEW, NOTES
from webapp.core import policy
from webapp.core.errors import NotFound
from webapp.core.files import Attachment
from webapp.core.policy import Actor


@dataclass(frozen=True)
class Owner:
    """What a topic says of files on its rows.

    `level` is the level that counts for a file on a row (never below the row's own), `opens` whether an actor who sees
    the row may read at that level, `levels` what may be chosen for a new file, the first being what is proposed.
    """

    model: type
    may_change: Callable[[Actor, Any], bool]
    level: Callable[[Any, int], int]
    opens: Callable[[Actor, Any, int], bool]
    levels: Callable[[Any], tuple[int, ...]]


_owners: dict[str, Owner] = {}


def register(owner: Owner) -> None:
    """A topic's rows may have attachments from now on."""
    _owners[owner.model.__tablename__] = owner  # type: ignore[attr-defined]


def owner_of(kind: str) -> Owner:
    """The rules of a kind of row; NotFound for one that has no attachments."""
    if kind not in _owners:
        raise NotFound
    return _owners[kind]


def find_row(session: Session, actor: Actor, kind: str, row_id: int) -> Any:
    """The row an attachment belongs to, if the actor may see it."""
    return policy.find(session, actor, owner_of(kind).model, row_id)


def may_change(actor: Actor, row: Any) -> bool:
    """Whether the actor adds and removes files of this row."""
    return owner_of(row.__tablename__).may_change(actor, row)


def level(row: Any, attachment: Attachment) -> int:
    """The level that counts: a file is never more open than its row."""
    return owner_of(row.__tablename__).level(row, attachment.confidentiality)


def opens(actor: Actor, row: Any, attachment: Attachment) -> bool:
    """Whether the actor, who sees the row, may read this file of it."""
    return owner_of(row.__tablename__).opens(actor, row, level(row, attachment))


@dataclass(frozen=True)
class AttachmentView:
    """A file as somebody sees it who may read it."""

    id: int
    name: str
    kind: str
    size: int
    level: int
    waiting: bool
    note: str
    pages: int | None
    preview: bool
    may_change: bool


def view(actor: Actor, row: Any, attachment: Attachment) -> AttachmentView:
    """All there is to see of a file; ask `opens` first."""
    return AttachmentView(
        attachment.id, attachment.name, KINDS.get(attachment.media_type, ""), attachment.size, level(row, attachment),
        attachment.state == NEW, NOTES.get(attachment.note, ""), attachment.pages, attachment.preview is not None, may_change(actor, row),
    )  # fmt: skip
