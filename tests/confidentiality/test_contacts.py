"""Contact details: on no page, list, print, history, export or search but for the sides and the broker of an open task on that pair."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy.orm import Session

from tests import makers
from tests.confidentiality.test_stranger import address
from tests.matches.world import match
from webapp.access import ROUTES
from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.catalog.models import Demand, Result, Revision
from webapp.core import clock, policy
from webapp.core.db import Database
from webapp.core.policy import SYSTEM
from webapp.core.worker import Context
from webapp.discovery import jobs
from webapp.imports.lists import LISTS, SUFFIXES
from webapp.matches.models import Match
from webapp.tasks.models import Task

CONTACTS = {"result": "示例甲 0532-8100001", "demand": "示例乙 0532-8200002"}
OLD = {"result": "示例甲 0532-8300003", "demand": "示例乙 0532-8400004"}
OWN = {"tto": {"result"}, "company": {"demand"}, "operator": {"result", "demand"}}
OPEN = OWN | {"tto": {"result", "demand"}, "company": {"result", "demand"}, "broker": {"result", "demand"}}
Place = dict[str, Any]


@pytest.fixture
def place(app: Any, database: Database) -> Place:
    """A public result and a public demand with contact details, on an open task; a guest let in for another reason looks on."""
    with database.transaction() as session:
        makers.industry(session)
        school, company, guests = makers.organisation(session, "SCHOOL"), makers.organisation(session), makers.organisation(session)
        homes = {"tto": ("tto", school), "company": ("company_user", company), "guest": ("company_user", guests)}
        people = {name: makers.person(session, role, home) for name, (role, home) in homes.items()}
        people |= {name: makers.person(session, name) for name in ("broker", "operator", "auditor", "admin", "researcher")}
        people |= {"other broker": makers.person(session, "broker"), "visitor": None}
        result = makers.result(session, school, created_by=people["tto"], contact=CONTACTS["result"], details="内文")
        demand = makers.demand(session, company, created_by=people["company"], contact=CONTACTS["demand"], details="内文", confidentiality=1)
        for row in (result, demand):
            accounts.grant(session, SYSTEM, guests.id, row, "licence:1")
            kind = row.__tablename__
            old = Revision(kind=kind, row_id=row.id, version=1, action="edit", at=clock.now(), name="示例", before={"contact": OLD[kind]}, after={"contact": CONTACTS[kind]})
            session.add(old)
        pair = match(session, demand, result, state="TASK_OPENED")
        pair.broker_id = people["broker"].id
        for home, row in ((company, result), (school, demand)):
            accounts.grant(session, SYSTEM, home.id, row, f"match:{pair.id}")
        task = Task(match=pair, broker=people["broker"], state="MEETING")
        session.add(task)
        session.flush()
        rows = {Demand: demand.id, Result: result.id, Match: pair.id, Task: task.id}
    jobs.reindex(Context(app.settings, database, app.extensions["engines"]), [])
    return {"people": people, "rows": rows}


def close(database: Database, place: Place) -> None:
    """The task ends; the grants are left to stand, so that it is the task alone that counts."""
    with database.transaction() as session:
        session.get_one(Task, place["rows"][Task]).state = "CLOSED_FAILED"


def found(app: Any, place: Place, sign_in: Callable[..., None], who: str) -> set[str]:
    """Whose contact details this person meets anywhere: every page of the map, both rows' own pages, lists, searches, exports."""
    client, rows = app.test_client(), place["rows"]
    if place["people"][who] is not None:
        sign_in(client, place["people"][who])
    pages = [f"/search?q={word[3:]}" for word in CONTACTS.values()] + ["/search?format=json", "/results?q=示例甲", "/demands?q=示例乙"]
    for kind, row in (("results", rows[Result]), ("demands", rows[Demand])):
        pages += [f"/{kind}/{row}", f"/{kind}/{row}/card", f"/{kind}/{row}/history", f"/{kind}/{row}/edit"]
    pages += [f"/export/{name}.{suffix}" for name in LISTS for suffix in SUFFIXES]
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in {"static", "security.static"}:
            pages.append(address(rule, ROUTES[rule.endpoint], rows))
    met = set()
    for page in dict.fromkeys(pages):
        text = _text(client.get(page))
        met |= {kind for kind in CONTACTS if CONTACTS[kind] in text or OLD[kind] in text}
    return met


def _text(answer: Any) -> str:
    if "spreadsheet" in answer.mimetype:
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        return repr([row for sheet in book for row in sheet.iter_rows(values_only=True)])
    return str(answer.data.decode(errors="replace"))


@pytest.mark.parametrize("who", ["visitor", "guest", "researcher", "other broker", "auditor", "admin", "tto", "company", "broker", "operator"])
def test_while_the_task_is_open_its_sides_and_its_broker_meet_them_and_nobody_else(
    app: Any, database: Database, place: Place, sign_in: Callable[..., None], who: str
) -> None:
    assert found(app, place, sign_in, who) == OPEN.get(who, set())


@pytest.mark.parametrize("who", ["tto", "company", "broker"])
def test_when_it_has_closed_each_side_is_left_with_its_own(
    app: Any, database: Database, place: Place, sign_in: Callable[..., None], who: str
) -> None:
    close(database, place)
    assert found(app, place, sign_in, who) == OWN.get(who, set())


def test_a_task_on_another_pair_opens_nothing_and_a_change_counts_at_once(session: Session) -> None:
    school, company = makers.organisation(session, "SCHOOL"), makers.organisation(session)
    result, other = (makers.result(session, school, contact=CONTACTS["result"]) for _ in range(2))
    demand = makers.demand(session, company)
    broker: Person = makers.person(session, "broker")
    actor = accounts.actor_for(session, broker, None)
    task = Task(match=match(session, demand, result, state="TASK_OPENED"), broker=broker, state="MEETING")
    session.add(task)
    session.flush()
    assert [policy.reveal(actor, row).contact for row in (result, other)] == [CONTACTS["result"], ""]
    task.state = "ON_HOLD"
    session.flush()
    assert policy.reveal(actor, result).contact, "a task on hold is open"
    task.state = "CANCELLED"
    session.flush()
    assert policy.reveal(actor, result).contact == ""
