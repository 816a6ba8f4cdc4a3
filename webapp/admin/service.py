"""Use cases of operation: how the system is, parked jobs, and the checks of `sunmao check`."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import audit, clock, outbox
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.core.worker import PeriodicRun
from webapp.discovery import upkeep
from webapp.engines.index import IndexDamaged, IndexUnreachable, SearchEngine

LATE = timedelta(minutes=5)
BACKUP_MARK = "last-backup"


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
    free: int
    backup: datetime | None
    faults: list[str] = field(default_factory=list)
    troubles: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # sentences with their numbers
    recoveries: list[audit.AuditEvent] = field(default_factory=list)


def health(session: Session, index: SearchEngine, settings: Settings) -> Health:
    """Look at everything an operator would want to know."""
    jobs = outbox.counts(session)
    oldest = session.scalar(select(outbox.Job.created_at).where(outbox.Job.state == outbox.WAITING).order_by(outbox.Job.id).limit(1))
    seen = session.scalar(select(PeriodicRun.last_at).order_by(PeriodicRun.last_at.desc()).limit(1))
    parked = list(session.scalars(select(outbox.Job).where(outbox.Job.state == outbox.PARKED).order_by(outbox.Job.id).limit(50)))
    found = _index(index)
    free, copied = shutil.disk_usage(settings.var).free if settings.var.exists() else 0, last_backup(settings)
    faults = [
        sentence
        for wrong, sentence in (
            (bool(parked), N_("有任务反复失败，已停下等人处理。")),
            (seen is None or seen < clock.now() - LATE, N_("后台进程超过 5 分钟没有动静，请检查它是否在运行。")),
            (not found, N_("全文索引缺失或损坏，正在等待重建。")),
            (free < settings.disk_least_mb << 20, N_("磁盘快满了，请尽快清理或扩容；写不下时，正在保存的内容会被退回。")),
            (copied is None or copied < clock.now() - timedelta(days=settings.backup_days), N_("已经好几天没有备份，请运行 sunmao backup。")),
            (not clock.knows_year(clock.today().year), N_("今年的节假日安排还没有收录，工作日暂按周一到周五计算。")),
        )
        if wrong
    ]
    return Health(
        jobs, parked, oldest, seen, found, audit.unsealed(session), clock.knows_year(clock.today().year), free, copied, faults,
        upkeep.troubles(session), upkeep.recoveries(session),
    )  # fmt: skip


def last_backup(settings: Settings) -> datetime | None:
    """When `sunmao backup` last wrote a whole copy."""
    try:
        return datetime.fromisoformat((settings.var / BACKUP_MARK).read_text("ascii").strip())
    except (OSError, ValueError):
        return None


def _index(index: SearchEngine) -> dict[str, Any]:
    try:
        return index.describe()
    except (IndexDamaged, IndexUnreachable):
        return {}


def check(session: Session, index: SearchEngine, var: Path | None = None) -> list[str]:
    """Whether database, index and audit seals agree; one line per fault, empty when all is well."""
    return audit.verify(session, var / audit.ANCHORS if var else None) + upkeep.check(session, index)


SHOWN = {"waiting": N_("等待"), "failed": N_("失败后等待重试"), "running": N_("进行中"), "parked": N_("停下等处理")}


def jobs(state: str) -> Select[outbox.Job]:
    """The jobs in one of the shown states, those due first at the top."""
    query = select(outbox.Job).order_by(outbox.Job.run_after, outbox.Job.id)
    if state == "running":
        return query.where(outbox.Job.state == outbox.RUNNING)
    if state == "parked":
        return query.where(outbox.Job.state == outbox.PARKED)
    tried = outbox.Job.attempts > 0 if state == "failed" else outbox.Job.attempts == 0
    return query.where(outbox.Job.state == outbox.WAITING, tried)


def job_counts(session: Session) -> dict[str, int]:
    """How many jobs each shown state has."""
    return {state: session.scalar(select(func.count()).select_from(jobs(state).order_by(None).subquery())) or 0 for state in SHOWN}


def periodic(session: Session) -> list[PeriodicRun]:
    """When each periodic job last ran."""
    return list(session.scalars(select(PeriodicRun).order_by(PeriodicRun.name)))


def retry(session: Session, actor: Actor, job_id: int) -> None:
    """Let a parked job run again."""
    outbox.retry(session, job_id)
    audit.record(session, actor, "job:retry", job=job_id)


def retry_all(session: Session, actor: Actor) -> int:
    """Let every parked job run again, once what stopped them is mended; returns how many."""
    parked = list(session.scalars(select(outbox.Job.id).where(outbox.Job.state == outbox.PARKED)))
    for job_id in parked:
        outbox.retry(session, job_id)
    audit.record(session, actor, "job:retry_all", jobs=len(parked))
    return len(parked)


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
