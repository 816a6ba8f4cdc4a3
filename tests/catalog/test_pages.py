"""The HTML door: what a browser without scripts can do, nothing typed is lost, and no page shows what another refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.catalog.world import World, build, demand_values, result_values
from webapp.accounts.models import Person, Sight
from webapp.catalog import service
from webapp.catalog.models import Cluster, Demand, Result
from webapp.core.db import Database
from webapp.core.policy import Actor

SECRET = "合金配比三比七"
TYPED = {
    "title": "低表面处理防腐涂层", "summary": "海洋平台浪溅区用。\n手工除锈后即可涂装。", "details": SECRET, "keywords": "防腐；涂层", "industry_code": "marine",
    "trl": "7", "stage": "PILOT", "modes": ["LICENSE", "JOINT"], "price": "50-120万元", "confidentiality": "0", "payment_model": "ROYALTY",
    "use_first_offered": "y", "trial_months": "12", "non_secret": "y", "ownership_clear": "y", "inventors_agree": "y",
    "indicators-0-name": "附着力", "indicators-0-comparison": "GE", "indicators-0-value": "12.4", "indicators-0-unit": "MPa",
    "indicators-3-name": "使用温度", "indicators-3-comparison": "RANGE", "indicators-3-value": "-20-60", "indicators-3-unit": "℃",
}  # fmt: skip
DEMANDED = {
    "title": "深海连接件防腐", "summary": "螺栓与法兰八个月起泡。", "kind": "TACKLE", "price": "80万", "deadline": "2099年3月", "confidentiality": "1",
    "min_trl": "6", "targets-0-name": "耐盐雾", "targets-0-comparison": "GE", "targets-0-value": "3,000", "targets-0-unit": "h", "targets-0-must": "yes",
}  # fmt: skip


class Site:
    """The application with a school, a company and the desk in its database, and browsers for everybody."""

    def __init__(self, app: Any, database: Database, sign_in: Callable[..., None]) -> None:
        self.app, self.database, self._sign_in = app, database, sign_in
        with database.transaction() as session:
            self.world: World = build(session)
            session.add(Cluster(code="upc", zh="环示例大学创新圈", en="Example circle", short_zh="示例圈", short_en="Example"))

    def browser(self, actor: Actor | None = None) -> Any:
        client = self.app.test_client()
        if actor is not None:
            with self.database.transaction(write=False) as session:
                self._sign_in(client, session.get_one(Person, actor.person_id))
        return client

    def result(self, **values: Any) -> int:
        with self.database.transaction() as session:
            return makers.result(session, self.world.school, details=SECRET, **values).id

    def demand(self, **values: Any) -> int:
        with self.database.transaction() as session:
            return makers.demand(session, self.world.company, details=SECRET, **values).id

    def one(self, model: type) -> Any:
        with self.database.transaction(write=False) as session:
            row = session.scalars(select(model)).unique().one()
            list(row.indicators if isinstance(row, Result) else row.targets)
            return row


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    return Site(app, database, sign_in)


def value_of(page: str, name: str) -> str:
    """What an input of the page holds."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, name
    found = re.search(r'value="([^"]*)"', tag[0])
    return found[1] if found else ""


