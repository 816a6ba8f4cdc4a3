"""What engine and index are given: nothing quotable that a reader of the pair may not read, nothing findable by the wrong people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import makers
from tests.catalog.world import World
from webapp.accounts import service as accounts
from webapp.catalog import documents, policy
from webapp.catalog.models import Indicator, Target
from webapp.config import Settings
from webapp.core.policy import ANONYMOUS, SYSTEM, Actor
from webapp.engines import kinds
from webapp.engines.index import SearchEngine, SearchQuery
from webapp.engines.matcher import Figure
from webapp.jobs import register

register()


def quoted(document: Any) -> str:
    return " ".join([document.title, document.text, *document.keywords])


def test_public_text_may_be_quoted_and_details_only_count(session: Session) -> None:
    row = makers.result(session)
    document = documents.match_document(row)
    assert (document.id, document.title, document.keywords) == (str(row.id), row.title, ("防腐", "涂层"))
    assert row.summary in document.text and row.details == document.hidden
    assert row.details not in quoted(document)


@pytest.mark.parametrize("level", [0, 1, 2, 3, 4])
def test_from_level_three_on_nothing_of_a_demand_is_quoted_but_all_of_it_counts(session: Session, level: int) -> None:
    row = makers.demand(session, confidentiality=level)
    row.targets.append(Target(name="盐雾时间", comparison="GE", value=3000, unit="h", must=True))
    session.flush()
    document = documents.match_document(row)
    texts = (row.title, row.summary, "防腐", "盐雾时间")
    if level >= 3:
        assert quoted(document).strip() == "" and all(text in document.hidden for text in (*texts, row.details))
    else:
        assert all(text in quoted(document) for text in texts) and document.hidden == row.details


def test_an_unfiled_invention_is_quoted_with_its_first_sentence_only(session: Session) -> None:
    row = makers.result(session, unfiled=True, summary="一种防腐涂层。锌粉占百分之三十。")
    row.indicators.append(Indicator(name="锌粉含量", comparison="EQ", value=30, unit="%"))
    session.flush()
    match, search = documents.match_document(row), documents.search_document(row)
    for document in (match, search):
        assert "一种防腐涂层。" in document.text and "锌粉" not in quoted(document)
        assert "锌粉占百分之三十" in document.hidden and "锌粉含量" in document.hidden


def test_facts_carry_the_signals_of_both_sides(session: Session) -> None:
    result = makers.result(session)
    result.indicators.append(Indicator(name="壁厚", comparison="RANGE", value=12.7, value_max=25.4, unit="mm"))
    demand = makers.demand(session)
    demand.targets.append(Target(name="附着力", comparison="GE", value=10, unit="MPa", must=True))
    session.flush()
    offered, asked = documents.facts(result), documents.facts(demand)
    assert (offered.trl, offered.use_first, offered.price_min_fen, offered.industry) == (6, True, 300_000_00, "marine")
    assert offered.figures == (Figure("壁厚", 12.7, "mm", ">=", False), Figure("壁厚", 25.4, "mm", "<=", False))
    assert asked.targets == (Figure("附着力", 10, "MPa", ">=", True),)
    assert (asked.min_trl, asked.wants_use_first, asked.budget_max_fen, asked.deadline) == (5, True, 500_000_00, demand.deadline)


def test_who_may_find_a_row_says_the_same_as_who_may_see_it(session: Session, world: World) -> None:
    guest = makers.actor(session, "company_user")
    unverified = makers.actor(session, "company_user", makers.organisation(session, "COMPANY", verified_at=None))
    actors: list[Actor] = [ANONYMOUS, unverified, guest, world.author, world.buyer, world.broker, world.operator, makers.actor(session, "auditor")]
    for level in range(5):
        row = makers.demand(session, world.company, confidentiality=level)
        accounts.grant(session, SYSTEM, guest.organisation_id or 0, row, "task:1")
        session.flush()
        document = documents.search_document(row)
        for actor in actors:
            held = set(documents.access_tokens(actor))
            # Before the agreement a guest knows of a row of level 3 by its number alone, and finds it by none of its words.
            named = policy.sees(actor, row) and (level < 3 or policy.reads(actor, row))
            assert bool(held & set(document.access)) == named, (level, actor.role)
            assert bool(held & set(document.hidden_access)) == policy.reads(actor, row) or level == 0, (level, actor.role)


def test_an_unnamed_company_is_not_found_by_its_name(session: Session, world: World) -> None:
    for level in range(5):
        row = makers.demand(session, world.company, confidentiality=level)
        row.organisation.address = "青岛市城阳区示例路 1 号"
        document = documents.search_document(row)
        assert (world.company.name in document.names) == (level != 1)
        assert world.company.name not in quoted(document) + document.hidden
        assert ("institution" in document.filters) == (level != 1)
        assert ("region" in document.filters) == (level != 1)


def test_filters_and_numbers_of_the_index(session: Session) -> None:
    row = makers.result(session)
    document = documents.search_document(row)
    assert document.id == f"result:{row.id}" and document.numbers == {"trl": 6, "price": 30}
    assert document.filters | {"year": ""} == {
        "kind": "result", "industry": "marine", "circle": "upc", "mode": ("LICENSE", "USE_FIRST"), "stage": "PILOT",
        "use_first": "yes", "institution": str(row.organisation_id), "region": "370211", "year": "",
    }  # fmt: skip


def test_the_version_follows_whatever_the_index_holds(session: Session) -> None:
    row = makers.result(session)
    was = documents.search_document(row).version
    assert documents.search_document(row).version == was
    row.organisation.name = "改名大学"
    renamed = documents.search_document(row).version
    accounts.grant(session, SYSTEM, makers.organisation(session).id, row, "task:1")
    session.flush()
    assert len({was, renamed, documents.search_document(row).version}) == 3


def test_everything_live_and_nothing_else_is_offered_to_the_index(session: Session, world: World) -> None:
    guest = makers.organisation(session)
    live = [makers.result(session, world.school), makers.demand(session, world.company), makers.demand(session, world.company, state="MATCHING", confidentiality=3)]
    accounts.grant(session, SYSTEM, guest.id, live[2], "task:1")
    for state in ("DRAFT", "SUBMITTED", "WITHDRAWN", "EXPIRED", "PAUSED"):
        makers.result(session, world.school, state=state)
    makers.demand(session, world.company, state="SOLVED")
    session.flush()
    found = {document.id: document for document in kinds.everything(session) if document.kind in {"result", "demand"}}
    assert set(found) == {documents.key(row) for row in live}
    assert found == {documents.key(row): documents.search_document(row) for row in live}


def test_the_real_index_finds_confidential_words_for_those_alone_who_read_them(session: Session, settings: Settings, world: World) -> None:
    row = makers.demand(session, world.company, confidentiality=3, title="深潜器耐压壳焊接", details="钛合金电子束")
    engine = SearchEngine(settings)
    engine.rebuild(kinds.everything(session))

    def finds(actor: Actor, words: str) -> bool:
        return any(hit.id == documents.key(row) for hit in engine.query(SearchQuery(text=words, access=documents.access_tokens(actor))).hits)

    for words in ("深潜器", "钛合金"):
        assert [finds(actor, words) for actor in (ANONYMOUS, world.author, world.buyer, world.broker)] == [False, False, True, True], words


def test_tokens_follow_the_membership_acted_under(session: Session, world: World) -> None:
    assert documents.access_tokens(ANONYMOUS) == ("public",)
    assert documents.access_tokens(world.broker) == ("public", "verified", "desk", f"org:{world.broker.organisation_id}")
    assert documents.access_tokens(makers.actor(session, "admin")) == ("public",)
    assert documents.access_tokens(replace(world.buyer, verified=False)) == ("public", f"org:{world.company.id}")
