"""Writing: drafts are kept as typed for their author alone, the coach answers while one types, and works without script."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.catalog.test_pages import DEMANDED, TYPED, Site, value_of
from webapp.catalog.models import Demand, Draft, Result
from webapp.core.db import Database


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    return Site(app, database, sign_in)


def test_what_is_typed_is_kept_as_typed_even_when_it_is_wrong_and_comes_back(site: Site) -> None:
    browser = site.browser(site.world.author)
    answer = browser.post("/results/draft", data=TYPED | {"price": "还没想好", "trl": ""})
    assert answer.status_code == 200 and "已自动保存" in answer.text
    page = browser.get("/results/new").text
    assert 'value="还没想好"' in page and "手工除锈后即可涂装。" in page and "使用温度" in page and "已接着您" in page


def test_a_draft_is_seen_by_nobody_else_and_goes_when_the_row_is_saved(site: Site) -> None:
    browser = site.browser(site.world.author)
    browser.post("/results/draft", data=TYPED)
    assert "手工除锈" not in site.browser(site.world.office).get("/results/new").text
    browser.post("/results/new", data=TYPED)
    assert site.one(Result).title == TYPED["title"]
    assert "已接着您" not in browser.get("/results/new").text


def test_a_draft_that_arrives_after_its_form_was_posted_does_not_come_back_into_the_next_form(site: Site) -> None:
    browser = site.browser(site.world.buyer)
    handed_in = DEMANDED | {"submission": value_of(browser.get("/demands/new").text, "submission")}
    browser.post("/demands/new", data=handed_in)
    late = browser.post("/demands/draft", data=handed_in)
    assert late.status_code == 409 and "已经提交过" in late.text and "data-sm-unsaved" in late.text
    page = browser.get("/demands/new").text
    assert "螺栓与法兰" not in page and value_of(page, "submission") != handed_in["submission"]


def test_a_form_gone_back_to_and_changed_is_kept_and_saved_anew_only_when_asked_again(site: Site) -> None:
    browser = site.browser(site.world.buyer)
    typed = DEMANDED | {"submission": value_of(browser.get("/demands/new").text, "submission")}
    browser.post("/demands/new", data=typed)
    changed = typed | {"title": "回到上一页后另写的"}
    answer = browser.post("/demands/new", data=changed)
    assert answer.status_code == 409 and "回到上一页后另写的" in answer.text and "SM-D-" in answer.text and "请再保存一次" in answer.text
    assert browser.post("/demands/new", data=changed | {"submission": value_of(answer.text, "submission")}).status_code == 302
    with site.database.transaction() as session:
        assert set(session.scalars(select(Demand.title))) == {DEMANDED["title"], changed["title"]}


def test_a_kept_draft_is_posted_as_a_row_of_its_own(site: Site) -> None:
    browser = site.browser(site.world.buyer)
    first = value_of(browser.get("/demands/new").text, "submission")
    browser.post("/demands/draft", data=DEMANDED | {"submission": first})
    assert value_of(browser.get("/demands/new").text, "submission") != first


def test_a_draft_can_be_thrown_away(site: Site) -> None:
    browser = site.browser(site.world.buyer)
    browser.post("/demands/draft", data=DEMANDED)
    assert "螺栓与法兰" in browser.get("/demands/new").text
    browser.post("/drafts/demand/0/drop")
    assert "螺栓与法兰" not in browser.get("/demands/new").text


def test_a_draft_of_an_edit_keeps_the_version_it_was_begun_at(site: Site) -> None:
    row_id = site.demand(state="DRAFT", created_by_id=site.world.buyer.person_id)
    browser = site.browser(site.world.buyer)
    browser.post(f"/demands/draft?row={row_id}", data=DEMANDED | {"version": "1"})
    browser.post(f"/demands/{row_id}/edit", data=DEMANDED | {"version": "1", "title": "别处先改了的名称"})
    browser.post(f"/demands/draft?row={row_id}", data=DEMANDED | {"version": "1"})
    answer = browser.post(f"/demands/{row_id}/edit", data=DEMANDED | {"version": "1"})
    assert answer.status_code == 409 and "别处先改了的名称" in answer.text and "您输入的" in answer.text and DEMANDED["title"] in answer.text


def test_signed_out_a_sentence_is_sent_back_instead_of_the_sign_in_page(site: Site) -> None:
    answer = site.browser().post("/demands/draft", data=DEMANDED)
    assert answer.status_code == 403 and "登录已过期" in answer.text and "<html" not in answer.text
    answer = site.browser(site.world.author).post("/demands/draft", data=DEMANDED)
    assert answer.status_code == 403


def test_twenty_megabytes_pasted_are_refused_in_a_sentence_and_a_draft_too_long_is_not_kept(site: Site) -> None:
    browser = site.browser(site.world.author)
    assert browser.post("/results/draft", data={"summary": "长" * 7_000_000}).status_code == 413
    answer = browser.post("/results/draft", data={"summary": "长" * 500_000})
    assert answer.status_code == 413 and "内容太长" in answer.text
    answer = browser.post("/results/new", data=TYPED | {"summary": "长" * 30_000})
    assert answer.status_code == 422 and "最多 20000 个字" in answer.text


def test_five_thousand_rows_of_figures_are_answered_with_a_sentence(site: Site) -> None:
    rows = {f"indicators-{n}-{cell}": text for n in range(1200) for cell, text in (("name", "强度"), ("value", "1"), ("unit", "MPa"))}
    typed = {name: value for name, value in TYPED.items() if not name.startswith("indicators")}
    answer = site.browser(site.world.author).post("/results/new", data=typed | rows)
    assert answer.status_code == 422 and "最多 40 条" in answer.text
    many = {f"indicators-{n}-name": "1" for n in range(5000)}
    assert site.browser(site.world.author).post("/results/new", data=typed | many).status_code == 422


def test_the_coach_says_what_is_missing_while_one_types(site: Site) -> None:
    answer = site.browser(site.world.buyer).post("/demands/draft", data=DEMANDED).text
    assert "清晰度" in answer and "预算" in answer and "现状和试过的办法" in answer


def test_the_preview_marks_what_gives_an_anonymous_company_away_and_no_draft_saves_it(site: Site) -> None:
    typed = DEMANDED | {"summary": "示例海工装备的连接件，型号 ZFJ-11D。"}
    answer = site.browser(site.world.buyer).post("/demands/draft", data=typed).text
    assert "<u title=" in answer and "ZFJ-11D</u>" in answer and "虚线处会让人认出您是谁" in answer
    assert "<u title=" not in site.browser(site.world.buyer).post("/demands/draft", data=typed | {"confidentiality": "0"}).text


def test_without_script_a_button_asks_the_coach_and_another_drafts_the_summary(site: Site) -> None:
    browser = site.browser(site.world.buyer)
    typed = DEMANDED | {"summary": "", "title": "示例海工装备公司的法兰防腐", "background": "示例海工装备公司的法兰起泡。返修要停机。", "then": "look"}
    assert "还缺什么" in browser.post("/demands/new", data=typed).text
    drafted = browser.post("/demands/new", data=typed | {"then": "blurb"}).text
    written = re.search(r'<textarea[^>]*id="summary"[^>]*>([^<]*)', drafted)[1]  # type: ignore[index]
    assert "要做到：耐盐雾 ≥ 3,000 h。" in written and "请核对" in drafted
    again = browser.post("/demands/new", data=typed | {"then": "blurb", "summary": html.unescape(written).strip()}).text
    assert re.search(r'<textarea[^>]*id="summary"[^>]*>([^<]*)', again)[1].strip() == written.strip(), "pressed twice it stands there once"  # type: ignore[index]
    assert "起泡" not in written and "停机" not in written, "what only readers let in may see is not offered to everybody"
    with site.database.transaction(write=False) as session:
        assert session.query(Demand).count() == 0 and session.query(Draft).count() == 0
