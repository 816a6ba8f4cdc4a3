"""Facets, order, paging and the places of the words found."""

from itertools import chain

import pytest

from search import Index
from tests.search.conftest import Ask, ids, row

SHIPS = [
    row(f"r{i}", "船舶涂层", f"第 {i} 号", filters={"circle": circle, "industry": industry, "year": year},
        numbers={"trl": float(trl)} if trl else {}, date=date)
    for i, circle, industry, year, trl, date in [
        (1, "石油", ("船舶", "材料"), "2023", 6, "2023-01-01"), (2, "石油", ("材料",), "2024", 9, "2024-01-01"),
        (3, "山科", ("船舶",), "2024", 0, ""), (4, "理工", (), "2022", 2, "2022-06-01T08:00:00"),
    ]
]  # fmt: skip


@pytest.fixture
def ships(index: Index, ask: Ask) -> Ask:
    index.apply([*SHIPS, row("d1", "船舶涂层需求", kind="demand")])
    return ask


def test_facets_count_what_was_found(ships: Ask) -> None:
    facets = ships("涂层", facets=("kind", "circle", "industry")).facets
    assert facets["kind"] == [("result", 4), ("demand", 1)]
    assert facets["circle"] == [("石油", 2), ("山科", 1), ("理工", 1)]
    assert facets["industry"] == [("材料", 2), ("船舶", 2)]


def test_a_group_counts_as_if_it_had_no_filter_of_its_own(ships: Ask) -> None:
    page = ships("涂层", filters={"circle": ("石油",), "year": ("2024",)}, facets=("circle", "year"))
    assert page.total == 1
    assert page.facets["circle"] == [("山科", 1), ("石油", 1)]
    assert page.facets["year"] == [("2023", 1), ("2024", 1)]


def test_values_of_one_group_are_alternatives_and_groups_are_joined(ships: Ask) -> None:
    assert set(ids(ships(filters={"circle": ("石油", "山科"), "industry": ("船舶",)}))) == {"r1", "r3"}


def test_the_level_and_the_year_are_facets_by_themselves(index: Index, ask: Ask) -> None:
    index.apply([row("r1", numbers={"trl": 6.0}, date="2024-05-01"), row("r2", numbers={"trl": 6.0}, date="nonsense")])
    facets = ask(facets=("trl", "year")).facets
    assert facets == {"trl": [("6", 2)], "year": [("2024", 1)]}
    assert ids(ask(filters={"year": ("2024",)})) == ["r1"]


def test_unknown_filter_values_find_nothing_and_empty_ones_do_not_filter(ships: Ask) -> None:
    assert ships(filters={"circle": ("火星",)}).total == 0
    assert ships(filters={"circle": (), "nonsense": ("x",)}).total == 0
    assert ships(filters={"circle": ()}).total == 5


def test_ranges_leave_out_rows_without_the_figure(ships: Ask) -> None:
    assert set(ids(ships(ranges={"trl": (6, None)}))) == {"r1", "r2"}
    assert set(ids(ships(ranges={"trl": (None, 6)}))) == {"r1", "r4"}
    assert set(ids(ships(ranges={"date": ("2023-01-01", "2024-01-01")}))) == {"r1", "r2"}
    assert ships(ranges={"trl": (float("nan"), None), "nonsense": (1, 2)}).total == 5


@pytest.mark.parametrize(
    ("sort", "order"),
    [("newest", ["r2", "r1", "r4", "d1", "r3"]), ("trl", ["r2", "r1", "r4", "d1", "r3"])],
)
def test_rows_without_the_figure_stand_last_in_any_order(ships: Ask, sort: str, order: list[str]) -> None:
    found = ids(ships(sort=sort))
    assert found[:3] == order[:3]
    assert set(found[3:]) == set(order[3:])


def test_pages_follow_each_other_without_gap_or_repeat(index: Index, ask: Ask) -> None:
    index.apply([row(f"r{i:02}", "同样的标题", "同样的正文") for i in range(25)])
    pages = [ids(ask("标题", page=page, size=10)) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert list(chain(*pages)) == [f"r{i:02}" for i in range(25)]


def test_the_order_does_not_depend_on_how_the_rows_came_in(index: Index, ask: Ask) -> None:
    rows = [row(f"r{i}", "防腐涂层" * (1 + i % 3), "材料") for i in range(9)]
    for one in reversed(rows):
        index.apply([one])
    before = ask("涂层").hits
    index.rebuild(rows)
    assert ask("涂层").hits == before


@pytest.mark.parametrize("page", [0, -5, 10**9])
def test_a_page_that_is_not_there_is_the_first_or_an_empty_one(ships: Ask, page: int) -> None:
    found = ships("涂层", page=page, size=-3)
    assert found.total == 5
    assert len(found.hits) == (0 if page > 1 else 1)


@pytest.mark.parametrize(
    ("title", "typed", "marked"),
    [
        ("新型石墨烯涂层", "石墨烯", ["石墨烯"]),
        ("🚀新型石墨烯塗層", "涂层", ["塗層"]),
        ("ＰＨＯＴＯＮ 探测 ㎡ photons", "photon", ["ＰＨＯＴＯＮ", "photons"]),
        ("厚度５０μm的㎡涂层", "50μm", ["５０μm"]),
        ("锂离子电池", "锂电", ["锂离子电池"]),
        ("涂层与涂层", '"涂层"', ["涂层", "涂层"]),
        ("纳米涂层材料", "涂层 NOT 金属", ["涂层"]),
    ],
)
def test_marks_stand_on_the_text_as_it_was_given(index: Index, ask: Ask, title: str, typed: str, marked: list[str]) -> None:
    index.apply([row("r1", title, title)])
    hit = ask(typed).hits[0]
    assert [title[a:b] for a, b in hit.title_spans] == marked
    assert [title[a:b] for a, b in hit.text_spans] == marked
