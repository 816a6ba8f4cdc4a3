"""A site with nothing on it yet, and one with more and longer texts than anybody would wish: the pages of the gallery in both."""

from __future__ import annotations

import json
import secrets
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from seed import load as lists
from tests.gallery.pages import PAGES, Page
from webapp.accounts import service as accounts
from webapp.accounts.models import Membership, Organisation, Person
from webapp.catalog.models import Demand, Indicator, Result, Target
from webapp.config import Settings
from webapp.core import migrate
from webapp.core.db import Database
from webapp.core.policy import SYSTEM
from webapp.messages.models import Notice
from webapp.users import hasher

KINDS = {"tto": "SCHOOL", "researcher": "SCHOOL", "broker": "BROKER_FIRM", "operator": "BUREAU", "auditor": "BUREAU", "admin": "BUREAU"}
PEOPLE = Path(lists.__file__).parent / "examples" / "people.json"
LONG = "，并在示例海域、示例码头、示例船坞和示例车间分别做过为期十八个月的对照试验SupercalifragilisticIntermediateTransferFunction"
TIMES, MANY = 3, 60


def pages(state: str) -> list[Page]:
    """The pages that can be opened: on an empty site those that need no row."""
    rowless = {"@school", "@company", "@broker", "@person", "@target", "@industry"}
    return [page for page in PAGES if state != "empty" or (all(not v.startswith("@") or v in rowless for _, v in page.arguments) and page.status == 200)]


def empty(settings: Settings) -> None:
    """Lists, and the gallery's people in organisations of their own, none of whom has done anything."""
    if (settings.var / "demo-accounts.txt").exists():
        return
    settings.var.mkdir(parents=True, exist_ok=True)
    database, passwords = Database(settings.database), {}
    migrate.upgrade(database)
    told = {row["login"]: row for row in json.loads(PEOPLE.read_text("utf-8"))["people"]}
    with database.transaction() as session:
        lists.load_lists(session)
        hash_password, number = hasher(settings), count(1)
        for login in sorted({page.who for page in PAGES if page.who}):
            email, role = f"{login}@{lists.DOMAIN}", told[login]["role"]
            passwords[email] = secrets.token_urlsafe(9)
            person = accounts.add_person(session, SYSTEM, email, told[login]["name"], hash_password(passwords[email]), "zh_CN")
            home = accounts.add_organisation(session, SYSTEM, KINDS.get(role, "COMPANY"), f"示例单位{next(number)}", verified_at=lists.clock.now())
            accounts.join(session, SYSTEM, person, home, role)
    database.dispose()
    lists.write_accounts(settings.var / "demo-accounts.txt", passwords)


def samples(settings: Settings) -> dict[str, Any]:
    """What the addresses of an empty site's pages need."""
    database = Database(settings.database)
    with database.transaction(write=False) as session:
        home = lambda kind: session.scalars(select(Organisation.id).where(Organisation.kind == kind).order_by(Organisation.id.desc())).first()  # noqa: E731
        person = lambda role: session.scalars(select(Membership.person_id).where(Membership.role == role)).first()  # noqa: E731
        industry = session.scalars(select(lists.Classification.id).where(lists.Classification.scheme == "industry")).first()
        found = {"school": home("SCHOOL"), "company": home("COMPANY"), "broker": person("broker"), "person": person("company_user")}
        found |= {"industry": industry, "target": session.scalars(select(lists.KpiTarget.code)).first()}
    database.dispose()
    return found


def overfill(settings: Settings) -> None:
    """Long names and texts everywhere, sixty figures on a row, sixty notices for everybody."""
    database = Database(settings.database)
    with database.transaction() as session:
        if not session.scalars(select(Organisation.id).where(Organisation.name.endswith(LONG))).first():
            _lengthen(session)
    database.dispose()


def _lengthen(session: Session) -> None:
    for model in (Result, Demand):
        for row in session.scalars(select(model).where(model.id < MANY)).unique():
            row.title, row.summary = (row.title + LONG)[:120], row.summary + LONG * TIMES
            row.keywords = [*row.keywords, *(f"示例关键词{n}" for n in range(20))]
    for organisation in session.scalars(select(Organisation)):
        organisation.name = (organisation.name + LONG)[:120]
    for owner, model, more in (("result_id", Indicator, {}), ("demand_id", Target, {"must": True})):
        for row_id in range(1, 6):
            for n in range(MANY):
                session.add(model(**{owner: row_id}, position=50 + n, name=f"示例指标{n}{LONG[:30]}", comparison="GE", value=1_234_567.891, unit="mg/(m²·h)", **more))
    for notice in session.scalars(select(Notice).order_by(Notice.id).limit(MANY)).all():
        for person_id in session.scalars(select(Person.id)):
            session.add(Notice(person_id=person_id, kind=notice.kind, params=notice.params, url=notice.url))
