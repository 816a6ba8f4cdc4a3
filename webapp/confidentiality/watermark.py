"""What every confidential file passes on its way out: the reader's name and time over it, and the copy noted by its hash.

PDFs and pictures carry the mark on each page. Word, Excel and PowerPoint files, and PDFs that cannot be opened, leave as
named copies: the name of the file says who took it and when, Office archives also inside, so that each copy differs.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.attachments import policy as attachments
from webapp.core import audit, clock, files
from webapp.core.files import Leaving
from webapp.core.policy import Actor

log = logging.getLogger(__name__)
FROM_LEVEL = 2
STAMP = Path(__file__).with_name("stamp.py")
PREFIX, KEEP_SECONDS = "sunmao-copy-", 900
MEMORY_MB, SECONDS = 1500, 25


def dress(session: Session, actor: Actor, leaving: Leaving) -> Leaving:
    """The file as this reader gets it; the owner's own people get it as they uploaded it."""
    attachment = leaving.attachment
    row = session.get(attachments.owner_of(attachment.owner_kind).model, attachment.owner_id)
    level = attachments.level(row, attachment)
    if level < FROM_LEVEL or getattr(row, "organisation_id", None) == actor.organisation_id:
        return leaving
    copy, marked = _copy(leaving, mark_of(session, actor))
    accounts.saw(session, actor, row, level)
    with copy.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    audit.record(session, actor, "secrecy:copy", attachment, level=level, sha256=digest, marked=marked)
    return copy


def mark_of(session: Session, actor: Actor) -> str:
    """What is written over the file: name, organisation, time in Shanghai."""
    home = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    when = clock.local(clock.now()).strftime("%Y-%m-%d %H:%M:%S")
    return " ".join(part for part in (actor.name, home.name if home else "", when) if part)


def _copy(leaving: Leaving, mark: str) -> tuple[Leaving, bool]:
    """A copy with the mark, or where that cannot be a named one; whether it carries the mark inside."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    if leaving.media_type == "application/pdf" and _stamped("pdf", leaving.path, folder / "copy.pdf", mark):
        return replace(leaving, path=folder / "copy.pdf"), True
    if leaving.media_type.startswith("image/"):
        source = folder / ("source.png" if leaving.media_type == "image/png" else "source.jpg")
        shutil.copy(leaving.path, source)
        if _stamped("picture", source, folder / "copy.png", mark):
            source.unlink()
            name = f"{Path(leaving.name).stem}.png"
            return replace(leaving, path=folder / "copy.png", media_type="image/png", name=name), True
    shutil.copy(leaving.path, folder / "copy")
    inside = leaving.media_type in files.OFFICE.values() and _note_inside(folder / "copy", mark)
    return replace(leaving, path=folder / "copy", name=files.safe_name(f"{mark.replace(':', '')} {leaving.name}")), inside


def _stamped(what: str, source: Path, target: Path, mark: str) -> bool:
    command = [sys.executable, str(STAMP), what, str(source.absolute()), str(target), mark, str(MEMORY_MB), str(SECONDS)]
    try:
        done = subprocess.run(command, cwd=target.parent, capture_output=True, timeout=SECONDS * 2, check=False)
    except subprocess.TimeoutExpired:
        log.warning("a mark took too long")
        return False
    if done.returncode != 0:
        log.warning("a file could not be marked: %s", done.stderr.decode("utf-8", "replace").strip().split("\n")[-1][:200])
    return done.returncode == 0 and target.exists()


def _note_inside(path: Path, mark: str) -> bool:
    try:
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = mark.encode()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return True


def _sweep() -> None:
    """Copies that have long been sent are deleted."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.stat().st_mtime < time.time() - KEEP_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def register() -> None:
    """Stand at the exit, once."""
    if dress not in files.exits:
        files.exits.append(dress)
