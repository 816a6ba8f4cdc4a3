"""Two people at the same moment: both databases answer one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from tests import makers
from tests.licences.conftest import World
from webapp.core import clock, policy
from webapp.core.db import Database
from webapp.core.errors import AppError
from webapp.core.policy import Actor
from webapp.licences import service
from webapp.licences.models import Licence, Receipt


@pytest.fixture
def both(database: Database) -> Callable[..., list[str]]:
    """Run two deeds at once, each in its own transaction with everything already loaded; returns what became of them."""

    def run(*deeds: Callable[[Any], Any], load: Callable[[Any], Any]) -> list[str]:
        ready, outcomes = threading.Barrier(2, timeout=120), []
        # SQLite hands out its one write lock at the start, so there the second can only begin when the first is done.
        together = not database.sqlite

        def one(deed: Callable[[Any], Any]) -> None:
            try:
                with database.transaction() as session:
                    held = load(session)  # a session forgets rows nobody holds
                    if together:
                        ready.wait()
                    deed(session)
                    del held
                outcomes.append("done")
            except AppError as error:
                outcomes.append(error.code)

        threads = [threading.Thread(target=one, args=(deed,)) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return sorted(outcomes)

    return run


def loaded(session: Any, actor: Actor, number: int) -> Any:
    """The licence with everything a page shows of it already read."""
    licence = session.get(Licence, number)
    policy.reveal(actor, licence)
    return [licence, *licence.instalments, *licence.notices]


def paying(world: World, trial: Licence, at: Callable[[int], Any]) -> list[int]:
    with at(60):
        world.act(trial, "tto", "claim")
        world.act(trial, "company", "confirm_trigger")
        world.act(trial, "tto", "schedule", first_due=service.first_due(trial), months="3")
    world.session.commit()
    return [row.id for row in trial.instalments]


def receipt(world: World, actor: Actor, number: int, row: int, yuan: str, reference: str) -> Callable[[Any], Any]:
    def deed(session: Any) -> None:
        licence = session.get(Licence, number)
        data = {"instalment_id": row, "amount": yuan, "received_on": clock.today(), "reference": reference}
        service.act(session, actor, licence, "receipt", data, settings=world.settings)

    return deed


def test_two_receipts_at_once_never_exceed_the_instalment(
    world: World, trial: Licence, at: Callable[[int], Any], both: Callable[..., list[str]], database: Database
) -> None:
    rows, number, actor = paying(world, trial, at), trial.id, world.actor("tto")
    world.session.rollback()
    with at(61):
        deeds = [receipt(world, actor, number, rows[0], "333333.33", name) for name in ("ONE", "TWO")]
        outcomes = both(*deeds, load=lambda s: loaded(s, actor, number))
    assert outcomes == ["done", "invalid"]
    with database.transaction() as session:
        assert session.scalar(select(func.sum(Receipt.amount_fen))) == 33_333_333


def test_the_last_two_instalments_paid_at_once_complete_the_licence(
    world: World, trial: Licence, at: Callable[[int], Any], both: Callable[..., list[str]], database: Database
) -> None:
    rows, number, actor = paying(world, trial, at), trial.id, world.actor("tto")
    with at(61):
        receipt(world, actor, number, rows[0], "333333.33", "ONE")(world.session)
        world.session.commit()
        deeds = [receipt(world, actor, number, rows[1], "333333.33", "TWO"), receipt(world, actor, number, rows[2], "333333.34", "SIX")]
        outcomes = both(*deeds, load=lambda s: loaded(s, actor, number))
    assert outcomes == ["done", "done"]
    with database.transaction() as session:
        licence = session.get(Licence, number)
        assert licence is not None
        assert licence.state == "COMPLETED"


def test_the_last_place_is_given_once(
    world: World, at: Callable[[int], Any], both: Callable[..., list[str]], database: Database
) -> None:
    world.result.max_concurrent_trials = 1
    numbers = []
    with at(0):
        for index, code in enumerate(("91370211MAYYYY016U", "91370211MAYYYY024N")):
            home = makers.organisation(world.session, "COMPANY", uscc=code) if index else world.company
            world.people["company"] = makers.person(world.session, "company_user", home)
            licence = world.apply()
            world.act(licence, "broker", "check")
            world.act(licence, "operator", "confirm")
            numbers.append(licence.id)
    actor = world.actor("tto")
    world.session.commit()

    def approve(number: int) -> Callable[[Any], Any]:
        from tests.licences.conftest import ANSWERS

        return lambda s: service.act(s, actor, s.get(Licence, number), "approve", ANSWERS["approve"], settings=world.settings)

    with at(1):
        outcomes = both(*map(approve, numbers), load=lambda s: [loaded(s, actor, number) for number in numbers])
    assert outcomes == ["done", "trials_full"]


def test_one_company_applying_twice_at_once_applies_once(
    world: World, at: Callable[[int], Any], both: Callable[..., list[str]], database: Database
) -> None:
    number, data, actor = world.result.id, world.application(), world.actor("company")
    world.session.commit()

    def apply(session: Any) -> None:
        service.apply(session, actor, service.find_result(session, actor, number), data, world.settings)

    with at(0):
        outcomes = both(apply, apply, load=lambda s: service.find_result(s, actor, number))
    assert outcomes == ["already_running", "done"]


def test_both_sides_signing_at_once_make_one_contract(
    world: World, at: Callable[[int], Any], both: Callable[..., list[str]], database: Database
) -> None:
    with at(0):
        licence = world.apply()
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    with at(20):
        world.tick(licence)
        codes = {world.actor(who).person_id: world.code(licence, who) for who in ("tto", "company")}
    number, text, actors = licence.id, licence.text_hash, [world.actor("tto"), world.actor("company")]
    world.session.commit()

    def sign(actor: Actor) -> Callable[[Any], Any]:
        data = {"text_hash": text, "authorised": True, "code": codes[actor.person_id]}
        return lambda s: service.act(s, actor, s.get(Licence, number), "sign", data, settings=world.settings)

    with at(20):
        outcomes = both(*map(sign, actors), load=lambda s: loaded(s, actors[0], number))
    assert outcomes == ["done", "done"]
    with database.transaction() as session:
        found = session.get(Licence, number)
        assert found is not None
        assert (found.state, len(found.signatures), len(found.instalments)) == ("SIGNED", 2, 3)
