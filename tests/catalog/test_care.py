"""Care: twins, reports and takedown, secrets, answers, history, kept lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import makers
from tests.catalog.test_pages import Site
from tests.catalog.world import World, demand_values, jobs, notices, published, refused, result_values
from webapp.catalog import freshness, history, laying, reports, saved, secrecy, service, twins
from webapp.catalog.browse import asked
from webapp.catalog.likeness import alike, same_thing
from webapp.catalog.models import Demand, IpRight, Likeness, Report, Result
from webapp.catalog.service import act, edit, post_demand, post_result
from webapp.config import Settings
from webapp.core import clock, policy
from webapp.core.audit import AuditEvent
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid, Refused

SETTINGS = Settings(secret_key="not-secret")
PATENT = {"kind": "INVENTION", "number": "ZL202410000001.0", "status": "GRANTED", "holder": "示例大学", "expires": "2044-01-01"}


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    return Site(app, database, sign_in)


# --- state secrets


@pytest.mark.parametrize("text", ["机密★10年", "密级：秘密", "本项目属于国家秘密"])
def test_a_mark_of_classification_is_refused_wherever_it_stands(session: Session, world: World, text: str) -> None:
    row = post_result(session, world.author, result_values(details=text))
    refused(Invalid, lambda: act(session, world.author, row, "submit"))
    live = published(session, world)
    refused(Invalid, lambda: edit(session, world.author, live, {"summary": text}, live.version))


def test_to_say_that_nothing_is_secret_is_no_mark() -> None:
    assert secrecy.marks("本成果不涉及国家秘密，不属于国家秘密。加密算法保护商业秘密。") == []
    assert secrecy.words("内容不涉密") == [] and secrecy.words("舰载设备") == ["舰载"]


def test_words_to_look_into_and_regulated_matters_need_a_note_of_the_approver(session: Session, world: World) -> None:
    row = post_result(session, world.author, result_values(summary="用于军工装备的涂层，也用于民用平台。", compliance=["ETHICS"]))
    act(session, world.author, row, "submit")
    assert policy.reveal(world.office, row).checks
    refused(Invalid, lambda: act(session, world.office, row, "approve"))
    act(session, world.office, row, "approve", "查过保密办目录，不涉密；伦理审查号 示例1")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "result:approve")).one()
    assert "保密办" in event.facts["note"] and row.state == "PUBLISHED"


# --- reports


def test_anybody_reports_the_operator_takes_down_and_the_record_stays(session: Session, world: World) -> None:
    row = published(session, world)
    reports.report(session, policy.ANONYMOUS, row, "SECRET", "怀疑涉密")
    found = session.scalars(select(Report)).one()
    assert [notice.kind for notice in notices(session, world.operator)][-1] == "result_reported"
    refused(Forbidden, lambda: reports.decide(session, world.broker, found, True, "属实"))
    refused(Invalid, lambda: reports.decide(session, world.operator, found, True, " "))
    reports.decide(session, world.operator, found, True, "核查属实")
    assert (row.state, row.sealed, found.state) == ("REVOKED", True, "UPHELD")
    for actor in (world.author, world.office, world.broker, policy.ANONYMOUS):
        assert policy.reveal(actor, row).summary == "" and policy.reveal(actor, row).title == row.code
        assert session.scalars(policy.visible(actor, Result).where(Result.id == row.id)).unique().first() is None
    assert policy.reveal(world.operator, row).summary
    assert "report:upheld" in session.scalars(select(AuditEvent.action)).all()
    refused(Refused, lambda: reports.decide(session, world.operator, found, False, "再来"))


def test_a_dismissed_report_leaves_the_row_and_a_demand_can_be_taken_down_too(session: Session, world: World) -> None:
    row = makers.demand(session, world.company)
    reports.report(session, world.author, row, "FALSE", "不真实")
    reports.report(session, world.author, row, "TITLE", "抄来的")
    first, second = session.scalars(select(Report).order_by(Report.id))
    reports.decide(session, world.operator, first, False, "查过，真实")
    assert (row.state, first.state, second.state) == ("OPEN", "DISMISSED", "OPEN")
    reports.decide(session, world.operator, second, True, "属实")
    assert (row.state, row.sealed) == ("REVOKED", False)


def test_reports_past_twenty_of_one_row_add_nothing(session: Session, world: World) -> None:
    row = published(session, world)
    for _ in range(25):
        reports.report(session, policy.ANONYMOUS, row, "OTHER", "重复")
    assert session.query(Report).count() == 20


# --- twins


def test_texts_are_alike_by_their_pieces() -> None:
    assert alike("海洋平台防腐涂层", "海洋平台 防腐涂层！") == 1.0
    assert alike("海洋平台防腐涂层", "苹果采摘机器人") == 0.0
    assert alike("", "苹果") == 0.0
    assert same_thing("防腐涂层", "", "防腐涂层", "") == pytest.approx(0.9)


class Engine:
    """An engine that finds what it is told to."""

    def __init__(self, *ids: int) -> None:
        self.ids = ids
        self.loaded = True

    def similar(self, side: str, document: Any, top: int) -> list[Any]:
        return [type("Scored", (), {"id": str(number)}) for number in self.ids]


def test_the_same_result_by_two_authors_is_found_and_merged_with_its_history(session: Session, world: World) -> None:
    colleague = makers.actor(session, "researcher", world.school)
    first = published(session, world, members=[{"name": "甲"}])
    other = published(session, world, title="苹果采摘机器人", summary="采摘成功率百分之九十。", keywords="农业")
    second = post_result(session, colleague, result_values(keywords="防腐；带水施工", members=[{"name": "乙"}], title="低表面处理的防腐涂层"))
    act(session, colleague, second, "submit")
    engine: Any = Engine(first.id, other.id)
    assert twins.look(session, engine, [("result", second.id)]) == 1
    assert twins.look(session, engine, [("result", second.id)]) == 0
    assert [view.code for _, view in twins.of_row(session, world.office, second)] == [first.code]
    assert twins.of_row(session, world.buyer, first) == []
    twins.merge(session, world.office, second, twins.find(session, world.office, Result, first.code))
    assert (second.state, second.merged_into_id) == ("WITHDRAWN", first.id)
    assert [member["name"] for member in first.members] == ["甲", "乙"] and "带水施工" in first.keywords
    assert [change.action for change in laying.revisions(session, first)] == ["merge"]
    assert session.scalars(select(Likeness.state)).one() == "MERGED"
    assert "result_merged" in [notice.kind for notice in notices(session, colleague)]
    refused(Invalid, lambda: twins.merge(session, world.office, first, second))


def test_two_that_only_look_alike_are_not_asked_about_again(session: Session, world: World) -> None:
    first, second = published(session, world), published(session, world)
    twins.look(session, None, [("result", second.id)])
    assert twins.of_row(session, world.office, first)
    twins.different(session, world.office, first, second.id)
    assert not twins.of_row(session, world.office, first) and not twins.of_row(session, world.office, second)
    refused(Forbidden, lambda: twins.different(session, world.buyer, first, second.id))


def test_imported_rows_are_compared_by_their_titles_without_the_engine(session: Session, world: World) -> None:
    values = result_values()
    for number in ("1", "2"):
        service.store(session, world.office, Result, world.school.id, "school", number, values, publish=True)
    session.flush()
    keys = [("result", row.id) for row in session.scalars(select(Result)).unique()]
    assert {("twins", *key) for key in keys} <= jobs(session)
    assert not twins.needs_engine(session, keys)
    assert twins.look(session, None, keys) == 1


def test_a_broker_merges_demands_of_two_companies_without_copying_words(session: Session, world: World) -> None:
    first, second = makers.demand(session, world.company, keywords=["甲"]), makers.demand(session, keywords=["乙"])
    refused(Forbidden, lambda: twins.merge(session, world.buyer, first, second))
    twins.merge(session, world.broker, first, second)
    assert (first.state, first.merged_into_id, second.keywords) == ("WITHDRAWN", second.id, ["乙"])


@pytest.mark.parametrize("code", ["", "SM-D-2026-0001", "SM-R-2026-999999", "九", "1; drop table result"])
def test_a_number_that_names_nothing_is_told(session: Session, world: World, code: str) -> None:
    assert refused(Invalid, lambda: twins.find(session, world.office, Result, code)).fields == {"code": "没有找到这个编号。"}


# --- demands: verification and answers


def waiting(session: Session, world: World) -> Demand:
    row = post_demand(session, world.buyer, demand_values())
    act(session, world.buyer, row, "submit")
    return row


def test_a_demand_is_verified_with_evidence(site: Site) -> None:
    with site.database.transaction() as session:
        row_id = waiting(session, site.world).id
    broker = site.browser(site.world.broker)
    broker.post(f"/demands/{row_id}/act/verify", data={"how": "VISIT", "note": "到厂看过，与示例工程师核对了指标"})
    with site.database.transaction(write=False) as session:
        row = session.get_one(Demand, row_id)
        assert (row.state, row.verified_how) == ("OPEN", "VISIT")
    page = site.browser(site.world.buyer).get(f"/demands/{row_id}").text
    assert "上门走访" in page and "到厂看过" in page
    assert "到厂看过" not in site.browser().get(f"/demands/{row_id}").text


def test_already_solved_is_answered_with_a_result_and_the_company_decides(session: Session, world: World) -> None:
    row, result = waiting(session, world), published(session, world)
    act(session, world.broker, row, "answer", "这项涂层已经在用", facts={"answer_result_id": result.id})
    assert row.state == "ANSWERED" and service.answer_view(session, world.buyer, row).code == result.code
    assert service.answer_view(session, policy.ANONYMOUS, row) is None
    act(session, world.buyer, row, "contest", "厚度不够")
    assert row.state == "SUBMITTED" and "demand_contested" in [notice.kind for notice in notices(session, world.broker)]
    act(session, world.broker, row, "answer", "加厚也有")
    act(session, world.buyer, row, "accept")
    assert row.state == "SOLVED"


def test_a_late_verification_is_chased_once(session: Session, world: World) -> None:
    row = waiting(session, world)
    assert freshness.chase_verification(session, SETTINGS) == 0
    clock.set_offset(timedelta(days=14))
    assert freshness.chase_verification(session, SETTINGS) == 1
    assert freshness.chase_verification(session, SETTINGS) == 0
    assert [notice.kind for notice in notices(session, world.broker)][-1] == "demand_late" and row.state == "SUBMITTED"


# --- pages


def test_the_history_shows_who_took_out_and_put_in_which_words_and_is_for_readers(site: Site) -> None:
    row_id = site.result(title="旧名称涂层", created_by_id=site.world.author.person_id)
    with site.database.transaction() as session:
        edit(session, site.world.author, session.get_one(Result, row_id), {"title": "新名称涂层", "modes": ["LICENSE", "JOINT", "USE_FIRST"]}, 1)
    page = site.browser(site.world.office).get(f"/results/{row_id}/history").text
    assert "<del>旧</del><ins>新</ins>名称涂层" in page and "合作开发" in page
    assert site.browser(site.world.buyer).get(f"/results/{row_id}/history").status_code == 403


def test_a_difference_gives_both_texts_back() -> None:
    parts = history.difference("附着力 10 MPa", "附着力 12.4 MPa，实测")
    assert "".join(text for text, mark in parts if mark != "+") == "附着力 10 MPa"
    assert "".join(text for text, mark in parts if mark != "-") == "附着力 12.4 MPa，实测"


def test_the_card_and_the_code_show_no_more_than_the_page(site: Site) -> None:
    row_id, hidden = site.result(), site.result(confidentiality=3, title="签保密才看的")
    card = site.browser().get(f"/results/{row_id}/card")
    assert card.status_code == 200 and "data:image/svg+xml" in card.text and "合金配比" not in card.text
    assert site.browser().get(f"/results/{row_id}/qr.png").data.startswith(b"\x89PNG")
    assert {site.browser().get(f"/results/{hidden}/{page}").status_code for page in ("card", "qr.png")} == {404}
    head = site.browser().get(f"/results/{row_id}").text
    assert 'property="og:title"' in head


def test_filters_and_columns_are_kept_under_a_name(site: Site) -> None:
    site.result()
    browser = site.browser(site.world.buyer)
    browser.post("/results/keep", data={"name": "能先用的", "use_first": "yes", "show": "table", "col": ["rights", "owner"]})
    page = browser.get("/results").text
    address = re.search(r'href="(/results\?[^"]+)">能先用的', page)
    assert address
    table = browser.get(address[1].replace("&amp;", "&")).text
    assert "<th scope=\"col\">知识产权</th>" in table and "<th scope=\"col\">参考价" not in table
    assert "能先用的" not in site.browser(site.world.author).get("/results").text


def test_a_kept_list_holds_only_what_the_page_knows(session: Session, world: World) -> None:
    wanted = asked("result", {"cluster": ["upc"], "col": ["owner", "rubbish"], "show": ["table"], "x": ["1"]})
    kept = saved.keep(session, world.buyer, "results", " 我的 ", wanted.query())
    assert (kept.name, kept.query) == ("我的", {"cluster": ["upc"], "show": "table", "col": ["owner"]})
    refused(Invalid, lambda: saved.keep(session, world.buyer, "results", " ", {}))
    saved.drop(session, world.author, kept.id)
    assert saved.mine(session, world.buyer, "results")


def test_my_page_says_what_happens_next_and_offers_what_is_unfinished(site: Site) -> None:
    with site.database.transaction() as session:
        waiting(session, site.world)
    browser = site.browser(site.world.buyer)
    browser.post("/demands/draft", data={"title": "写了一半的"})
    page = browser.get("/mine").text
    assert "技术经纪人会联系您核实" in page and "最晚" in page and "写了一半的" in page
    with site.database.transaction(write=False) as session:
        row_id = session.scalars(select(Demand.id).where(Demand.state == "SUBMITTED")).one()
    own = browser.get(f"/demands/{row_id}").text
    assert "技术经纪人会联系您核实" in own and "最晚" in own, "the row's own page says it too"
    assert "会联系您核实" not in site.browser(site.world.broker).get(f"/demands/{row_id}").text


def test_the_reports_page_is_the_operators(site: Site) -> None:
    row_id = site.result()
    assert site.browser().post(f"/results/{row_id}/report", data={"reason": "FALSE", "text": "不真实的内容"}).status_code == 302
    assert site.browser(site.world.broker).get("/reports").status_code == 403
    operator = site.browser(site.world.operator)
    assert "不真实的内容" in operator.get("/reports").text
    with site.database.transaction(write=False) as session:
        number = session.scalars(select(Report.id)).one()
    operator.post(f"/reports/{number}/uphold", data={"note": "属实"})
    assert site.browser().get(f"/results/{row_id}").status_code == 404
    assert "属实" in operator.get("/reports?state=UPHELD").text


def test_rights_keep_their_rows_in_the_database(session: Session, world: World) -> None:
    row = post_result(session, world.author, result_values(ip_rights=[PATENT]))
    assert edit(session, world.author, row, {"ip_rights": [PATENT]}, row.version) == []
    assert edit(session, world.author, row, {"ip_rights": []}, row.version) == ["ip_rights"]
    assert session.query(IpRight).count() == 0
