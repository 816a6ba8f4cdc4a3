"""Notices that ask for a step are done with when the step is: nobody is led to what another person took on."""

from __future__ import annotations

from sqlalchemy import select

from tests.licences.conftest import World
from webapp.messages.models import Notice

TURN = "licence_turn_eligibility"


def asked(world: World, who: str) -> Notice:
    mine = select(Notice).where(Notice.person_id == world.people[who].id, Notice.kind.startswith("licence_turn_"))
    found = world.session.scalars(mine.order_by(Notice.id)).first()
    assert found is not None, who
    return found


def test_when_one_broker_has_checked_the_others_are_asked_no_longer(world: World) -> None:
    licence = world.apply()
    world.session.flush()
    one, other = asked(world, "broker"), asked(world, "broker2")
    assert (one.read_at, other.read_at) == (None, None) and one.url == other.url == f"/licences/{licence.id}"
    world.act(licence, "broker", "check")
    world.session.expire_all()
    assert one.read_at and one.url, "who took it on is led to it as before"
    assert other.read_at and not other.url, "the other could not open it any more"
