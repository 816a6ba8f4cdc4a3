"""The outbox: job rows written in the transaction of the change they follow, and the table of which rows touch which document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, Text, delete, event, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.core import clock
from webapp.core.db import Base, BigId

WAITING, RUNNING, PARKED = "WAITING", "RUNNING", "PARKED"


class Job(Base):
    """One thing the worker still has to do about one row; done jobs leave the table."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "uq_job_waiting", "kind", "model", "row_id", unique=True,
            sqlite_where=text("state = 'WAITING'"), postgresql_where=text("state = 'WAITING'"),
        ),
        Index("ix_job_due", "state", "kind", "run_after"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    run_after: Mapped[datetime] = mapped_column(default=clock.now)
    lease_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


Targets = Callable[[Any], Iterable[tuple[str, int]]]


@dataclass(frozen=True)
class Touch:
    """A change of a `source` row means a job of each kind for the targets (model name, id)."""

    source: type
    kinds: tuple[str, ...]
    targets: Targets


_touches: list[Touch] = []


def touches(source: type, *kinds: str, targets: Targets | None = None) -> None:
    """Register that a change of a `source` row makes jobs; the default target is the row itself."""
    own: Targets = lambda row: [(row.__tablename__, row.id)]  # noqa: E731
    _touches.append(Touch(source, kinds, targets or own))


def enqueue(session: Session, kind: str, model: str, row_id: int, delay: timedelta = timedelta()) -> None:
    """Add one job, or fold it into the same job already waiting."""
    enqueue_many(session, [(kind, model, row_id)], delay)


def enqueue_many(session: Session, entries: Sequence[tuple[str, str, int]], delay: timedelta = timedelta()) -> None:
    """Add jobs (kind, model, id), each pair once; ones already waiting are folded in.

    The conflict branch updates the waiting row: on PostgreSQL that locks it, so the worker cannot take it before this
    transaction is visible to it.
    """
    if not entries:
        return
    session.info["jobs"] = True
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    moment = clock.now()
    common = {"state": WAITING, "attempts": 0, "error": "", "run_after": moment + delay, "created_at": moment}
    statement = insert(Job)
    fold = {"run_after": statement.excluded.run_after, "attempts": 0}
    where = text("state = 'WAITING'")
    statement = statement.on_conflict_do_update(index_elements=["kind", "model", "row_id"], index_where=where, set_=fold)
    session.connection().execute(statement, [common | {"kind": k, "model": m, "row_id": n} for k, m, n in entries])


def enqueue_for(session: Session, model: type, ids: Iterable[int]) -> None:
    """Leave the jobs the hook below would leave for new rows of `model`: for rows it does not see, inserted in bulk."""
    kinds = kinds_of(model) - set(session.info.get("held_kinds", ()))
    entries = sorted((kind, model.__tablename__, row_id) for row_id in ids for kind in kinds)  # type: ignore[attr-defined]
    enqueue_many(session, entries, session.info.get("later", timedelta()))


def kinds_of(model: type) -> set[str]:
    """The kinds of jobs a change of a row of `model` leaves."""
    return {kind for touch in _touches if touch.source is model for kind in touch.kinds}


@event.listens_for(Session, "after_flush")
def _after_flush(session: Session, _context: Any) -> None:
    """Every changed row that touches a document leaves its jobs; a rollback takes them back."""
    changed = set(session.new) | set(session.deleted) | {row for row in session.dirty if session.is_modified(row)}
    wanted = {
        (kind, model, row_id)
        for touch in _touches
        for row in changed
        if isinstance(row, touch.source)
        for model, row_id in touch.targets(row)
        for kind in touch.kinds
    }
    held = session.info.get("held_kinds", ())
    enqueue_many(session, sorted(entry for entry in wanted if entry[0] not in held))


def take(session: Session, kind: str, most: int, lease_seconds: int) -> list[Job]:
    """Mark up to `most` due jobs of a kind as running under a lease and return them."""
    moment = clock.now()
    due = (
        select(Job).where(Job.kind == kind, Job.state == WAITING, Job.run_after <= moment)
        .order_by(Job.id).limit(most).with_for_update(skip_locked=True)
    )  # fmt: skip
    jobs = list(session.scalars(due))
    for job in jobs:
        job.state, job.attempts, job.lease_until = RUNNING, job.attempts + 1, moment + timedelta(seconds=lease_seconds)
    return jobs


def due(session: Session, kinds: Sequence[str]) -> bool:
    """Whether any job of these kinds could be taken now."""
    if not kinds:
        return False
    query = select(Job.id).where(Job.kind.in_(kinds), Job.state == WAITING, Job.run_after <= clock.now())
    return session.scalar(query.limit(1)) is not None


def under_way(session: Session, *kinds: str) -> bool:
    """Whether a job of these kinds is running or waits, be it for a later hour."""
    return session.scalar(select(Job.id).where(Job.kind.in_(kinds), Job.state != PARKED).limit(1)) is not None


def done(session: Session, ids: Iterable[int]) -> None:
    """Remove finished jobs."""
    session.execute(delete(Job).where(Job.id.in_(list(ids))))


def failed(session: Session, job_id: int, error: str, tries: int) -> None:
    """Put a failed job back with a growing delay, or park it after `tries`; a newer job for the same row replaces it."""
    job = session.get(Job, job_id)
    if job is None:
        return
    if _waiting_twin(session, job):
        session.delete(job)
        return
    job.state = PARKED if job.attempts >= tries else WAITING
    job.error, job.lease_until = error[:4000], None
    job.run_after = clock.now() + timedelta(seconds=2 ** min(job.attempts, 10))


def _waiting_twin(session: Session, job: Job) -> Job | None:
    same = select(Job).where(Job.kind == job.kind, Job.model == job.model, Job.row_id == job.row_id)
    return session.scalars(same.where(Job.state == WAITING, Job.id != job.id)).first()


def postpone(session: Session, ids: Iterable[int], seconds: int = 30, why: str = "") -> None:
    """Jobs that could not be tried yet wait again, without a try being counted; `why` is kept with them."""
    for job in session.scalars(select(Job).where(Job.id.in_(list(ids)))).all():
        if _waiting_twin(session, job):
            session.delete(job)
        else:
            job.state, job.attempts, job.lease_until = WAITING, job.attempts - 1, None
            job.run_after, job.error = clock.now() + timedelta(seconds=seconds), why
        session.flush()


def hurry(session: Session, kind: str) -> None:
    """What the waiting jobs of a kind were postponed for is there: they are due now."""
    session.execute(update(Job).where(Job.kind == kind, Job.state == WAITING).values(run_after=clock.now()))
    session.info["jobs"] = True


def release(session: Session, everything: bool = False) -> int:
    """Jobs whose worker died wait again; `everything` at the start of the only worker, else only expired leases."""
    running = select(Job).where(Job.state == RUNNING)
    stuck = session.scalars(running if everything else running.where(Job.lease_until < clock.now())).all()
    for job in stuck:
        if _waiting_twin(session, job):
            session.delete(job)
        else:
            job.state, job.lease_until = WAITING, None
        session.flush()
    return len(stuck)


def retry(session: Session, job_id: int) -> None:
    """An operator lets a parked job run again; one whose like waits already needs no second run."""
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or job.state != PARKED:
        return
    if _waiting_twin(session, job):
        session.delete(job)
    else:
        job.state, job.attempts, job.run_after = WAITING, 0, clock.now()
    session.flush()
    session.info["jobs"] = True


def waiting_for(session: Session) -> dict[str, int]:
    """What postponed jobs wait for, and how many."""
    query = select(Job.error, func.count()).where(Job.state == WAITING, Job.attempts == 0, Job.error != "").group_by(Job.error)
    return dict(session.execute(query).tuples().all())


def counts(session: Session) -> dict[str, int]:
    """How many jobs are in each state."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state)).all()
    return {WAITING: 0, RUNNING: 0, PARKED: 0} | dict(rows)
