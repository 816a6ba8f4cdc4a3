"""Deals, tasks, files and papers on top of the example data, so that every page of the gallery has something to show."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import webapp.models  # noqa: F401
from tests import makers
from tests.licences.conftest import START
from tests.licences.conftest import World as Deals
from tests.licences.story import Story
from webapp.accounts import service as accounts
from webapp.accounts.models import Expert, Organisation, Person, Verification
from webapp.brokers.models import Certificate, Visit
from webapp.catalog import freshness
from webapp.catalog.models import Classification, Demand, Result
from webapp.config import Settings, secret_key
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.policy import Actor
from webapp.figures.models import KpiTarget
from webapp.imports import service as imports
from webapp.imports.models import ImportBatch
from webapp.jobs import register
from webapp.licences.models import Licence, PublicNotice
from webapp.licences.models_money import BankLine, Distribution
from webapp.matches import answers, verdicts
from webapp.matches.models import Match
from webapp.messages import links
from webapp.tasks import service as tasks
from webapp.tasks import talk
from webapp.tasks.clocks import Clocks
from webapp.tasks.models import Task

SECOND = "邵示例"  # whoever is there shows that the site is filled
DOMAIN = "sunmao.example"
# The deals made below, in their order; the names are the states they are left in.
DEALS = tuple(f"licence_{state}" for state in ("ELIGIBILITY", "NOTICE", "SIGNING", "TRIAL", "OVERDUE", "PAYING", "REJECTED", "OBJECTION"))
CSV = "成果名称,简介,所属单位,产业,成熟度\n示例海缆弯曲保护器,聚氨酯限弯器，用于海上风电海缆入口,示例高校（石油大学圈）,海工,7\n缺简介的一行,,示例高校（石油大学圈）,,\n"


class Filled(Deals):
    """The people a deal needs, taken from the demo accounts."""

    def __post_init__(self) -> None:
        names = {
            "tto": "tto-upc", "tto2": "tto-sdust", "researcher": "res-upc", "company": "co-offshore", "broker": "broker1",
            "broker2": "broker2", "operator": "operator", "auditor": "auditor", "admin": "admin", "stranger": "co-film",
        }  # fmt: skip
        self.people = {name: person(self.session, login) for name, login in names.items()}
        self.school = self.people["tto"].memberships[0].organisation
        self.company = self.people["company"].memberships[0].organisation
        # Results the office published are approved by a second person of the office.
        self.people["tto"] = makers.person(self.session, "tto", self.school, name=SECOND)


class Deal(Story):
    """A deal of a demo company on one of the school's results, begun so many days ago."""

    def __init__(self, world: Filled, company: str, number: int, days_ago: int) -> None:
        self.world, self.day = world, (clock.now() - START).days - days_ago
        world.people["company"] = self.person = person(world.session, company)
        wanted = select(Result).where(Result.organisation_id == world.school.id, Result.use_first_offered).order_by(Result.id)
        world.result = self.result = world.session.scalars(wanted.offset(number)).first()


def person(session: Session, login: str) -> Person:
    """One of the demo people."""
    return session.scalars(select(Person).where(Person.email == f"{login}@{DOMAIN}")).one()


def _actor(session: Session, login: str) -> Actor:
    return accounts.actor_for(session, person(session, login), None)


