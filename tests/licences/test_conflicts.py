"""Taking on the brokerage of a licence asks for conflicts of interest with either side."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests import makers
from tests.licences.conftest import World
from tests.matches.world import match
from webapp.accounts import conflicts
from webapp.accounts.models import Membership, Rivalry
from webapp.config import Settings
from webapp.core.errors import Forbidden


def bound(world: World, how: str) -> None:
    """Give the broker a conflict with one of the sides."""
    session, person = world.session, world.people["broker"]
    if how == "tie":
        conflicts.declare(session, world.actor("broker"), "PAID", world.school.id, None, "顾问费")
    elif how == "member":
        session.add(Membership(person=person, organisation=world.company, role="company_user"))
    else:
        rival = makers.demand(session)
        session.add(Rivalry(organisation_id=world.company.id, rival_id=rival.organisation_id))
        served = match(session, rival, makers.result(session), state="TASK_OPENED")
        served.broker_id = person.id
    session.flush()


@pytest.mark.parametrize("how", ["tie", "member", "rival"])
def test_a_broker_with_a_conflict_does_not_take_the_check_on(session: Session, how: str) -> None:
    world = World(session, Settings())
    licence = world.apply()
    bound(world, how)
    with pytest.raises(Forbidden) as refused:
        world.act(licence, "broker", "check")
    assert refused.value.code.startswith("conflict_")
    assert licence.broker_id is None
    world.act(licence, "broker2", "check")
    assert licence.broker_id == world.people["broker2"].id


def test_disclosed_rivals_and_an_ended_tie_stand_in_nobodys_way(session: Session) -> None:
    world = World(session, Settings())
    licence = world.apply()
    bound(world, "rival")
    rivalry = session.query(Rivalry).one()
    conflicts.declare(session, world.actor("broker"), "BOTH", world.company.id, rivalry.rival_id, "双方知情")
    entry = conflicts.declare(session, world.actor("broker"), "SHARES", world.school.id, None, "")
    conflicts.end(session, world.actor("broker"), entry.id)
    world.act(licence, "broker", "check")
    assert licence.broker_id == world.people["broker"].id
