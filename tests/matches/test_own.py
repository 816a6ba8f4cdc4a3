"""The owner's own list and "I want to talk": who sees what before a broker has looked, and what the wish does."""

from __future__ import annotations

import pytest

from tests import makers
from tests.matches.world import SECRET, World, build
from webapp.core import policy
from webapp.core.errors import Forbidden, NotFound
from webapp.matches import answers, own, queue, reminders, saved, verdicts, wishes
from webapp.matches.queue import Filters
from webapp.matches.values import GENTLE

OWNERS = {"company_user": "demand", "company_admin": "demand", "researcher": "result", "tto": "result"}


def shown(world: World, who: str) -> list[own.OwnPair]:
    actor = world.actor(who)
    posting = getattr(world, OWNERS[who])
    return [own.show(world.session, actor, match) for match in world.session.scalars(own.pairs(actor, posting)).unique()]


@pytest.mark.parametrize("who", list(OWNERS))
def test_an_owner_sees_the_other_side_at_once_coarsely_and_marked_as_unseen(world: World, who: str) -> None:
    (pair,) = shown(world, who)
    assert pair.status == "经纪人还没看过" and pair.may_wish and not pair.wished
    assert pair.detail.match.points == 70 and pair.detail.match.coarse and pair.detail.bars == []
    assert SECRET not in str(pair.other)


@pytest.mark.parametrize("who", list(OWNERS))
def test_nobody_but_the_owner_sees_the_list(world: World, who: str) -> None:
    posting = getattr(world, OWNERS[who])
    for actor in (world.stranger(who), world.actor("broker"), makers.actor(world.session, "researcher", world.school)):
        if actor.organisation_id == posting.organisation_id and actor.has("tto"):
            continue
        assert not policy.can(actor, "match:own", posting)
        assert world.session.scalars(own.pairs(actor, posting)).all() == []
        with pytest.raises(NotFound):
            own.find(world.session, actor, world.match.id)


@pytest.mark.parametrize("level", [3, 4])
def test_a_demand_closed_to_the_school_is_not_in_its_list(session: object, level: int) -> None:
    world = build(session, confidentiality=level)  # type: ignore[arg-type]
    assert shown(world, "researcher") == []
    assert len(shown(world, "company_user")) == 1
    with pytest.raises(NotFound):
        own.find(world.session, world.actor("researcher"), world.match.id)
    with pytest.raises(Forbidden):
        wishes.wish(world.session, world.actor("tto"), world.match)


def test_what_a_broker_turned_down_comes_last_in_kind_words(world: World) -> None:
    better = world.match
    world.another(demand=world.demand, score=0.3, grade=1)
    verdicts.judge(world.session, world.actor("broker"), better, "reject", "CREDIT", "老板失信")
    first, last = shown(world, "company_user")
    assert (first.detail.match.points, last.detail.match.id) == (30, better.id)
    assert last.why_not == GENTLE["CREDIT"] and "信用" not in last.why_not and not last.may_wish
    assert "失信" not in str(last.why_not)


def test_no_kind_sentence_says_what_would_hurt() -> None:
    assert len(GENTLE) == 18
    assert not any(word in sentence for sentence in GENTLE.values() for word in ("信用", "失信", "能力不足", "不真实", "意愿", "关联", "涉密"))


def test_a_wish_puts_the_pair_on_top_and_a_second_click_changes_nothing(world: World) -> None:
    best, low = world.match, world.another(demand=world.demand, score=0.2, grade=1)
    company = world.actor("company_user")
    for _ in range(2):
        wishes.wish(world.session, company, low)
    order = [item.id for item in queue.listing(world.session, world.actor("broker"), Filters()).items]
    assert order == [low.id, best.id] and low.urgent == 1
    assert [item.id for item in queue.listing(world.session, world.actor("broker"), Filters(wish="yes")).items] == [low.id]
    assert queue.neighbours(world.session, world.actor("broker"), Filters(), best).previous == low.id
    wishes.take_back(world.session, world.actor("company_admin"), low)
    assert low.urgent == 0


def test_a_wish_counts_as_the_sides_yes_when_the_broker_recommends(world: World) -> None:
    wishes.wish(world.session, world.actor("company_user"), world.match)
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, 14)
    assert world.match.state == "COMPANY_INTERESTED" and world.match.company_answer == "YES" and world.match.urgent == 0
    assert world.kinds("company_user") == ["match_wish_passed"] and world.kinds("tto") == ["match_for_result"]
    answers.answer(world.session, world.actor("tto"), world.match, True)
    assert world.match.state == "MUTUAL"


def test_two_wishes_make_the_interest_mutual_at_once(world: World) -> None:
    wishes.wish(world.session, world.actor("company_user"), world.match)
    wishes.wish(world.session, world.actor("researcher"), world.match)
    assert world.match.urgent == 2
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, 14)
    assert world.match.state == "MUTUAL" and world.jobs("open_task") == [("match", world.match.id)]


def test_the_wish_of_somebody_who_left_is_asked_again(world: World) -> None:
    wishes.wish(world.session, world.actor("company_user"), world.match)
    world.people["company_user"].memberships[0].active = False
    world.session.flush()
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, 14)
    assert world.match.state == "RECOMMENDED" and world.kinds("company_admin") == ["match_for_demand"]


@pytest.mark.parametrize("state", ["REJECTED", "RECOMMENDED", "MUTUAL", "EXPIRED", "STALE"])
def test_nobody_wishes_for_what_is_decided_or_already_asked(world: World, state: str) -> None:
    world.match.state = state
    world.session.flush()
    with pytest.raises(Forbidden):
        wishes.wish(world.session, world.actor("company_user"), world.match)


def test_without_personal_ranking_the_list_is_by_date_alone(world: World) -> None:
    company = world.actor("company_user")
    assert saved.preference(world.session, company).personal
    saved.prefer(world.session, company, keys=True, personal=False)
    assert not saved.preference(world.session, company).personal
    newer = makers.result(world.session, world.school)
    rows = list(world.session.scalars(own.newest(company, world.demand)).unique())
    assert [row.id for row in rows] == [newer.id, world.result.id]
    makers.result(world.session, world.school, confidentiality=3)
    assert len(list(world.session.scalars(own.newest(company, world.demand)).unique())) == 2


def test_a_recommendation_of_a_wished_pair_still_expires(world: World) -> None:
    wishes.wish(world.session, world.actor("company_user"), world.match)
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, -1)
    assert reminders.expire(world.session) == 1
    assert "match_expired" in world.kinds("company_user")