def test_a_researcher_posts_a_result_and_the_office_publishes_it_with_one_click(site: Site) -> None:
    author, office, visitor = site.browser(site.world.author), site.browser(site.world.office), site.browser()
    form = author.get("/results/new").text
    answer = author.post("/results/new", data={**TYPED, "submission": value_of(form, "submission"), "then": "submit"})
    assert answer.status_code == 302
    row = site.one(Result)
    assert (row.state, row.trl, row.payment_model, row.organisation.name) == ("SUBMITTED", 7, "ROYALTY", "示例大学")
    assert [(i.name, i.comparison, i.value, i.value_max) for i in row.indicators] == [("附着力", "GE", 12.4, None), ("使用温度", "RANGE", -20, 60)]
    assert visitor.get(f"/results/{row.id}").status_code == 404
    assert office.get("/start").location.endswith("/approvals"), "where something waits"
    waiting = office.get("/approvals").text
    assert "低表面处理防腐涂层" in waiting and "<span>待审核</span><b>1</b>" in waiting
    assert "等您审核。" in office.get(f"/results/{row.id}").text and "等您审核。" not in author.get(f"/results/{row.id}").text
    act = office.post(f"/results/{row.id}/act/approve", data={"version": row.version, "next": "/approvals"})
    assert (act.status_code, act.location) == (302, "/approvals")
    assert office.get("/start").location.endswith("/mine") and "<span>待审核</span><b>" not in office.get("/approvals").text
    page = visitor.get(f"/results/{row.id}").text
    assert "≥\xa012.4\xa0MPa" in page and "-20–60\xa0℃" in page and "先用后付怎么走" in page and SECRET not in page
    assert "低表面处理防腐涂层" in visitor.get("/results").text


def test_a_company_posts_a_demand_that_a_broker_verifies(site: Site) -> None:
    buyer, broker, visitor = site.browser(site.world.buyer), site.browser(site.world.broker), site.browser()
    assert buyer.post("/demands/new", data={**DEMANDED, "then": "submit"}).status_code == 302
    row = site.one(Demand)
    assert (row.state, str(row.deadline), row.targets[0].must) == ("SUBMITTED", "2099-03-31", True)
    refused = broker.post(f"/demands/{row.id}/act/verify", data={"version": row.version, "note": ""}, follow_redirects=True)
    assert "请写明原因或核实方式" in refused.text and site.one(Demand).state == "SUBMITTED"
    broker.post(f"/demands/{row.id}/act/verify", data={"version": row.version, "note": "电话核实。"})
    page = visitor.get(f"/demands/{row.id}").text
    assert "某船舶海工企业" in page and "示例海工装备" not in page and "≥\xa03,000\xa0h" in page
    assert "某船舶海工企业" in visitor.get("/demands").text


def test_a_title_from_the_search_page_starts_the_demand(site: Site) -> None:
    page = site.browser(site.world.buyer).get("/demands/new", query_string={"title": "找<涂层>"}).text
    assert 'value="找&lt;涂层&gt;"' in page


def test_a_form_with_mistakes_says_each_at_its_field_and_keeps_everything_typed(site: Site) -> None:
    wrong = TYPED | {"title": "", "price": "不贵", "indicators-0-value": "很好", "details": "受控<b>内容</b>"}
    answer = site.browser(site.world.author).post("/results/new", data={**wrong, "then": "submit"})
    assert answer.status_code == 422
    for sentence in ("请填写名称。", "价格请写成", "数值看不懂"):
        assert sentence in answer.text
    for typed in ("海洋平台浪溅区用。\n手工除锈后即可涂装。", 'value="不贵"', 'value="很好"', 'value="防腐；涂层"', "受控&lt;b&gt;内容&lt;/b&gt;", 'value="-20-60"'):
        assert typed in answer.text
    assert re.search(r'<option selected value="7">', answer.text) and re.search(r'value="JOINT" checked', answer.text)
    with site.database.transaction(write=False) as session:
        assert session.scalars(select(Result)).unique().all() == []


def test_what_publishing_asks_is_told_in_the_form_and_a_draft_needs_none_of_it(site: Site) -> None:
    author = site.browser(site.world.author)
    plain = {name: value for name, value in TYPED.items() if name not in {"non_secret", "inventors_agree"}}
    answer = author.post("/results/new", data={**plain, "then": "submit"})
    assert answer.status_code == 422 and "发布前请确认内容不涉及国家秘密。" in answer.text and "发布前请确认完成人都同意发布。" in answer.text
    assert author.post("/results/new", data={**plain, "then": "draft"}).status_code == 302
    assert site.one(Result).state == "DRAFT"


