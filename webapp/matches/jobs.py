"""Outbox handlers of matches: rank again what a change touches, in both directions, and refit on schedule."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import outbox, worker
from webapp.core.worker import Context, Key, NotNow
from webapp.matches import clocks as _clocks  # noqa: F401 - registers the clock of unanswered recommendations
from webapp.matches import learning, service, watch

SLICE = 20


@worker.handler("rematch")
def rematch(context: Context, keys: list[Key]) -> None:
    """Take changed results and demands into the engines and rank the demands they touch."""
    results = {row_id for model, row_id in keys if model == "result"}
    demands = {row_id for model, row_id in keys if model == "demand"}
    matcher = context.engines["matcher"]
    with context.database.transaction(write=False) as session:
        whole = service.prepare(session, matcher)
        live = service.take_in(session, matcher, "result", results)
        open_ids = {int(key) for key in service.take_in(session, matcher, "demand", demands)}
        touched = service.touched_demands(session, matcher, live, results)
        wanted = None if whole or touched is None else touched | open_ids
        ranked = [demand.id for demand in service.open_demands(session, wanted)]
    with context.database.transaction() as session:
        service.close_pairs(session, "result", results - {int(key) for key in live})
        service.close_pairs(session, "demand", demands - open_ids)
    _rank(context, ranked)
    if whole:  # pages read the snapshot: on a new site they need not wait for the next saving
        matcher.save()


@worker.handler("rematch_all", after=("index",))
def rematch_all(context: Context, _keys: list[Key]) -> None:
    """Fit both engines anew and rank every open demand."""
    matcher = context.engines["matcher"]
    with context.database.transaction(write=False) as session:
        matcher.loaded = True
        service.fit(session, matcher)
        learning.teach(session, matcher)
        wanted = [demand.id for demand in service.open_demands(session)]
    _rank(context, wanted)
    matcher.save()
    with context.database.transaction() as session:
        outbox.hurry(session, "rematch")  # what waited for this


@worker.handler("watch")
def look_again(context: Context, keys: list[Key]) -> None:
    """A verdict may have taken away a demand's last suitable result: then it is watched."""
    with context.database.transaction() as session:
        watch.look(session, context.settings, [demand_id for _, demand_id in keys])


@worker.handler("learn")
def learn(context: Context, keys: list[Key]) -> None:
    """Verdicts changed: they move the ranking of their own demands. An engine not yet loaded learns when it is."""
    matcher = context.engines["matcher"]
    if not matcher.loaded:
        return
    with context.database.transaction(write=False) as session:
        learning.note(session, matcher)
        touched = service.demands_of(session, {row_id for _, row_id in keys})
    _rank(context, touched)


@worker.handler("relearn")
def relearn(context: Context, _keys: list[Key]) -> None:
    """Another version of what was learnt is in use: bring the engine to it and rank everything by it."""
    matcher = context.engines["matcher"]
    with context.database.transaction(write=False) as session:
        service.prepare(session, matcher)
        learning.teach(session, matcher)
        wanted = [demand.id for demand in service.open_demands(session)]
    _rank(context, wanted)
    matcher.save()


@worker.periodic("lessons", timedelta(minutes=15))
def keep_lessons(context: Context) -> None:
    """Refit what was learnt from verdicts once the schedule asks for it."""
    matcher = context.engines["matcher"]
    with context.database.transaction(write=False) as session:
        if not learning.due(session, context.settings.match_learn_hours):
            return
        try:
            service.prepare(session, matcher)
        except NotNow:
            return
        proof = learning.prove(session, matcher)
    with context.database.transaction() as session:
        lesson = learning.refit(session, proof)
        if lesson.state == "CURRENT":
            outbox.enqueue(session, "relearn", "lesson", lesson.id)


def _rank(context: Context, demand_ids: list[int]) -> None:
    """Slices keep each write short, so that pages are not kept waiting."""
    for start in range(0, len(demand_ids), SLICE):
        if start:
            context.database.breathe()
            worker.meanwhile(context)
        with context.database.transaction() as session:
            chosen = service.open_demands(session, demand_ids[start : start + SLICE])
            service.rank(session, context.engines["matcher"], context.settings, chosen)
            watch.look(session, context.settings, [demand.id for demand in chosen])
        context.engines["matcher"].rest()


@worker.periodic("engine", timedelta(minutes=10))
def keep_engine(context: Context) -> None:
    """Save the engines, and refit them in full once enough has changed."""
    matcher = context.engines["matcher"]
    if not matcher.loaded:
        return
    if any(side.drifted for side in matcher.sides.values()):
        with context.database.transaction() as session:
            service.rematch_everything(session)
    else:
        matcher.save()
