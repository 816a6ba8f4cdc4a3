"""All roles by all confidentiality levels: nobody learns from hit, count, facet, mark, suggestion or correction what they may not see."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import makers
from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.accounts.nda import digest
from webapp.accounts.values import ROLE_KINDS
from webapp.catalog import policy as rights
from webapp.confidentiality import service as confidentiality
from webapp.core import policy, worker
from webapp.core.policy import ANONYMOUS, SYSTEM, Actor
from webapp.core.worker import Context
from webapp.discovery import searching
from webapp.engines import kinds

Make = Callable[..., Any]
COMMON = "粮仓通风"
CASES = [("result", level) for level in (0, 2, 3, 4)] + [("demand", level) for level in range(5)]


def word(*parts: object) -> str:
    """A word of letters that is far from every other one."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:14])


@dataclass
class Case:
    """One row with words of its own, and who owns it."""

    kind: str
    level: int
    row: Any
    owner: Organisation

    def word(self, part: str) -> str:
        return word(self.kind, self.level, part)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.row.id}"


def _case(session: Session, kind: str, level: int) -> Case:
    owner = makers.organisation(session, "SCHOOL" if kind == "result" else "COMPANY", name=f"示例{word(kind, level, 'owner')}")
    make = makers.result if kind == "result" else makers.demand
    row = make(
        session, owner, title=f"{COMMON}{word(kind, level, 'title')}", summary=f"{COMMON} {word(kind, level, 'summary')}。",
        keywords=[word(kind, level, "keyword")], details=word(kind, level, "details"), confidentiality=level,
        contact=word(kind, level, "contact"),
    )  # fmt: skip
    return Case(kind, level, row, owner)


@dataclass
class World:
    cases: list[Case]
    people: dict[str, Any]
    actors: dict[str, Actor]


@pytest.fixture
def world(context: Context) -> World:
    with context.database.transaction() as session:
        cases = [_case(session, kind, level) for kind, level in CASES]
        guest = makers.organisation(session, "COMPANY")
        unknown = makers.organisation(session, "COMPANY", verified_at=None)
        for case in cases:
            accounts.grant(session, SYSTEM, guest.id, case.row, "test:1")
        people = {role: makers.person(session, role) for role in ROLE_KINDS}
        people |= {"guest": makers.person(session, "company_user", guest), "unverified": makers.person(session, "company_user", unknown)}
        for case in cases:
            role = "tto" if case.kind == "result" else "company_admin"
            people[f"owner of {case.key}"] = makers.person(session, role, case.owner)
        actors = {name: accounts.actor_for(session, person, None) for name, person in people.items()}
        for case in cases:
            if case.level == 3:  # before the agreement a guest knows of such a row by its number alone: tests/confidentiality
                text, _copy, _standing = confidentiality.agreement(session, actors["guest"], case.row)
                confidentiality.accept(session, actors["guest"], case.row, digest(text), agreed=True)
    worker.drain(context)
    return World(cases, people, {"visitor": ANONYMOUS, **actors})


def _facts(session: Session, context: Context, actor: Actor, case: Case, ask: Any) -> Iterator[tuple[str, bool, bool]]:
    """For each way to learn of a row: its name, whether this reader learns, and whether they may."""
    row = session.get_one(type(case.row), case.row.id)
    sees, reads = rights.sees(actor, row), rights.reads(actor, row)
    named = sees and case.level != 1
    everybody = case.level <= 1
    for part, may in (("title", sees), ("summary", sees), ("keyword", sees), ("owner", named), ("details", reads), ("contact", False)):
        answer = ask(actor, case.word(part), kind=case.kind)
        yield f"hit by {part}", case.key in {hit.key for hit in answer.hits}, may
        yield f"count by {part}", answer.total == 1, may
        yield f"facet by {part}", bool(dict(answer.facets["kind"]).get(case.kind)), may
        typo = case.word(part)[:5] + "x" + case.word(part)[6:]
        correction = ask(actor, typo).suggestion
        yield f"correction of {part}", correction is not None, everybody and part in {"title", "summary", "keyword", "owner"} and named_for_all(case, part)
        offers = searching.suggestions(context.engines["index"], case.word(part)[:6])
        yield f"suggestion of {part}", any(case.word(part) in offer for offer in offers), bool(offers) and everybody and named_for_all(case, part)
    answer = ask(actor, COMMON)
    shown = next((hit for hit in answer.hits if hit.key == case.key), None)
    yield "hit by a common word", shown is not None, sees
    yield "institution facet", str(case.owner.id) in dict(answer.facets["institution"]), named
    marked = "".join(piece for piece, _ in (*shown.title, *shown.text)) if shown else ""
    yield "hidden word in a mark", case.word("details") in marked, False
    yield "related", any(case.word("keyword") in text for text in answer.related), bool(answer.related) and everybody


