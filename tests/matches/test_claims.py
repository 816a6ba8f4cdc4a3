"""Who holds a match: leases, taking over knowingly, handing over, and what happens when a broker is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import makers
from tests.matches.world import World
from webapp.accounts import conflicts
from webapp.accounts.models import Person
from webapp.accounts.service import actor_for
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import Forbidden, Invalid, Refused
from webapp.core.policy import Actor
from webapp.matches import answers, claims, queue, verdicts
from webapp.matches.policy import holder
from webapp.matches.queue import Filters
from webapp.messages.models import Notice

DAYS = Settings().match_claim_days


@pytest.fixture
def second(world: World) -> Actor:
    """A second broker."""
    world.people["second"] = makers.person(world.session, "broker")
    return world.actor("second")


def test_a_claim_is_a_lease_that_ends_by_itself(world: World) -> None:
    claims.claim(world.session, world.actor("broker"), world.match)
    assert holder(world.match) == world.people["broker"].id
    with clock.frozen(clock.now() + timedelta(days=DAYS, minutes=1)):
        assert holder(world.match) is None
        assert [claims.free_expired(world.session), claims.free_expired(world.session)] == [1, 0]
    assert world.match.broker_id is None and world.match.state == "SUGGESTED"


def test_claiming_again_only_makes_it_last_longer(world: World) -> None:
    broker = world.actor("broker")
    claims.claim(world.session, broker, world.match)
    first = world.match.held_until
    with clock.frozen(clock.now() + timedelta(days=1)):
        claims.claim(world.session, broker, world.match)
    assert world.match.held_until > first and world.match.broker_id == broker.person_id


@pytest.mark.parametrize("act", ["claim", "shortlist", "reject", "review", "recommend"])
def test_what_a_colleague_holds_is_refused_with_the_name(world: World, second: Actor, act: str) -> None:
    first = world.actor("broker")
    if act == "recommend":
        verdicts.judge(world.session, first, world.match, "shortlist")
    else:
        claims.claim(world.session, first, world.match)
    before = world.match.state
    deeds = {
        "claim": lambda: claims.claim(world.session, second, world.match),
        "shortlist": lambda: verdicts.judge(world.session, second, world.match, "shortlist"),
        "reject": lambda: verdicts.judge(world.session, second, world.match, "reject", "PRICE_GAP"),
        "review": lambda: verdicts.put_aside(world.session, second, world.match),
        "recommend": lambda: answers.recommend(world.session, second, world.match, 14),
    }
    with pytest.raises(Refused) as caught:
        deeds[act]()
    assert caught.value.code == "held" and caught.value.params["who"] == first.name
    assert world.match.state == before and world.match.broker_id == first.person_id


def test_taking_over_is_possible_on_purpose_and_told(world: World, second: Actor) -> None:
    claims.claim(world.session, world.actor("broker"), world.match)
    claims.claim(world.session, second, world.match, takeover=True)
    assert holder(world.match) == second.person_id
    assert world.kinds("broker") == ["match_taken_over"]
    verdicts.judge(world.session, second, world.match, "shortlist")
    assert world.match.state == "SHORTLISTED"


def test_a_lease_that_is_over_lets_the_next_broker_judge(world: World, second: Actor) -> None:
    claims.claim(world.session, world.actor("broker"), world.match)
    with clock.frozen(clock.now() + timedelta(days=DAYS + 1)):
        verdicts.judge(world.session, second, world.match, "reject", "TIME_GAP")
    assert world.match.broker_id == second.person_id


def test_giving_back_leaves_the_match_to_the_team(world: World, second: Actor) -> None:
    broker = world.actor("broker")
    claims.claim(world.session, broker, world.match)
    with pytest.raises(Refused):
        claims.release(world.session, second, world.match)
    for _ in range(2):
        claims.release(world.session, broker, world.match)
    assert world.match.broker_id is None
    claims.claim(world.session, second, world.match)


def test_what_was_recommended_is_handed_over_not_given_back(world: World, second: Actor) -> None:
    broker = world.actor("broker")
    verdicts.judge(world.session, broker, world.match, "shortlist")
    answers.recommend(world.session, broker, world.match, 14)
    with pytest.raises(Refused):
        claims.release(world.session, broker, world.match)
    claims.hand_over(world.session, broker, world.match, second.person_id, "我下周休假")
    assert holder(world.match) == second.person_id
    told = world.session.query(Notice).filter_by(person_id=second.person_id).one()
    assert told.kind == "match_handed_over" and told.params["note"] == "我下周休假"


def test_only_the_holder_and_operators_hand_over_and_only_to_a_broker(world: World, second: Actor) -> None:
    claims.claim(world.session, world.actor("broker"), world.match)
    with pytest.raises(Forbidden):
        claims.hand_over(world.session, second, world.match, second.person_id)
    for wrong in (None, 0, world.people["tto"].id, 2**70):
        with pytest.raises(Invalid):
            claims.hand_over(world.session, world.actor("broker"), world.match, wrong)
    claims.hand_over(world.session, world.actor("operator"), world.match, second.person_id)
    assert holder(world.match) == second.person_id and world.kinds("broker") == ["match_taken_over"]


def tied(world: World, who: Actor) -> Actor:
    """Somebody who now has shares in the company of the match."""
    conflicts.declare(world.session, who, "SHARES", world.company.id, None, "")
    return who


@pytest.mark.parametrize("way", ["give back", "hand over"])
def test_a_holder_whose_tie_came_up_later_may_still_let_go_but_no_longer_judge(world: World, second: Actor, way: str) -> None:
    broker = world.actor("broker")
    claims.claim(world.session, broker, world.match)
    tied(world, broker)
    with pytest.raises(Forbidden):
        verdicts.judge(world.session, broker, world.match, "shortlist")
    if way == "give back":
        claims.release(world.session, broker, world.match)
        assert holder(world.match) is None
    else:
        claims.hand_over(world.session, broker, world.match, second.person_id)
        assert holder(world.match) == second.person_id


def test_nobody_hands_over_to_a_broker_who_is_tied_to_a_side(world: World, second: Actor) -> None:
    claims.claim(world.session, world.actor("broker"), world.match)
    with pytest.raises(Invalid) as told:
        claims.hand_over(world.session, world.actor("broker"), world.match, tied(world, second).person_id)
    assert "to" in told.value.fields and holder(world.match) == world.people["broker"].id


def test_taking_the_next_ten_leaves_out_what_a_tie_bars(world: World) -> None:
    other = world.another(demand=makers.demand(world.session, makers.organisation(world.session, "COMPANY")))
    broker = tied(world, world.actor("broker"))
    assert claims.take(world.session, broker, [world.match.id, other.id]) == 1
    assert [holder(world.match), holder(other)] == [None, broker.person_id]


def test_taking_the_next_ten_never_takes_what_somebody_holds_and_stops_when_full(world: World, second: Actor) -> None:
    rows = [world.match, *(world.another(score=0.6 - n / 100) for n in range(5))]
    claims.claim(world.session, second, rows[0])
    broker, few = world.actor("broker"), Settings(match_claim_most=3)
    assert claims.take(world.session, broker, [row.id for row in rows], few) == 3
    assert [holder(row) for row in rows[:5]] == [second.person_id, *[broker.person_id] * 3, None]
    assert claims.take(world.session, broker, [row.id for row in rows], few) == 0
    with pytest.raises(Refused) as caught:
        claims.claim(world.session, broker, rows[4], settings=few)
    assert caught.value.code == "pool_full"


def test_the_pools_part_the_queue_without_rest(world: World, second: Actor) -> None:
    rows = [world.match, *(world.another(score=0.6 - n / 100) for n in range(3))]
    broker = world.actor("broker")
    claims.claim(world.session, broker, rows[1])
    claims.claim(world.session, second, rows[2])
    world.session.flush()

    def ids(pool: str) -> list[int]:
        return [item.id for item in queue.listing(world.session, broker, Filters(pool=pool)).items]

    assert (ids("mine"), ids("others"), ids("team")) == ([rows[1].id], [rows[2].id], [rows[0].id, rows[3].id])
    assert queue.pools(world.session, broker) == {"mine": 1, "team": 2, "others": 1, "wish": 0, "recommend": 0, "waiting": 0}
    assert queue.next_free(world.session, broker, Filters(pool="mine"), 10) == [rows[0].id, rows[3].id]
    with clock.frozen(clock.now() + timedelta(days=DAYS + 1)):
        assert ids("mine") == ids("others") == [] and len(ids("team")) == 4


@pytest.mark.parametrize("how", ["suspended", "left"])
def test_what_an_absent_broker_held_comes_back_and_operators_hear(world: World, second: Actor, how: str) -> None:
    broker, other = world.actor("broker"), world.another()
    verdicts.judge(world.session, broker, world.match, "shortlist")
    claims.claim(world.session, second, other)
    person = world.session.get_one(Person, broker.person_id)
    if how == "suspended":
        person.active = False
    else:
        person.memberships[0].active = False
    world.session.flush()
    assert [claims.free_absent(world.session), claims.free_absent(world.session)] == [1, 0]
    assert world.match.broker_id is None and other.broker_id == second.person_id
    assert world.kinds("operator") == ["match_broker_absent"]
    answers.recommend(world.session, second, world.match, 14)
    assert world.match.broker_id == second.person_id


def test_news_for_a_broker_who_is_gone_reaches_the_operators(world: World) -> None:
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, 14)
    world.people["broker"].active = False
    world.session.flush()
    answers.answer(world.session, world.actor("company_user"), world.match, False, "PRICE_GAP")
    assert world.kinds("operator") == ["match_declined_broker"] and world.kinds("broker") == []


def test_two_tabs_the_second_verdict_hears_who_was_first(world: World, second: Actor) -> None:
    seen = verdicts.stamp(world.match)
    verdicts.judge(world.session, world.actor("operator"), world.match, "shortlist", seen=seen)
    claims.claim(world.session, second, world.match, takeover=True)
    with pytest.raises(Refused) as caught:
        verdicts.judge(world.session, second, world.match, "reject", "PRICE_GAP", seen=seen)
    assert caught.value.code == "judged_meanwhile" and caught.value.params["who"] == world.people["operator"].name
    assert world.match.state == "SHORTLISTED"


def test_a_text_changed_since_it_was_read_is_told_before_the_verdict(world: World) -> None:
    seen = verdicts.stamp(world.match)
    world.match.result_text = "another1"
    world.session.flush()
    with pytest.raises(Refused) as caught:
        verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist", seen=seen)
    assert caught.value.code == "text_changed"
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist", seen=verdicts.stamp(world.match))


def test_undo_leaves_the_match_in_ones_own_pool(world: World) -> None:
    broker = world.actor("broker")
    verdicts.judge(world.session, broker, world.match, "reject", "TIME_GAP")
    verdicts.undo(world.session, broker, world.match)
    assert holder(world.match) == broker.person_id and world.match.state == "SUGGESTED"


@pytest.mark.parametrize("role", ["company_user", "tto", "researcher"])
def test_parties_hold_nothing(world: World, role: str) -> None:
    actor = world.actor(role)
    for deed in (claims.claim, claims.release):
        with pytest.raises(Forbidden):
            deed(world.session, actor, world.match)
    with pytest.raises(Forbidden):
        claims.hand_over(world.session, actor, world.match, world.people["broker"].id)
    assert actor_for(world.session, world.people[role], None).person_id != world.match.broker_id
