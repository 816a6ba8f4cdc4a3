"""Documents: one text of record in every form, made by the steps that need them; signing by code, scan and seal over one hash."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from sqlalchemy import select

from tests.licences.conftest import START, World
from tests.licences.story import Story
from webapp.core import clock
from webapp.core.errors import AppError, Forbidden, Invalid, NotFound, Refused
from webapp.core.files import Attachment
from webapp.licences import (
    contract,
    outlook,
    paper_docx,
    paper_pdf,
    papers,
    seals,
    service,
    service_looks,
    service_papers,
    service_sign,
)
from webapp.licences.models_papers import Paper, SigningCode
from webapp.licences.paper_blocks import HEADING, blocks

CLAUSES = {"clause_secrecy": "8.1 双方按学校的保密办法执行，期限为合同终止后五年。{不是占位符}", "clause_more": "11.1 成果优先在本区落地，使用地点变更要书面告知。"}
RULE = {"notice_days": "15", "notice_day_type": "calendar", "silence_confirms": True}


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def read_pdf(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return "".join(document[index].get_textpage().get_text_bounded() for index in range(len(document)))


def read_docx(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    foot = [paragraph.text for section in document.sections for paragraph in section.footer.paragraphs]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells, *foot])


def made(story: Story) -> dict[str, list[Paper]]:
    rows = story.world.session.scalars(select(Paper).where(Paper.licence_id == story.licence.id).order_by(Paper.id))
    found: dict[str, list[Paper]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    return found


def sheet(story: Story, kind: str) -> papers.Sheet:
    return service_papers.sheet(story.licence, made(story)[kind][-1], "zh_CN")


def test_every_kind_of_document_is_made_by_its_step(world: World) -> None:
    paid = Story(world).to("TRIAL", trigger="FIRST_REVENUE", instalment_count="2")
    paid.later(370).do("company:ask_extension").do("tto:extend").later(200).do("company:continue").schedule().later(60)
    paid.do("tto:demand").pay().pay()
    left = Story(world).to("TRIAL")
    end = outlook.next_period(left.licence)
    left.later(60).do("company:report", period_end=end.isoformat() if end else "").do("company:ask_exit")
    assert set(made(paid)) | set(made(left)) == set(papers.KINDS)


def test_no_document_has_a_blank_left_open(world: World) -> None:
    story = Story(world).overdue().do("tto:demand").pay().pay()
    for rows in made(story).values():
        for row in rows:
            assert not re.search(r"\{[a-z_]+\}", row.text), row.text
            assert row.sha256 == contract.text_hash(row.text)


@pytest.mark.parametrize("kind", ["APPLICATION", "ELIGIBILITY", "APPROVAL", "NOTICE", "CONTRACT", "DELIVERY"])
def test_pdf_and_word_carry_the_same_text_and_its_hash(world: World, kind: str) -> None:
    story = Story(world).to("TRIAL")
    page = sheet(story, kind)
    for printed in (squeezed(read_pdf(paper_pdf.pdf([page]))), squeezed(read_docx(paper_docx.docx(page)))):
        assert page.sha256 in printed
        assert page.number in printed
        for line in page.text.splitlines():
            # A line may be broken by the foot of a page; its beginning never is.
            assert squeezed(line)[:12] in printed


def test_the_contract_prints_who_signed_it_and_how(world: World) -> None:
    story = Story(world).to("SIGNED")
    page = sheet(story, "CONTRACT")
    assert {row[0] for row in page.signatures} == {"企业", "学校"}
    printed = squeezed(read_pdf(paper_pdf.pdf([page])))
    assert "邮件验证码" in printed
    assert all(row.text_hash == page.sha256 and page.sha256 in row.consent for row in story.licence.signatures)
    assert "壹佰万元整" in printed


def test_fonts_are_embedded(world: World) -> None:
    content = paper_pdf.pdf([sheet(Story(world).to("SIGNING"), "CONTRACT")])
    assert content.startswith(b"%PDF-")
    assert b"NotoSerifSC" in content and b"FontFile3" in content


def test_another_text_is_another_version_and_the_old_one_stays(world: World) -> None:
    story = Story(world).to("SIGNING")
    story.do("tto:amend", trial_months="10").do("tto:amend", trial_months="11")
    rows = made(story)["CONTRACT"]
    assert [row.version for row in rows] == [1, 2, 3]
    assert len({row.sha256 for row in rows}) == 3
    assert rows[-1].sha256 == story.licence.text_hash


def test_a_school_words_its_own_clauses_for_contracts_approved_from_now_on(world: World) -> None:
    old = Story(world).to("SIGNING")
    service.set_rule(world.session, world.actor("tto"), RULE | CLAUSES)
    new = Story(world).to("SIGNING").licence
    assert CLAUSES["clause_secrecy"] in new.contract_text
    assert "十一、其他约定\n11.1 成果优先在本区落地" in new.contract_text
    assert "五年" not in old.licence.contract_text
    assert "7.1 乙方在试用中独立作出的改进归乙方所有" in new.contract_text


def test_a_clause_is_at_least_a_sentence(world: World) -> None:
    with pytest.raises(Invalid) as error:
        service.set_rule(world.session, world.actor("tto"), RULE | {"clause_dispute": "仲裁"})
    assert set(error.value.fields) == {"clause_dispute"}


def look() -> bytes:
    document = Document()
    document.add_paragraph("这一段不会留下")
    document.sections[0].header.paragraphs[0].text = "示例海洋大学技术转移中心"
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


class File:
    """A file as a form hands it over."""

    def __init__(self, content: bytes, filename: str = "look.docx") -> None:
        self.stream, self.filename = io.BytesIO(content), filename


def test_a_schools_look_keeps_its_head_and_takes_the_platforms_text(world: World) -> None:
    story = Story(world).to("SIGNING")
    rule = service.set_rule(world.session, world.actor("tto"), RULE)
    service_looks.keep_look(rule, {"look": File(look())}, world.settings)
    page = sheet(story, "CONTRACT")
    content = paper_docx.docx(page, service_looks.look(world.session, world.settings, story.licence))
    document = Document(io.BytesIO(content))
    assert document.sections[0].header.paragraphs[0].text == "示例海洋大学技术转移中心"
    assert "这一段不会留下" not in read_docx(content)
    assert page.sha256 in read_docx(content)
    service_looks.keep_look(rule, {"drop_look": True}, world.settings)
    assert service_looks.look(world.session, world.settings, story.licence) is None


def bomb(names: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", bomb({"a.txt": b"x"}), bomb({"word/vbaProject.bin": b"x"}), bomb({"a": bytes(50 * 1024 * 1024)})])
def test_a_file_that_is_no_plain_word_file_is_no_look(content: bytes) -> None:
    with pytest.raises(Invalid):
        paper_docx.check(content)


@pytest.fixture
def signing(world: World) -> Story:
    return Story(world).to("SIGNING")


def sign(story: Story, who: str = "tto", **data: Any) -> None:
    story.do(f"{who}:sign", text_hash=story.licence.text_hash, **data)


@pytest.mark.parametrize("code", ["", "000000x", "12345", "１２３４５"])
def test_without_the_mailed_code_nobody_signs(signing: Story, code: str) -> None:
    with pytest.raises(Invalid) as error:
        sign(signing, code=code)
    assert set(error.value.fields) == {"code"}
    assert signing.licence.signatures == []


def test_a_code_is_good_once_for_one_person_one_text_and_minutes(signing: Story, world: World) -> None:
    with signing.now():
        code = world.code(signing.licence, "tto")
    with pytest.raises(Invalid):
        sign(signing, who="tto2", code=code)
    with pytest.raises(Invalid):
        sign(signing, who="company", code=code)
    signing.do("tto:amend", trial_months="10")
    with pytest.raises(Invalid):
        sign(signing, code=code)
    with signing.now():
        later = world.code(signing.licence, "tto")
    with clock.frozen(START + timedelta(days=signing.day, minutes=16)), pytest.raises(Invalid):
        world.act(signing.licence, "tto", "sign", text_hash=signing.licence.text_hash, code=later)
    sign(signing, code=later)
    assert [row.method for row in signing.licence.signatures] == ["CODE"]


def test_after_five_wrong_tries_a_code_is_dead(signing: Story, world: World) -> None:
    with signing.now():
        code = world.code(signing.licence, "tto")
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(service_sign.MOST_TRIES):
        with pytest.raises(service_sign.WrongCode) as error:
            sign(signing, code=wrong)
        service_sign.count_try(world.session, error.value.number)
    with pytest.raises(Invalid):
        sign(signing, code=code)


def test_codes_are_kept_as_hashes_only(signing: Story, world: World) -> None:
    with signing.now():
        code = world.code(signing.licence, "tto")
    row = world.session.scalars(select(SigningCode)).one()
    assert code not in row.code_hash


def test_who_does_not_sign_gets_no_code(signing: Story, world: World) -> None:
    for who in ("operator", "auditor", "stranger", "researcher"):
        with pytest.raises(AppError):
            service_sign.ask_code(world.session, world.actor(who), signing.licence)


def test_a_scan_of_the_sealed_copy_signs_with_its_own_hash(signing: Story, world: World) -> None:
    with pytest.raises(Invalid):
        sign(signing, method="SCAN", scan="1")
    file = Attachment(owner_kind="licence", owner_id=signing.licence.id, name="盖章.pdf", media_type="application/pdf", size=5, sha256="f" * 64, confidentiality=3)
    other = Attachment(owner_kind="result", owner_id=signing.licence.result_id, name="x.pdf", media_type="application/pdf", size=5, sha256="e" * 64, confidentiality=3)
    world.session.add_all([file, other])
    world.session.flush()
    with pytest.raises(Invalid):
        sign(signing, method="SCAN", scan=str(other.id))
    sign(signing, method="SCAN", scan=str(file.id))
    assert signing.licence.signatures[0].proof == "sha256:" + "f" * 64


class StandIn:
    """A provider that knows the seals it was told of."""

    def __init__(self) -> None:
        self.known: set[tuple[str, str, str]] = set()

    def sealed(self, reference: str, text_hash: str, uscc: str) -> bool:
        return (reference, text_hash, uscc) in self.known


@pytest.fixture
def provider() -> Iterator[StandIn]:
    found = StandIn()
    seals.register(found)
    yield found
    seals.forget(found)


def test_a_providers_seal_counts_for_this_text_and_this_organisation_only(signing: Story, provider: StandIn) -> None:
    licence, code = signing.licence, signing.licence.licensee.uscc or ""
    for known in (("SEAL-1", "0" * 64, code), ("SEAL-1", licence.text_hash, "9137")):
        provider.known = {known}
        with pytest.raises(Invalid):
            sign(signing, who="company", method="ESEAL", seal="SEAL-1")
    provider.known = {("SEAL-1", licence.text_hash, code)}
    sign(signing, who="company", method="ESEAL", seal="SEAL-1")
    assert (licence.signatures[0].method, licence.signatures[0].proof) == ("ESEAL", "seal:SEAL-1")


def test_without_a_provider_no_seal_is_taken(signing: Story) -> None:
    with pytest.raises(Refused):
        sign(signing, method="ESEAL", seal="SEAL-1")


def test_who_reads_which_document(world: World) -> None:
    story = Story(world).to("TRIAL")
    every = {row.id for rows in made(story).values() for row in rows}
    sheets = {row.id for row in made(story)["ELIGIBILITY"]}
    world.people["company"] = story.person
    seen = {who: {row.id for row in service_papers.listed(world.session, world.actor(who), story.licence)} for who in world.people}
    assert seen["tto"] == seen["company"] == seen["operator"] == seen["broker"] == every
    assert seen["researcher"] == every - sheets
    assert seen["auditor"] == seen["stranger"] == seen["broker2"] == seen["admin"] == set()
    with pytest.raises(NotFound):
        service_papers.find(world.session, world.actor("researcher"), story.licence, min(sheets))


def test_the_file_for_auditors_holds_every_document_and_says_what_was_not_done(world: World) -> None:
    story = Story(world).to("TRIAL")
    sheets = service_papers.diligence(world.session, world.actor("tto"), story.licence, "zh_CN")
    assert len(sheets) == 1 + sum(map(len, made(story).values()))
    assert "申请、核验、确认、审批由不同的人办理：是" in sheets[0].text
    assert "否" not in sheets[0].text.split("二、办理经过")[0]
    assert all(page.sha256 in sheets[0].text for page in sheets[1:])
    printed = read_pdf(paper_pdf.pdf(sheets))
    assert sheets[0].sha256 in squeezed(printed)
    for who in ("auditor", "company", "stranger", "researcher"):
        world.people["company"] = story.person
        with pytest.raises(Forbidden):
            service_papers.diligence(world.session, world.actor(who), story.licence, "zh_CN")


def test_a_documents_text_never_changes_with_the_licence(world: World) -> None:
    story = Story(world).to("SIGNED")
    before = {row.id: row.text for rows in made(story).values() for row in rows}
    story.licence.licensee.name = "改了名字的公司"
    story.do("tto:deliver", "company:receive")
    assert {row.id: row.text for rows in made(story).values() for row in rows if row.id in before} == before




def test_a_word_file_names_fonts_offices_have_numbers_its_pages_and_keeps_the_signatures_together(world: World) -> None:
    story = Story(world).to("SIGNED")
    content = paper_docx.docx(service_papers.sheet(story.licence, made(story)["CONTRACT"][-1], "zh_CN"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist() if name.startswith("word/") and name.endswith(".xml")}
    styles, foot = parts["word/styles.xml"], "".join(text for name, text in parts.items() if "footer" in name)
    assert 'w:eastAsia="SimSun"' in styles and 'w:eastAsia="SimHei"' in styles
    assert 'w:lang w:val="en-US" w:eastAsia="zh-CN"' in styles, "numbers are not broken in two"
    assert ">PAGE<" in foot and ">NUMPAGES<" in foot
    (table,) = Document(io.BytesIO(content)).tables
    assert len({sum(cell.width or 0 for cell in row.cells) for row in table.rows}) == 1
    assert all(row._tr.trPr is not None and row._tr.trPr.xpath("w:cantSplit") for row in table.rows)


def test_no_heading_is_left_alone_at_the_foot_of_a_page(world: World) -> None:
    story = Story(world).to("SIGNED")
    page = service_papers.sheet(story.licence, made(story)["CONTRACT"][-1], "zh_CN")
    for filler in range(12):  # push the headings over the page's end line by line
        moved = replace(page, text=page.text.replace("一、", "\n".join(f"0.{n} 一行" for n in range(filler)) + "\n一、", 1))
        document = pypdfium2.PdfDocument(paper_pdf.pdf([moved]))
        for number in range(len(document) - 1):
            lines = [line for line in document[number].get_textpage().get_text_bounded().splitlines() if line.strip()]
            body = [line for line in lines if moved.sha256 not in line and moved.number not in line and not re.fullmatch(r"\s*\d+\s*/\s*\d+\s*", line)]
            assert not HEADING.match(body[-1]), body[-1]


def test_a_letter_closes_at_the_right_with_who_writes_and_when(world: World) -> None:
    story = Story(world).overdue().do("tto:demand")
    page = service_papers.sheet(story.licence, made(story)["DEMAND"][-1], "zh_CN")
    lines = Document(io.BytesIO(paper_docx.docx(page))).paragraphs
    assert [line.text for line in lines if line.alignment == WD_ALIGN_PARAGRAPH.RIGHT] == [world.school.name, lines[-1].text]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", lines[-1].text)


FORGED = "一、用在两座平台\n附着力 7.6 MPa。\n二、收入\n2.1 本期因使用本成果产生的收入：人民币 0.00 元\n　　　　示例海洋大学\n（1）第一根钢桩"


def test_what_somebody_types_never_becomes_a_heading_of_a_document(world: World) -> None:
    story = Story(world).to("TRIAL").later(100)
    story.do("company:report", period_end=outlook.next_period(story.licence), sales="12.5", text=FORGED)
    text = made(story)["REPORT"][0].text
    kinds = {block.text: block.kind for block in blocks(text)}
    headings = [block.text for block in blocks(text) if block.kind == "heading"]
    assert headings == ["一、使用情况", "二、收入", "三、提交"]
    assert (kinds["一、用在两座平台"], kinds["附着力 7.6 MPa。"], kinds["示例海洋大学"], kinds["（1）第一根钢桩"]) == ("typed", "typed", "typed", "item")
    document = Document(io.BytesIO(paper_docx.docx(sheet(story, "REPORT"))))
    styles = {paragraph.text: paragraph for paragraph in document.paragraphs}
    assert styles["一、用在两座平台"].style.name == "Normal"
    assert styles["附着力 7.6 MPa。"].paragraph_format.first_line_indent
    assert squeezed("一、用在两座平台") in squeezed(read_pdf(paper_pdf.pdf([sheet(story, "REPORT")])))


def test_a_purpose_in_several_paragraphs_adds_no_clause_to_the_contract(world: World) -> None:
    story = Story(world).to("SIGNING", intended_use="用于两座海洋平台的防腐维护试验。\n四、许可费与支付\n4.1 本许可免收许可费。")
    headings = [block.text for block in blocks(story.licence.contract_text) if block.kind == "heading"]
    assert headings.count("四、许可费与支付") == 1
    assert "\n　　四、许可费与支付\n　　4.1 本许可免收许可费。" in story.licence.contract_text


def test_a_usage_report_names_result_period_and_who_hands_it_in(world: World) -> None:
    story = Story(world).to("TRIAL").later(100)
    end = outlook.next_period(story.licence)
    story.do("company:report", period_end=end, sales="12.5")
    text = made(story)["REPORT"][0].text
    assert f"成果名称：{world.result.title}" in text
    assert f"报告期：{story.licence.trial_start} 至 {end}" in text
    assert "人民币 125,000.00 元（大写：壹拾贰万伍仟元整）" in text
    assert f"提交人：{story.person.name}" in text
