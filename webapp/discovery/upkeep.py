"""The index kept true: changes put into it, rebuilt when it is damaged, compared with the database, and how it has been."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core import audit, outbox
from webapp.core.audit import AuditEvent
from webapp.core.errors import N_
from webapp.core.policy import SYSTEM
from webapp.engines import kinds
from webapp.engines.index import IndexDamaged, IndexUnreachable, SearchDocument, SearchEngine

HEALED = "index:heal"
SENTENCES = {
    "index_damaged": N_("索引缺失或损坏，%(n)s 条改动等它重建好再入索引，不会丢。"),
    "index_full": N_("磁盘满了，%(n)s 条改动等着入索引，不会丢。腾出空间后自动继续。"),
    "index_busy": N_("另一个进程正在写索引，%(n)s 条改动在等。请确认只运行了一个后台进程。"),
    "index_unreachable": N_("连不上索引所在的数据库，%(n)s 条改动在等，连上后自动继续。"),
}


def everything(session: Session) -> Iterable[SearchDocument]:
    """All that the index should hold."""
    return kinds.everything(session)


def changes(session: Session, keys: Iterable[tuple[str, int]]) -> tuple[list[SearchDocument], list[str]]:
    """What to put and what to delete for these rows."""
    return kinds.changes(session, keys)


def healed(session: Session, reason: str, documents: int) -> None:
    """Keep for the operator that the index was damaged and is whole again, and let waiting changes in."""
    audit.record(session, SYSTEM, HEALED, reason=reason[:300], documents=documents)
    outbox.hurry(session, "index")


def recoveries(session: Session, most: int = 5) -> list[AuditEvent]:
    """When the index was rebuilt by itself lately, and why."""
    return list(session.scalars(select(AuditEvent).where(AuditEvent.action == HEALED).order_by(AuditEvent.id.desc()).limit(most)))


def troubles(session: Session) -> list[tuple[str, dict[str, Any]]]:
    """Sentences, with their numbers, on what changes wait for."""
    return [(SENTENCES[why], {"n": count}) for why, count in sorted(outbox.waiting_for(session).items()) if why in SENTENCES]


def check(session: Session, engine: SearchEngine) -> list[str]:
    """Compare every row's version with the index; one line per fault, empty when they agree."""
    try:
        have = engine.versions()
    except (IndexDamaged, IndexUnreachable) as error:
        return [f"index: {error}"]
    want = {document.id: document.version for document in everything(session)}
    faults = [f"index: {key} is missing" for key in sorted(want.keys() - have.keys())]
    faults += [f"index: {key} should not be there" for key in sorted(have.keys() - want.keys())]
    return faults + [f"index: {key} is of an older version" for key in sorted(want.keys() & have.keys()) if want[key] != have[key]]
