"""Outbox handler of attachments: each new file is read by a process of its own, with little memory and little time."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from webapp.attachments import service
from webapp.config import Settings
from webapp.core import outbox, worker
from webapp.core.worker import Context, Key

log = logging.getLogger(__name__)
READER = Path(__file__).with_name("reader.py")
TURN_SECONDS = 60  # after this long other jobs get their turn


@worker.handler(service.JOB)
def examine(context: Context, keys: list[Key]) -> None:
    """Look through new attachments; those there was no time for wait again."""
    until = time.monotonic() + TURN_SECONDS
    with context.database.transaction(write=False) as session:
        waiting = [(row.id, row.sha256, row.media_type) for row in service.unread(session, [row_id for _, row_id in keys])]
    for attachment_id, sha256, media_type in waiting:
        if time.monotonic() > until:
            with context.database.transaction() as session:
                outbox.enqueue(session, service.JOB, "attachment", attachment_id)
            continue
        with tempfile.TemporaryDirectory(prefix="sunmao-") as folder:
            picture = Path(folder) / "picture.png"
            found = read(context.settings, service.store_of(context.settings).path(sha256), media_type, picture)
            with context.database.transaction() as session:
                service.note_read(session, context.settings, attachment_id, found, picture)


def read(settings: Settings, path: Path, media_type: str, picture: Path) -> dict[str, Any]:
    """What the reader finds in a file; whatever goes wrong there is told as a fault of the file."""
    command = [
        sys.executable, "-I", str(READER), str(path.absolute()), media_type, str(picture), str(settings.attachment_text_max),
        str(settings.attachment_memory_mb), str(settings.attachment_seconds),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=settings.attachment_seconds * 2, check=False, cwd=picture.parent)
    except subprocess.TimeoutExpired:
        return {"fault": "slow"}
    if done.returncode:  # negative: a limit ended it
        log.warning("the reader ended with %s for %s: %s", done.returncode, path.name, done.stderr[-300:].decode("utf-8", "replace"))
        return {"fault": "slow" if done.returncode < 0 else "damaged"}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@worker.periodic("attachments", worker.DAY)
def purge(context: Context) -> None:
    """Content of files removed long ago is deleted, a slice per transaction."""
    more = 1
    while more:
        with context.database.transaction() as session:
            more = service.purge(session, context.settings)
