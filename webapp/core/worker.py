"""The worker: takes job rows in batches, runs their handlers, retries; periodic jobs are a table; Huey runs it all."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from huey import SqliteHuey, crontab
from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.config import Settings
from webapp.core import clock, memory, outbox
from webapp.core.db import Base, Database

log = logging.getLogger(__name__)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class PeriodicRun(Base):
    """When a periodic job last ran, so that a restart neither skips nor repeats one."""

    __tablename__ = "periodic_run"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    last_at: Mapped[datetime]


@dataclass
class Context:
    """What a handler may use: settings, database, and the engines by name."""

    settings: Settings
    database: Database
    engines: dict[str, Any] = field(default_factory=dict)
    looked_at: datetime | None = None  # when periodic jobs were last looked for; nobody looks while no drain has begun


class NotNow(Exception):
    """What a handler needs is not there yet; `first` is the job (kind, model, id) that makes it, if one can. Not counted as a failure.

    `why` is a code kept with the waiting job, so that health can say what it waits for.
    """

    def __init__(self, *first: str | int, why: str = "") -> None:
        super().__init__(*first, why)
        self.first, self.why = first, why


Key = tuple[str, int]
Handler = Callable[[Context, list[Key]], None]
Periodic = Callable[[Context], None]

_handlers: dict[str, Handler] = {}
_most: dict[str, int] = {}
_after: dict[str, tuple[str, ...]] = {}
_periodic: dict[str, tuple[timedelta, Periodic]] = {}


def handler(kind: str, most: int = 0, after: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
    """Register what does jobs of a kind; it gets a batch of (model, id), re-reads the rows and may run twice.

    `most` is how many it takes together where that is not the setting: many, where each batch has a price of its own.
    It waits while jobs of the kinds `after` are due: what takes long comes after what people wait for.
    Two handlers of one kind are a programming error: the first would never be called again.
    """

    def register(function: Handler) -> Handler:
        _once(kind, _handlers.get(kind), function)
        _handlers[kind] = function
        _most[kind], _after[kind] = most, after
        return function

    return register


def _once(name: str, known: Callable[..., None] | None, function: Callable[..., None]) -> None:
    if known is not None and known.__module__ != function.__module__:
        raise ValueError(f"{name} is done by {known.__module__} already, not by {function.__module__}")


def periodic(name: str, every: timedelta) -> Callable[[Periodic], Periodic]:
    """Register a job that runs every so often."""

    def register(function: Periodic) -> Periodic:
        _once(name, _periodic[name][1] if name in _periodic else None, function)
        _periodic[name] = (every, function)
        return function

    return register


def drain(context: Context) -> int:
    """Run due jobs until none is left; returns how many were done. However long that takes, clocks go on meanwhile."""
    _set_clock(context)
    context.looked_at = clock.now()
    with context.database.transaction() as session:
        outbox.release(session)
    total = 0
    while round_ := sum(_drain_kind(context, kind) for kind in _handlers):
        total += round_
    return total


def _set_clock(context: Context) -> None:
    if context.settings.demo:
        clock.read_offset(context.settings.var / "clock-offset")


def meanwhile(context: Context) -> None:
    """Between two pieces of long work: periodic jobs whose time has come, looked for once a minute as the tick would."""
    if context.looked_at is None or clock.now() < context.looked_at + MINUTE:
        return
    _set_clock(context)
    context.looked_at = clock.now()
    run_due(context)


def _drain_kind(context: Context, kind: str) -> int:
    with context.database.transaction() as session:
        if outbox.due(session, _after.get(kind, ())):
            return 0
        jobs = outbox.take(session, kind, _most.get(kind) or context.settings.job_batch, context.settings.job_lease_seconds)
        batch = [(job.id, (job.model, job.row_id)) for job in jobs]
    if not batch:
        return 0
    if not _run(context, kind, batch) and len(batch) > 1:
        for one in batch:  # one bad row must not hold up the others
            _run(context, kind, [one], last=True)
    memory.give_back()
    meanwhile(context)
    return len(batch)


def _run(context: Context, kind: str, batch: list[tuple[int, Key]], last: bool = False) -> bool:
    try:
        _handlers[kind](context, [key for _, key in batch])
    except NotNow as later:
        with context.database.transaction() as session:
            outbox.postpone(session, [job_id for job_id, _ in batch], why=later.why)
            outbox.enqueue_many(session, [later.first] if later.first else [])  # type: ignore[list-item]
        return True
    except Exception:
        log.exception("%s failed for %s", kind, [key for _, key in batch][:5])
        if last or len(batch) == 1:
            with context.database.transaction() as session:
                outbox.failed(session, batch[0][0], traceback.format_exc(), context.settings.job_tries)
        return False
    with context.database.transaction() as session:
        outbox.done(session, [job_id for job_id, _ in batch])
    return True


def tick(context: Context) -> None:
    """The minute's work: periodic jobs whose time has come, then whatever jobs are due."""
    run_due(context)
    drain(context)


def run_due(context: Context) -> None:
    """Run every periodic job whose time has come; one that fails leaves the others alone and is tried next time."""
    for name, (every, function) in _periodic.items():
        try:
            if _claim(context, name, every):
                function(context)
        except Exception:
            log.exception("periodic job %s failed", name)


def _claim(context: Context, name: str, every: timedelta) -> bool:
    with context.database.transaction() as session:
        run = session.get(PeriodicRun, name)
        if run and run.last_at + every > clock.now():
            return False
        session.merge(PeriodicRun(name=name, last_at=clock.now()))
        return True


def queue(settings: Settings) -> SqliteHuey:
    """The wake-up channel; losing a message in it loses nothing, since the minute's tick finds what was left."""
    settings.var.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("sunmao", filename=str(settings.var / "huey.db"), results=False)


def wake_on_commit(database: Database, settings: Settings) -> None:
    """After a commit that left jobs, nudge the worker; a nudge that fails only means waiting for the next tick."""
    huey = queue(settings)

    @huey.task(name="drain")
    def wake() -> None:
        """Only enqueued here; the worker has the task that runs."""

    def nudge(session: Session) -> None:
        if session.info.pop("jobs", False):
            try:
                if huey.pending_count() < 3:
                    wake()
            except Exception:
                log.exception("could not wake the worker")

    database.after_commit.append(nudge)


def serve(context: Context) -> None:
    """Run until a signal says stop: drain at start, on every nudge, and each minute together with the periodic jobs."""
    huey = queue(context.settings)
    huey.flush()
    with context.database.transaction() as session:
        outbox.release(session, everything=True)

    @huey.task(name="drain")
    def wake() -> None:
        drain(context)

    @huey.periodic_task(crontab(minute="*"), name="tick")
    def minute() -> None:
        tick(context)

    @huey.on_startup()
    def first() -> None:
        tick(context)

    consumer = huey.create_consumer(workers=1, worker_type="thread", initial_delay=0.1, max_delay=0.5, check_worker_health=True)
    consumer.run()