def _licences(session: Session, settings: Settings) -> None:
    """One deal in each part of its life: waiting, in public notice, to sign, on trial, overdue, paid, left."""
    world = Filled(session, settings)
    ways: tuple[tuple[str, int, int, Callable[[Deal], object]], ...] = (
        ("co-offshore", 0, 6, lambda deal: deal.to("ELIGIBILITY")),
        ("co-rov", 1, 12, lambda deal: deal.to("NOTICE")),
        ("ca-ballast", 2, 24, lambda deal: deal.to("SIGNING")),
        ("co-hydrogen", 3, 120, lambda deal: deal.to("TRIAL").later(40)),
        ("co-offshore", 4, 500, lambda deal: deal.overdue(size_class="INDUSTRY")),
        ("co-rov", 5, 560, lambda deal: deal.evaluation(instalment_count="2").do("company:continue").schedule().pay().later(20)),
        ("ca-ballast", 6, 40, lambda deal: deal.to("INST_REVIEW").do("tto:reject")),
    )
    for company, number, days, way in ways:
        way(Deal(world, company, number, days))
    shares = {"team": 800, "faculty": 100, "school": 100}
    paid = world.session.scalars(select(Licence).where(Licence.licensor_id == world.school.id).order_by(Licence.id)).all()[DEALS.index("licence_PAYING")]
    divided = {who: 500_000_00 * part // 1000 for who, part in shares.items()}
    until = clock.today() + timedelta(days=12)
    world.session.add(Distribution(licence=paid, received_fen=500_000_00, shares=shares, lines=divided, notice_until=until))
    noticed = Deal(world, "co-seaweed", 7, 8)
    noticed.to("NOTICE").object()


def _tasks(session: Session) -> None:
    """The offshore company's pairs: a task being talked about, one just opened, one recommended, one shortlisted."""
    query = select(Match).join(Demand, Match.demand_id == Demand.id).join(Result, Match.result_id == Result.id)
    home = person(session, "co-offshore").memberships[0].organisation_id
    school = person(session, "res-upc").memberships[0].organisation_id
    wanted = query.where(Demand.organisation_id == home, Result.organisation_id == school, Match.state == "SUGGESTED").order_by(Match.grade.desc(), Match.id)
    pairs = list(session.scalars(wanted))
    broker, clocks = _actor(session, "broker1"), Clocks()
    for number, pair in enumerate(pairs[:5]):
        verdicts.judge(session, broker, pair, "shortlist")
        if number == 4:
            continue
        answers.recommend(session, broker, pair, 14)
        if number == 3:
            pair.demand.confidentiality = 3  # asks the other side for the agreement
            continue
        answers.answer(session, _actor(session, "co-offshore"), pair, True)
        answers.answer(session, _actor(session, "res-upc"), pair, True)
        task = tasks.open_for(session, pair, clocks)
        assert task
        for action in ("accept", "verify", "meet", "validate")[: (4, 2, 0)[number]]:
            tasks.act(session, broker, task, action, {"note": "双方电话沟通过。"}, clocks)
        if number == 0:
            _talk(session, task)


def _talk(session: Session, task: Task) -> None:
    company, researcher = _actor(session, "co-offshore"), _actor(session, "res-upc")
    talk.say(session, company, task, "六根桩的图纸可以先给，下周方便来码头看看吗？")
    talk.say(session, researcher, task, "可以，先请把水位和焊缝位置标出来。")
    talk.propose(session, company, task, clock.now() + timedelta(days=6), "示例码头三号泊位", 90, "带一台测厚仪")
    talk.give_contact(session, company, task, "示例电话 0532-00000000")


def _rows(session: Session) -> None:
    """What the people pages need: a verification that waits, a certificate, an expert, a file half imported, a bank line."""
    company = session.scalars(select(Organisation).where(Organisation.kind == "COMPANY").order_by(Organisation.id.desc())).first()
    researcher, broker, school = person(session, "res-upc"), person(session, "broker1"), person(session, "tto-upc").memberships[0]
    assert company
    unverified = person(session, "ca-appliance").memberships[0].organisation
    unverified.verified_at = None
    session.add(Verification(organisation=company, state="SUBMITTED", facts={"name": company.name}, submitted_by=person(session, "ca-ballast")))
    session.add(Certificate(person=broker, kind="NATIONAL", title="示例技术经纪人证书"))
    session.add(
        Expert(person=researcher, organisation=school.organisation, summary="海工防腐和水下焊接二十年，带过四个中试项目。", consented_at=clock.now())
    )
    session.add(BankLine(organisation_id=school.organisation_id, received_on=clock.today(), amount_fen=123_456_00, reference="B0001", payer="示例海工装备"))


def fill(settings: Settings) -> None:
    """Write all of it into the site's database, unless it is there already."""
    register()
    database = Database(settings.database)
    with database.transaction() as session:
        if not session.scalars(select(Person).where(Person.name == SECOND)).first():
            _licences(session, settings)
            _tasks(session)
            _rows(session)
            _batches(session, settings)
    database.dispose()


def samples(settings: Settings) -> dict[str, Any]:
    """A number for every name the list of pages uses."""
    database = Database(settings.database)
    with database.transaction(write=False) as session:
        found = _samples(session, settings)
    database.dispose()
    return found


def _samples(session: Session, settings: Settings) -> dict[str, Any]:
    first = lambda query: session.scalars(query).first()  # noqa: E731
    upc, offshore = (person(session, login).memberships[0].organisation for login in ("tto-upc", "co-offshore"))
    own = select(Result.id).where(Result.created_by_id == person(session, "res-upc").id).order_by(Result.id)
    home = select(Match.id).join(Demand, Match.demand_id == Demand.id).where(Demand.organisation_id == offshore.id)
    task = select(Task.id).where(Task.match_id.in_(home)).order_by(Task.id)
    number = first(own) or first(select(Result.id).where(Result.organisation_id == upc.id))
    found: dict[str, Any] = {
        "result": number,
        "demand": first(select(Demand.id).where(Demand.organisation_id == offshore.id, Demand.state == "OPEN").order_by(Demand.id)),
        "secret": first(select(Demand.id).where(Demand.confidentiality == 3, Demand.organisation_id == offshore.id)),
        "company": offshore.id, "school": upc.id, "other_company": person(session, "co-film").memberships[0].organisation_id,
        "person": person(session, "co-rov").id, "broker": person(session, "broker1").id,
        "expert": first(select(Expert.id)), "notice": first(select(PublicNotice.id).order_by(PublicNotice.id.desc())),
        "visit": first(select(Visit.id)), "batch": first(select(ImportBatch.id)), "batch_done": first(select(ImportBatch.id).order_by(ImportBatch.id.desc())), "nothing": 999_999, "division": first(select(Distribution.id)),
        "ballast": person(session, "ca-ballast").memberships[0].organisation_id, "appliance": person(session, "ca-appliance").memberships[0].organisation_id,
        "filing": "REGISTRATION", "line": "recommended", "target": first(select(KpiTarget.code).order_by(KpiTarget.position)),
        "industry": first(select(Classification.id).where(Classification.scheme == "industry")),
        "task": first(task), "task_new": first(task.offset(2)),
        "offered": first(select(Result.id).where(Result.organisation_id == upc.id, Result.use_first_offered).order_by(Result.id.desc())),
        "unsubscribe": links.unsubscribe_path(secret_key(settings), person(session, "res-upc").id, "match_for_result").rsplit("/", 1)[1],
        "fresh": freshness.link(settings, session.get_one(Result, number), person(session, "res-upc")).rsplit("/", 1)[1],
    }  # fmt: skip
    return found | dict(zip(DEALS, session.scalars(select(Licence.id).where(Licence.licensor_id == upc.id).order_by(Licence.id)), strict=False))


def _batches(session: Session, settings: Settings) -> None:
    """A file whose columns are being settled, and one handed to the worker with a line it will refuse."""
    office = _actor(session, "tto-upc")
    for number in (1, 2):
        stream = io.BytesIO((CSV + "\n" * number).encode("utf-8-sig"))
        batch = imports.start(session, office, settings, imports.Incoming("results", f"示例成果 {number}.csv", f"示例来源 {number}", stream))
        if number == 2:
            imports.queue(session, office, settings, batch, batch.mapping["columns"])
