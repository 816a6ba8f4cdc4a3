"""One row of every kind with everybody who may meet it, and a database that takes every request back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests import makers
from tests.matches.world import match
from webapp.access import Need
from webapp.accounts import service as accounts
from webapp.accounts.models import Expert, Membership, Organisation, Person, Verification
from webapp.accounts.values import ROLE_KINDS
from webapp.brokers.models import BrokerProfile, Certificate, Visit
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.files import Attachment
from webapp.core.outbox import Job
from webapp.core.policy import ANONYMOUS, Actor
from webapp.discovery.models import SavedSearch
from webapp.figures.models import KpiTarget
from webapp.imports.models import ImportBatch
from webapp.licences import outlook
from webapp.licences.models import Eligibility, Licence, PublicNotice
from webapp.licences.models_money import BankLine, Distribution
from webapp.licences.service_review import content
from webapp.matches.models import Match
from webapp.messages.models import Mail
from webapp.tasks.models import FeeRule, Task

WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.I)
# What a refused request may write: that somebody tried.
HARMLESS = {"audit_event"}


class Dry(Database):
    """The test's database, but whatever a request wrote is taken back after it; `written` names the tables it wrote to."""

    def __init__(self, base: Database) -> None:
        self.url, self.sqlite, self.engine, self.after_commit = base.url, base.sqlite, base.engine, []
        self.written: set[str] = set()

    @contextmanager
    def transaction(self, write: bool = True) -> Iterator[Session]:
        """One request's session inside a transaction that is rolled back."""
        with self.engine.connect() as connection:
            whole = connection.begin()
            event.listen(connection, "before_cursor_execute", self._note)
            try:
                with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
                    yield session
                    session.commit()
            finally:
                event.remove(connection, "before_cursor_execute", self._note)
                whole.rollback()

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if found := WRITES.match(statement):
            self.written.add(found[1].lower())


@dataclass
class World:
    """Rows by model, and people by name: the role, or the role `elsewhere` for somebody of another organisation."""

    rows: dict[type[Any], Any] = field(default_factory=dict)
    people: dict[str, Person | None] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[type[Any], int]:
        """The number of each kind's row."""
        return {kind: row.id for kind, row in self.rows.items()}

    def actor(self, session: Session, name: str) -> Actor:
        """The actor one of the people is."""
        person = self.people[name]
        return ANONYMOUS if person is None else accounts.actor_for(session, session.get_one(Person, person.id), None)


def build(session: Session) -> World:
    """A deal between a school and a company, with a row of every kind a route may name."""
    makers.industry(session)
    homes = {kind: makers.organisation(session, kind) for kind in set(ROLE_KINDS.values())}
    world = World(people=_people(session, homes))
    _catalog(session, world, homes)
    _deal(session, world, homes)
    _people_rows(session, world, homes)
    session.flush()
    return world


def _people(session: Session, homes: dict[str, Organisation]) -> dict[str, Person | None]:
    found: dict[str, Person | None] = {"visitor": None}
    for role, kind in ROLE_KINDS.items():
        found[role] = makers.person(session, role, homes[kind])
        found[f"{role} elsewhere"] = makers.person(session, role)
    unverified = makers.organisation(session, "COMPANY", verified_at=None)
    found["company_user unverified"] = makers.person(session, "company_user", unverified)
    homeless = makers.person(session, "company_user", unverified)
    homeless.memberships[0].active = False
    found["person without a role"] = homeless
    return found


def _catalog(session: Session, world: World, homes: dict[str, Organisation]) -> None:
    """Both sides at the level only guests read, so that whoever is not let in meets the refusal."""
    result = makers.result(session, homes["SCHOOL"], created_by=world.people["researcher"], confidentiality=3)
    demand = makers.demand(session, homes["COMPANY"], created_by=world.people["company_user"], confidentiality=3)
    paper = Attachment(owner_kind="result", owner_id=result.id, name="x.pdf", media_type="application/pdf", size=1, sha256="0" * 64, confidentiality=3)
    session.add(paper)
    world.rows |= {Attachment: paper, Result: result, Demand: demand, Match: match(session, demand, result, state="MUTUAL")}


