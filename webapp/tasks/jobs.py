"""Outbox handlers of tasks: open one for a mutual match, follow the licence that came of it; and the clocks."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import worker
from webapp.core.worker import Context, Key
from webapp.tasks import aftermath, journal, service
from webapp.tasks.clocks import Clocks


@worker.handler("open_task")
def open_task(context: Context, keys: list[Key]) -> None:
    """Both sides of a match said yes: open its task, once."""
    for _, match_id in keys:
        with context.database.transaction() as session:
            service.open_by_match_id(session, match_id, Clocks.of(context.settings))


@worker.handler("task_licensed")
def task_licensed(context: Context, keys: list[Key]) -> None:
    """A use-first licence was applied for out of a task."""
    for _, task_id in keys:
        with context.database.transaction() as session:
            service.licensed_by_id(session, task_id)


@worker.handler("task_settled")
def task_settled(context: Context, keys: list[Key]) -> None:
    """The licence that came of a task is settled."""
    for _, task_id in keys:
        with context.database.transaction() as session:
            service.settle_by_id(session, task_id, Clocks.of(context.settings))


@worker.periodic("tasks", timedelta(hours=1))
def clocks(context: Context) -> None:
    """End holds whose time is over, and remind of tasks nobody moves."""
    with context.database.transaction() as session:
        journal.wake(session, Clocks.of(context.settings))
        journal.remind(session, Clocks.of(context.settings))
        aftermath.remind_visits(session, Clocks.of(context.settings))
