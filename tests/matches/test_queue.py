"""The queue: best first, filters, neighbours, and what leaves it by itself."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from tests import makers
from tests.matches.world import World, match
from webapp.catalog.models import Classification, Cluster
from webapp.matches import queue, verdicts
from webapp.matches.models import Match
from webapp.matches.queue import Filters


def ids(world: World, filters: Filters = Filters(), number: int = 1, who: str = "broker") -> list[int]:
    return [item.id for item in queue.listing(world.session, world.actor(who), filters, number).items]


@pytest.fixture
def ranked(world: World) -> list[Match]:
    """Five open matches in the order a broker should meet them."""
    world.match.score, world.match.grade = 0.9, 3
    rows = [world.match, *(world.another(score=score, grade=grade) for score, grade in ((0.5, 3), (0.8, 2), (0.8, 2), (0.2, 1)))]
    world.session.flush()
    return rows


def test_the_best_grade_comes_first_then_the_best_score_then_the_oldest(world: World, ranked: list[Match]) -> None:
    assert ids(world) == [row.id for row in ranked]


def test_a_judged_match_leaves_the_open_queue_and_one_put_aside_stays(world: World, ranked: list[Match]) -> None:
    broker = world.actor("broker")
    verdicts.judge(world.session, broker, ranked[0], "shortlist")
    verdicts.judge(world.session, broker, ranked[1], "reject", "PRICE_GAP")
    verdicts.put_aside(world.session, broker, ranked[2])
    assert ids(world) == [row.id for row in ranked[2:]]
    assert ids(world, Filters(state="SUGGESTED")) == [row.id for row in ranked[3:]]
    assert ids(world, Filters(state="SHORTLISTED")) == [ranked[0].id]
    assert ids(world, Filters(state="all")) == [row.id for row in ranked]
    assert world.session.scalar(queue.waiting()) == 3


def test_what_was_withdrawn_is_not_offered_for_a_verdict(world: World, ranked: list[Match]) -> None:
    ranked[0].result.state = "PAUSED"
    ranked[1].demand.state = "SOLVED"
    world.session.flush()
    assert ids(world) == [row.id for row in ranked[2:]]
    assert world.session.scalar(queue.waiting()) == 3


def test_filters_narrow_by_grade_industry_circle_broker_and_words(world: World, ranked: list[Match]) -> None:
    chosen = ranked[3]
    chosen.demand.industry_code, chosen.result.cluster_code, chosen.broker_id = "hydrogen", "qut", world.people["broker"].id
    chosen.result.title = "质子交换膜 PEM 电堆 100%_效率"
    world.session.flush()
    for wanted in (
        Filters(industry="hydrogen"), Filters(cluster="qut"), Filters(broker="me"), Filters(broker=str(world.people["broker"].id)),
        Filters(text="交换膜 pem"), Filters(text="100%_"),
    ):  # fmt: skip
        assert ids(world, wanted) == [chosen.id], wanted
    assert ids(world, Filters(text="%")) == [chosen.id]
    assert ids(world, Filters(text="没有这个词")) == []
    assert chosen.id not in ids(world, Filters(broker="none"))
    assert ids(world, Filters(grade="2")) == [row.id for row in ranked[2:4]]
    assert ids(world, Filters(grade="2+")) == [row.id for row in ranked[:4]]


@given(
    st.dictionaries(st.sampled_from(["state", "grade", "industry", "cluster", "broker", "text", "page"]), st.text(max_size=130))
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_any_address_gives_a_queue(world: World, given_: dict[str, str]) -> None:
    filters = queue.read_filters(given_)
    queue.listing(world.session, world.actor("broker"), filters)
    assert queue.read_filters(filters.query()) == filters


def test_rubbish_in_an_address_counts_as_not_given() -> None:
    found = queue.read_filters({"state": "DROP", "grade": "9", "broker": "１２", "text": "\x00 a "})
    assert found == Filters(text="a")


def test_pages_hold_fifty_and_a_page_past_the_end_is_the_last(world: World) -> None:
    demand = world.demand
    for n in range(60):
        match(world.session, demand, makers.result(world.session, world.school), score=0.5 - n / 1000, grade=2)
    first, last = (queue.listing(world.session, world.actor("broker"), Filters(), n) for n in (1, 99))
    assert (len(first.items), first.total, first.pages, first.waiting) == (50, 61, 2, 61)
    assert (len(last.items), last.number) == (11, 2)
    assert not {item.id for item in first.items} & {item.id for item in last.items}


def test_the_pages_one_after_another_are_the_whole_queue_in_order(world: World) -> None:
    for n in range(124):
        match(world.session, world.demand, makers.result(world.session, world.school), score=0.5 - n % 7 / 100, grade=1 + n % 3)
    pages = [queue.listing(world.session, world.actor("broker"), Filters(), n).items for n in (1, 2, 3)]
    shown = [item for page in pages for item in page]
    assert [len(page) for page in pages] == [50, 50, 25]
    assert shown == sorted(shown, key=lambda item: (-item.urgent, -item.grade, -world.session.get_one(Match, item.id).score, item.id))


def test_a_longer_page_asks_the_database_no_more_often(world: World) -> None:
    def asked() -> int:
        world.session.expire_all()
        said: list[str] = []
        note = lambda _c, _cursor, statement, *_more: said.append(statement)  # noqa: E731
        bind = world.session.get_bind()
        event.listen(bind, "before_cursor_execute", note)
        try:
            assert queue.listing(world.session, actor, Filters()).items
        finally:
            event.remove(bind, "before_cursor_execute", note)
        return len(said)

    actor = world.actor("broker")
    short = asked()
    for number in range(12):
        world.another(score=0.5 - number / 100)
    assert asked() == short


def test_neighbours_are_the_ones_before_and_after_in_the_queue(world: World, ranked: list[Match]) -> None:
    broker, row_ids = world.actor("broker"), [row.id for row in ranked]
    for n, row in enumerate(ranked):
        found = queue.neighbours(world.session, broker, Filters(), row)
        assert (found.place, found.total) == (n + 1, 5)
        assert found.previous == (row_ids[n - 1] if n else None)
        assert found.next == (row_ids[n + 1] if n < 4 else None)


def test_a_judged_match_still_knows_who_comes_next(world: World, ranked: list[Match]) -> None:
    verdicts.judge(world.session, world.actor("broker"), ranked[1], "shortlist")
    found = queue.neighbours(world.session, world.actor("broker"), Filters(), ranked[1])
    assert (found.previous, found.next, found.place, found.total) == (ranked[0].id, ranked[2].id, 0, 4)


@given(scores=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.1, 0.25, 0.333333, 0.7])), min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
def test_walking_forward_meets_every_match_once(world: World, scores: list[tuple[int, float]]) -> None:
    savepoint = world.session.begin_nested()
    for grade, score in scores:
        world.another(score=score, grade=grade)
    actor, seen = world.actor("broker"), []
    here: int | None = queue.first(world.session, actor, Filters())
    while here is not None:
        seen.append(here)
        here = queue.neighbours(world.session, actor, Filters(), world.session.get_one(Match, here)).next
    assert seen == ids(world) and len(seen) == len(scores) + 1
    savepoint.rollback()


def test_an_empty_queue_is_empty_not_an_error(world: World) -> None:
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    found = queue.listing(world.session, world.actor("broker"), Filters())
    assert (found.items, found.total, found.pages, found.number) == ([], 0, 1, 1)
    assert queue.first(world.session, world.actor("broker"), Filters()) is None


def test_a_company_gets_nothing_out_of_the_queue(world: World) -> None:
    assert ids(world, Filters(state="all"), who="company_user") == []


def test_choices_are_valid_ones_in_the_readers_language(world: World) -> None:
    from datetime import date

    world.session.add_all([
        Classification(scheme="industry", code="marine", version="2", zh="船舶海工", en="Marine", position=1),
        Classification(scheme="industry", code="old", version="1", zh="旧产业", en="Old", position=2, valid_to=date(2020, 1, 1)),
        Cluster(code="upc", zh="石油大学圈", en="UPC circle", short_zh="石大圈", short_en="UPC"),
    ])  # fmt: skip
    world.session.flush()
    assert queue.choices(world.session, "zh_CN").industries == [("marine", "船舶海工")]
    assert queue.choices(world.session, "en").clusters == [("upc", "UPC")]
    assert (str(world.people["broker"].id), world.people["broker"].name) in queue.choices(world.session, "en").brokers
