"""Use cases of imports: take in a file, settle its columns, queue it, drop it, and list batches and what they refused."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Membership
from webapp.config import Settings
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, AppError, Invalid
from webapp.core.files import Store, safe_name
from webapp.core.languages import translate
from webapp.core.policy import Actor
from webapp.imports import columns as headers
from webapp.imports.models import ImportBatch, ImportRefusal
from webapp.imports.policy import owner_id, publishes
from webapp.imports.reading import Table, open_table
from webapp.imports.states import BATCH

LONGEST_SHOWN = 120


def store_of(settings: Settings) -> Store:
    """Where imported files are kept."""
    return Store(settings.var / "files")


@dataclass(frozen=True)
class Incoming:
    """A file as it arrives: what is in it, its name and source, and what is already known of its columns and owner."""

    kind: str
    name: str
    source: str
    stream: BinaryIO
    given: Mapping[str, str] = field(default_factory=dict)
    organisation_id: int | None = None
    limit_mb: int = 0


def start(session: Session, actor: Actor, settings: Settings, file: Incoming) -> ImportBatch:
    """Keep a file and look at it: a batch whose columns are recognised as far as they can be; Invalid says what is wrong."""
    policy.check(actor, "imports:kind", file.kind)
    sha256, _ = store_of(settings).put(file.stream, file.limit_mb or settings.upload_max_mb)
    try:
        table = _open(settings, sha256, file.kind, file.given)
        chosen, total = headers.mapping(file.kind, table.header, file.given), _counted(table, settings)
        known = remembered(session, actor, file.kind, table.header) if not file.given else None
    except AppError:
        _forget(session, settings, sha256)
        raise
    batch = ImportBatch(
        kind=file.kind, source=file.source, file_name=safe_name(file.name), sha256=sha256, total=total,
        mapping={"columns": chosen if known is None else known, "remembered": known is not None, "publish": publishes(actor, file.kind), "acting_for": actor.organisation_id},
        organisation_id=file.organisation_id or owner_id(actor), created_by_id=actor.person_id,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    audit.record(session, actor, "import:start", batch, kind=file.kind, rows=total, sha256=sha256)
    return batch


def remembered(session: Session, actor: Actor, kind: str, header: list[str]) -> dict[str, str] | None:
    """What the actor's organisation last settled for a file with exactly these columns; None for columns never met."""
    query = select(ImportBatch).where(ImportBatch.kind == kind, ImportBatch.state.in_(("QUEUED", "RUNNING", "DONE")))
    if actor.organisation_id is None:
        return None
    people = select(Membership.person_id).where(Membership.organisation_id == actor.organisation_id)
    for batch in session.scalars(query.where(ImportBatch.created_by_id.in_(people)).order_by(ImportBatch.id.desc()).limit(50)):
        if batch.mapping.get("header") == header:
            return dict(batch.mapping["columns"])
    return None


def _open(settings: Settings, sha256: str, kind: str, wanted: Mapping[str, str]) -> Table:
    path = store_of(settings).path(sha256)
    if not path.exists():
        raise Invalid(N_("上传的文件已经不在了，请重新上传。"), code="file_gone")
    return open_table(path, lambda names: headers.is_header(kind, names, wanted), _unpacked(path))


def _unpacked(path: Path) -> Path:
    return path.with_suffix(".rows")


def _counted(table: Table, settings: Settings) -> int:
    total = table.count()
    if not total:
        raise Invalid(N_("文件里只有列名，没有数据行。"), code="file_no_rows")
    if total > settings.import_max_rows:
        raise Invalid(
            N_("文件有 %(total)s 行，一次最多 %(most)s 行，请拆分后再导入。"), code="file_rows", total=total, most=settings.import_max_rows
        )
    return total


def _forget(session: Session, settings: Settings, sha256: str) -> None:
    """A file no batch needs does not stay."""
    if session.scalars(select(ImportBatch.id).where(ImportBatch.sha256 == sha256).limit(1)).first() is None:
        path = store_of(settings).path(sha256)
        for file in (path, _unpacked(path)):
            file.unlink(missing_ok=True)


