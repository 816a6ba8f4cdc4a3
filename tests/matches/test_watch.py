"""Nothing suitable yet: demands are watched, told once when something fits, and watched again when it is gone."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tests import makers
from tests.matches.world import World
from webapp.accounts.models import Expert
from webapp.config import Settings
from webapp.core import clock
from webapp.matches import verdicts, watch
from webapp.matches.models import Watch
from webapp.matches.watch import Team

SETTINGS = Settings()


def look(world: World) -> int:
    return watch.look(world.session, SETTINGS, [world.demand.id])


def test_a_demand_with_a_suitable_match_is_not_watched(world: World) -> None:
    assert look(world) == 0
    assert world.session.scalars(select(Watch)).all() == [] and watch.since(world.session, world.demand) is None


def test_a_watched_demand_is_told_once_when_something_fits(world: World) -> None:
    world.match.grade = 1
    assert [look(world), look(world)] == [0, 0]
    assert watch.since(world.session, world.demand) is not None and world.kinds("company_user") == []
    new = world.another(demand=world.demand, grade=2, score=0.5)
    assert [look(world), look(world)] == [1, 0]
    assert world.kinds("company_user") == world.kinds("company_admin") == ["demand_suitable"]
    assert world.session.scalars(select(Watch.match_id)).one() == new.id and watch.since(world.session, world.demand) is None


def test_when_the_last_suitable_one_is_turned_down_the_watch_begins_again(world: World) -> None:
    verdicts.judge(world.session, world.actor("broker"), world.match, "reject", "FIELD_MISMATCH")
    assert world.jobs("watch") == [("demand", world.demand.id)]
    look(world)
    assert watch.since(world.session, world.demand) is not None
    world.another(demand=world.demand, grade=3)
    assert look(world) == 1


def test_a_result_closed_to_the_company_ends_the_watch_without_a_word(world: World) -> None:
    world.match.grade = 1
    look(world)
    hidden = makers.result(world.session, world.school, confidentiality=4)
    world.another(demand=world.demand, result=hidden, grade=3)
    assert look(world) == 0 and world.kinds("company_user") == []


def test_closed_demands_are_not_watched(world: World) -> None:
    world.match.grade, world.demand.state = 1, "SOLVED"
    world.session.flush()
    assert watch.look(world.session, SETTINGS) == 0 and world.session.scalars(select(Watch)).all() == []


def test_only_experts_who_agreed_and_still_belong_there_are_named(world: World) -> None:
    view = type("View", (), {"id": world.result.id})()
    teams = [Team("示例", "", "", [view])]
    expert = Expert(person_id=world.people["researcher"].id, organisation_id=world.school.id, title="教授")
    world.session.add(expert)
    world.session.flush()
    assert watch.experts(world.session, teams) == []
    expert.consented_at = clock.now()
    world.session.flush()
    assert watch.experts(world.session, teams) == [expert]
    expert.withdrawn_at = clock.now() + timedelta(seconds=1)
    world.session.flush()
    assert watch.experts(world.session, teams) == []
    expert.withdrawn_at, world.people["researcher"].memberships[0].active = None, False
    world.session.flush()
    assert watch.experts(world.session, teams) == []
