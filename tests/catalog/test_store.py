"""Imported rows: the same row twice changes nothing, a changed one is updated, a bad one leaves the stored one whole."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import makers
from tests.catalog.world import World, count, demand_values, forget_jobs, jobs, result_values
from webapp.catalog import service
from webapp.catalog.models import Demand, Result
from webapp.core import policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import Forbidden, Invalid
from webapp.core.policy import SYSTEM, Actor


def store(session: Session, world: World, values: dict[str, Any], actor: Actor = SYSTEM, publish: bool = True, number: str = "R-1") -> str:
    told = service.store(session, actor, Result, world.school.id, "school-list", number, values, publish)
    session.flush()
    return told


def stored(session: Session) -> Result:
    return session.scalars(select(Result)).unique().one()


def test_the_same_row_twice_is_created_once_and_then_not_touched(session: Session, world: World) -> None:
    assert store(session, world, result_values()) == "created"
    row = stored(session)
    was = (row.version, row.updated_at)
    forget_jobs(session)
    events = count(session, AuditEvent)
    assert store(session, world, result_values()) == "unchanged"
    assert (row.version, row.updated_at) == was and jobs(session) == set() and count(session, AuditEvent) == events


def test_a_changed_cell_updates_the_row_and_only_it(session: Session, world: World) -> None:
    store(session, world, result_values())
    assert store(session, world, result_values(price="200万")) == "updated"
    row = stored(session)
    assert (row.price_kind, row.price_max_fen, row.title) == ("FIXED", 200_000_000, result_values()["title"])


def test_a_published_import_is_live_at_once_with_its_declarations(session: Session, world: World) -> None:
    store(session, world, {"title": "只有名称的成果"})
    row = stored(session)
    assert row.state == "PUBLISHED" and row.published_at is not None and row.valid_until is not None
    assert (row.non_secret, row.ownership_clear, row.inventors_agree) == (True, True, True)
    told = service.store(session, SYSTEM, Demand, world.company.id, "file", "D-1", {"title": "只有名称的需求"}, True)
    assert (told, session.scalars(select(Demand.state)).one()) == ("created", "OPEN")


def test_a_result_whose_column_denies_a_declaration_is_not_published(session: Session, world: World) -> None:
    with pytest.raises(Invalid) as wrong:
        store(session, world, result_values(non_secret="否"))
    assert set(wrong.value.fields) == {"non_secret"} and count(session, Result) == 0
    assert store(session, world, result_values(non_secret="否"), publish=False) == "created"
    assert stored(session).state == "DRAFT"


def test_a_draft_that_is_imported_again_for_publishing_goes_live(session: Session, world: World) -> None:
    store(session, world, result_values(), publish=False)
    assert store(session, world, result_values(), publish=True) == "updated"
    assert stored(session).state == "PUBLISHED"
    assert store(session, world, result_values(), publish=True) == "unchanged"


def test_a_bad_row_leaves_the_stored_one_as_it_was(session: Session, world: World) -> None:
    store(session, world, result_values(), publish=False)
    row = stored(session)
    for bad in ({"trl": "很高", "title": "新名称"}, {"trl": "2", "title": "新名称"}, {"title": "新名称", "ownership_clear": "否"}):
        with pytest.raises(Invalid):
            store(session, world, result_values(**bad))
        assert row.title != "新名称" and not session.is_modified(row) and row.state == "DRAFT"


def test_a_withdrawn_row_is_updated_but_not_published_again(session: Session, world: World) -> None:
    store(session, world, result_values())
    row = stored(session)
    service.act(session, world.office, row, "withdraw")
    assert store(session, world, result_values(title="改过的名称")) == "updated"
    assert (row.state, row.title) == ("WITHDRAWN", "改过的名称")


def test_one_organisation_cannot_overwrite_anothers_row(session: Session, world: World) -> None:
    store(session, world, result_values())
    other = makers.organisation(session, "SCHOOL")
    with pytest.raises(Invalid) as wrong:
        service.store(session, SYSTEM, Result, other.id, "school-list", "R-1", result_values(title="别人的"), True)
    assert set(wrong.value.fields) == {"external_id"}


def test_who_may_import_and_who_may_publish_what_they_import(session: Session, world: World) -> None:
    buyer_admin = makers.actor(session, "company_admin", world.company)
    may = {
        name: (policy.can(actor, "catalog:import"), policy.can(actor, "catalog:import_published", Result), policy.can(actor, "catalog:import_published", Demand))
        for name, actor in (("author", world.author), ("office", world.office), ("admin", buyer_admin), ("broker", world.broker), ("operator", world.operator))
    }
    assert may == {
        "author": (False, False, False), "office": (True, True, False), "admin": (True, False, False),
        "broker": (True, False, True), "operator": (True, True, True),
    }  # fmt: skip
    with pytest.raises(Forbidden):
        service.store(session, world.office, Result, world.company.id, "file", "1", result_values(), True)
    with pytest.raises(Forbidden):
        service.store(session, buyer_admin, Demand, world.company.id, "file", "1", demand_values(), True)
    assert service.store(session, buyer_admin, Demand, world.company.id, "file", "1", demand_values(), False) == "created"


def test_many_rows_are_looked_up_once(session: Session, world: World) -> None:
    known: dict[str, Any] = service.stored(session, Result, "file", [f"R-{n}" for n in range(5)])
    told = [
        service.store(session, SYSTEM, Result, world.school.id, "file", f"R-{n % 3}", {"title": f"成果{n % 3}"}, True, known=known)
        for n in range(5)
    ]
    session.flush()
    assert told == ["created"] * 3 + ["unchanged"] * 2 and count(session, Result) == 3


def test_cells_of_a_spreadsheet_are_read_like_the_form(session: Session, world: World) -> None:
    values = {"title": 2024.0, "trl": 7.0, "price": 80.0, "valid_until": 46477.0, "use_first_offered": None, "keywords": float("nan"), "indicators": "附着力≥10 MPa"}
    assert store(session, world, values) == "created"
    row = stored(session)
    assert (row.title, row.trl, row.price_max_fen, row.keywords) == ("2024", 7, 80_000_000, [])
    assert str(row.valid_until) == "2027-03-31" and [i.name for i in row.indicators] == ["附着力"]


def test_a_column_the_rules_do_not_know_is_a_programming_error(session: Session, world: World) -> None:
    with pytest.raises(TypeError, match="no such field: titel"):
        store(session, world, {"titel": "x"})


def test_an_exported_heap_of_index_terms_does_not_hold_up_a_row(session: Session, world: World) -> None:
    many = "；".join(f"词{n}" for n in range(25))
    assert [store(session, world, result_values(keywords=many)) for _ in range(2)] == ["created", "unchanged"]
    assert stored(session).keywords == [f"词{n}" for n in range(10)]
