"""Layers: who comes how far with each field, and what neither index nor engine may quote."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from tests import makers
from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.accounts.nda import digest
from webapp.catalog import documents, layers
from webapp.catalog.models import Demand, Target
from webapp.confidentiality import service, wording
from webapp.core import policy
from webapp.core.policy import ANONYMOUS, SYSTEM, Actor

SECRETS = {
    "summary": "寻找三号船坞专用涂层", "keywords": "机密词", "price": 20_000_00, "figures": "秘密指标", "location": "三号船坞旁", "details": "配方三比七",
}  # fmt: skip


@dataclass
class World:
    """A demand with a secret in every field, and those who look at it."""

    session: Session
    row: Demand
    people: dict[str, Actor]
    guest: Organisation

    def accept(self, who: str = "guest") -> None:
        """The guest accepts the agreement."""
        actor = self.people[who]
        text, _copy, _standing = service.agreement(self.session, actor, self.row)
        service.accept(self.session, actor, self.row, digest(text), agreed=True)


@pytest.fixture
def world(session: Session) -> World:
    """An anonymous demand; the guest's school was let in and has not accepted anything."""
    company, school = makers.organisation(session, "COMPANY"), makers.organisation(session, "SCHOOL")
    row = makers.demand(
        session, company, summary=SECRETS["summary"], keywords=[SECRETS["keywords"]], price_max_fen=SECRETS["price"],
        price_min_fen=None, location=SECRETS["location"], details=SECRETS["details"],
    )  # fmt: skip
    row.targets = [Target(position=1, name="秘密指标", comparison="GE", value=3000, unit="h")]
    session.flush()
    accounts.grant(session, SYSTEM, school.id, row, "match:1")
    people = {
        "visitor": ANONYMOUS, "verified": makers.actor(session, "researcher"), "guest": makers.actor(session, "researcher", school),
        "broker": makers.actor(session, "broker"), "owner": makers.actor(session, "company_user", company),
        "auditor": makers.actor(session, "auditor"), "admin": makers.actor(session, "admin"),
    }  # fmt: skip
    return World(session, row, people, school)


def _reads(world: World, who: str, name: str) -> bool:
    view = policy.reveal(world.people[who], world.row)
    return str(SECRETS[name]) in repr(view)


READERS = {
    0: {"visitor", "verified", "guest", "broker", "owner", "auditor", "admin"},
    2: {"verified", "guest", "broker", "owner"},
    3: {"broker", "owner"},
    4: {"broker", "owner"},
}


@pytest.mark.parametrize("level", [0, 2, 3, 4])
@pytest.mark.parametrize("name", ["summary", "keywords", "price", "figures", "location"])
def test_a_field_is_read_by_those_its_level_names(world: World, name: str, level: int) -> None:
    world.row.field_levels = {name: level} if level else {}
    assert {who for who in world.people if _reads(world, who, name)} == READERS[level]


@pytest.mark.parametrize("name", ["summary", "keywords", "price", "figures", "location", "details"])
def test_a_guest_reads_level_3_after_accepting_and_level_4_never(world: World, name: str) -> None:
    world.row.field_levels = {name: 3}
    assert layers.must_accept(world.people["guest"], world.row)
    assert not _reads(world, "guest", name)
    world.accept()
    assert _reads(world, "guest", name)
    world.row.field_levels = {name: 4}
    assert not _reads(world, "guest", name)


@pytest.mark.parametrize("name", ["summary", "keywords", "figures"])
def test_closer_words_count_for_the_engine_but_stand_in_no_text_it_may_quote(world: World, name: str) -> None:
    word = str(SECRETS[name])
    open_ = documents.match_document(world.row)
    assert word in (open_.title + open_.text + "".join(open_.keywords))
    world.row.field_levels = {name: 4}
    document = documents.match_document(world.row)
    assert word not in document.title + document.text + "".join(document.keywords)
    assert word in document.hidden


def test_closer_figures_and_prices_are_no_facts_of_the_engine(world: World) -> None:
    world.row.field_levels = {"figures": 2, "price": 2}
    facts = documents.match_document(world.row).facts
    assert facts.targets == ()
    assert facts.budget_max_fen is None


@pytest.mark.parametrize("level", [2, 3, 4])
def test_the_index_finds_closer_words_for_insiders_only(world: World, level: int) -> None:
    world.row.field_levels = {"summary": level, "figures": level, "keywords": level, "price": level}
    document = documents.search_document(world.row)
    shown = document.title + document.text + "".join(document.keywords)
    assert not any(str(SECRETS[name]) in shown for name in ("summary", "figures", "keywords"))
    assert "price" not in document.numbers
    # Level 4 is not even found by guests: their organisation shares the hidden words.
    assert (str(SECRETS["summary"]) in document.hidden) == (level < 4)
    assert SECRETS["summary"] not in documents.public_text(world.row, ())


def test_a_guest_finds_hidden_words_only_after_accepting(world: World) -> None:
    token = f"org:{world.guest.id}"
    world.row.confidentiality = 3
    assert token not in documents.search_document(world.row).hidden_access
    assert token not in documents.search_document(world.row).access
    world.accept()
    assert token in documents.search_document(world.row).access


def test_a_demand_of_level_3_shows_a_guest_its_number_until_the_agreement(world: World) -> None:
    world.row.confidentiality = 3
    view = policy.reveal(world.people["guest"], world.row)
    assert view.title == world.row.code
    assert not any(str(secret) in repr(view) for secret in SECRETS.values())
    world.accept()
    assert policy.reveal(world.people["guest"], world.row).details == SECRETS["details"]


def test_the_layer_closes_when_the_task_ends_whatever_was_accepted(world: World) -> None:
    world.row.confidentiality = 3
    world.accept()
    accounts.end_grants(world.session, SYSTEM, "match:1")
    world.session.flush()
    assert policy.reveal(world.people["guest"], world.row).details == ""
    assert not policy.can(world.people["guest"], "secrecy:accept", world.row)


def test_rubbish_in_the_levels_closes_rather_than_opens(world: World) -> None:
    world.row.field_levels = {"summary": "rubbish"}
    assert {who for who in world.people if _reads(world, who, "summary")} == {"broker", "owner"}


def test_the_agreement_names_the_reader_and_the_number() -> None:
    text = wording.text("SM-D-2026-0001", "示例大学")
    assert "示例大学" in text
    assert "SM-D-2026-0001" in text
    assert "{" not in text + wording.reading_copy("SM-D-2026-0001", "Example University")
