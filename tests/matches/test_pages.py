"""The match pages in a browser without scripts: the desk, every act by POST, and the parties' answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests import makers
from tests.matches.world import SECRET, build, match
from webapp.core.db import Database
from webapp.matches import answers, verdicts
from webapp.matches.models import Match

PARTIES = ("company_user", "company_admin", "researcher", "tto")


class Site:
    """The application with one match in it; `as_` gives a browser in which one of the people is signed in."""

    def __init__(self, app: Any, database: Database, sign_in: Callable[..., None]) -> None:
        self.app, self.database, self.sign_in = app, database, sign_in
        with database.transaction() as session:
            makers.industry(session)
            self.world = build(session)
            self.world.another(score=0.5, grade=2)
        self.id = self.world.match.id

    def as_(self, who: str) -> Any:
        """A signed-in browser."""
        client = self.app.test_client()
        self.sign_in(client, self.world.people[who])
        return client

    def state(self) -> str:
        """The state of the first match as stored."""
        with self.database.transaction() as session:
            return session.get_one(Match, self.id).state

    def recommend(self) -> None:
        """Bring the first match to both sides."""
        with self.database.transaction() as session:
            row, broker = session.get_one(Match, self.id), replace(self.world, session=session).actor("broker")
            verdicts.judge(session, broker, row, "shortlist")
            answers.recommend(session, broker, row, 14)


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    """A running site with two matches."""
    return Site(app, database, sign_in)


def test_the_desk_shows_the_best_match_explained(site: Site) -> None:
    page = site.as_("broker").get("/matches")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "<mark>防腐涂层</mark>" in text and "为什么是 70 分" in text and "url(#sm-hatch)" in text
    assert re.search(r"差 3\s?MPa", text) and "必须" in text
    assert f"另有 {len(SECRET)} 字受控内容" in text
    assert 'aria-current="true"' in text and f"/matches/{site.id}/judge" in text


def test_the_desk_never_prints_confidential_text(site: Site) -> None:
    for address in ("/matches", f"/matches?selected={site.id}&state=all", "/matches?text=防腐"):
        assert SECRET not in site.as_("broker").get(address).get_data(as_text=True)


@pytest.mark.parametrize("who", PARTIES)
def test_the_desk_is_closed_to_the_parties(site: Site, who: str) -> None:
    client = site.as_(who)
    assert client.get("/matches").status_code == 403
    for act in ("judge", "undo", "recommend"):
        assert client.post(f"/matches/{site.id}/{act}", data={"decision": "shortlist"}).status_code in {403, 404}
    assert site.state() == "SUGGESTED"


def test_visitors_are_sent_to_sign_in(site: Site) -> None:
    client = site.app.test_client()
    for address in ("/matches", "/matches/mine"):
        assert client.get(address).status_code in {302, 401}
    for act in ("judge", "undo", "recommend", "answer"):
        assert client.post(f"/matches/{site.id}/{act}").status_code in {302, 401}
    assert site.state() == "SUGGESTED"


def test_shortlisting_leads_to_the_next_match_with_a_way_back(site: Site) -> None:
    client = site.as_("broker")
    answer = client.post(f"/matches/{site.id}/judge", data={"decision": "shortlist", "grade": "1+"})
    assert answer.status_code == 302 and site.state() == "SHORTLISTED"
    assert (
        "grade=1%2B" in answer.location
        and f"judged={site.id}" in answer.location
        and f"selected={site.id}" not in answer.location
    )
    text = client.get(answer.location).get_data(as_text=True)
    assert "已入围" in text and f"/matches/{site.id}/undo" in text and f"/matches/{site.id}/recommend" in text
    elsewhere = client.get(f"/matches?state=all&kept={site.id}").get_data(as_text=True)
    assert f"/matches/{site.id}/undo" in elsewhere and "kept=" in elsewhere, "the way back stays until the next verdict"
    assert client.post(f"/matches/{site.id}/undo").status_code == 302 and site.state() == "SUGGESTED"


def test_a_double_click_on_shortlist_is_one_click(site: Site) -> None:
    client = site.as_("broker")
    for _ in range(2):
        assert client.post(f"/matches/{site.id}/judge", data={"decision": "shortlist"}).status_code == 302
    assert site.state() == "SHORTLISTED"


def test_one_click_on_a_likely_reason_rejects(site: Site) -> None:
    client = site.as_("broker")
    text = client.get("/matches").get_data(as_text=True)
    chips = re.findall(r'<button class="sm-chip[^"]*" name="quick" value="([A-Z_]+)"', text)
    assert chips == ["FIELD_MISMATCH", "SPEC_NOT_MET", "TRL_TOO_LOW", "PRICE_GAP", "TIME_GAP"], "in places that never change"
    assert "sm-chip-hint" in text, "those the facts of the pair speak of are marked"
    answer = client.post(f"/matches/{site.id}/judge", data={"quick": "SPEC_NOT_MET"})
    assert answer.status_code == 302 and site.state() == "REJECTED"
    assert "指标达不到" in client.get(answer.location).get_data(as_text=True)


def test_a_rejection_without_reason_is_told_and_keeps_what_was_typed(site: Site) -> None:
    client = site.as_("broker")
    page = client.post(f"/matches/{site.id}/judge", data={"decision": "reject", "reason": "", "note": "写了一半的话"})
    text = page.get_data(as_text=True)
    assert page.status_code == 422 and "请选一个原因" in text and "写了一半的话" in text
    other = client.post(f"/matches/{site.id}/judge", data={"decision": "reject", "reason": "OTHER"})
    assert other.status_code == 422 and "请写明原因" in other.get_data(as_text=True)
    assert site.state() == "SUGGESTED"
    assert page.headers["HX-Push-Url"].startswith("/matches?selected=")


@pytest.mark.parametrize(
    "data",
    [{}, {"decision": "explode"}, {"decision": "accept"}, {"quick": "NONSENSE"}, {"decision": "reject", "reason": "é" * 5000}],
)
def test_rubbish_in_a_verdict_changes_nothing(site: Site, data: dict[str, str]) -> None:
    assert site.as_("broker").post(f"/matches/{site.id}/judge", data=data).status_code == 422
    assert site.state() == "SUGGESTED"


def test_putting_aside_keeps_the_match_in_the_queue(site: Site) -> None:
    client = site.as_("broker")
    assert client.post(f"/matches/{site.id}/judge", data={"decision": "review"}).status_code == 302
    assert site.state() == "REVIEWING"
    page = client.get("/matches").get_data(as_text=True)
    assert "存疑待看" in page and "已先存疑" in page


def test_a_verdict_somebody_else_was_quicker_with_is_told(site: Site) -> None:
    with site.database.transaction() as session:
        session.get_one(Match, site.id).state = "RECOMMENDED"
    page = site.as_("broker").post(f"/matches/{site.id}/judge", data={"decision": "shortlist"})
    assert page.status_code == 409 and "现在的状态不允许" in page.get_data(as_text=True)


def test_nothing_to_undo_is_told(site: Site) -> None:
    assert site.as_("broker").post(f"/matches/{site.id}/undo").status_code == 409


def test_recommending_by_post_asks_both_sides(site: Site) -> None:
    client = site.as_("broker")
    assert client.post(f"/matches/{site.id}/recommend").status_code == 409
    client.post(f"/matches/{site.id}/judge", data={"decision": "shortlist"})
    answer = client.post(f"/matches/{site.id}/recommend", data={"state": "SHORTLISTED"})
    assert answer.status_code == 302 and site.state() == "RECOMMENDED"
    assert "双方可在" in client.get(answer.location).get_data(as_text=True)


def test_what_waits_for_the_sides_has_a_place_of_its_own_and_a_number_in_their_rail(site: Site) -> None:
    client = site.as_("broker")
    client.post(f"/matches/{site.id}/judge", data={"decision": "shortlist"})
    client.post(f"/matches/{site.id}/recommend", data={"state": "SHORTLISTED"})
    assert "SM-D-" in client.get("/matches?state=waiting&pool=mine").get_data(as_text=True)
    for who, number in (("company_user", "1"), ("researcher", "1")):
        assert f"<span>推荐给我的</span><b>{number}</b>" in site.as_(who).get("/mine").get_data(as_text=True)


def test_an_emptied_queue_says_so(site: Site) -> None:
    client = site.as_("broker")
    for number in (site.id, site.id + 1):
        last = client.post(f"/matches/{number}/judge", data={"decision": "shortlist"})
    text = client.get(last.location).get_data(as_text=True)
    assert "队列清空了" in text and "待核对 0" in text
    assert "没有符合条件的匹配" in client.get("/matches?state=MUTUAL").get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "/matches?selected=999999",
        "/matches?selected=abc",
        "/matches?page=-4",
        "/matches?page=9999",
        "/matches?grade=%00&text=%27%22%3Cscript%3E",
        "/matches?selected=99999999999999999999",
    ],
)
def test_odd_addresses_still_give_the_queue(site: Site, address: str) -> None:
    page = site.as_("operator").get(address)
    assert page.status_code == 200 and "<script>" not in page.get_data(as_text=True).split("</head>")[1]


def test_a_title_that_is_markup_is_shown_as_text(site: Site) -> None:
    with site.database.transaction() as session:
        row = session.get_one(Match, site.id)
        row.demand.title, row.result.summary = "<b>标题</b> & 防腐", "<img src=x onerror=alert(1)> 防腐"
    text = site.as_("broker").get("/matches").get_data(as_text=True)
    assert "<b>标题" not in text and "<img src=x" not in text and "&lt;img src=x" in text


@pytest.mark.parametrize("who", PARTIES)
def test_a_party_sees_its_pair_side_by_side_with_a_coarse_score(site: Site, who: str) -> None:
    client = site.as_(who)
    assert "没有等您答复的推荐" in client.get("/matches/mine").get_data(as_text=True)
    site.recommend()
    text = client.get("/matches/mine").get_data(as_text=True)
    assert "<mark>" in text and "约 70 分" in text and "愿意对接" in text
    assert "sm-hatch)" not in text and "受控内容参与评分" not in text
    assert (SECRET in text) is False


def test_the_desk_has_no_page_of_recommendations(site: Site) -> None:
    assert site.as_("broker").get("/matches/mine").status_code == 403


def test_both_sides_say_yes_through_their_pages(site: Site) -> None:
    site.recommend()
    assert site.as_("company_user").post(f"/matches/{site.id}/answer", data={"answer": "yes"}).status_code == 302
    assert site.state() == "COMPANY_INTERESTED"
    assert "您已表示愿意" in site.as_("company_user").get("/matches/mine?show=all").get_data(as_text=True)
    assert site.as_("researcher").post(f"/matches/{site.id}/answer", data={"answer": "yes"}).status_code == 302
    assert site.state() == "MUTUAL"


def test_a_no_without_reason_is_told_beside_its_pair(site: Site) -> None:
    site.recommend()
    client = site.as_("tto")
    page = client.post(f"/matches/{site.id}/answer", data={"answer": "no", "reason": "OTHER", "note": ""})
    assert page.status_code == 422 and "请写明原因" in page.get_data(as_text=True)
    assert (
        client.post(
            f"/matches/{site.id}/answer", data={"answer": "no", "reason": "TEAM_UNWILLING", "note": "明年再谈"}
        ).status_code
        == 302
    )
    assert site.state() == "DECLINED_RESEARCHER"
    told = site.as_("company_user").get("/matches/mine?show=all").get_data(as_text=True)
    heard, own = told.split("sm-tip-wn")[1].split("</div>")[0], site.as_("tto").get("/matches/mine?show=all").get_data(as_text=True)
    assert "对方近期的工作已经排满" in heard and "团队无意愿" not in heard and "明年再谈" not in told
    assert "团队无意愿" in own and "明年再谈" in own


def test_strangers_cannot_answer(site: Site) -> None:
    site.recommend()
    with site.database.transaction() as session:
        site.world.people["stranger"] = makers.person(session, "company_user")
        site.world.people["colleague"] = makers.person(session, "researcher", site.world.school)
    for who, codes in (("broker", {403}), ("stranger", {404}), ("colleague", {404})):
        assert site.as_(who).post(f"/matches/{site.id}/answer", data={"answer": "yes"}).status_code in codes
    assert site.state() == "RECOMMENDED"


def test_a_long_queue_opens_the_page_of_the_selected_match(site: Site) -> None:
    with site.database.transaction() as session:
        school, demand = site.world.school, site.world.demand
        last = [
            match(session, session.merge(demand), makers.result(session, session.merge(school)), score=0.4 - n / 1000, grade=1)
            for n in range(60)
        ][-1].id
    text = site.as_("broker").get(f"/matches?selected={last}").get_data(as_text=True)
    assert "第 2/2 页" in text and f'id="entry-{last}"' in text


def test_pages_speak_english_without_breaking(site: Site) -> None:
    site.recommend()
    broker, company = site.as_("broker"), site.as_("company_user")
    for client, address in ((broker, "/matches?state=all"), (company, "/matches/mine")):
        client.set_cookie("language", "en")
        assert client.get(address).status_code == 200


def test_with_nothing_ticked_the_server_says_so_and_the_button_pressed_decides_not_the_reason_left_in_the_list(site: Site) -> None:
    broker = site.as_("broker")
    nothing = broker.post("/matches/bulk", data={"action": "shortlist"}, follow_redirects=True).get_data(as_text=True)
    assert "请先勾选几对" in nothing
    assert site.state() == "SUGGESTED"
    broker.post("/matches/bulk", data={"action": "shortlist", "quick": "PRICE_GAP", "ids": str(site.id)})
    assert site.state() == "SHORTLISTED"