def _deal(session: Session, world: World, homes: dict[str, Organisation]) -> None:
    broker, applicant = world.people["broker"], world.people["company_user"]
    task = Task(match=world.rows[Match], broker=broker, state="ACCEPTED")
    licence = Licence(
        result=world.rows[Result], licensor=homes["SCHOOL"], licensee=homes["COMPANY"], broker=broker, applicant=applicant,
        state="NOTICE", trial_months=12, price_fen=100, submission="one", clocks=outlook.agree(Settings()),
    )  # fmt: skip
    licence.eligibility = Eligibility(size_class="INDUSTRY", figures_year=2024, tier="SMALL")
    today = clock.today()
    session.add(licence)
    session.flush()
    notice = PublicNotice(
        licence=licence, starts_on=today, ends_on=today, days=15, day_type="calendar", counted_from=today, facts=content(licence)
    )
    batch = ImportBatch(kind="results", source="x", file_name="x.csv", sha256="0" * 64, mapping={"columns": {}}, organisation=homes["SCHOOL"])
    job = Job(kind="index", model="result", row_id=1, state="PARKED")
    line = BankLine(organisation_id=homes["SCHOOL"].id, received_on=today, amount_fen=100, reference="B0001")
    division = Distribution(licence=licence, received_fen=100, shares={"team": 1000}, lines={"team": 100}, notice_until=today)
    for row in (licence, task, notice, batch, job, line, division):
        session.add(row)
        world.rows[type(row)] = row


def _people_rows(session: Session, world: World, homes: dict[str, Organisation]) -> None:
    """What belongs to organisations and to single people: memberships, verifications, profiles, certificates, visits, searches kept."""
    company, broker, researcher = homes["COMPANY"], world.people["broker"], world.people["researcher"]
    assert broker and researcher
    rows = (
        Verification(organisation=company, state="WAITING", facts={}, submitted_by=world.people["company_admin"]),
        Expert(person=researcher, organisation=homes["SCHOOL"], summary="防腐", consented_at=clock.now()),
        BrokerProfile(person=broker),
        Certificate(person=broker, kind="NATIONAL", title="示例证书"),
        Visit(person=broker, organisation=company, visited_on=clock.today(), summary="看了车间"),
        SavedSearch(person=researcher, name="防腐", address={"q": "防腐"}, fingerprint="0" * 64, since=clock.now()),
        Mail(person_id=researcher.id, recipient=researcher.email, kind="digest", subject="今日通知", body="一条"),
        FeeRule(rate_permille=10, valid_from=clock.today()),
    )
    for row in rows:
        session.add(row)
        world.rows[type(row)] = row
    session.add(
        KpiTarget(
            code=SOMETHING["code"], zh="示例目标", en="Example", definition_zh="", definition_en="", unit_zh="家", unit_en="firms", kind="total", comparison=">=",
            value=1, source="示例", as_of=clock.today(),
        )
    )  # fmt: skip
    world.rows |= {Person: researcher, Organisation: company, Membership: world.people["company_user"].memberships[0]}  # type: ignore[union-attr]


SOMETHING: dict[str, Any] = {"action": "submit", "code": "upc", "filename": "nothing.css", "kind": "demand"}


def address(rule: Rule, need: Need, numbers: dict[type[Any], int]) -> str:
    """An address of this route: the row it is about where there is one, else something that fits each argument."""
    values: dict[str, Any] = {}
    for argument in rule.arguments:
        allowed = sorted(getattr(rule._converters[argument], "items", ()))
        fitting = next((word for word in allowed if "demand" in word), allowed[0] if allowed else None)
        values[argument] = fitting or SOMETHING.get(argument, 1)
    if need.row in numbers:
        values[need.by] = numbers[need.row]
    return str(rule.build(values, append_unknown=False)[1])  # type: ignore[index]


def cookies(app: Any, world: World, names: Iterable[str], sign_in: Callable[..., None]) -> dict[str, str]:
    """Sign people in, before the database turns dry, and keep their cookies."""
    found = {}
    for name in names:
        client, person = app.test_client(), world.people[name]
        if person is not None:
            sign_in(client, person)
        cookie = client.get_cookie("sunmao")
        found[name] = cookie.value if cookie else ""
    return found