def named_for_all(case: Case, part: str) -> bool:
    """Whether a public text holds this part: owners of public rows do, and schools' names are public anyway."""
    return part in {"title", "summary", "keyword"} or (part == "owner" and case.level == 0)


def test_no_role_learns_of_a_row_it_may_not_see(context: Context, world: World, search: Any) -> None:
    leaks = []
    walked = 0
    with context.database.transaction(write=False) as session:
        for name, actor in world.actors.items():
            for case in world.cases:
                if name.startswith("owner of") and name != f"owner of {case.key}":
                    continue
                for way, learns, may in _facts(session, context, actor, case, search):
                    walked += 1
                    if learns and not may and not (way.endswith("of owner") and case.kind == "result"):
                        leaks.append(f"{name} learns of {case.kind} L{case.level}: {way}")
                    elif may and not learns and way.startswith(("hit", "count", "facet", "institution")):
                        leaks.append(f"{name} misses {case.kind} L{case.level}: {way}")
    assert leaks == []
    assert walked > 3000


def test_counts_of_every_role_are_those_of_the_rows_it_sees(context: Context, world: World, search: Any) -> None:
    with context.database.transaction(write=False) as session:
        for name, actor in world.actors.items():
            answer = search(actor, COMMON)
            seen = [row for kind in ("result", "demand") for row in session.scalars(policy.visible(actor, type(_first(world, kind)))).unique()]
            live = [row for row in seen if row.state in ("PUBLISHED", "OPEN")]
            assert answer.total == len(answer.hits) == len(live), name
            kinds_counted = dict(answer.facets["kind"])
            assert kinds_counted == {k: n for k in ("result", "demand") if (n := sum(row.__tablename__ == k for row in live))}, name


def _first(world: World, kind: str) -> Any:
    return next(case.row for case in world.cases if case.kind == kind)


def test_no_page_shows_a_word_its_reader_may_not_read(app: Any, context: Context, world: World, sign_in: Make) -> None:
    leaks = []
    with context.database.transaction(write=False) as session:
        for name, actor in world.actors.items():
            client = app.test_client()
            if name in world.people:
                sign_in(client, world.people[name])
            texts = [client.get(f"/search?q={COMMON}&sort=newest").text, client.get("/search").text, client.get(f"/search/suggest?q={COMMON}").text]
            for case in world.cases:
                row = session.get_one(type(case.row), case.row.id)
                barred = {"details", "contact"} | (set() if rights.sees(actor, row) else {"title", "summary", "keyword"})
                if case.kind == "demand" and case.level and not rights.sees(actor, row):
                    barred |= {"owner"} if not (actor.verified or actor.has("broker", "operator")) else set()
                leaks += [f"{name}: {part} of {case.kind} L{case.level}" for part in barred for text in texts if case.word(part) in text]
    assert leaks == []


def test_every_registered_kind_has_what_the_search_page_needs(context: Context, app: Any) -> None:
    with context.database.transaction(write=False) as session:
        for kind in kinds.kinds().values():
            assert app.jinja_env.get_template(kind.template).module
            assert {document.kind for document in kind.documents(session, None)} <= {kind.name}
