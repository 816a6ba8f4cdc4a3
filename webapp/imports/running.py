"""Storing a batch slice by slice: each slice is one transaction that also moves the cursor, so that a crash repeats nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.catalog import fields as catalog_fields
from webapp.catalog import service as catalog
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import audit, clock, outbox
from webapp.core.errors import N_, AppError, Invalid
from webapp.core.policy import SYSTEM, Actor
from webapp.imports.cells import Record
from webapp.imports.columns import labels
from webapp.imports.models import ImportBatch, ImportRefusal
from webapp.imports.owners import Owners
from webapp.imports.platform import known_by_code, platform
from webapp.imports.policy import MODELS
from webapp.imports.reading import Table
from webapp.imports.rows import Draft, RowReader, RowRefused
from webapp.imports.service import packed, table_of
from webapp.imports.states import BATCH
from webapp.imports.values import MODELS as MODEL_NAMES
from webapp.matches import service as matches
from webapp.messages import service as messages
from webapp.messages.kinds import register

TWICE = N_("编号“%(id)s”在第 %(line)s 行出现过，而内容不同。请改编号，或只留一行。")
NOT_OWN = N_("这一条由别的单位在本平台发布，只能由该单位自己修改。")
register("import_done", N_("%(file)s 导入完成：新增 %(created)s 条，更新 %(updated)s 条，未导入 %(refused)s 条"))
register("import_failed", N_("%(file)s 没有导入完，请打开看原因"))


LATER = timedelta(minutes=10)  # when rows are indexed though their file is not through: its process has died


class MovedOn(Exception):
    """Another process is storing this batch, or has ended it."""


@dataclass
class Run:
    """One process at work on a batch: the file, the place in it, and which numbers were met so far."""

    batch_id: int
    table: Table
    reader: RowReader
    cursor: int
    lines: Iterator[Record]
    seen: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)


def begin(session: Session, batch_id: int) -> bool:
    """Mark a batch as running; False when it is not to be run (any more)."""
    batch = session.get(ImportBatch, batch_id)
    if batch is None or BATCH.move(batch.state, "run") is None:
        return False
    BATCH.step(batch, "run", {"system"})
    if "started_at" not in batch.mapping:
        batch.mapping = batch.mapping | {"started_at": clock.now().isoformat()}
    return True


def open_run(session: Session, settings: Settings, batch: ImportBatch) -> Run:
    """Open the file at the batch's cursor; rows before it are only looked at for their numbers."""
    table = table_of(settings, batch)
    rules = catalog_fields.rules(MODEL_NAMES[batch.kind], catalog.lists(session), settings)
    reader = RowReader(rules, batch.mapping["columns"], table.header, table.by_delimiter)
    run = Run(batch.id, table, reader, batch.cursor, table.rows(batch.cursor))
    if batch.cursor:
        refused = set(session.scalars(select(ImportRefusal.line).where(ImportRefusal.batch_id == batch.id)))
        for line, cells in itertools.islice(table.rows(), batch.cursor):
            if line not in refused:
                _remember(run, line, reader.read(cells))
    return run


def _remember(run: Run, line: int, draft: Draft) -> None:
    run.seen.setdefault((draft.source, draft.external_id), (line, draft.digest))


def actor_of(session: Session, batch: ImportBatch) -> Actor:
    """Who imports: the person who started the batch, or the system for the command line."""
    person = session.get(Person, batch.created_by_id) if batch.created_by_id else None
    if person is None:
        return SYSTEM
    return accounts.actor_for(session, person, batch.organisation_id or batch.mapping.get("acting_for"))


def run_slice(session: Session, run: Run, settings: Settings) -> bool:
    """Store the next rows and move the cursor, all in the caller's transaction; True while there is more.

    Rows are queued for the index one by one, to be taken once the whole file is stored, so that nothing else waits behind them;
    matching is done once for the whole file.
    """
    session.info["held_kinds"] = {"rematch"}
    session.info["later"] = LATER
    batch = session.get(ImportBatch, run.batch_id, with_for_update=True)
    if batch is None or batch.cursor != run.cursor or batch.state != "RUNNING":
        raise MovedOn
    chunk = list(itertools.islice(run.lines, settings.import_slice))
    _Slice(session, run, batch, settings).store(chunk)
    batch.cursor += len(chunk)
    batch.updated_at = clock.now()
    run.cursor = batch.cursor
    if len(chunk) == settings.import_slice:
        return True
    finish(session, batch)
    return False


