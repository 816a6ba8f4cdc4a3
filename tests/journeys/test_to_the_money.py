"""One demand all the way: posted, matched, shortlisted, agreed, a task, a use-first licence paid to the end, the task closed and rated."""

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


def _code(signer: Any) -> str:
    """The code the demonstration shows instead of mailing it."""
    with signer.page.expect_navigation():
        signer.page.get_by_role("button", name="获取验证码").click()
    return re.search(r"验证码是 (\d{6})", signer.page.inner_text("body"))[1]  # type: ignore[index]


def _post(company: Any) -> int:
    page = company.go("/demands/new")
    page.fill("input[name=title]", TITLE)
    page.fill("textarea[name=summary]", SUMMARY)
    page.fill("input[name=price]", "40-100万元")
    page.fill("input[name=deadline]", (date.today() + timedelta(days=200)).isoformat())
    page.check("input[name=wants_use_first]")
    page.click("button[name=then][value=submit]:visible")
    page.wait_for_url(re.compile(r"/demands/\d+$"))
    assert TITLE in page.inner_text("h1"), "the new posting, where files can be added"
    return int(re.search(r"/demands/(\d+)", page.url)[1])  # type: ignore[index]


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


def _talk(company: Any, researcher: Any, broker: Any, task: int) -> None:
    """Both sides write, agree on a meeting and exchange contact details; the board shows the broker what waits."""
    address = f"/tasks/{task}/talk"
    page = company.go(address)
    page.fill("[name=text]", "六根桩的图纸可以先给，下周方便来码头看看吗？")
    with page.expect_navigation():
        page.get_by_role("button", name="发送").click()
    at = (date.today() + timedelta(days=6)).isoformat() + "T10:00"
    page.fill("[name=starts_at]", at)
    page.fill("[name=place]", "示例码头三号泊位")
    with page.expect_navigation():
        page.get_by_role("button", name="提议见面").click()
    page = researcher.go(address)
    assert "六根桩的图纸" in page.inner_text("#messages")
    with page.expect_navigation():
        page.get_by_role("button", name="可以", exact=True).click()
    assert "已约定" in page.inner_text("#meetings")
    assert "示例电话" not in page.inner_text("main")
    for person in (company, researcher):
        page = person.go(address)
        page.fill("[name=details]", "示例电话 0532-00000000")
        with page.expect_navigation():
            page.get_by_role("button", name="同意互留").click()
    assert page.inner_text("#contact").count("示例电话") == 2
    assert "示例码头三号泊位" in broker.go(address).inner_text("#meetings")


def _pull(page: Any, card: Any, lane: Any) -> None:
    """Take a card by its middle and let it go over a lane, at a hand's pace: a jump is no drag to a browser."""
    card.hover()
    page.mouse.down()
    box = lane.bounding_box()
    for step in (0.4, 0.5, 0.6):
        page.mouse.move(box["x"] + box["width"] * step, box["y"] + box["height"] * step, steps=8)
    page.mouse.up()


def _drag(broker: Any) -> None:
    """A card moves where its step allows, comes back where it does not, and asks why where a step is left out."""
    page = broker.go("/tasks")
    lanes = page.locator(".sm-lane")
    card = lanes.nth(1).locator(".sm-card", has_text=TITLE)
    assert card.count() == 1
    _pull(page, card, lanes.nth(5))
    page.wait_for_selector(".sm-toast >> text=下一步可以是")
    assert lanes.nth(1).locator(".sm-card", has_text=TITLE).count() == 1
    page.context.set_offline(True)
    _pull(page, card, lanes.nth(2))
    page.wait_for_selector(".sm-toast >> text=没有送达")
    assert lanes.nth(1).locator(".sm-card", has_text=TITLE).count() == 1, "without a network the card goes back"
    page.context.set_offline(False)
    with page.expect_navigation():
        _pull(page, card, lanes.nth(2))
    card = lanes.nth(2).locator(".sm-card", has_text=TITLE)
    assert card.count() == 1, "the next step: done at once"
    _pull(page, card, lanes.nth(4))
    page.wait_for_url(re.compile("act=negotiate"))
    page.fill("#note-negotiate", "样品上次已经试过，不再单独验证。")
    with page.expect_navigation():
        page.locator("form[action$='/act/negotiate'] button").click()
    assert "商务谈判" in page.inner_text("main"), "a step left out asks why"


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


