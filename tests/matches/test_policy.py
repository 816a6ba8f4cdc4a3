"""Who sees, judges and answers which match, and what each may read of it."""

from __future__ import annotations

import pytest

from tests import makers
from tests.matches.world import SECRET, World, build
from webapp.core import policy
from webapp.core.policy import ANONYMOUS, Actor
from webapp.matches import detail
from webapp.matches.models import Match
from webapp.matches.states import MATCH, SHARED

DESK = ("broker", "operator")
PARTIES = ("company_user", "company_admin", "researcher", "tto")


def sees(world: World, actor: Actor) -> bool:
    return world.match in world.session.scalars(policy.visible(actor, Match)).unique()


@pytest.mark.parametrize("state", sorted(MATCH.states))
def test_the_desk_sees_all_and_the_parties_their_own_once_recommended(world: World, state: str) -> None:
    world.match.state = state
    world.session.flush()
    assert all(sees(world, world.actor(role)) for role in DESK)
    assert {role: sees(world, world.actor(role)) for role in PARTIES} == dict.fromkeys(PARTIES, state in SHARED)


@pytest.mark.parametrize("role", [*PARTIES, "auditor", "admin"])
def test_strangers_see_no_match(world: World, role: str) -> None:
    world.match.state = "RECOMMENDED"
    world.session.flush()
    assert not sees(world, world.stranger(role))
    assert not sees(world, ANONYMOUS)


def test_a_researcher_sees_only_matches_of_what_they_posted(world: World) -> None:
    world.match.state = "RECOMMENDED"
    world.session.flush()
    colleague = makers.actor(world.session, "researcher", world.school)
    assert not sees(world, colleague)
    assert not policy.can(colleague, "match:answer", world.match)


@pytest.mark.parametrize(("action", "allowed"), [
    ("match:queue", set(DESK)), ("match:judge", set(DESK)), ("match:recommend", set(DESK)), ("match:mine", set(PARTIES)), ("match:answer", set(PARTIES)),
])  # fmt: skip
def test_the_table_of_permissions(world: World, action: str, allowed: set[str]) -> None:
    world.match.state = "RECOMMENDED"
    actors = {role: world.actor(role) for role in (*DESK, *PARTIES)} | {
        role: world.stranger(role) for role in ("auditor", "admin")
    }
    assert {role for role, actor in actors.items() if policy.can(actor, action, world.match)} == allowed
    assert not policy.can(ANONYMOUS, action, world.match)


def test_the_desk_reads_the_score_and_a_party_a_coarse_one(world: World) -> None:
    world.match.state, world.match.score = "RECOMMENDED", 0.78
    desk, party = policy.reveal(world.actor("broker"), world.match), policy.reveal(world.actor("company_user"), world.match)
    assert (desk.points, desk.coarse, desk.part) == (78, False, None)
    assert (party.points, party.coarse, party.part, party.position) == (70, True, "company", 0)


def test_each_party_is_told_its_own_answer_and_the_others(world: World) -> None:
    world.match.state, world.match.company_answer = "COMPANY_INTERESTED", "YES"
    company, school = policy.reveal(world.actor("company_user"), world.match), policy.reveal(world.actor("tto"), world.match)
    assert (company.mine, company.theirs) == ("YES", "")
    assert (school.mine, school.theirs) == ("", "YES")
    assert (company.actions, school.actions) == (("company_no",), ("researcher_yes", "researcher_no"))


@pytest.mark.parametrize("role", PARTIES)
def test_a_party_reads_no_shares_no_hidden_part_and_no_secret(world: World, role: str) -> None:
    world.match.state = "RECOMMENDED"
    found = detail.explain(world.session, world.actor(role), world.match)
    other = found.result if role.startswith("company") else found.demand
    assert found.bars == [] and found.hinted == []
    assert all(share == 0 for _, share in found.terms)
    assert SECRET not in repr(other)


@pytest.mark.parametrize(("level", "closed"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_a_recommendation_does_not_open_a_confidential_demand(session: object, level: int, closed: bool) -> None:
    world = build(session, confidentiality=level, state="RECOMMENDED")  # type: ignore[arg-type]
    world.demand.title = "独有标题甲乙丙"
    found = detail.explain(world.session, world.actor("tto"), world.match)
    assert found.demand.closed == closed
    assert ("独有标题甲乙丙" in repr(found)) != closed
    assert (found.specs == []) == closed
    assert not detail.explain(world.session, world.actor("broker"), world.match).demand.closed


def test_an_anonymous_company_stays_unnamed_to_the_school(world: World) -> None:
    world.match.state = "RECOMMENDED"
    found = detail.explain(world.session, world.actor("researcher"), world.match)
    assert world.company.name not in repr(found)
