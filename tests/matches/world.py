"""A company, a school, brokers and one match between them, for the tests of matches and tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import makers
from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation, Person
from webapp.catalog.models import Demand, Indicator, Result, Target
from webapp.core.outbox import Job
from webapp.core.policy import Actor
from webapp.matches.models import Match
from webapp.messages.models import Notice

SECRET = "配方比例三比七"
REASONS: list[dict[str, Any]] = [
    {"kind": "term", "label": "防腐", "share": 0.3, "field": "title", "detail": {}},
    {"kind": "term", "label": "涂层", "share": 0.16, "field": "text", "detail": {}},
    {"kind": "term", "label": "", "share": 0.1, "field": "", "detail": {}},
    {"kind": "hidden", "label": "", "share": 0.08, "field": "", "detail": {}},
    {"kind": "signal", "label": "industry", "share": 0.09, "field": "", "detail": {"one": "marine", "other": "marine"}},
    {"kind": "signal", "label": "price", "share": -0.03, "field": "", "detail": {"budget_fen": 1, "price_fen": 2}},
]


@dataclass
class World:
    """Everybody round one match."""

    session: Session
    company: Organisation
    school: Organisation
    people: dict[str, Person]
    demand: Demand
    result: Result
    match: Match

    def actor(self, who: str) -> Actor:
        """The actor of one of the people by role."""
        return accounts.actor_for(self.session, self.people[who], None)

    def stranger(self, role: str) -> Actor:
        """Somebody with this role who has nothing to do with the match."""
        return makers.actor(self.session, role)

    def kinds(self, who: str) -> list[str]:
        """The kinds of notices this person got, oldest first."""
        query = select(Notice.kind).where(Notice.person_id == self.people[who].id).order_by(Notice.id)
        return list(self.session.scalars(query))

    def jobs(self, kind: str) -> list[tuple[str, int]]:
        """The waiting jobs of a kind."""
        return [(job.model, job.row_id) for job in self.session.scalars(select(Job).where(Job.kind == kind))]

    def another(self, **values: Any) -> Match:
        """A second match, of a fresh result with a fresh demand unless told otherwise."""
        rows = {
            "demand": values.pop("demand", None) or makers.demand(self.session, self.company),
            "result": values.pop("result", None) or makers.result(self.session, self.school),
        }
        return match(self.session, **rows, **values)


def match(session: Session, demand: Demand, result: Result, **values: Any) -> Match:
    """A suggested match of these two."""
    defaults: dict[str, Any] = {"score": 0.7, "grade": 3, "position": 1, "reasons": REASONS, "hidden_share": 0.08}
    row = Match(demand=demand, result=result, **(defaults | values))
    session.add(row)
    session.flush()
    return row


def build(session: Session, confidentiality: int = 1, **values: Any) -> World:
    """One company with a demand, one school with a result, their people, a broker and an operator; and the match."""
    company, school = makers.organisation(session, "COMPANY"), makers.organisation(session, "SCHOOL", cluster_code="upc")
    homes = {"company_user": company, "company_admin": company, "researcher": school, "tto": school}
    people = {
        role: makers.person(session, role, homes.get(role))
        for role in ("company_user", "company_admin", "researcher", "tto", "broker", "operator")
    }
    demand = makers.demand(
        session, company, confidentiality=confidentiality, details=SECRET, created_by=people["company_user"],
        summary="寻找海洋平台用防腐涂层，中性盐雾试验不少于三千小时。",
    )  # fmt: skip
    demand.targets = [
        Target(position=1, name="中性盐雾", comparison="GE", value=3000, unit="h", must=True),
        Target(position=2, name="静水压", comparison="GE", value=15, unit="MPa", must=True),
        Target(position=3, name="施工温度", comparison="LE", value=5, unit="℃"),
    ]
    result = makers.result(
        session, school, details=SECRET, created_by=people["researcher"], summary="防腐涂层，盐雾试验三千六百小时无起泡。"
    )
    result.indicators = [
        Indicator(position=1, name="中性盐雾", comparison="EQ", value=3600, unit="h"),
        Indicator(position=2, name="静水压", comparison="EQ", value=12, unit="MPa"),
    ]
    session.flush()
    return World(session, company, school, people, demand, result, match(session, demand, result, **values))
