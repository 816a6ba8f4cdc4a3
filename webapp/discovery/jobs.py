"""Keeping the index alive: changed rows go in, and it is rebuilt when it is missing, damaged or of an older edition."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import outbox, worker
from webapp.core.worker import Context, Key
from webapp.discovery import upkeep, watching

# Rows a commit of the index may hold. Each commit has its price; a segment of so many is left alone by edits and joined with others in quiet time
# (search/joining.py), and more would not be sorted in memory.
TOGETHER = 1000
STEP = 1.0  # seconds an edit waits at most for a join of segments to make room


@worker.handler("index", most=TOGETHER)
def index(context: Context, keys: list[Key]) -> None:
    """Re-read the rows and put what is to be found into the index, or delete it; running twice is running once."""
    with context.database.transaction(write=False) as session:
        puts, deletes = upkeep.changes(session, keys)
    context.engines["index"].apply(puts, deletes)
    with context.database.transaction() as session:
        if puts and watching.watched(session):
            outbox.enqueue_many(session, [("alert", model, row_id) for model, row_id in keys])


@worker.handler("alert", most=TOGETHER, after=("index",))
def alert(context: Context, keys: list[Key]) -> None:
    """Rows that went into the index may be what somebody waits for; what is found is told at once or when it may be."""
    with context.database.transaction() as session:
        found = watching.look(session, context.engines["index"], {f"{model}:{row_id}" for model, row_id in keys})
        if found:
            watching.tell(session, context.settings)
    context.engines["index"].rest()


@worker.periodic("alerts", timedelta(minutes=5))
def alerts(context: Context) -> None:
    """Tell what waited for its hour or for the next day."""
    with context.database.transaction() as session:
        watching.tell(session, context.settings)


@worker.periodic("join", timedelta(minutes=10))
def look_for_crowd(context: Context) -> None:
    """After large imports there are many segments, which each search has to ask: they are joined in quiet time."""
    if context.engines["index"].crowded():
        with context.database.transaction() as session:
            outbox.enqueue(session, "join", "index", 0)


@worker.handler("join", after=("import", "index", "alert", "rematch", "rematch_all", "twins"))
def join(context: Context, _keys: list[Key]) -> None:
    """Go on for a second; what somebody waits for has its turn in between."""
    if context.engines["index"].join(STEP):
        with context.database.transaction() as session:
            outbox.enqueue(session, "join", "index", 0)


@worker.handler("reindex")
def reindex(context: Context, _keys: list[Key]) -> None:
    """Build the index anew beside the old one and swap it in; edits meanwhile wait as jobs of their own."""
    with context.database.transaction(write=False) as session:
        context.engines["index"].rebuild(upkeep.everything(session))


@worker.handler("heal")
def heal_now(context: Context, _keys: list[Key]) -> None:
    """Somebody met damage, maybe deep inside: look at everything, mend it unless that has happened meanwhile, let edits in."""
    mend(context, context.engines["index"].damage(thoroughly=True))
    with context.database.transaction() as session:
        outbox.hurry(session, "index")


@worker.periodic("index", timedelta(minutes=1))
def heal(context: Context) -> None:
    """Rebuild a damaged index without being asked, and leave a record for the operator."""
    mend(context, context.engines["index"].damage())


def mend(context: Context, reason: str) -> None:
    """Rebuild for a reason, if there is one."""
    if not reason:
        return
    with context.database.transaction(write=False) as session:
        count = context.engines["index"].rebuild(upkeep.everything(session))
    with context.database.transaction() as session:
        upkeep.healed(session, reason, count)