def table_of(settings: Settings, batch: ImportBatch) -> Table:
    """The file of a batch, its header found again by the columns that were chosen."""
    return _open(settings, batch.sha256, batch.kind, batch.mapping["columns"])


def header_of(settings: Settings, batch: ImportBatch) -> list[str]:
    """The columns of a batch's file; of a file that is gone, those that were imported."""
    try:
        return table_of(settings, batch).header
    except AppError:
        return list(batch.mapping["columns"])


def preview(table: Table, most: int = 5) -> list[list[str]]:
    """The first rows, each cell cut to what a table can show."""
    width = len(table.header)
    rows = itertools.islice(table.rows(), most)
    return [[_cut(cell) for cell in [*cells, *[""] * (width - len(cells))][:width]] for _, cells in rows]


def _cut(cell: str) -> str:
    return cell if len(cell) <= LONGEST_SHOWN else f"{cell[:LONGEST_SHOWN]}…"


def queue(session: Session, actor: Actor, settings: Settings, batch: ImportBatch, chosen: Mapping[str, str]) -> None:
    """Settle which column is which field (an empty field leaves a column out) and hand the batch to the worker."""
    policy.check(actor, "imports:kind", batch.kind)
    table = table_of(settings, batch)
    settle(batch, table, dict.fromkeys(table.header, "") | dict(chosen))
    BATCH.step(batch, "queue", {"owner"})
    audit.record(session, actor, "import:queue", batch)
    session.flush()
    outbox.enqueue(session, "import", "import_batch", batch.id)


def settle(batch: ImportBatch, table: Table, chosen: Mapping[str, str]) -> None:
    """Take over the chosen columns; one of them has to be the title."""
    found = headers.mapping(batch.kind, table.header, chosen)
    headers.require_title(found, table.header)
    batch.mapping = batch.mapping | {"columns": found, "header": table.header}


def discard(session: Session, actor: Actor, settings: Settings, batch: ImportBatch) -> None:
    """Drop a batch that was never started, and its file with it."""
    policy.check(actor, "imports:use")
    if batch.state != BATCH.start:
        return
    audit.record(session, actor, "import:discard", batch)
    session.delete(batch)
    session.flush()
    _forget(session, settings, batch.sha256)


def batches(actor: Actor) -> Select[Any]:
    """The batches this actor may see, newest first."""
    return policy.visible(actor, ImportBatch).order_by(ImportBatch.id.desc())


def refusals(batch: ImportBatch, most: int | None = None) -> Select[Any]:
    """The rows a batch refused, in the order of the file."""
    query = select(ImportRefusal).where(ImportRefusal.batch_id == batch.id).order_by(ImportRefusal.line, ImportRefusal.id)
    return query.limit(most) if most else query


def stalled(session: Session) -> list[int]:
    """Uploaded batches that should be running and have not moved for long: their job was lost with its process."""
    query = select(ImportBatch.id).where(
        ImportBatch.state.in_(("QUEUED", "RUNNING")), ImportBatch.created_by_id.is_not(None),
        ImportBatch.updated_at < clock.now() - timedelta(minutes=10),
    )  # fmt: skip
    return list(session.scalars(query))


def packed(error: AppError) -> str:
    """An error's sentence as it is kept with a batch, so that every reader gets it in their own language."""
    return json.dumps({"text": error.message, "params": error.params}, ensure_ascii=False, default=str)


def told(message: str, language: str) -> str:
    """A kept sentence in a language."""
    if not message:
        return ""
    kept = json.loads(message)
    return translate(language, kept["text"], **kept["params"])


def reason(refusal: ImportRefusal, language: str) -> str:
    """Why a row was refused, with the column it is about."""
    sentence = translate(language, refusal.reason, **refusal.params)
    return translate(language, N_("%(column)s：%(reason)s"), column=translate(language, refusal.column), reason=sentence) if refusal.column else sentence
