"""One demand all the way: posted, matched, shortlisted, agreed, a task, a use-first licence, and an instalment paid."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
Enter = Callable[..., Any]
TITLE = "码头钢桩浪溅区带水包覆防腐施工"
SUMMARY = (
    "码头三十多根钢管桩在浪花飞溅区锈得最快，每年补漆，一个台风季又起皮。想改成矿脂包覆一类的办法："
    "表面只除浮锈、带水就能做，两个人赶一个潮汐间隙包完一根，护甲扛得住漂浮物撞击。希望有三年以上现场数据，"
    "包覆后钢面腐蚀速率每年不超过0.01毫米，先在六根桩上试用，好用再全面推开。"
)


def _post(company: Any) -> int:
    page = company.go("/demands/new")
    page.fill("input[name=title]", TITLE)
    page.fill("textarea[name=summary]", SUMMARY)
    page.fill("input[name=price]", "40-100万元")
    page.fill("input[name=deadline]", (date.today() + timedelta(days=200)).isoformat())
    page.check("input[name=wants_use_first]")
    page.click("button[name=then][value=submit]:visible")
    page.wait_for_url(re.compile(r"/demands/\d+$"))
    assert TITLE in page.inner_text("h1")
    return int(page.url.rsplit("/", 1)[1])


def _verify(broker: Any, demand: int) -> None:
    broker.go(f"/demands/{demand}")
    broker.act("verify", fill={"note": "电话核实了钢桩数量和工期。"})
    broker.go(f"/demands/{demand}")
    assert not broker.page.locator("form[action$='/act/verify']").count(), "a verified demand waits no more"


def _shortlist(broker: Any) -> tuple[int, str]:
    """The broker takes the best pair of the new demand; returns the match and the result's title."""
    page = broker.until(f"/matches?text={TITLE}", lambda page: TITLE in page.inner_text("main") and page.locator(".sm-qi").count() > 0)
    page.locator(".sm-qi").first.click()
    page.wait_for_url(re.compile("selected="))
    match = int(re.search(r"selected=(\d+)", page.url)[1])  # type: ignore[index]
    assert page.locator("mark").count() > 0, "shared terms are marked"
    assert page.locator(".sm-why").count() > 0, "the score is explained"
    result = page.locator(".sm-sides .sm-side").nth(1).locator("h2, h3").first.inner_text()
    page.keyboard.press("s")
    page.wait_for_selector("form[action$='/undo']")
    broker.go(f"/matches?state=SHORTLISTED&selected={match}")
    page.locator("form[action$='/recommend'] button").click()
    page.wait_for_selector("text=双方可在")
    return match, result


def _say_yes(party: Any, match: int) -> None:
    page = party.go("/matches/mine")
    pair = page.locator(f"#match-{match}")
    assert TITLE in pair.inner_text()
    with page.expect_navigation():
        pair.get_by_role("button", name="愿意对接").click()


def _task(broker: Any) -> int:
    """The task that opened by itself, accepted and led three steps on."""
    page = broker.until("/tasks?view=list", lambda page: TITLE in page.inner_text("main"))
    page.locator("tr", has_text=TITLE).get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/tasks/\d+"))
    task = int(re.search(r"/tasks/(\d+)", page.url)[1])  # type: ignore[index]
    for _ in range(3):
        with page.expect_navigation():
            page.locator("[data-sm-key=n]").click()
    assert page.locator(".sm-track .done, [class*=track] .done").count() >= 1 or "双方核实" in page.inner_text("main")
    return task


def _apply(company: Any, task: int) -> int:
    page = company.go(f"/tasks/{task}")
    page.get_by_role("link", name="申请先用后付许可").click()
    page.wait_for_url(re.compile("/apply"))
    page.fill("[name=intended_use]", "用在六根码头钢桩的浪溅区，先验证带水包覆能否扛过台风季。")
    page.fill("[name=plan]", "第一个月包覆两根，第三个月全部完成，每季测一次腐蚀速率。")
    page.select_option("[name=related]", index=1)
    page.fill("[name=evidence]", "中小企业声明函，2026 年 1 月")
    page.fill("[name=price]", "60")
    page.fill("[name=instalment_count]", "2")
    with page.expect_navigation():
        page.get_by_role("button", name="提交申请").click()
    assert not page.locator(".sm-summary").count(), page.inner_text(".sm-summary")
    return int(re.search(r"/licences/(\d+)", page.url)[1])  # type: ignore[index]


def _forward(person: Any, days: int) -> None:
    """Move the demonstration's clock; the worker does what has become due."""
    token = person.page.locator("input[name=csrf_token]").first.get_attribute("value")
    answer = person.page.request.post(f"{person.site.address}/demo/clock", form={"csrf_token": token, "days": str(days)})
    assert answer.ok


def test_a_demand_becomes_a_paid_instalment(visitor: Enter) -> None:
    company, broker, operator = visitor("co-offshore"), visitor("broker1"), visitor("operator")
    office, researcher = visitor("tto-ouc"), visitor("res-ouc")

    demand = _post(company)
    _verify(broker, demand)
    match, result = _shortlist(broker)
    assert "包覆" in result

    _say_yes(company, match)
    _say_yes(researcher, match)
    task = _task(broker)
    licence = f"/licences/{_apply(company, task)}"

    assert "小型" in broker.go(licence).inner_text("main") or "微型" in broker.page.inner_text("main") or "中型" in broker.page.inner_text("main")
    broker.act("check", check=("evidence_seen", "credit_clear"))
    operator.go(licence)
    operator.act("confirm")
    office.go(licence)
    office.act("approve", check=("checks",))
    assert "公示" in office.page.inner_text("main")
    assert "包覆" in visitor().go("/public-notices").inner_text("main")

    _forward(operator, 40)
    company.until(licence, lambda page: page.locator("form[action$='/act/sign']").count() > 0)
    company.act("sign", check=("authorised",))
    office.go(licence)
    office.act("sign", check=("authorised",))
    office.until(licence, lambda page: page.locator("form[action$='/act/deliver']").count() > 0)
    office.act("deliver", fill={"delivery_list": "施工手册一份\n护甲图纸一套"})
    company.go(licence)
    company.act("receive", check=("complete",))
    assert "试用中" in company.page.inner_text("main")

    company.go(licence)
    company.act("claim", fill={"evidence": "六根桩全部验收，腐蚀速率每年0.006毫米。"})
    office.go(licence)
    office.act("confirm_trigger")
    office.go(licence)
    office.act("schedule")
    office.go(licence)
    office.act("receipt", fill={"reference": "示例银行回单0001"})
    page = company.go(licence)
    assert "已付" in page.inner_text("main") or "已到账" in page.inner_text("main")
