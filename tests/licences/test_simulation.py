"""A hundred deals through three simulated years: no illegal state, balanced books, whole seals."""

from __future__ import annotations

import os

import pytest

from tests.licences.conftest import World
from tests.licences.simulation import Simulation
from webapp.licences.states import FINALS

DEALS = int(os.environ.get("TEST_LICENCES", "100"))


@pytest.mark.timeout(1800)
def test_many_deals_stay_in_the_procedure_and_the_books_balance(world: World) -> None:
    played = Simulation(world, seed=20261126)
    played.run(DEALS)
    books = played.balance()
    world.session.commit()
    assert sum(played.ended.values()) == DEALS
    assert set(played.ended) & FINALS, "some deals came to an end within three years"
    assert books["booked"] > 0
    assert len(played.taken) >= (25 if DEALS >= 100 else 5)
