"""Two licences to their other ends: one left in the trial, one overdue, in default, and paid by the insurer; with their documents."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import Site, served
from tests.journeys.test_to_the_money import _code, _forward

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
Enter = Callable[..., Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Site]:
    """A demonstration of its own: its clock runs ahead by years."""
    with served(shutil.copytree(seeded, tmp_path_factory.mktemp("ways") / "var")) as found:
        yield found


def _to_trial(company: Any, broker: Any, operator: Any, office: Any, security: str) -> str:
    """Applied, checked, approved, published, signed with mailed codes, delivered; returns the licence's address."""
    offers = office.go("/use-first").locator("a[href$='/offer']")
    result = re.search(r"/use-first/(\d+)/", offers.first.get_attribute("href"))[1]  # type: ignore[index]
    page = company.go(f"/use-first/{result}/apply")
    page.fill("[name=intended_use]", "用在六根码头钢桩的浪溅区，先验证能否扛过台风季。")
    page.fill("[name=plan]", "第一个月包覆两根，第三个月全部完成，每季测一次腐蚀速率。")
    page.select_option("[name=related]", "no")
    page.select_option("[name=payment_model]", "DEFERRED_LUMP")
    page.select_option("[name=trigger]", "TRIAL_END")
    page.select_option("[name=security]", security)
    page.fill("[name=trial_months]", "3")
    page.fill("[name=evidence]", "中小企业声明函")
    page.fill("[name=price]", "60")
    with page.expect_navigation():
        page.get_by_role("button", name="提交申请").click()
    assert not page.locator(".sm-summary").count(), page.inner_text(".sm-summary")
    licence = "/licences/" + re.search(r"/licences/(\d+)", page.url)[1]  # type: ignore[index]
    broker.go(licence)
    broker.act("check", fill={"credit_source": "信用中国"}, check=("evidence_seen", "credit_clear"))
    operator.go(licence)
    operator.act("confirm")
    office.go(licence)
    office.act("approve", check=("checks",))
    _forward(operator, 40)
    company.until(licence, lambda page: page.locator("form[action$='/act/sign']").count() > 0)
    company.act("sign", fill={"code": _code(company)}, check=("authorised",))
    office.go(licence)
    office.act("sign", fill={"code": _code(office)}, check=("authorised",))
    office.until(licence, lambda page: page.locator("form[action$='/act/deliver']").count() > 0)
    insured = {"security_reference": "保单 2026-1", "security_until": (date.today() + timedelta(days=1500)).isoformat()}
    office.act("deliver", fill={"delivery_list": "施工手册一份\n护甲图纸一套"} | ({} if security == "NONE" else insured))
    company.go(licence)
    company.act("receive", check=("complete",))
    return licence


def _download(person: Any, page: Any, address: str) -> bytes:
    href = page.locator(f"a[href*='{address}']").first.get_attribute("href")
    answer = page.request.get(person.site.address + href)
    assert answer.ok
    found: bytes = answer.body()
    return found


def test_a_company_leaves_the_trial_and_another_is_paid_for_by_the_insurer(visitor: Enter) -> None:
    broker, operator, office = visitor("broker1"), visitor("operator"), visitor("tto-ouc")
    leaver, debtor = visitor("co-offshore"), visitor("co-rov")

    licence = _to_trial(leaver, broker, operator, office, "NONE")
    leaver.go(licence)
    leaver.act("ask_exit", fill={"returned": "手册和图纸已寄回。", "reason": "产线停产，不再需要。"}, check=("stop_use",))
    office.go(licence)
    page = office.act("confirm_exit")
    assert "试用退出" in page.inner_text("main")
    assert "停止使用承诺书" in page.inner_text("#papers")
    assert _download(office, page, "/papers/").startswith((b"%PDF-", b"PK"))
    assert _download(office, page, "/diligence.pdf").startswith(b"%PDF-")

    licence = _to_trial(debtor, broker, operator, office, "PERFORMANCE_INSURANCE")
    _forward(operator, 100)
    debtor.until(licence, lambda page: page.locator("form[action$='/act/confirm_trigger']").count() > 0)
    debtor.act("confirm_trigger")
    office.go(licence)
    office.act("schedule")
    _forward(operator, 60)
    office.until(licence, lambda page: page.locator("form[action$='/act/demand']").count() > 0)
    office.act("demand", fill={"text": "许可费已逾期，请在期限内付清。"})
    _forward(operator, 60)
    office.until(licence, lambda page: page.locator("form[action$='/act/declare_default']").count() > 0)
    office.act("declare_default", fill={"reason": "催告后仍未付款，也没有方案。"})
    for reference in ("调字 2026-8 号", "理赔 2026-3 号"):
        office.go(licence)
        office.act("next_stage", fill={"reference": reference, "note": "上一步没有结果。"})
    page = office.go(licence)
    assert "保险或担保先行赔付" in page.inner_text("main")
    page = office.act("receipt", fill={"reference": "理赔款回单 0001"}, choose={"payer": "INSURER"})
    assert "完结" in page.inner_text("main")
    assert "结清证明" in page.inner_text("#papers")
    assert "600,000.00" in office.go(f"{licence}/ledger").inner_text("#four")
