"""Lists: what ended is no longer offered and still shown, a new name is a new version, files come in and go out unchanged."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import makers
from tests.catalog import world as worlds
from tests.catalog.test_pages import Site, value_of
from webapp.accounts.models import Organisation
from webapp.catalog import service as catalog
from webapp.catalog.models import Classification, Cluster, Result
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Forbidden, Invalid
from webapp.imports import classifying, owners

GIVEN = {"code": "robots", "zh": "机器人", "en": "Robotics", "parent": "emerging", "position": "7", "valid_from": "2024-06-02", "valid_to": ""}


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    return Site(app, database, sign_in)


def told(session: Session) -> list[tuple[Any, ...]]:
    return [(line.row.code, line.row.zh, line.row.version, line.standing) for line in classifying.lines(session, "industry")]


def test_a_new_name_is_a_new_version_and_the_old_one_ends_the_day_before(session: Session) -> None:
    operator = makers.actor(session, "operator")
    assert classifying.save(session, operator, "industry", GIVEN) == "added"
    assert classifying.save(session, operator, "industry", GIVEN) == "unchanged"
    assert classifying.save(session, operator, "industry", GIVEN | {"position": "3"}) == "changed"
    assert told(session) == [("robots", "机器人", "2024-06-02", "current")]
    assert classifying.save(session, operator, "industry", GIVEN | {"zh": "智能机器人"}) == "changed"
    today = clock.today()
    assert told(session) == [("robots", "智能机器人", today.isoformat(), "current"), ("robots", "机器人", "2024-06-02", "ended")]
    assert catalog.lists(session).name("industry", "robots") == "智能机器人"
    later = (today + timedelta(days=30)).isoformat()
    classifying.save(session, operator, "industry", GIVEN | {"zh": "具身智能", "valid_from": later})
    assert ("robots", "具身智能", later, "coming") in told(session)
    assert catalog.lists(session).name("industry", "robots") == "智能机器人"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"code": "有 空格"}, "code"), ({"code": ""}, "code"), ({"zh": ""}, "zh"), ({"zh": "长" * 81}, "zh"), ({"position": "很多"}, "position"),
     ({"valid_from": "昨天"}, "valid_from"), ({"valid_to": "2020-01-01"}, "valid_to")],
)  # fmt: skip
def test_each_field_has_its_rule(session: Session, change: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        classifying.save(session, makers.actor(session, "operator"), "industry", GIVEN | change)
    assert set(wrong.value.fields) == {field}


def test_only_operators_keep_the_lists(site: Site) -> None:
    for actor in (site.world.broker, site.world.office, site.world.buyer):
        assert site.browser(actor).get("/admin/lists/industry").status_code == 403
        assert site.browser(actor).post("/admin/lists/industry", data=GIVEN).status_code == 403
    with site.database.transaction() as session, pytest.raises(Forbidden):
        classifying.save(session, site.world.broker, "industry", GIVEN)
    assert site.browser(site.world.operator).get("/admin/lists/weather").status_code == 404


def test_what_ended_is_still_shown_where_it_is_used_and_offered_nowhere_else(site: Site) -> None:
    operator, author = site.browser(site.world.operator), site.browser(site.world.author)
    number = site.result(industry_code="marine", state="DRAFT", created_by_id=site.world.author.person_id)
    with site.database.transaction(write=False) as session:
        entry = session.scalars(select(Classification)).one().id
    assert "已停用" in operator.post(f"/admin/lists/industry/{entry}/end", follow_redirects=True).text
    assert "船舶海工" in author.get(f"/results/{number}").text
    form = author.get(f"/results/{number}/edit").text
    assert "船舶海工（已停用）" in form and "船舶海工" not in author.get("/results/new").text
    data = worlds.result_values(industry_code="marine", title="改了题目", version=value_of(form, "version"), confidentiality="0", modes=["LICENSE"])
    answer = author.post(f"/results/{number}/edit", data={k: v for k, v in data.items() if k not in {"indicators", "use_first_offered"}} | {"then": "draft"})
    assert answer.status_code == 302
    with site.database.transaction(write=False) as session:
        row = session.get_one(Result, number)
        assert (row.title, row.industry_code) == ("改了题目", "marine")


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_a_list_goes_out_and_comes_in_unchanged(site: Site, suffix: str) -> None:
    operator = site.browser(site.world.operator)
    operator.post("/admin/lists/industry", data=GIVEN)
    content = operator.get(f"/admin/lists/industry.{suffix}").data
    page = operator.post("/admin/lists/industry/file", data={"file": (io.BytesIO(content), f"a.{suffix}")}, follow_redirects=True)
    assert "新增 0 项，更改 0 项，没有变化 2 项" in page.text


def test_a_file_tells_what_is_wrong_by_line_and_takes_the_rest(site: Site) -> None:
    operator = site.browser(site.world.operator)
    content = "代码,中文名称,顺序\nocean,深海装备,1\n坏 代码,名称,2\nspace,,3\n".encode()
    page = operator.post("/admin/lists/industry/file", data={"file": (io.BytesIO(content), "a.csv")}, follow_redirects=True).text
    assert "新增 1 项" in page and "第 3 行" in page and "第 4 行" in page and "请填写中文名称" in page
    for wrong, sentence in ((b"", "文件是空的"), ("甲,乙\n1,2\n".encode(), "两列"), (b"<html>", "网页格式")):
        answer = operator.post("/admin/lists/industry/file", data={"file": (io.BytesIO(wrong), "a.csv")}, follow_redirects=True)
        assert sentence in answer.text


def test_a_form_with_mistakes_keeps_what_was_typed(site: Site) -> None:
    answer = site.browser(site.world.operator).post("/admin/lists/industry", data=GIVEN | {"zh": "", "en": "Typed"})
    assert answer.status_code == 422 and 'value="Typed"' in answer.text and "请填写中文名称" in answer.text


def test_every_list_begins_with_what_the_platform_knows_and_comes_back_from_a_file_unchanged(session: Session) -> None:
    operator = makers.actor(session, "operator")
    makers.organisation(session, "SCHOOL", code="ex-school", name="示例大学")
    session.add(Cluster(code="ex", zh="环示例大学创新圈", en="Example circle", short_zh="示例圈", short_en="Example"))
    session.flush()
    for scheme, code, name in (("cluster", "ex", "示例圈"), ("trl", "4", "仿真级：实验室部件验证"), ("institution", "ex-school", "示例大学")):
        head, rows = classifying.table(session, scheme)
        cells = [(line, row) for line, row in enumerate(rows, 2)]
        assert (code, name) in {(row[0], row[1]) for _, row in cells}
        outcome = classifying.take_in(session, operator, scheme, head, cells)
        assert (outcome.unchanged, outcome.changed, outcome.added, outcome.refused) == (len(cells), 0, 0, [])


def test_a_school_renamed_is_called_so_and_still_found_by_its_old_name_in_a_file(session: Session) -> None:
    operator = makers.actor(session, "operator")
    school = makers.organisation(session, "SCHOOL", code="ex-school", name="示例学院")
    row = next(line.row for line in classifying.lines(session, "institution") if line.row.code == "ex-school")
    given = {"code": row.code, "zh": "示例大学", "en": row.en, "position": row.position}
    assert classifying.save(session, operator, "institution", given) == "changed"
    assert school.name == "示例大学" and catalog.lists(session).institution[str(school.id)].zh == "示例大学"
    assert owners.named(session, "results", ["示例学院", "示例大学"]) == {"示例学院": school, "示例大学": school}
    assert classifying.save(session, operator, "institution", {"code": "ex-new", "zh": "示例研究所", "en": ""}) == "added"
    assert session.scalars(select(Organisation.verified_at).where(Organisation.code == "ex-new")).one() is None


def test_a_circle_that_ended_is_shown_and_no_longer_offered_and_a_new_one_has_its_page(session: Session) -> None:
    operator = makers.actor(session, "operator")
    session.add(Cluster(code="ex", zh="环示例大学创新圈", en="Example circle", short_zh="示例圈", short_en="Example"))
    session.flush()
    row = next(line.row for line in classifying.lines(session, "cluster") if line.row.code == "ex")
    classifying.end(session, operator, row)
    session.flush()
    found = catalog.lists(session)
    assert "ex" not in dict(found.choices("cluster")) and found.name("cluster", "ex") == "示例圈"
    classifying.save(session, operator, "cluster", {"code": "new", "zh": "新示例圈", "en": "New circle"})
    assert session.get_one(Cluster, "new").short_zh == "新示例圈" and "new" in dict(catalog.lists(session).choices("cluster"))


def test_the_name_of_a_level_can_change_and_there_are_nine(site: Site) -> None:
    with site.database.transaction() as session:
        operator = makers.actor(session, "operator")
        with pytest.raises(Invalid):
            classifying.save(session, operator, "trl", {"code": "10", "zh": "第十级", "en": "Tenth"})
        classifying.save(session, operator, "trl", {"code": "7", "zh": "样机在用", "en": "Prototype in use", "position": "7"})
    number = site.result(trl=7, stage="PILOT")
    assert "样机在用" in site.browser().get(f"/results/{number}").text
    assert "样机在用" in site.browser(site.world.author).get("/results/new").text
    page = site.browser(site.world.operator).get("/admin/lists/trl")
    assert page.status_code == 200 and "样机在用" in page.text and "环境级" in page.text
