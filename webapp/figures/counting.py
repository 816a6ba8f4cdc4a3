"""Filling the table of aggregates from the rows: counted measure by measure, written only where something changed."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import clock
from webapp.core.audit import AuditEvent
from webapp.figures import quality
from webapp.figures.measures import ALL, Measure, is_day, rows
from webapp.figures.models import Cell, Filling
from webapp.licences.models import Receipt
from webapp.matches.models import Match, Verdict
from webapp.tasks.models import Task, TaskEntry, TaskReceipt

CELLS = "cells"
# A big table takes long to count: between two fillings the worker has this many times as long for other work.
REST = 20
WATCHED = (AuditEvent, Demand, Result, Match, Verdict, Task, TaskEntry, TaskReceipt, Receipt)
Name = tuple[str, str, str, str, str]


def mark(session: Session, settings: Settings) -> str:
    """Changes whenever somebody did something, rows came, or the day turned: cheap to ask, however many rows there are."""
    latest = [session.scalar(select(func.max(model.id))) or 0 for model in WATCHED]
    return f"{clock.today()} {settings.demo} {settings.match_suitable_grade} {latest}"


def due(session: Session, settings: Settings) -> bool:
    """Whether it is time to count again: something changed, or the last count is getting old."""
    last = session.get(Filling, CELLS)
    if last is None:
        return True
    age = clock.now() - last.at
    if age < timedelta():  # the demonstration's clock was put back
        return True
    if age >= timedelta(minutes=settings.figures_minutes):
        return True
    return age.total_seconds() >= REST * last.seconds and mark(session, settings) != last.mark


def count(session: Session, settings: Settings) -> dict[Name, float]:
    """Every aggregate as it is now."""
    found: Counter[Name] = Counter()
    for measure in ALL:
        _add(session, settings, measure, found)
    cells: dict[Name, float] = dict(found)
    for period, values in quality.monthly(session).items():
        cells |= {(name, "district", "", "", period): value for name, value in values.items()}
    return cells


def _add(session: Session, settings: Settings, measure: Measure, found: Counter[Name]) -> None:
    """Group once by everything, then roll up: to the district and each subject, by year and, where wanted, by month."""
    kinds = list(measure.dims)
    columns = [_month(session, measure), measure.other if measure.other is not None else literal(""), *measure.dims.values()]
    total: Any = func.sum(measure.amount) if measure.amount is not None else func.count()
    query = rows(measure, settings).with_only_columns(*columns, total, maintain_column_froms=True).group_by(*columns)
    for month, other, *cells in session.execute(query):
        *keys, value = cells
        subjects = [("district", ""), *((kind, str(key)) for kind, key in zip(kinds, keys, strict=True) if key is not None)]
        for kind, key in subjects:
            found[measure.code, kind, key, other or "", (month or "")[:4]] += value or 0
            if month and kind in measure.monthly:
                found[measure.code, kind, key, other or "", month] += value or 0


def _month(session: Session, measure: Measure) -> Any:
    """The month of a row on a Shanghai clock, 2026-11; empty where the measure is of now."""
    if measure.moment is None:
        return literal("")
    if session.get_bind().dialect.name == "postgresql":
        local = measure.moment if is_day(measure) else func.timezone("Asia/Shanghai", measure.moment)
        return func.to_char(local, "YYYY-MM")
    return func.strftime("%Y-%m", measure.moment) if is_day(measure) else func.strftime("%Y-%m", measure.moment, "+8 hours")


def store(session: Session, cells: dict[Name, float]) -> int:
    """Write what differs from what stands there; how many cells that were."""
    names = (Cell.measure, Cell.kind, Cell.key, Cell.other, Cell.period)
    stood = {tuple(name): (number, value) for number, *name, value in session.execute(select(Cell.id, *names, Cell.value))}
    fresh = [dict(zip([n.key for n in names], name, strict=True)) | {"value": value} for name, value in cells.items() if name not in stood]
    changed = [{"id": stood[name][0], "value": value} for name, value in cells.items() if name in stood and stood[name][1] != value]
    gone = [number for name, (number, _) in stood.items() if name not in cells]
    if fresh:
        session.execute(insert(Cell), fresh)
    if changed:
        session.execute(update(Cell), changed)
    for start in range(0, len(gone), 500):
        session.execute(delete(Cell).where(Cell.id.in_(gone[start : start + 500])))
    return len(fresh) + len(changed) + len(gone)


def note(session: Session, seen: str, seconds: float) -> None:
    """Keep when and from what the cells were made."""
    session.merge(Filling(name=CELLS, mark=seen, at=clock.now(), seconds=seconds))


def fill(session: Session, settings: Settings) -> int:
    """Count and store in one transaction: for the command line, the seed and tests; the worker counts as a reader first."""
    seen, start = mark(session, settings), time.monotonic()
    written = store(session, count(session, settings))
    note(session, seen, time.monotonic() - start)
    return written
