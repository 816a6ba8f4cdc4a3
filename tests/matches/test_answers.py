"""From the recommendation to the answers: both orders, each side's no, silence, and who may see what afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.matches.world import World, build
from webapp.accounts.models import Grant
from webapp.config import Settings
from webapp.core import clock, policy, worker
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid, Refused
from webapp.core.worker import Context
from webapp.matches import answers, clocks, reminders, verdicts
from webapp.matches.models import Match, Verdict
from webapp.messages.models import Mail, Notice

DAYS = 14
SIDES = {"company": "company_user", "researcher": "researcher"}


@pytest.fixture
def asked(world: World) -> World:
    """The match is recommended and waits for both answers."""
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, DAYS)
    return world


def say(world: World, who: str, yes: bool, reason: str = "", note: str = "") -> None:
    answers.answer(world.session, world.actor(who), world.match, yes, reason, note)


def test_a_recommendation_asks_both_sides_and_names_the_last_day(asked: World) -> None:
    assert asked.match.state == "RECOMMENDED"
    assert clock.local(asked.match.reply_until).date() == clock.today() + timedelta(days=DAYS)
    assert asked.kinds("company_user") == asked.kinds("company_admin") == ["match_for_demand"]
    assert asked.kinds("researcher") == asked.kinds("tto") == ["match_for_result"]
    assert asked.kinds("broker") == []


def test_a_second_click_on_recommend_asks_nobody_twice(asked: World) -> None:
    answers.recommend(asked.session, asked.actor("broker"), asked.match, DAYS)
    assert asked.kinds("company_user") == ["match_for_demand"]


def test_each_side_counts_what_waits_for_its_own_answer(asked: World) -> None:
    def waits() -> list[int]:
        return [asked.session.scalar(answers.to_answer(asked.actor(who))) for who in ("company_user", "researcher", "tto", "broker")]

    stranger = asked.stranger("company_user")
    assert waits()[:3] == [1, 1, 1] and asked.session.scalar(answers.to_answer(stranger)) == 0
    say(asked, "company_user", True)
    assert waits()[:3] == [0, 1, 1]


def test_only_a_shortlisted_match_can_be_recommended(world: World) -> None:
    with pytest.raises(Refused):
        answers.recommend(world.session, world.actor("broker"), world.match, DAYS)


@pytest.mark.parametrize(("side", "state"), [("result", "WITHDRAWN"), ("demand", "SOLVED")])
def test_what_is_no_longer_published_is_not_recommended(world: World, side: str, state: str) -> None:
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    getattr(world, side).state = state
    with pytest.raises(Refused):
        answers.recommend(world.session, world.actor("broker"), world.match, DAYS)
    assert world.match.state == "SHORTLISTED"


def test_notices_and_mail_tell_each_side_its_own_title_only(session: object) -> None:
    world = build(session, confidentiality=3)  # type: ignore[arg-type]
    world.demand.title, world.result.title = "机密需求甲", "公开成果乙"
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, DAYS)
    say(world, "researcher", True)
    say(world, "company_user", False, "PRICE_GAP")
    for who in ("researcher", "tto", "broker"):
        mine = world.people[who].id
        told = [str(n.params) for n in world.session.scalars(select(Notice).where(Notice.person_id == mine))]
        told += [mail.subject + mail.body for mail in world.session.scalars(select(Mail).where(Mail.person_id == mine))]
        assert told and not any("机密需求甲" in words for words in told)


@pytest.mark.parametrize("order", [("company_user", "researcher"), ("tto", "company_admin")])
def test_two_yeses_in_either_order_make_the_interest_mutual(asked: World, order: tuple[str, str]) -> None:
    say(asked, order[0], True)
    assert asked.match.state in {"COMPANY_INTERESTED", "RESEARCHER_INTERESTED"}
    assert asked.jobs("open_task") == []
    say(asked, order[1], True)
    assert asked.match.state == "MUTUAL"
    assert asked.jobs("open_task") == [("match", asked.match.id)]
    grades = list(asked.session.scalars(select(Verdict.grade).order_by(Verdict.id)))
    assert grades == [2, None, 3]
    assert asked.kinds("broker") == ["match_mutual_broker"]


def test_mutual_interest_opens_each_confidential_layer_to_the_other_side(asked: World) -> None:
    company, school = asked.actor("company_user"), asked.actor("researcher")
    assert not policy.reveal(company, asked.result).reads and not policy.reveal(school, asked.demand).reads
    say(asked, "company_user", True)
    assert not policy.reveal(company, asked.result).reads
    say(asked, "researcher", True)
    asked.session.flush()
    assert policy.reveal(company, asked.result).reads and policy.reveal(school, asked.demand).reads
    assert {grant.reason for grant in asked.session.scalars(select(Grant))} == {f"match:{asked.match.id}"}


@pytest.mark.parametrize(
    ("who", "state", "other"),
    [("company_user", "DECLINED_COMPANY", "researcher"), ("tto", "DECLINED_RESEARCHER", "company_user")],
)
def test_a_no_needs_a_reason_and_reaches_the_other_side(asked: World, who: str, state: str, other: str) -> None:
    with pytest.raises(Invalid):
        say(asked, who, False)
    assert asked.match.state == "RECOMMENDED"
    say(asked, who, False, "SPEC_NOT_MET", "耐压差三兆帕")
    assert asked.match.state == state
    assert "match_declined" in asked.kinds(other) and asked.kinds("broker") == ["match_declined_broker"]
    verdict = verdicts.standing(asked.session, asked.match)
    assert verdict is not None and (verdict.decision, verdict.grade, verdict.note) == ("decline", 1, "耐压差三兆帕")
    assert asked.session.scalars(select(Grant)).all() == []


@pytest.mark.parametrize("first", ["company_user", "researcher"])
def test_a_no_after_the_other_sides_yes_ends_it(asked: World, first: str) -> None:
    other = {"company_user": "researcher", "researcher": "company_user"}[first]
    say(asked, first, True)
    say(asked, other, False, "TEAM_UNWILLING")
    assert asked.match.state.startswith("DECLINED_") and asked.jobs("open_task") == []


def test_a_second_click_on_yes_changes_nothing(asked: World) -> None:
    say(asked, "company_user", True)
    say(asked, "company_user", True)
    assert asked.match.state == "COMPANY_INTERESTED"
    assert len(asked.session.scalars(select(Verdict).where(Verdict.part == "company")).all()) == 1


def test_a_side_may_change_its_mind_until_the_other_has_agreed(asked: World) -> None:
    say(asked, "company_user", True)
    say(asked, "company_admin", False, "DEMAND_SOLVED")
    assert asked.match.state == "DECLINED_COMPANY"


def test_nobody_answers_before_the_recommendation_or_for_others(world: World) -> None:
    with pytest.raises(Forbidden):
        say(world, "company_user", True)
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(world.session, world.actor("broker"), world.match, DAYS)
    for actor in (world.actor("broker"), world.actor("operator"), world.stranger("company_user"), world.stranger("tto")):
        with pytest.raises(Forbidden):
            answers.answer(world.session, actor, world.match, True)
    assert world.match.state == "RECOMMENDED"


def test_silence_expires_once_and_only_after_the_last_day(asked: World) -> None:
    assert reminders.expire(asked.session) == 0
    with clock.frozen(asked.match.reply_until - timedelta(minutes=1)):
        assert reminders.expire(asked.session) == 0
    with clock.frozen(asked.match.reply_until + timedelta(minutes=1)):
        assert [reminders.expire(asked.session), reminders.expire(asked.session)] == [1, 0]
    assert asked.match.state == "EXPIRED"
    assert asked.kinds("broker") == ["match_expired_broker"]


def test_one_yes_and_silence_expires_too_and_can_be_recommended_again(asked: World) -> None:
    say(asked, "company_user", True)
    with clock.frozen(asked.match.reply_until + timedelta(days=1)):
        assert reminders.expire(asked.session) == 1
        answers.recommend(asked.session, asked.actor("broker"), asked.match, DAYS)
        assert (asked.match.state, asked.match.company_answer) == ("RECOMMENDED", "")
        assert reminders.expire(asked.session) == 0


def test_answered_matches_never_expire(asked: World) -> None:
    say(asked, "company_user", True)
    say(asked, "researcher", True)
    with clock.frozen(asked.match.reply_until + timedelta(days=99)):
        assert reminders.expire(asked.session) == 0


def test_the_worker_expires_matches_by_itself(database: Database, settings: Settings) -> None:
    assert "expire_matches" in worker._periodic and clocks.expire is worker._periodic["expire_matches"][1]
    with database.transaction() as session:
        world = build(session)
        world.match.state, world.match.reply_until = "RECOMMENDED", clock.now() - timedelta(minutes=1)
    context = Context(settings, database)
    for _ in range(2):
        clocks.expire(context)
    with database.transaction() as session:
        assert session.get_one(Match, world.match.id).state == "EXPIRED"


def test_a_task_opens_only_for_a_mutual_match(asked: World) -> None:
    assert not answers.task_opened(asked.session, asked.match)
    say(asked, "company_user", True)
    say(asked, "researcher", True)
    assert answers.task_opened(asked.session, asked.match)
    assert not answers.task_opened(asked.session, asked.match)
    assert asked.match.state == "TASK_OPENED"


@pytest.mark.parametrize("who", list(SIDES.values()))
def test_what_was_withdrawn_meanwhile_still_gets_its_no(asked: World, who: str) -> None:
    asked.result.state = "WITHDRAWN"
    say(asked, who, False, "DEMAND_SOLVED")
    assert asked.match.state.startswith("DECLINED_")
