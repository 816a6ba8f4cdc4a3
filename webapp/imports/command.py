"""Command-line door of imports and exports: the file is stored here and now, with a line per slice and a sum at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from webapp.accounts.models import Organisation
from webapp.core.errors import N_, Invalid
from webapp.core.languages import translate
from webapp.core.policy import SYSTEM
from webapp.core.worker import Context
from webapp.imports import export, jobs, refused, service
from webapp.imports.models import ImportBatch
from webapp.imports.platform import platform
from webapp.imports.service import Incoming
from webapp.imports.states import BATCH
from webapp.imports.values import OWNER_KINDS, REFUSED_SUFFIX, source_name

LARGEST_MB = 1024
TRIES = 5
LANGUAGE = "zh_CN"
Echo = Callable[[str], object]


def run_import(
    context: Context, kind: str, file: Path, maps: Iterable[str], source: str, organisation: str, echo: Echo
) -> int:
    """Import a file; 0 when every row was stored, 1 when some were refused, 2 when the file was."""
    try:
        with context.database.transaction() as session, file.open("rb") as stream:
            owner = _owner(session, kind, organisation) if organisation else None
            incoming = Incoming(
                kind, file.name, source_name(source or file.stem), stream, _given(maps), owner.id if owner else None, LARGEST_MB
            )
            batch_id = _prepared(context, session, incoming)
    except Invalid as error:
        echo(translate(LANGUAGE, error.message, **error.params))
        return 2
    _store(context, batch_id, echo)
    return _sum_up(context, batch_id, file, echo)


def _given(maps: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in maps:
        column, _, field = text.rpartition("=")
        if not column:
            raise Invalid(N_("--map 请写成 列名=字段，例如 成果名称=title；读到的是“%(given)s”。"), code="map_form", given=text)
        found[column] = field
    return found


def _prepared(context: Context, session: Session, file: Incoming) -> int:
    """The number of a batch ready to run: the one an interrupted command left for the same file, else a new one."""
    batch = service.start(session, SYSTEM, context.settings, file)
    service.settle(batch, service.table_of(context.settings, batch), file.given)
    if left := _interrupted(session, batch):
        session.delete(batch)
        return left.id
    BATCH.step(batch, "queue", {"system"})
    return batch.id


def _owner(session: Session, kind: str, code: str) -> Organisation:
    found = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    if found is None:
        raise Invalid(N_("没有代码为“%(given)s”的单位。"), code="organisation", given=code)
    if found.kind != OWNER_KINDS[kind]:
        raise Invalid(N_("这类内容不能归到这个单位：成果属于高校院所，需求属于企业。"), code="organisation_kind")
    return found


def _interrupted(session: Session, batch: ImportBatch) -> ImportBatch | None:
    """A batch of the same file that a killed command left unfinished: its cursor says where to go on."""
    session.flush()
    query = select(ImportBatch).where(
        ImportBatch.sha256 == batch.sha256, ImportBatch.kind == batch.kind, ImportBatch.source == batch.source,
        ImportBatch.state.in_(("QUEUED", "RUNNING")), ImportBatch.created_by_id.is_(None), ImportBatch.id != batch.id,
    )  # fmt: skip
    left = session.scalars(query.order_by(ImportBatch.id.desc()).limit(20)).all()
    same = (one for one in left if one.organisation_id == batch.organisation_id and one.mapping["columns"] == batch.mapping["columns"])
    return next(same, None)


def _store(context: Context, batch_id: int, echo: Echo) -> None:
    def tell(batch: ImportBatch) -> None:
        echo(f"{batch.cursor}/{batch.total} rows, {batch.created} created, {batch.updated} updated, {batch.refused} refused")

    for attempt in range(1, TRIES + 1):
        try:
            jobs.advance(context, batch_id, None, tell)
            return
        except (StaleDataError, IntegrityError):  # somebody changed the same rows meanwhile: go on from the cursor
            if attempt == TRIES:
                raise


def _sum_up(context: Context, batch_id: int, file: Path, echo: Echo) -> int:
    with context.database.transaction(write=False) as session:
        batch = session.get_one(ImportBatch, batch_id)
        if batch.state != "DONE":
            echo(service.told(batch.message, LANGUAGE) or translate(LANGUAGE, N_("另一个进程正在导入这个文件。")))
        words = f"read {batch.cursor}, created {batch.created}, updated {batch.updated}, unchanged {batch.unchanged}, refused {batch.refused}"
        if batch.refused:
            words += f"; refused rows: {_write_refused(session, context, batch, file)}"
        echo(words)
        return 2 if batch.state != "DONE" else int(batch.refused > 0)


def _write_refused(session: Session, context: Context, batch: ImportBatch, file: Path) -> Path:
    """Beside the file where that can be written, else in the platform's folder."""
    folder = file.parent if os.access(file.parent, os.W_OK) else context.settings.var
    path = folder / f"{file.stem}{REFUSED_SUFFIX}.csv"
    header = service.header_of(context.settings, batch)
    with path.open("w", encoding="utf-8", newline="") as target:
        target.writelines(refused.lines(header, session.scalars(service.refusals(batch)), LANGUAGE))
    return path


def run_export(context: Context, kind: str, path: Path) -> int:
    """Write the public rows of a kind; returns how many."""
    with context.database.transaction(write=False) as session:
        return export.write(path, export.headers(kind), export.rows(session, kind, platform(context.settings)))