class _Slice:
    """The rows of one transaction."""

    def __init__(self, session: Session, run: Run, batch: ImportBatch, settings: Settings) -> None:
        self.session, self.run, self.batch, self.settings = session, run, batch, settings
        self.actor = actor_of(session, batch)
        self.model: type[Result] | type[Demand] = MODELS[batch.kind]
        self.owners = Owners(session, self.actor, batch.kind, batch.organisation)
        self.known: dict[str, dict[str, Any]] = {}
        self.by_code: dict[str, Any] = {}
        self.fresh = catalog.Newcomers(session, self.model)

    def store(self, chunk: list[Record]) -> None:
        """Read all rows, find those already here in one question, then store one after the other."""
        drafts: list[tuple[int, list[str], Draft]] = []
        for line, cells in chunk:
            try:
                drafts.append((line, cells, self.run.reader.read(cells)))
            except RowRefused as refused:
                self._refuse(line, cells, refused)
        self._look_up([draft for _, _, draft in drafts])
        for line, cells, draft in drafts:
            try:
                outcome = self._one(line, draft)
            except RowRefused as refused:
                self._refuse(line, cells, refused)
            else:
                setattr(self.batch, outcome, getattr(self.batch, outcome) + 1)
        self.fresh.insert()
        self.session.flush()

    def _look_up(self, drafts: list[Draft]) -> None:
        self.owners.look_up(drafts)
        own = platform(self.settings)
        self.by_code = known_by_code(self.session, self.model, [draft.external_id for draft in drafts if draft.source == own])
        for source in {self._source(draft) for draft in drafts}:
            numbers = {draft.external_id for draft in drafts if self._source(draft) == source}
            self.known[source] = catalog.stored(self.session, self.model, source, numbers)

    def _source(self, draft: Draft) -> str:
        """Only the command line may say that rows are another platform's: its source names are shared by everybody."""
        from_platform = self.batch.created_by_id is None and draft.source.startswith("sunmao-")
        return draft.source[:40] if from_platform else self.batch.source

    def _one(self, line: int, draft: Draft) -> str:
        first = self.run.seen.get((draft.source, draft.external_id))
        if first is not None:
            if first[1] == draft.digest:
                return "unchanged"
            raise RowRefused(self.run.reader.column("external_id"), TWICE, id=draft.external_id, line=first[0])
        source, known = self._source(draft), self.known[self._source(draft)]
        if (row := self.by_code.get(draft.external_id)) is not None:
            known = self.by_code
            if self.batch.created_by_id is not None and row.organisation_id != self.batch.organisation_id:
                raise RowRefused(self.run.reader.column("external_id"), NOT_OWN)
        outcome = self._store(draft, source, known)
        _remember(self.run, line, draft)
        return outcome

    def _store(self, draft: Draft, source: str, known: dict[str, Any]) -> str:
        if (source, draft.external_id) in self.fresh:  # two source names of the file mean the same row: the first is stored now
            self.fresh.insert()
            known |= catalog.stored(self.session, self.model, source, [draft.external_id])
        row = known.get(draft.external_id)
        # A row that has found its owner keeps it: a claimed row must not go back to whoever holds unclaimed ones.
        owner = row.organisation if row is not None and self.batch.organisation_id is None else self.owners.of(draft)
        if row is None or known is not self.by_code:
            self.owners.keep_name(draft, owner)
        try:
            return catalog.store(
                self.session, self.actor, self.model, owner.id, source, draft.external_id, draft.values,
                # A row of this very platform that comes back stays in the state it is in.
                publish=bool(self.batch.mapping.get("publish", True)) and (row is None or known is not self.by_code), known=known, settings=self.settings,
                fresh=self.fresh,
            )  # fmt: skip
        except Invalid as error:
            name, sentence = next(iter(error.fields.items()), ("", error.message))
            raise RowRefused(self._column(name.partition("-")[0]), sentence, **error.params) from error

    def _column(self, name: str) -> str:
        """The column a rule speaks of, or the field's own name where its value came from the owner."""
        return self.run.reader.column(name) or labels(self.batch.kind).get(name, "")

    def _refuse(self, line: int, cells: list[str], refused: RowRefused) -> None:
        self.batch.refused += 1
        self.session.add(
            ImportRefusal(
                batch_id=self.batch.id, line=line, column=refused.column[:120], reason=refused.reason, params=refused.params,
                raw=self.run.reader.raw(cells),
            )
        )  # fmt: skip


def finish(session: Session, batch: ImportBatch) -> None:
    """The file is through: matching starts if anything changed, and whoever imported it is told."""
    BATCH.step(batch, "finish", {"system"})
    batch.finished_at = clock.now()
    _release(session)
    if batch.created or batch.updated:
        matches.rematch_everything(session)
    counts = {name: getattr(batch, name) for name in ("created", "updated", "unchanged", "refused")}
    audit.record(session, actor_of(session, batch), "import:finish", batch, **counts)
    _tell(session, batch, "import_done", **{name: counts[name] for name in ("created", "updated", "refused")})


def fail(session: Session, batch_id: int, error: AppError) -> None:
    """The file cannot be read on: what was stored stays, and the batch says why it ended."""
    batch = session.get(ImportBatch, batch_id)
    if batch is None or BATCH.move(batch.state, "fail") is None:
        return
    BATCH.step(batch, "fail", {"system"})
    batch.message, batch.finished_at = packed(error), clock.now()
    _release(session)
    if batch.created or batch.updated:
        matches.rematch_everything(session)
    audit.record(session, actor_of(session, batch), "import:fail", batch, code=error.code)
    _tell(session, batch, "import_failed")


def _release(session: Session) -> None:
    """What was stored may be indexed and compared now."""
    for kind in outbox.kinds_of(MODELS["results"]) | outbox.kinds_of(MODELS["demands"]):
        outbox.hurry(session, kind)


def _tell(session: Session, batch: ImportBatch, kind: str, **params: Any) -> None:
    if batch.created_by is not None:
        messages.notify(session, [batch.created_by], kind, f"/imports/{batch.id}", file=batch.file_name, **params)
