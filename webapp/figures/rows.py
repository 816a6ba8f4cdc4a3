"""The rows behind a number: found by the query that counted them, read as this reader may read them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from webapp.accounts.models import Expert, Organisation, Person
from webapp.catalog.models import Demand, Result
from webapp.catalog.states import LIFECYCLES
from webapp.catalog.values import STAGES as MATURITY
from webapp.config import Settings
from webapp.core import policy
from webapp.core.errors import N_, NotFound
from webapp.core.policy import Actor
from webapp.figures import policy as _policy  # noqa: F401 - registers the rules
from webapp.figures.measures import MEASURES, Measure, about, rows, span
from webapp.figures.panels import GROUPS
from webapp.figures.reading import Names, Subject
from webapp.licences.models import Licence, PublicNotice, Receipt
from webapp.licences.states import LICENCE
from webapp.matches.models import Match
from webapp.matches.states import MATCH
from webapp.tasks.models import Task, TaskReceipt
from webapp.tasks.states import TASK

log = logging.getLogger(__name__)
LONGEST = 40
LARGEST = 2**62


@dataclass(frozen=True)
class Cell:
    """Which number was opened."""

    code: str
    measures: tuple[Measure, ...]
    subject: Subject
    other: str | None
    period: str


@dataclass(frozen=True)
class Row:
    """One row: its number, what it is, whose, when, its state, what it is worth, and the page that shows it."""

    code: str
    title: str
    who: str = ""
    on: datetime | date | None = None
    state: str = ""
    amount_fen: int | None = None
    page: tuple[str, dict[str, Any]] | None = None


def asked(given: Mapping[str, str]) -> Cell:
    """The cell an address names; one that names nothing is not found."""
    code, kind, key = given.get("measure", ""), given.get("kind") or "district", given.get("key", "")
    parts = GROUPS[code][2] if code in GROUPS else (code,)
    found = tuple(MEASURES[part] for part in parts if part in MEASURES)
    period, other = given.get("period", ""), given.get("other")
    if not found or len(key) > LONGEST or len(other or "") > LONGEST or "\x00" in key + (other or ""):
        raise NotFound
    for measure in found:
        _sound(measure, kind, key, other, period)
    return Cell(code, found, Subject(kind, key if kind != "district" else ""), other, period)


def _sound(measure: Measure, kind: str, key: str, other: str | None, period: str) -> None:
    known = kind == "district" or kind in measure.dims
    number = kind not in ("organisation", "person") or (key.isascii() and key.isdigit() and int(key) < LARGEST)
    split = other is None or measure.other is not None
    if not (known and number and split and (not period or span(period))):
        raise NotFound


def check(session: Session, actor: Actor, cell: Cell) -> None:
    """Whether this reader may know the number at all."""
    if all(measure.public for measure in cell.measures):
        return
    kind, key = cell.subject.kind, cell.subject.key
    if kind in ("organisation", "person"):
        model: type[Any] = Organisation if kind == "organisation" else Person
        row = session.get(model, int(key))
        if row is None:
            raise NotFound
        policy.check(actor, "figures:organisation" if kind == "organisation" else "figures:broker", row)
    else:
        policy.check(actor, "figures:district")


def queries(actor: Actor, settings: Settings, cell: Cell) -> list[tuple[Measure, Select[Any]]]:
    """The query of each part of the number, for this reader, the latest first."""
    found = []
    for measure in cell.measures:
        query = rows(measure, settings, actor).where(*about(measure, cell.subject.kind, cell.subject.key, cell.other, cell.period))
        order = (measure.moment.desc(),) if measure.moment is not None else ()
        found.append((measure, query.order_by(*order, measure.model.id.desc())))
    return found


@dataclass(frozen=True)
class Found:
    """One page of rows and how many there are."""

    items: list[Any]
    total: int


def page(session: Session, actor: Actor, settings: Settings, cell: Cell, start: int, size: int) -> Found:
    """Some of the rows, those of the first part before those of the second."""
    items: list[Any] = []
    total = 0
    for _, query in queries(actor, settings, cell):
        count = session.scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0
        left, skip = size - len(items), max(0, start - total)
        if left > 0 and skip < count:
            items += session.scalars(query.limit(left).offset(skip)).unique()
        total += count
    return Found(items, total)


def every(session: Session, actor: Actor, settings: Settings, cell: Cell) -> Iterator[Any]:
    """All of the rows, for a file; no more than an export may hold."""
    left = settings.export_max_rows
    for _, query in queries(actor, settings, cell):
        for row in session.scalars(query.limit(left)).unique():
            left -= 1
            yield row


def told(actor: Actor, row: Any, say: Callable[[str], str]) -> Row:
    """One row as this reader may read it."""
    return TELLERS[type(row)](actor, row, say)


Say = Callable[[str], str]


def _posting(actor: Actor, row: Demand | Result, say: Say) -> Row:
    view, kind = policy.reveal(actor, row), row.__tablename__
    return Row(view.code, view.title, view.owner_name, view.published_at, say(LIFECYCLES[kind].states[row.state]), None, (f"catalog.{kind}", {f"{kind}_id": row.id}))


def _match(actor: Actor, row: Match, say: Say) -> Row:
    view = policy.reveal(actor, row)
    desk = actor.has("broker", "operator")
    link = ("matches.queue", {"state": "all", "selected": row.id}) if desk else ("catalog.result", {"result_id": row.result_id})
    return Row(f"#{row.id}", f"{view.demand.title} ↔ {view.result.title}", view.result.owner_name, row.reviewed_at or row.created_at, say(MATCH.states[row.state]), None, link)


def _task(actor: Actor, row: Task, say: Say) -> Row:
    view = policy.reveal(actor, row)
    title = f"{view.match.demand.title} ↔ {view.match.result.title}"
    return Row(row.code, title, view.broker, row.signed_on or row.created_at, say(TASK.states[row.state]), row.contract_value_fen, ("tasks.task", {"task_id": row.id}))


def _licence(actor: Actor, row: Licence, say: Say) -> Row:
    view = policy.reveal(actor, row)
    return Row(row.code, view.title, view.licensee, row.trial_start, say(LICENCE.states[row.state]), None, ("licences.licence", {"licence_id": row.id}))


def _receipt(actor: Actor, row: Receipt, say: Say) -> Row:
    whole = _licence(actor, row.instalment.licence, say)
    return Row(whole.code, whole.title, whole.who, row.received_on, whole.state, row.amount_fen, whole.page)


def _task_receipt(actor: Actor, row: TaskReceipt, say: Say) -> Row:
    whole = _task(actor, row.task, say)
    return Row(whole.code, whole.title, whole.who, row.received_on, whole.state, row.amount_fen, whole.page)


def _notice(actor: Actor, row: PublicNotice, _say: Say) -> Row:
    view = policy.reveal(actor, row)
    return Row(f"#{row.id}", str(view.facts.get("title", "")), str(view.facts.get("licensor", "")), row.starts_on, "", None, ("licences.public_notice", {"notice_id": row.id}))


def _expert(actor: Actor, row: Expert, _say: Say) -> Row:
    view = policy.reveal(actor, row)
    return Row(f"#{row.id}", view.name, view.organisation, row.consented_at, "", None, ("discovery.expert", {"expert_id": row.id}))


TELLERS: dict[type[Any], Callable[[Actor, Any, Say], Row]] = {
    Demand: _posting, Result: _posting, Match: _match, Task: _task, Licence: _licence, Receipt: _receipt, TaskReceipt: _task_receipt,
    PublicNotice: _notice, Expert: _expert,
}  # fmt: skip


def title(cell: Cell) -> str:
    """What the number is called."""
    return GROUPS[cell.code][0] if cell.code in GROUPS else cell.measures[0].name


def definitions(cell: Cell) -> list[str]:
    """How it is counted, for each of its parts."""
    return [measure.definition for measure in cell.measures]


def other_name(cell: Cell, names: Names, say: Callable[[str], str]) -> str:
    """What the further split of the cell is called."""
    if cell.other is None:
        return ""
    return say(MATURITY[cell.other]) if cell.other in MATURITY else names.industry(cell.other) or say(N_("未注明"))
