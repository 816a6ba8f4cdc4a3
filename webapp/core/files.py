"""Attachments: checked by content, hashed, stored once by content outside the web root, served only through policy."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.core.db import Base, BigId, Row
from webapp.core.errors import N_, Invalid, TooLarge
from webapp.core.policy import Actor

CHUNK = 1 << 20
SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"PK\x03\x04": "application/zip",
}
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


class Attachment(Row, Base):
    """A file that belongs to one row; who may fetch it follows that row and its own confidentiality level."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_owner", "owner_kind", "owner_id"), Index("ix_attachment_sha256", "sha256"))

    owner_kind: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigId)
    sha256: Mapped[str] = mapped_column(String(64))
    confidentiality: Mapped[int] = mapped_column(default=0)
    uploaded_by: Mapped[int | None] = mapped_column(BigId)
    removed_at: Mapped[datetime | None]
    # What the worker found in it: words to search, pages, a picture of the first page, or why it could not be read.
    state: Mapped[str] = mapped_column(String(12), default="NEW")
    text: Mapped[str] = mapped_column(Text, default="", deferred=True)
    pages: Mapped[int | None]
    preview: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(20), default="")
    purged_at: Mapped[datetime | None]  # when the content of a removed file was deleted for good


@dataclass(frozen=True)
class Leaving:
    """A file on its way out of the house to somebody who may read it."""

    attachment: Attachment
    path: Path
    media_type: str
    name: str


# What looks at every file before it is kept (raises Invalid), and what every file passes before it leaves.
entrances: list[Callable[[Path, str], None]] = []
exits: list[Callable[[Session, Actor, Leaving], Leaving]] = []


def admit(path: Path, name: str) -> None:
    """Show a new file to whatever guards the entrance, e.g. a virus scanner; Invalid when it must not come in."""
    for look in entrances:
        look(path, name)


def leave(session: Session, actor: Actor, leaving: Leaving) -> Leaving:
    """The file as this reader gets it, after whatever stands at the exit, e.g. a watermark."""
    for dress in exits:
        leaving = dress(session, actor, leaving)
    return leaving


class Store:
    """Files by the hash of their content below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the content with this hash lies."""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError("no content hash")
        return self.folder / sha256[:2] / sha256[2:]

    def put(self, source: BinaryIO, limit_mb: int) -> tuple[str, int]:
        """Copy a stream in, refusing it as soon as it passes the limit; returns (sha256, bytes)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        descriptor, temporary = tempfile.mkstemp(dir=self.folder)
        try:
            with os.fdopen(descriptor, "wb") as target:
                for chunk in _chunks(source):
                    size += len(chunk)
                    if size > limit_mb * CHUNK:
                        raise TooLarge(limit=limit_mb)
                    digest.update(chunk)
                    target.write(chunk)
            final = self.path(digest.hexdigest())
            final.parent.mkdir(exist_ok=True)
            os.replace(temporary, final)
        finally:
            Path(temporary).unlink(missing_ok=True)
        return digest.hexdigest(), size


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


def media_type(path: Path, name: str) -> str:
    """The type told from the first bytes; HTML, SVG and anything unknown are refused whatever their name says."""
    with path.open("rb") as file:
        head = file.read(16)
    kind = next((kind for mark, kind in SIGNATURES.items() if head.startswith(mark)), None)
    if kind == "application/zip":
        kind = OFFICE.get(Path(name).suffix.lower())
    if kind is None:
        raise Invalid(N_("只收 PDF、PNG、JPEG 和 Word、Excel、PowerPoint 文件，请转换后再传。"), code="file_type")
    return kind


def clean_text(text: str) -> str:
    """Text read out of a file as every database stores it: line breaks and tabs stay, other control signs and lone surrogates go."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "", text.replace("\r\n", "\n").replace("\r", "\n"))


def safe_name(name: str) -> str:
    """A file name without folders or control characters, at most 120 characters, never empty."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(c for c in base if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*').strip(". ")
    stem, dot, suffix = clean.rpartition(".")
    return (f"{stem[:110]}.{suffix[:9]}" if dot and stem else clean[:120]) or "file"
