"""Whatever an address of the search page holds, it is answered with a page: no error, no endless work, nothing unescaped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.core import worker
from webapp.core.policy import ANONYMOUS
from webapp.core.worker import Context
from webapp.discovery.asked import SORTS, address, asked

Make = Callable[..., Any]
NASTY = st.sampled_from(
    ["涂层", "*", '"', "“", "(", ")" * 50, "(" * 50, "AND", "NOT", "-", "title:", "unknown:x", "trl:[1 TO", "id:*", "(a+)+$", "\x00", "\ud7ff",
     "<script>alert(1)</script>", "%00", "' OR 1=1 --", "10^9", "\u202e", "🚀", "٣", "name:*?*", "行业:", "kind:result"]
)  # fmt: skip
TYPED = st.one_of(st.text(max_size=120), st.lists(NASTY, max_size=12).map(" ".join))
GROUP = st.sampled_from(["kind", "circle", "institution", "trl", "year", "region", "nonsense", "page", "sort", "exact", "plain", "words"])


@pytest.fixture
def browser(app: Any, context: Context, make_result: Make) -> Any:
    with context.database.transaction() as session:
        make_result(session, title="防腐涂层")
    worker.drain(context)
    return app.test_client()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(typed=TYPED, more=st.lists(st.tuples(GROUP, TYPED), max_size=6))
def test_any_address_gets_a_page(browser: Any, typed: str, more: list[tuple[str, str]]) -> None:
    pairs = [(name, value.encode("utf-8", "replace").decode()) for name, value in [("q", typed), *more]]
    answer = browser.get("/search?" + urlencode(pairs))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert browser.get("/search/suggest?" + urlencode(pairs[:1])).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["q=" + "电" * 10_000, "q=" + "%28" * 50 + "涂层", "q=涂层&page=1000000000", "q=涂层&page=-3", "q=涂层&page=x", "q=涂层&sort=rubbish", "q=%00%00",
     "q=*", "q=%EF%BF%BD%FF", "kind=" + "x" * 5_000, "&".join(f"kind={n}" for n in range(3_000)), "q=(((((((((((a+)+)+)+)+)+)+$", "q=。！？，",
     "institution=99999999999999999999999", "institution=-1", "institution=%D9%A3", "exact=1&plain=1&q=“", "q=单位:示例", "q=trl:9..1"],
)  # fmt: skip
def test_rubbish_is_answered(browser: Any, query: str) -> None:
    assert browser.get("/search?" + query).status_code == 200


def test_a_page_past_the_end_is_the_last_page(browser: Any) -> None:
    page = browser.get("/search?q=防腐&page=99999").text
    assert "防腐" in page and "<mark>" in page


@settings(max_examples=80, deadline=None)
@given(typed=st.text(max_size=60), kinds=st.lists(st.text(min_size=1, max_size=20), max_size=4), sort=st.sampled_from([*SORTS, "rubbish", ""]))
def test_an_address_asks_the_same_again(typed: str, kinds: list[str], sort: str) -> None:
    query = asked({"q": [typed], "kind": kinds, "sort": [sort]}, ANONYMOUS)
    assert asked(address(query), ANONYMOUS) == query