def _settle(office: Any, company: Any, licence: str) -> None:
    """The second and last sum comes in: the licence is complete, with its certificate."""
    page = office.go(licence)
    assert page.locator("[data-state=PAYING]").count() > 0, "half is paid, half is open"
    page = office.act("receipt", fill={"reference": "示例银行回单0002"})
    assert page.locator("[data-state=COMPLETED]").count() > 0, "nothing is open any more"
    page = company.go(licence)
    assert page.locator("[data-state=COMPLETED]").count() > 0
    assert "结清证明" in page.inner_text("#papers")
    assert not page.locator("form[action$='/act/receipt']").count()
    assert "600,000.00" in office.go(f"{licence}/ledger").inner_text("#four"), "the books hold the whole price"


def _closed(broker: Any, task: int) -> None:
    """The task closes with what it came to: by itself, since the licence that came of it is settled."""
    page = broker.until(f"/tasks/{task}", lambda page: page.locator("[data-state=CLOSED_SUCCESS]").count() > 0, seconds=90)
    assert "成功办结" in page.inner_text("main")
    assert "先用后付许可" in page.inner_text("#next"), "the outcome stands in the step block"
    assert "许可结清，办结" in page.inner_text("#log")
    money = page.inner_text("#money")
    assert "60" in money and "示例银行回单0001" in money and "示例银行回单0002" in money, "every receipt of the licence is the task's"
    assert TITLE not in broker.go("/tasks?view=list").inner_text("main"), "a closed task is no open one"
    assert TITLE in broker.go("/tasks?view=closed").inner_text("main")


def _rate(party: Any, task: int, score: str, note: str) -> None:
    page = party.go(f"/tasks/{task}")
    page.locator("#rate").get_by_label(score, exact=True).check()
    page.fill("#rate [name=note]", note)
    with page.expect_navigation():
        page.get_by_role("button", name="提交评价").click()


def _rated(company: Any, researcher: Any, broker: Any, task: int) -> None:
    """Both sides say how satisfied they were; the broker reads both."""
    page = company.go("/tasks")
    assert "给满意度打分" in page.inner_text("main"), "what waits for the company"
    _rate(company, task, "很满意", "先用起来再付钱，放心。")
    _rate(researcher, task, "满意", "现场数据给得及时。")
    page = broker.go(f"/tasks/{task}")
    said = page.inner_text("main")
    assert "企业：很满意" in said and "先用起来再付钱，放心。" in said
    assert "学校团队：满意" in said and "现场数据给得及时。" in said
    assert not page.locator("#rate").count(), "the broker rates nobody"


def test_a_demand_becomes_a_settled_task(visitor: Enter) -> None:
    company, broker, operator = visitor("co-offshore"), visitor("broker1"), visitor("operator")
    office, researcher = visitor("tto-ouc"), visitor("res-ouc")

    demand = _post(company)
    _verify(broker, demand)
    match, result = _shortlist(broker)
    assert "包覆" in result

    _say_yes(company, match)
    _say_yes(researcher, match)
    task = _task(broker)
    _talk(company, researcher, broker, task)
    _drag(broker)
    licence = f"/licences/{_apply(company, task)}"

    assert "小型" in broker.go(licence).inner_text("main") or "微型" in broker.page.inner_text("main") or "中型" in broker.page.inner_text("main")
    broker.act("check", fill={"credit_source": "信用中国"}, check=("evidence_seen", "credit_clear"))
    operator.go(licence)
    operator.act("confirm")
    office.go(licence)
    office.act("approve", check=("checks",))
    assert "公示" in office.page.inner_text("main")
    assert "包覆" in visitor().go("/public-notices").inner_text("main")

    _forward(operator, 40)
    company.until(licence, lambda page: page.locator("form[action$='/act/sign']").count() > 0)
    company.act("sign", fill={"code": _code(company)}, check=("authorised",))
    office.go(licence)
    office.act("sign", fill={"code": _code(office)}, check=("authorised",))
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

    _settle(office, company, licence)
    _closed(broker, task)
    _rated(company, researcher, broker, task)
