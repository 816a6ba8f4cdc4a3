"""Use cases of operation: how the system is, parked jobs, and the checks of `sunmao check`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.config import Settings
from webapp.core import audit, clock, outbox
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.core.worker import PeriodicRun
from webapp.engines.index import IndexDamaged, SearchEngine

LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Health:
    """How the parts are; `faults` are sentences for an operator."""

    jobs: dict[str, int]
    parked: list[outbox.Job]
    oldest_waiting: Any
    worker_seen: Any
    index: dict[str, Any]
    unsealed: int
    calendar_known: bool
    faults: list[str] = field(default_factory=list)


def health(session: Session, index: SearchEngine) -> Health:
    """Look at everything an operator would want to know."""
    jobs = outbox.counts(session)
    oldest = session.scalar(select(outbox.Job.created_at).where(outbox.Job.state == outbox.WAITING).order_by(outbox.Job.id).limit(1))
    seen = session.scalar(select(PeriodicRun.last_at).order_by(PeriodicRun.last_at.desc()).limit(1))
    parked = list(session.scalars(select(outbox.Job).where(outbox.Job.state == outbox.PARKED).order_by(outbox.Job.id).limit(50)))
    found = _index(index)
    faults = [
        sentence
        for wrong, sentence in (
            (bool(parked), N_("有任务反复失败，已停下等人处理。")),
            (seen is None or seen < clock.now() - LATE, N_("后台进程超过 5 分钟没有动静，请检查它是否在运行。")),
            (not found, N_("全文索引缺失或损坏，正在等待重建。")),
            (not clock.knows_year(clock.today().year), N_("今年的节假日安排还没有收录，工作日暂按周一到周五计算。")),
        )
        if wrong
    ]
    return Health(jobs, parked, oldest, seen, found, audit.unsealed(session), clock.knows_year(clock.today().year), faults)


def _index(index: SearchEngine) -> dict[str, Any]:
    try:
        return index.describe()
    except IndexDamaged:
        return {}


def check(session: Session, index: SearchEngine) -> list[str]:
    """Whether database, index and audit seals agree; one line per fault, empty when all is well."""
    return audit.verify(session) + _check_index(session, index)


def _check_index(session: Session, index: SearchEngine) -> list[str]:
    try:
        have = index.versions()
    except IndexDamaged as error:
        return [f"index: {error}"]
    want = {document.id: document.version for document in catalog.search_documents(session)}
    faults = [f"index: {key} is missing" for key in sorted(want.keys() - have.keys())]
    faults += [f"index: {key} should not be there" for key in sorted(k for k in have.keys() - want.keys() if k.split(":")[0] in {"result", "demand"})]
    faults += [f"index: {key} is of an older version" for key in sorted(want.keys() & have.keys()) if want[key] != have[key]]
    return faults


def retry(session: Session, actor: Actor, job_id: int) -> None:
    """Let a parked job run again."""
    outbox.retry(session, job_id)
    audit.record(session, actor, "job:retry", job=job_id)


def rebuild(session: Session, actor: Actor) -> None:
    """Ask the worker to build the index anew and to rank everything anew."""
    outbox.enqueue(session, "reindex", "index", 0)
    outbox.enqueue(session, "rematch_all", "match", 0)
    audit.record(session, actor, "index:rebuild")


def move_clock(session: Session, settings: Settings, actor: Actor, days: int) -> None:
    """Move the clock of a demonstration forward; it never goes back, since deeds already carry its dates."""
    clock.write_offset(settings.var / "clock-offset", clock.offset() + timedelta(days=days))
    audit.record(session, actor, "clock:move", days=days)
    outbox.enqueue(session, "clocks", "clock", 0)
