"""Imports every topic's outbox handlers, so that the web server, the worker and the command line know the same ones."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import audit, worker


def register() -> None:
    """Load the handlers, and what topics tell of their rows to those below; importing is what registers them."""
    import webapp.accounts.finding
    import webapp.accounts.jobs
    import webapp.admin.owndata
    import webapp.attachments.jobs
    import webapp.brokers.owndata
    import webapp.catalog.finding
    import webapp.catalog.jobs
    import webapp.catalog.owndata
    import webapp.confidentiality.jobs
    import webapp.discovery.jobs
    import webapp.figures.jobs
    import webapp.imports.jobs
    import webapp.imports.owndata
    import webapp.licences.finding
    import webapp.licences.history
    import webapp.licences.jobs
    import webapp.licences.keeping
    import webapp.licences.owndata
    import webapp.matches.jobs
    import webapp.matches.keeping
    import webapp.matches.owndata
    import webapp.messages.jobs
    import webapp.messages.owndata
    import webapp.models
    import webapp.tasks.history
    import webapp.tasks.jobs
    import webapp.tasks.keeping
    import webapp.tasks.owndata  # noqa: F401


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
        if sealed:
            with context.database.transaction(write=False) as session:
                audit.anchor(session, context.settings.var / audit.ANCHORS)
