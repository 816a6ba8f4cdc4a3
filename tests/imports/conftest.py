"""What import tests share: a worker context without engines, files taken in, and counts of what is there."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core.db import Database
from webapp.core.outbox import Job
from webapp.core.policy import SYSTEM, Actor
from webapp.core.worker import Context
from webapp.imports import jobs, service
from webapp.imports.models import ImportBatch, ImportRefusal
from webapp.jobs import register


@pytest.fixture
def context(settings: Settings, database: Database) -> Context:
    """Settings and database as the worker has them, in slices of three rows."""
    register()
    return Context(replace(settings, import_slice=3), database, {})


@pytest.fixture
def take_in(context: Context) -> Callable[..., int]:
    """Take in a file and queue it: take_in("results", content) -> number of the batch."""

    def start(kind: str, content: bytes, actor: Actor = SYSTEM, source: str = "list", **more: Any) -> int:
        with context.database.transaction() as session:
            file = service.Incoming(kind, "list.csv", source, io.BytesIO(content), **more)
            batch = service.start(session, actor, context.settings, file)
            service.queue(session, actor, context.settings, batch, batch.mapping["columns"])
            return batch.id

    return start


@pytest.fixture
def bring_in(context: Context, take_in: Callable[..., int]) -> Callable[..., dict[str, Any]]:
    """Take in a file and store all of it: bring_in("results", content) -> its state and counts."""

    def run(kind: str, content: bytes, actor: Actor = SYSTEM, **more: Any) -> dict[str, Any]:
        batch_id = take_in(kind, content, actor, **more)
        jobs.advance(context, batch_id)
        return outcome(context, batch_id)

    return run


def outcome(context: Context, batch_id: int) -> dict[str, Any]:
    """State, counts and refusals of a batch."""
    with context.database.transaction(write=False) as session:
        batch = session.get_one(ImportBatch, batch_id)
        lines = session.scalars(select(ImportRefusal).where(ImportRefusal.batch_id == batch_id).order_by(ImportRefusal.line))
        return {
            "state": batch.state, "read": batch.cursor, "created": batch.created, "updated": batch.updated, "unchanged": batch.unchanged,
            "refused": [(line.line, line.column, line.reason % line.params) for line in lines],
        }  # fmt: skip


def all_jobs(context: Context) -> list[tuple[str, str]]:
    """Kind and model of every job but the import's own."""
    with context.database.transaction(write=False) as session:
        rows = session.execute(select(Job.kind, Job.model).where(Job.kind.not_in(("import", "mail"))))
        return sorted((kind, model) for kind, model in rows)


def how_many(context: Context, model: type[Result] | type[Demand] = Result) -> int:
    """How many rows the catalog holds."""
    with context.database.transaction(write=False) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0
