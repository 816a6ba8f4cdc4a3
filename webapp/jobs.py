"""Imports every topic's outbox handlers, so that the web server, the worker and the command line know the same ones."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import audit, worker


def register() -> None:
    """Load the handlers; importing is what registers them."""
    import webapp.catalog.jobs
    import webapp.discovery.jobs
    import webapp.imports.jobs
    import webapp.licences.jobs
    import webapp.matches.jobs
    import webapp.messages.jobs
    import webapp.models
    import webapp.tasks.jobs  # noqa: F401


@worker.handler("clocks")
def clocks(context: worker.Context, _keys: list[worker.Key]) -> None:
    """The demonstration's clock was moved: whatever has become due is done now, not at the next minute."""
    worker.run_due(context)


@worker.periodic("seal", timedelta(minutes=1))
def seal(context: worker.Context) -> None:
    """Seal new audit events in batches until none is left."""
    sealed = 1
    while sealed:
        with context.database.transaction() as session:
            sealed = audit.seal(session)