def test_rows_are_added_and_removed_without_script_and_nothing_is_saved(site: Site) -> None:
    author = site.browser(site.world.author)
    more = author.post("/results/new", data={**TYPED, "add_row": "indicators"})
    assert more.status_code == 200 and len(re.findall(r'name="indicators-\d+-name"', more.text)) == 4
    less = author.post("/results/new", data={**TYPED, "remove_row": "indicators-0"})
    assert 'value="12.4"' not in less.text and 'value="-20-60"' in less.text and "低表面处理防腐涂层" in less.text
    with site.database.transaction(write=False) as session:
        assert session.scalars(select(Result)).unique().all() == []


def test_a_double_click_posts_once_and_both_clicks_arrive_at_the_same_row(site: Site) -> None:
    author = site.browser(site.world.author)
    data = {**TYPED, "submission": value_of(author.get("/results/new").text, "submission"), "then": "submit"}
    first, second = author.post("/results/new", data=data), author.post("/results/new", data=data)
    assert first.status_code == second.status_code == 302 and first.location == second.location
    assert site.one(Result).state == "SUBMITTED"


def test_a_second_click_on_a_step_is_no_error(site: Site) -> None:
    number = site.result(state="SUBMITTED", published_at=None)
    office, version = site.browser(site.world.office), site.one(Result).version
    for _ in range(2):
        answer = office.post(f"/results/{number}/act/approve", data={"version": version}, follow_redirects=True)
        assert answer.status_code == 200 and "不允许" not in answer.text and "已经改过" not in answer.text
    assert site.one(Result).state == "PUBLISHED"
    again = site.browser(site.world.author).post(f"/results/{number}/act/approve", data={"version": version}, follow_redirects=True)
    assert "sm-flash-error" in again.text


@pytest.mark.parametrize("long", ["字" * 20_001, "🧬" * 20_001])
def test_text_over_the_limit_is_refused_with_the_limit_and_kept_in_the_form(site: Site, long: str) -> None:
    answer = site.browser(site.world.author).post("/results/new", data={**TYPED, "summary": long})
    assert answer.status_code == 422 and "最多 20000 个字" in answer.text and long in answer.text


def test_emoji_control_signs_and_traditional_chinese_come_through_whole(site: Site) -> None:
    odd = "潛水器🧬\x00\x07的\u200d塗層"
    assert site.browser(site.world.author).post("/results/new", data={**TYPED, "title": odd, "summary": odd}).status_code == 302
    row = site.one(Result)
    assert row.title == row.summary == "潛水器🧬的\u200d塗層"


def test_saving_an_unchanged_form_changes_nothing(site: Site) -> None:
    author = site.browser(site.world.author)
    author.post("/results/new", data={**TYPED, "price": "12.345678万", "keywords": "graphene oxide；", "then": "draft"})
    row = site.one(Result)
    page = author.get(f"/results/{row.id}/edit").text
    names = ("title", "keywords", "price", "department", "lead", "contact", "valid_until", "trial_months", "max_concurrent_trials", "version")
    again = {name: value_of(page, name).replace("&#39;", "'") for name in names}
    rows = {
        f"indicators-{n}-{cell}": value_of(page, f"indicators-{n}-{cell}")
        for n in range(2) for cell in ("name", "value", "unit")
    } | {"indicators-0-comparison": "GE", "indicators-1-comparison": "RANGE"}  # fmt: skip
    kept = {name: TYPED[name] for name in ("summary", "details", "industry_code", "trl", "stage", "modes", "confidentiality", "payment_model", "use_first_offered", "non_secret", "ownership_clear", "inventors_agree")}
    assert author.post(f"/results/{row.id}/edit", data={**again, **rows, **kept, "then": "draft"}).status_code == 302
    assert site.one(Result).version == row.version


