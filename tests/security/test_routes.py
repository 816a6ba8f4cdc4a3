"""Every route asked by everybody: nobody gets in who may not, and nothing is written for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests.security import world as worlds
from webapp.access import ROUTES, Need
from webapp.accounts.models import Membership, Verification
from webapp.attachments import service as attachments
from webapp.core import policy
from webapp.core.db import Database
from webapp.core.errors import NotFound
from webapp.core.files import Attachment
from webapp.core.worker import Context
from webapp.discovery import jobs

METHODS = ("GET", "POST")
PARTS = 4  # everybody in turn, so that no test takes too long
# Pages that ask a finer question than the gate's, or whose sample address names nothing: a refusal of a GET says nothing here.
FINER = frozenset({
    "imports.template", "imports.take", "imports.classifications", "imports.classification", "imports.classifications_file",
    "catalog.row_history", "matches.own_list", "figures.broker_lines", "figures.broker", "accounts.evidence_file", "admin.audit_export",
    "papers.paper", "papers.filing", "papers.pack",
})  # fmt: skip
# An answer to an invitation needs its secret: judged by its topic's own tests.
WITHOUT_SAMPLE = frozenset({"Joining"})
UNLISTED = (Membership, Verification)  # no list of their own: who may do what the route is for may know of the row
LOWEST_COUNT = 800  # checks of each part; falls when somebody narrows the test


@dataclass
class Visit:
    """One person asking one route."""

    name: str
    method: str
    rule: Rule
    need: Need
    status: int
    place: str
    written: set[str]

    def __str__(self) -> str:
        wrote = f", wrote {sorted(self.written)}" if self.written else ""
        return f"{self.method} {self.rule.rule} as {self.name}: {self.status}{wrote}"

    @property
    def sent_to_sign_in(self) -> bool:
        """Whether the answer is the way to the sign-in page."""
        return self.status in (302, 401) and (self.status == 401 or "/sign-in" in self.place)


def judged(visit: Visit, sees: bool, may: bool, in_world: bool = True) -> str:
    """What is wrong with the answer, if anything."""
    need = visit.need
    if visit.status >= 500:
        return "broke"
    if visit.name == "visitor" and not need.public:
        return "" if visit.sent_to_sign_in and not visit.written else "a visitor got in"
    if need.row is not None and not in_world:
        return ""  # nobody's row: only whether it broke, and whether a visitor got in, can be judged
    if need.row is not None and not sees:
        closed = visit.status in (403, 404) or (visit.method == "POST" and visit.status == 302)  # a form's page says the same
        return "" if closed and not visit.written - worlds.HARMLESS else "met a row it may not know of"
    if not may:
        closed = visit.status in (302, 403, 404, 409, 422) if visit.method == "POST" else visit.status in (302, 403, 404, 409)
        return "" if closed and not visit.written - worlds.HARMLESS else "did what its role may not do"
    refused = visit.status in (401, 403, 404) and visit.method == "GET" and not need.public and visit.rule.endpoint not in FINER
    return "was refused what its role may do" if refused else ""


@pytest.fixture
def world(database: Database) -> worlds.World:
    """The world, saved."""
    with database.transaction() as session:
        return worlds.build(session)


def test_the_kinds_of_rows_that_cannot_be_judged_are_the_known_ones(world: worlds.World) -> None:
    asked = {need.row.__name__ for need in ROUTES.values() if need.row}
    assert asked - {kind.__name__ for kind in world.rows} == WITHOUT_SAMPLE


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_route_asked_by_everybody(
    app: Any, database: Database, world: worlds.World, sign_in: Callable[..., None], part: int
) -> None:
    names = list(world.people)[part::PARTS]
    cookies = worlds.cookies(app, world, names, sign_in)
    jobs.reindex(Context(app.settings, database, app.extensions["engines"]), [])
    app.database = dry = worlds.Dry(database)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    faults, count = [], 0
    for name in names:
        client = app.test_client()
        for rule in app.url_map.iter_rules():
            need = ROUTES[rule.endpoint]
            for method in (m for m in METHODS if m in (rule.methods or ())):
                client.set_cookie("sunmao", cookies[name])  # a route may have signed out
                visit = _visit(client, dry, world, name, method, rule, need)
                with database.transaction(write=False) as session:
                    wrong = judged(visit, *_rights(session, world, name, need), need.row in world.rows)
                count += 1
                if wrong:
                    faults.append(f"{wrong}: {visit}")
    assert not faults, "\n" + "\n".join(faults)
    assert count >= LOWEST_COUNT


def _visit(client: Any, dry: worlds.Dry, world: worlds.World, name: str, method: str, rule: Rule, need: Need) -> Visit:
    dry.written = set()
    answer = client.open(worlds.address(rule, need, world.numbers), method=method, data={} if method == "POST" else None)
    return Visit(name, method, rule, need, answer.status_code, answer.headers.get("Location", ""), dry.written)


def _rights(session: Session, world: worlds.World, name: str, need: Need) -> tuple[bool, bool]:
    """Whether the policy lets this person know of the row, and do what the route is for."""
    actor = world.actor(session, name)
    if need.row is None:
        return True, not need.permission or policy.can(actor, need.permission)
    if need.row not in world.rows:
        return False, False
    number = world.rows[need.row].id
    if need.row is Attachment:  # has no list of its own: whoever reads its row at its level may know of it
        return (_opens(session, actor, number),) * 2
    if need.row in UNLISTED:
        return True, policy.can(actor, need.permission, session.get_one(need.row, number))
    found = session.scalars(policy.visible(actor, need.row).where(need.row.id == number)).unique().one_or_none()
    return found is not None, found is not None and (not need.permission or policy.can(actor, need.permission, found))


def _opens(session: Session, actor: Any, number: int) -> bool:
    try:
        attachments.find(session, actor, number)
    except NotFound:
        return False
    return True
