"""Pages of documents, filings, books and bank lines: who opens them, what they hold, and what is told when something is wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.licences.conftest import World
from tests.licences.story import Story
from tests.licences.test_books import SHARES, statement
from tests.licences.test_filing import NUMBER, TYPED
from webapp.core import clock
from webapp.licences import service_sums
from webapp.licences.models import SchoolRule, Signature
from webapp.licences.models_money import BankLine
from webapp.licences.models_papers import Filing, Paper, SigningCode
from webapp.messages.models import Mail

Enter = Callable[[str], Any]


@pytest.fixture
def enter(world: World, client: Any, sign_in: Callable[..., None]) -> Enter:
    """The browser of one of the people."""
    makers.industry(world.session)

    def go(who: str) -> Any:
        world.session.commit()
        sign_in(client, world.people[who])
        return client

    return go


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    return found.group(1) if found else ""


@pytest.fixture
def story(world: World) -> Story:
    """A licence under contract whose first instalment is paid."""
    told = Story(world).evaluation(instalment_count="2").do("company:continue").schedule().pay()
    world.people["company"] = told.person
    return told


def test_documents_are_downloaded_by_those_who_may_read_them(world: World, story: Story, enter: Enter) -> None:
    row = world.session.scalars(select(Paper).where(Paper.kind == "ELIGIBILITY")).one()
    address = f"/licences/{story.licence.id}/papers/{row.id}"
    browser = enter("tto")
    assert f"{address}.pdf" in browser.get(f"/licences/{story.licence.id}").text
    for form, begins in (("pdf", b"%PDF-"), ("docx", b"PK")):
        answer = browser.get(f"{address}.{form}")
        assert answer.status_code == 200
        assert answer.data.startswith(begins)
        assert "attachment" in answer.headers["Content-Disposition"]
    assert browser.get(f"{address}.exe").status_code == 404
    for who in ("researcher", "auditor"):
        assert enter(who).get(f"{address}.pdf").status_code == 404
    assert enter("stranger").get(f"{address}.pdf").status_code == 404


def test_the_file_for_auditors_is_made_for_the_school_and_the_operator(story: Story, enter: Enter) -> None:
    address = f"/licences/{story.licence.id}/diligence.pdf"
    assert enter("tto").get(address).data.startswith(b"%PDF-")
    assert enter("operator").get(address).status_code == 200
    assert enter("company").get(address).status_code == 403


def test_signing_asks_for_the_mailed_code_and_counts_wrong_ones(world: World, enter: Enter) -> None:
    licence = Story(world).to("SIGNING").licence
    browser = enter("tto")
    browser.post(f"/licences/{licence.id}/code")
    mail = world.session.scalars(select(Mail).where(Mail.kind == "signing_code")).one()
    code = re.findall(r"\b\d{6}\b", mail.body.split("SHA-256")[0])[-1]
    page = browser.get(f"/licences/{licence.id}").text
    typed = {"sign-version": hidden(page, "sign-version"), "sign-text_hash": licence.text_hash, "sign-authorised": "y"}
    wrong = browser.post(f"/licences/{licence.id}/act/sign", data=typed | {"sign-code": "x"})
    assert wrong.status_code == 422
    assert "验证码不对" in wrong.text
    world.session.rollback()
    assert world.session.scalars(select(SigningCode.tries)).one() == 1
    assert browser.post(f"/licences/{licence.id}/act/sign", data=typed | {"sign-code": code}).status_code == 302
    world.session.rollback()
    assert world.session.scalars(select(Signature.method)).all() == ["CODE"]


def test_the_ledger_shows_four_sums_and_takes_entries(world: World, story: Story, enter: Enter) -> None:
    browser, address = enter("tto"), f"/licences/{story.licence.id}/ledger"
    page = browser.get(address)
    assert page.status_code == 200
    for words in ("合同成交额", "技术交易额", "到账额", "技术性收入", "1,000,000.00", "500,000.00"):
        assert words in page.text
    typed = {"kind": "NON_TECHNOLOGY", "amount": "5000000", "known_on": clock.today().isoformat(), "basis": "设备清单"}
    assert browser.post(f"{address}/amount", data=typed).status_code == 422
    assert browser.post(f"{address}/amount", data=typed | {"amount": "100"}).status_code == 302
    assert "999,900.00" in browser.get(address).text
    assert enter("company").get(address).status_code == 403


def test_income_is_divided_on_the_ledger_by_the_schools_shares(world: World, story: Story, enter: Enter) -> None:
    browser, address = enter("tto"), f"/licences/{story.licence.id}/ledger"
    assert browser.post(f"{address}/divide", data={}).status_code == 409
    rules = {"notice_days": "15", "notice_day_type": "calendar", "silence_confirms": "y"} | {f"share_{name}": str(share / 10) for name, share in SHARES.items()}
    assert browser.post("/licences/rules", data=rules | {"share_team": "71"}).status_code == 422
    assert browser.post("/licences/rules", data=rules).status_code == 302
    assert 'value="70"' in browser.get("/licences/rules").text
    version = hidden(browser.get("/licences/rules").text, "version")
    assert browser.post("/licences/rules", data=rules | {"late_fee_rate": "101", "version": version}).status_code == 422
    assert browser.post(f"{address}/divide", data={}).status_code == 302
    assert "350,000.00" in browser.get(address).text


def test_a_school_uploads_its_look_and_its_clauses(world: World, story: Story, enter: Enter) -> None:
    from tests.licences.test_papers import CLAUSES, look

    browser = enter("tto")
    rules = {"notice_days": "15", "notice_day_type": "calendar", "silence_confirms": "y"} | CLAUSES
    bad = browser.post("/licences/rules", data=rules | {"look": (io.BytesIO(b"nothing"), "look.docx")})
    assert bad.status_code == 422
    assert "不能作版式" in bad.text
    assert browser.post("/licences/rules", data=rules | {"look": (io.BytesIO(look()), "look.docx")}).status_code == 302
    page = browser.get("/licences/rules").text
    assert "合同终止后五年" in page
    assert "现在用本单位上传的版式" in page


def test_bank_lines_are_imported_and_booked_on_the_page(world: World, story: Story, enter: Enter) -> None:
    browser = enter("tto")
    assert browser.post("/licences/bank", data={}).status_code == 422
    sent = {"file": (io.BytesIO(statement(story, "500000.00")), "bank.csv")}
    page = browser.post("/licences/bank", data=sent)
    assert page.status_code == 200
    assert "新收 1 行" in page.text
    assert "建议：" in page.text
    line = world.session.scalars(select(BankLine)).one()
    assert browser.post(f"/licences/bank/{line.id}/book", data={"instalment_id": ""}).status_code == 422
    chosen = str(story.licence.instalments[1].id)
    with story.now():
        assert browser.post(f"/licences/bank/{line.id}/book", data={"instalment_id": chosen}).status_code == 302
    world.session.rollback()
    assert story.licence.state == "COMPLETED"
    assert browser.post(f"/licences/bank/{line.id}/ignore").status_code == 409
    assert enter("company").get("/licences/bank").status_code == 403


def test_a_filing_is_filled_in_downloaded_and_decided(world: World, story: Story, enter: Enter) -> None:
    browser, address = enter("tto"), f"/licences/{story.licence.id}/filings/REGISTRATION"
    assert "技术领域" in browser.get(address).text
    version = hidden(browser.get(address).text, "version")
    assert browser.post(address, data=TYPED | {"seller_region": "1", "version": version}).status_code == 422
    assert browser.post(address, data=TYPED | {"version": version}).status_code == 302
    assert browser.get(f"{address}.zip").data.startswith(b"PK")
    today = clock.today().isoformat()
    assert browser.post(f"{address}/file", data={"on": today}).status_code == 302
    assert browser.post(f"{address}/recognise", data={"on": today, "number": "1"}).status_code == 422
    assert browser.post(f"{address}/recognise", data={"on": today, "number": NUMBER}).status_code == 302
    assert NUMBER in browser.get(f"/licences/{story.licence.id}").text
    assert browser.post(f"{address}/destroy", data={"on": today}).status_code == 404
    assert browser.get(f"/licences/{story.licence.id}/filings/OTHER").status_code == 404
    assert world.session.scalars(select(Filing.state).where(Filing.kind == "REGISTRATION", Filing.licence_id == story.licence.id)).one() == "RECOGNISED"


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_model": "ROYALTY", "royalty_base": "NET_SALES", "royalty_rate": "3", "royalty_period": "3", "royalty_months": "24", "royalty_cap": "90"},
        {"payment_model": "HYBRID", "entry": "1", "milestones": "中试合格 20", "royalty_base": "UNIT", "royalty_rate": "9.5", "royalty_period": "12", "royalty_months": "24"},
        {"payment_model": "FREE"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_way_of_paying_is_told_on_licence_and_notice(world: World, enter: Enter, changes: dict[str, str], language: str) -> None:
    licence = Story(world).to("NOTICE", price="", **changes).licence
    browser = enter("tto")
    for address in (f"/licences/{licence.id}", f"/public-notices/{licence.notices[-1].id}"):
        page = browser.get(address, headers={"Accept-Language": language})
        assert page.status_code == 200
    words = {"ROYALTY": "90", "HYBRID": "9.50", "FREE": "免费许可"}[changes["payment_model"]]
    assert words in browser.get(f"/public-notices/{licence.notices[-1].id}").text


def test_anybody_reads_how_the_income_of_a_licence_is_divided(world: World, client: Any) -> None:
    world.session.add(SchoolRule(organisation_id=world.school.id, shares=SHARES))
    story = Story(world).evaluation(price="61", instalment_count="2").do("company:continue").schedule().pay()
    with story.now():
        row = service_sums.divide(world.session, world.actor("tto"), story.licence, {}, world.settings)
    world.session.commit()
    address = f"/public-notices/income/{row.id}"
    assert address in client.get("/public-notices?show=income").text
    page = client.get(address).text
    assert "70%" in page
    assert "完成人团队" in page
    assert row.notice_until.isoformat() in page
    assert "305,000" not in page and "30.5" not in page, "sums would tell what the company pays"
    assert client.get(f"/public-notices/income/{row.id + 1}").status_code == 404


def test_a_stage_is_claimed_contested_and_decided_on_the_page(world: World, enter: Enter) -> None:
    stages = {"payment_model": "MILESTONE", "price": "", "milestones": "中试合格 20\n首台销售 30.5"}
    story = Story(world).evaluation(**stages).do("company:continue").schedule()
    world.people["company"] = story.person
    licence, row = story.licence, story.licence.instalments[0]
    address = f"/licences/{licence.id}"

    def act(who: str, action: str, **data: Any) -> Any:
        browser = enter(who)
        page = browser.get(address).text
        assert f"{address}/act/{action}" in page, (who, action)
        typed = {f"{action}-{name}": value for name, value in ({"instalment_id": row.id} | data).items()}
        return browser.post(f"{address}/act/{action}", data=typed | {f"{action}-version": hidden(page, f"{action}-version")}, follow_redirects=True)

    assert act("tto", "claim_stage", evidence="现场验收记录显示中试合格。").status_code == 200
    page = enter("company").get(address).text
    assert "学校提出“中试合格”已经达成：现场验收记录显示中试合格。" in page
    assert "act/confirm_stage" in page
    assert act("company", "contest_stage", reason="验收用的不是约定的方法。").status_code == 200
    page = enter("operator").get(address).text
    assert "企业的异议：验收用的不是约定的方法。" in page
    assert act("operator", "refuse_stage", reason="复检结果未达到约定指标。").status_code == 200
    world.session.refresh(row)
    assert (row.state, row.stage_claim) == ("SCHEDULED", "")
    assert act("tto", "claim_stage", evidence="复检后的记录显示中试合格。").status_code == 200
    assert act("company", "confirm_stage").status_code == 200
    world.session.refresh(row)
    assert row.state == "INVOICED"