def test_the_second_of_two_editors_keeps_what_they_typed_beside_the_others_version(site: Site) -> None:
    number = site.demand(state="DRAFT", published_at=None, created_by_id=site.world.buyer.person_id, targets=[])
    buyer = site.browser(site.world.buyer)
    opened = value_of(buyer.get(f"/demands/{number}/edit").text, "version")
    with site.database.transaction() as session:
        row = session.get_one(Demand, number)
        service.edit_demand(session, site.world.buyer, row, {"title": "同事改的名称"}, row.version)
    mine = {**DEMANDED, "title": "我改的名称", "version": opened}
    answer = buyer.post(f"/demands/{number}/edit", data=mine)
    assert answer.status_code == 409
    assert "同事改的名称" in answer.text and 'value="我改的名称"' in answer.text and "已经改过这条内容" in answer.text
    assert site.one(Demand).title == "同事改的名称"
    again = buyer.post(f"/demands/{number}/edit", data={**mine, "version": value_of(answer.text, "version")})
    assert again.status_code == 302 and site.one(Demand).title == "我改的名称"


def test_a_broker_reads_details_and_the_owner_sees_that_they_did(site: Site) -> None:
    number = site.demand()
    assert SECRET in site.browser(site.world.broker).get(f"/demands/{number}").text
    for other in (None, site.world.author):
        page = site.browser(other).get(f"/demands/{number}").text
        assert SECRET not in page and "对方同意" in page
    owner = site.browser(site.world.buyer).get(f"/demands/{number}").text
    assert "谁看过受控内容" in owner and site.world.broker.name in owner
    with site.database.transaction(write=False) as session:
        assert [sight.person_id for sight in session.scalars(select(Sight))] == [site.world.broker.person_id]


@pytest.mark.parametrize("level", [2, 3, 4])
def test_confidential_demands_are_on_no_public_page(site: Site, level: int) -> None:
    number = site.demand(confidentiality=level, title="机密标题")
    visitor = site.browser()
    assert visitor.get(f"/demands/{number}").status_code == 404
    assert "机密标题" not in visitor.get("/demands").text
    assert "机密标题" in site.browser(site.world.broker).get("/demands").text


def test_a_step_that_is_not_mine_is_refused_in_words_and_changes_nothing(site: Site) -> None:
    number = site.result()
    buyer = site.browser(site.world.buyer)
    page = buyer.post(f"/results/{number}/act/withdraw", data={"note": ""}, follow_redirects=True)
    assert "这一步要由别的角色来做。" in page.text and site.one(Result).state == "PUBLISHED"
    assert buyer.post(f"/results/{number}/act/explode").status_code == 404
    assert buyer.get(f"/results/{number}/act/withdraw").status_code == 405
    assert buyer.get(f"/results/{number}/edit").status_code == 403


def test_after_a_step_nobody_is_sent_to_a_page_that_just_closed_to_them(site: Site) -> None:
    number = site.demand(state="SUBMITTED", published_at=None)
    broker = site.browser(site.world.broker)
    answer = broker.post(f"/demands/{number}/act/return", data={"note": "请补充工况。"})
    assert answer.status_code == 302 and "/start" in answer.location
    assert "请补充工况。" in site.browser(site.world.buyer).get(f"/demands/{number}").text


def test_signed_out_people_are_asked_to_sign_in(site: Site) -> None:
    visitor = site.browser()
    for address in ("/results/new", "/demands/new", "/mine", "/approvals", "/results/1/edit"):
        answer = visitor.get(address)
        assert answer.status_code == 302 and "/sign-in" in answer.location, address
    assert visitor.post("/results/1/act/approve").status_code == 302


@pytest.mark.parametrize("number", ["0", "99999999", str(2**70)])
def test_rows_that_do_not_exist_are_not_found(site: Site, number: str) -> None:
    assert site.browser().get(f"/results/{number}").status_code == 404
    assert site.browser().get(f"/demands/{number}").status_code == 404


