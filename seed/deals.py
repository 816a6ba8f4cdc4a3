"""Example deals: pairs brought together, tasks under way and licences from application to payment, each taken through its use cases."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import AppError
from webapp.core.policy import Actor
from webapp.licences import outlook
from webapp.licences import service as licences
from webapp.licences.models import Licence
from webapp.licences.values import REVIEW_CHECKS
from webapp.matches import answers, verdicts
from webapp.matches.models import Match
from webapp.tasks import service as tasks
from webapp.tasks.clocks import Clocks
from webapp.tasks.models import Task

log = logging.getLogger(__name__)
FILE = Path(__file__).parent / "examples" / "deals.json"
REPLY_DAYS = 14


def load(session: Session, settings: Settings, domain: str) -> int:
    """Make the deals of the file, unless there are example tasks or licences already; returns how many."""
    if session.scalars(select(Task.id).where(Task.is_example)).first() or session.scalars(select(Licence.id).where(Licence.is_example)).first():
        return 0
    told = json.loads(FILE.read_text("utf-8"))
    maker = Maker(session, replace(settings, signing_code=False), domain, told["answers"])
    ways = (("tasks", maker.task), ("recommended", maker.recommend), ("licences", maker.licence))
    return sum(_made(session, way, row) for name, way in ways for row in told[name])


def _made(session: Session, way: Callable[[dict[str, Any]], bool], row: dict[str, Any]) -> bool:
    """Make one deal whole or not at all: a step the calendar of this year does not allow must not stop the seed."""
    try:
        with session.begin_nested():
            return way(row)
    except AppError as error:
        log.warning("the example deal of %s was left out: %s %s", row["company"], error, dict(error.fields))
        return False


@dataclass
class Maker:
    """Takes the people of the demonstration through the steps of their deals, on the days these happened."""

    session: Session
    settings: Settings
    domain: str
    answers: dict[str, dict[str, Any]]

    def actor(self, login: str) -> Actor:
        """One of the demo people."""
        return accounts.person_as(self.session, f"{login}@{self.domain}")

    def task(self, row: dict[str, Any]) -> bool:
        """A pair both sides said yes to, and the steps its broker took; False where no pair suits."""
        begun = clock.now() - timedelta(days=row["days"])
        with clock.frozen(begun):
            pair = self._agreed(row)
            task = tasks.open_for(self.session, pair, Clocks()) if pair else None
        if task is None:
            return False
        for days, action, *words in row["steps"]:
            note, outcome = (*words, "", "")[:2]
            with clock.frozen(begun + timedelta(days=days)):
                tasks.act(self.session, self.actor(row["broker"]), task, action, {"note": note, "outcome": outcome}, Clocks())
        return True

    def recommend(self, row: dict[str, Any]) -> bool:
        """A pair both sides are asked about, and have not answered yet."""
        with clock.frozen(clock.now() - timedelta(days=row["days"])):
            return self._recommended(row) is not None

    def licence(self, row: dict[str, Any]) -> bool:
        """An application and what followed; False where the school offers nothing to use first."""
        begun = clock.now() - timedelta(days=row["days"])
        task = self._open_task(row) if row.get("from_task") else None
        result = task.match.result if task else self._offered(row)
        if result is None:
            return False
        with clock.frozen(begun):
            form = COMMON | {"figures_year": str(clock.today().year - 1)} | row["application"]
            found = licences.apply(self.session, self.actor(row["applicant"]), result, form, self.settings, task_id=task.id if task else None)
        people = {"company": row["applicant"], "office": row["office"], "broker": row["broker"], "operator": "operator"}
        for days, who, action in row["steps"]:
            with clock.frozen(begun + timedelta(days=days)):
                licences.run(self.session, found.id, self.settings)  # time does its work first
                self.session.flush()
                if action:
                    licences.act(self.session, self.actor(people[who]), found, action, self._said(found, action), settings=self.settings)
        return True

    def _recommended(self, row: dict[str, Any]) -> Match | None:
        pair = self.session.scalars(_pairs(row)).unique().first()
        if pair is not None:
            broker = self.actor(row["broker"])
            verdicts.judge(self.session, broker, pair, "shortlist")
            answers.recommend(self.session, broker, pair, REPLY_DAYS)
        return pair

    def _agreed(self, row: dict[str, Any]) -> Match | None:
        pair = self._recommended(row)
        if pair is not None:
            for side in ("asks", "offers"):
                answers.answer(self.session, self.actor(row[side]), pair, True)
        return pair

    def _open_task(self, row: dict[str, Any]) -> Task | None:
        query = select(Task).join(Match, Task.match_id == Match.id).join(Result, Match.result_id == Result.id)
        query = query.where(Result.organisation_id == _home(row["school"]), Result.use_first_offered, Task.is_example)
        return self.session.scalars(query.order_by(Task.id)).unique().first()

    def _offered(self, row: dict[str, Any]) -> Result | None:
        taken = select(Licence.result_id)
        query = select(Result).where(Result.organisation_id == _home(row["school"]), Result.use_first_offered, Result.id.not_in(taken), Result.is_example)
        query = query.where(Result.external_id == row["result"]) if row.get("result") else query
        return self.session.scalars(query.order_by(Result.id)).unique().first()

    def _said(self, licence: Licence, action: str) -> dict[str, Any]:
        """What the person writes into the form of this step."""
        today = clock.today().isoformat()
        said = {"credit_on": today, "effective_on": today, "pay_by": today} | self.answers.get(action, {})
        if said.get("checks") == "ALL":
            said["checks"] = list(REVIEW_CHECKS)
        if action == "sign":
            said["text_hash"] = licence.text_hash
        if action == "report":
            said["period_end"] = outlook.next_period(licence) or today
        if action == "schedule":
            said["first_due"] = licences.first_due(licence)
        if action == "receipt":
            row = next(row for row in licence.instalments if row.received_fen < row.amount_fen)
            said |= {"instalment_id": row.id, "amount": f"{row.amount_fen / 100:.2f}", "received_on": today}
        return said


COMMON = {
    "related": "no", "payment_model": "INSTALMENT", "trigger": "TRIAL_END", "security": "PROMISE", "size_class": "INDUSTRY",
}  # fmt: skip


def _home(code: str) -> Any:
    return select(Organisation.id).where(Organisation.code == code).scalar_subquery()


def _pairs(row: dict[str, Any]) -> Any:
    """Pairs of this company and this school that nobody has judged yet, the best first."""
    query = select(Match).join(Demand, Match.demand_id == Demand.id).join(Result, Match.result_id == Result.id)
    query = query.where(Demand.organisation_id == _home(row["company"]), Result.organisation_id == _home(row["school"]), Match.state == "SUGGESTED")
    query = query.where(Result.use_first_offered) if row.get("use_first") else query
    return query.order_by(Match.grade.desc(), Match.score.desc(), Match.id)


