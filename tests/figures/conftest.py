"""Fixtures of the figures tests: rows at every stage, and pages read as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import makers
from tests.matches.world import match
from webapp.accounts.models import Person
from webapp.catalog.models import Demand
from webapp.config import Settings
from webapp.core import clock
from webapp.core.db import Database
from webapp.figures import counting
from webapp.licences.models import Instalment, Licence, Receipt
from webapp.tasks.models import Task, TaskEntry, TaskReceipt


@dataclass
class Road:
    """Six demands, each one stage further than the one before, of one company with results of one school."""

    demands: list[Demand]
    company: Any
    school: Any
    broker: Person


def road(session: Session, **demand: Any) -> Road:
    """Posted, matched, contacted, met, on trial, paid."""
    company, school = makers.organisation(session, "COMPANY"), makers.organisation(session, "SCHOOL", cluster_code="upc")
    broker = makers.person(session, "broker")
    demands = [makers.demand(session, company, **demand) for _ in range(6)]
    for step, row in enumerate(demands):
        if step:
            _come(session, step, row, school, broker)
    session.flush()
    return Road(demands, company, school, broker)


def _come(session: Session, step: int, demand: Demand, school: Any, broker: Person) -> None:
    values: dict[str, Any] = {"state": "SUGGESTED" if step == 1 else "RECOMMENDED" if step == 2 else "TASK_OPENED", "grade": 2}
    if step > 1:
        values |= {"broker_id": broker.id, "recommended_at": clock.now(), "reviewed_at": clock.now()}
    pair = match(session, demand, makers.result(session, school), **values)
    if step < 3:
        return
    task = Task(match=pair, broker_id=broker.id, state="NEGOTIATING")
    session.add(task)
    session.flush()
    session.add(TaskEntry(task=task, kind="STEP", happened_on=clock.today(), from_state="VERIFYING", to_state="MEETING"))
    if step > 3:
        _licence(session, task, paid=step == 5)


def _licence(session: Session, task: Task, paid: bool) -> None:
    result, demand = task.match.result, task.match.demand
    licence = Licence(
        result=result, task_id=task.id, licensor_id=result.organisation_id, licensee_id=demand.organisation_id, broker_id=task.broker_id,
        applicant_id=task.broker_id, state="PAYING" if paid else "TRIAL", trial_months=12, price_fen=100, trial_start=clock.today(),
    )  # fmt: skip
    session.add(licence)
    session.flush()
    if paid:
        instalment = Instalment(licence=licence, position=1, amount_fen=300_000_00)
        session.add(instalment)
        session.flush()
        session.add(Receipt(instalment_id=instalment.id, amount_fen=200_000_00, received_on=clock.today(), reference="1", recorded_by_id=task.broker_id))
        session.add(TaskReceipt(task=task, amount_fen=100_000_00, received_on=clock.today()))


@pytest.fixture
def filled(database: Database, settings: Settings) -> Callable[[], int]:
    """Count everything as the worker would; how many cells were written."""

    def fill() -> int:
        with database.transaction() as session:
            return counting.fill(session, settings)

    return fill


class Read(HTMLParser):
    """A page as far as tests look at it: its tables, its links, and how many rows it lists."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        assert answer.status_code == 200, answer.status_code
        self.tables: list[list[list[str]]] = []
        self.links: list[tuple[str, str]] = []
        self.rows = 0
        self.words = answer.get_data(as_text=True)
        self._cell = self._link = False
        self.feed(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.rows += "data-sm-row" in given
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "a":
            self.links.append((given.get("href") or "", ""))
        self._cell = self._cell or tag in ("td", "th")
        self._link = self._link or tag == "a"

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")
        self._link = self._link and tag != "a"

    def handle_data(self, data: str) -> None:
        text = data.replace("\xa0", " ")
        if self._cell:
            self.tables[-1][-1][-1] += text
        if self._link:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + text)

    def numbers(self) -> dict[str, str]:
        """Addresses of the rows pages this page links to, with the words of the link."""
        return {href: text.strip() for href, text in self.links if href.startswith("/figures/rows?")}


def lines(answer: Any) -> list[list[str]]:
    """The cells of a file."""
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff"), "a spreadsheet would not know that it is UTF-8"
    return [[cell.replace("\xa0", " ") for cell in line] for line in csv.reader(io.StringIO(text.removeprefix("\ufeff")))]