def test_lists_filter_count_and_sort(site: Site) -> None:
    site.result(title="甲涂层", trl=4, stage="SMALL_TRIAL", modes=["TRANSFER"], use_first_offered=False, price_min_fen=10_000_000, price_max_fen=10_000_000)
    site.result(title="乙涂层", trl=9, stage="INDUSTRIAL", price_min_fen=90_000_000, price_max_fen=90_000_000)
    site.result(title="丙涂层", price_kind="NEGOTIABLE", price_min_fen=None, price_max_fen=None, cluster_code=None)
    visitor = site.browser()

    def titles(**query: Any) -> list[str]:
        page = visitor.get("/results", query_string=query).text
        return re.findall(r"(.)涂层</a></h\d>", page)

    assert titles() == ["丙", "乙", "甲"]
    assert titles(mode="TRANSFER") == ["甲"] and titles(mode=["TRANSFER", "LICENSE"]) == ["丙", "乙", "甲"]
    assert titles(stage="INDUSTRIAL") == ["乙"] and titles(use_first="yes") == ["丙", "乙"] and titles(cluster="upc") == ["乙", "甲"]
    assert titles(money="50万") == ["甲"] and titles(money="不贵") == ["丙", "乙", "甲"]
    assert titles(sort="trl") == ["乙", "丙", "甲"] and titles(sort="price") == ["甲", "乙", "丙"] and titles(sort="rubbish") == ["丙", "乙", "甲"]
    assert titles(industry="%' OR 1=1 --") == [] and titles(mode='"') == [] and titles(mode="_") == []
    page = visitor.get("/results", query_string={"mode": "TRANSFER"}).text
    assert re.search(r'value="LICENSE"><span>许可</span><span class="sm-n">2</span>', page)
    assert re.search(r'value="SMALL_TRIAL"><span>小试</span><span class="sm-n">1</span>', page)
    assert re.search(r'sm-facet-zero"><input class="sm-box" type="checkbox" name="stage" value="PILOT"', page)


def test_budgets_and_deadlines_sort_demands(site: Site) -> None:
    site.demand(title="甲需求", price_max_fen=10_000_000)
    site.demand(title="乙需求", price_kind="NEGOTIABLE", price_min_fen=None, price_max_fen=None, wants_use_first=False)
    visitor = site.browser()

    def titles(**query: Any) -> list[str]:
        return re.findall(r"(.)需求</a></h\d>", visitor.get("/demands", query_string=query).text)

    assert titles(sort="price") == ["甲", "乙"] and titles(money="20万") == [] and titles(money="5万") == ["甲"]
    assert titles(use_first="yes") == ["甲"] and titles(kind="TACKLE", sort="deadline") == ["乙", "甲"]


def test_my_rows_show_every_state_and_its_reason(site: Site) -> None:
    site.demand(state="NEED_INFO", published_at=None, returned_note="请写明工况。", title="甲需求")
    site.demand(title="乙需求")
    page = site.browser(site.world.buyer).get("/mine").text
    assert "请写明工况。" in page and "待补充 1" in page and "已发布 1" in page
    only = site.browser(site.world.buyer).get("/mine?state=OPEN").text
    assert "乙需求" in only and "甲需求" not in only


def test_text_of_people_is_escaped_everywhere(site: Site) -> None:
    attack = "<script>alert(1)</script>"
    number = site.result(title=attack, summary=attack, keywords=[attack], lead=attack, department=attack)
    for browser in (site.browser(), site.browser(site.world.office), site.browser(site.world.broker)):
        for address in ("/results", f"/results/{number}"):
            assert attack not in browser.get(address).text
    assert attack not in site.browser(site.world.office).get(f"/results/{number}/edit").text


def test_pages_speak_of_owners_in_the_language_of_the_page(site: Site) -> None:
    number = site.demand()
    with site.database.transaction() as session:
        row = session.get_one(Demand, number)
        row.organisation.name_en = "Example Offshore"
        row.confidentiality = 0
    page = site.browser().get(f"/demands/{number}", headers={"Accept-Language": "en"}).text
    assert "Example Offshore" in page


def test_values_typed_in_the_world_of_tests_are_the_ones_of_the_service(site: Site) -> None:
    """The makers of typed values and the browser's form agree on what a complete posting is."""
    with site.database.transaction() as session:
        assert service.post_result(session, site.world.author, result_values()).title == TYPED["title"]
        assert service.post_demand(session, site.world.buyer, demand_values()).targets[0].value == 3000
