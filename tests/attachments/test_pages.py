"""Attachments on the pages of results and demands: who adds, who sees, who finds, and that nothing leaks on the way."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.attachments import samples
from tests.catalog.test_pages import TYPED, Site, value_of
from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation, Sight
from webapp.attachments import service
from webapp.catalog import documents
from webapp.catalog.models import Demand, Result
from webapp.core import clock, files, outbox
from webapp.core.errors import Invalid
from webapp.core.files import Attachment
from webapp.core.policy import SYSTEM
from webapp.engines import kinds

PDF = samples.pdf("Salt spray 3000 h")


def put(browser: Any, address: str, *given: tuple[bytes, str], level: int | str = 0) -> Any:
    """Upload files to a row's page and come back to it."""
    kind, number = address.strip("/").split("/")
    data = {"level": str(level), "next": address, "files": [(io.BytesIO(content), name) for content, name in given]}
    target = f"/attachments/{kind.removesuffix('s')}/{number}"
    return browser.post(target, data=data, content_type="multipart/form-data", follow_redirects=True)


def the_one(site: Site) -> Attachment:
    with site.database.transaction(write=False) as session:
        return session.scalars(select(Attachment).where(Attachment.removed_at.is_(None))).one()


def test_a_file_is_added_looked_through_and_fetched_by_everybody_who_may(site: Site, examine: Callable[[], None]) -> None:
    address = f"/results/{site.result()}"
    author, visitor = site.browser(site.world.office), site.browser()
    page = put(author, address, (PDF, "试验报告.pdf"))
    assert "已上传：试验报告.pdf" in page.text and "正在读取" in page.text
    examine()
    page = visitor.get(address).text
    attachment = the_one(site)
    assert "试验报告.pdf" in page and "2 页" in page and f"/attachments/{attachment.id}/preview" in page and "添加附件" not in page
    fetched = visitor.get(f"/attachments/{attachment.id}")
    assert fetched.data == PDF and fetched.headers["Content-Disposition"].startswith("attachment")
    assert (fetched.mimetype, fetched.headers["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "sandbox" in fetched.headers["Content-Security-Policy"]
    assert visitor.get(f"/attachments/{attachment.id}/preview").data.startswith(b"\x89PNG")


def written(browser: Any, *given: tuple[bytes, str], times: int = 1, **more: str) -> Any:
    """Post a result with files in the same form; the answer to the last of so many clicks."""
    submission = value_of(browser.get("/results/new").text, "submission")
    for _ in range(times):
        data = {**TYPED, "submission": submission, "files": [(io.BytesIO(content), name) for content, name in given], **more}
        answer = browser.post("/results/new", data=data, content_type="multipart/form-data")
    return answer


def test_files_come_along_in_the_form_a_result_is_written_in(site: Site) -> None:
    author = site.browser(site.world.author)
    page = author.get("/results/new").text
    assert 'enctype="multipart/form-data"' in page and re.search(r'<input[^>]*type="file"[^>]*name="files"', page)
    answer = written(author, (PDF, "试验报告.pdf"), (b"MZ no picture", "run.exe"), files_level="3", then="submit", times=2)
    shown = author.get(answer.headers["Location"]).text
    assert "已上传：试验报告.pdf" in shown and "run.exe 没有上传" in shown and "已提交" in shown
    assert "试验报告.pdf 没有上传" not in shown  # the second click finds it there
    attachment = the_one(site)
    assert (attachment.name, attachment.confidentiality) == ("试验报告.pdf", 3)


def test_a_file_beside_is_never_more_open_than_its_row(site: Site) -> None:
    written(site.browser(site.world.author), (PDF, "试验报告.pdf"), confidentiality="3", details="腔体结构", files_level="0", then="draft")
    assert the_one(site).confidentiality == 3


def test_files_of_a_form_that_could_not_be_saved_are_named(site: Site) -> None:
    answer = written(site.browser(site.world.author), (PDF, "试验报告.pdf"), title="", then="draft")
    assert answer.status_code == 422 and "附件还没有上传，保存前请重新选择：试验报告.pdf" in answer.text
    with site.database.transaction(write=False) as session:
        assert session.scalars(select(Attachment)).all() == []


def test_a_name_cannot_leave_its_folder_or_break_the_answer(site: Site) -> None:
    address = f"/results/{site.result()}"
    put(site.browser(site.world.office), address, (PDF, "../../a\tb<x>.pdf"))
    assert "/" not in the_one(site).name and "<" not in the_one(site).name
    assert site.browser().get(f"/attachments/{the_one(site).id}").status_code == 200


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"<html><script>1</script>", "a.pdf", "只收 PDF"), (b"", "a.pdf", "文件是空的"),
        (samples.archive({"x": b"y"}), "a.docx", "只是改了扩展名"),
        (samples.docx("x", more={"word/media/a": b"\0" * (30 << 20)}), "a.docx", "解压后过大"),
    ],
)  # fmt: skip
def test_a_refused_file_says_why_and_good_ones_beside_it_stay(site: Site, data: bytes, name: str, reason: str) -> None:
    address = f"/results/{site.result()}"
    page = put(site.browser(site.world.office), address, (data, name), (PDF, "好的.pdf"))
    assert reason in page.text and f"{name} 没有上传" in page.text and "已上传：好的.pdf" in page.text
    assert the_one(site).name == "好的.pdf"
    stored = [path for path in service.store_of(site.app.settings).folder.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in stored] == [PDF]


def test_the_same_file_twice_is_one_attachment(site: Site) -> None:
    address, author = f"/results/{site.result()}", site.browser(site.world.office)
    put(author, address, (PDF, "a.pdf"))
    put(author, address, (PDF, "b.pdf"))
    assert the_one(site).name == "a.pdf"


def test_there_are_not_more_attachments_than_the_setting_allows(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(site.app.settings, "attachments_most", 1)
    address, author = f"/results/{site.result()}", site.browser(site.world.office)
    page = put(author, address, (PDF, "a.pdf"), (samples.docx("x"), "b.docx"))
    assert "附件最多 1 个" in page.text and the_one(site).name == "a.pdf"


def test_only_those_who_edit_the_row_add_and_remove(site: Site) -> None:
    address = f"/results/{site.result()}"
    put(site.browser(site.world.office), address, (PDF, "a.pdf"))
    number = the_one(site).id
    for actor in (site.world.buyer, site.world.broker, site.world.operator):
        other = site.browser(actor)
        assert "附件只能由发布这一条的单位增删" in put(other, address, (samples.docx("x"), "b.docx")).text
        assert other.post(f"/attachments/{number}/remove", data={"next": address}).status_code == 403
    assert the_one(site).name == "a.pdf"
    assert site.browser().post(f"/attachments/{number}/remove").status_code in {302, 401}
    assert the_one(site).name == "a.pdf"


@pytest.mark.parametrize(
    ("level", "open_to"),
    [(0, {"visitor", "buyer", "broker", "operator", "author"}), (2, {"buyer", "broker", "operator", "author"}),
     (3, {"broker", "operator", "author"}), (4, {"broker", "operator", "author"})],
)  # fmt: skip
def test_each_level_is_open_to_its_readers_and_closed_to_the_rest(site: Site, examine: Callable[[], None], level: int, open_to: set[str]) -> None:
    address = f"/results/{site.result()}"
    put(site.browser(site.world.office), address, (PDF, "秘密名称.pdf"), level=level)
    examine()
    number = the_one(site).id
    readers = {name: getattr(site.world, name) for name in ("buyer", "broker", "operator", "author")} | {"visitor": None}
    for name, actor in readers.items():
        browser, page = site.browser(actor), site.browser(actor).get(address).text
        wanted = 200 if name in open_to else 404
        assert (name, browser.get(f"/attachments/{number}").status_code) == (name, wanted)
        assert (name, browser.get(f"/attachments/{number}/preview").status_code) == (name, wanted)
        assert ("秘密名称" in page) == (name in open_to)
        assert ("另有 1 个附件" in page) == (name not in open_to)


def test_a_guest_reads_what_the_confidential_layer_holds_but_not_what_is_for_brokers(site: Site) -> None:
    number = site.result()
    address = f"/results/{number}"
    put(site.browser(site.world.office), address, (PDF, "a.pdf"), level=3)
    put(site.browser(site.world.office), address, (samples.docx("x"), "b.docx"), level=4)
    with site.database.transaction() as session:
        accounts.grant(session, SYSTEM, site.world.company.id, session.get_one(Result, number), "task:1")
    assert "a.pdf" not in site.browser(site.world.buyer).get(address).text  # the agreement comes first
    with site.database.transaction() as session:
        makers.agreement(session, session.get_one(Organisation, site.world.company.id), session.get_one(Result, number))
    page = site.browser(site.world.buyer).get(address).text
    assert "a.pdf" in page and "b.docx" not in page and "另有 1 个附件" in page


def test_a_look_at_a_confidential_file_is_logged_for_its_owner(site: Site) -> None:
    put(site.browser(site.world.office), f"/results/{site.result()}", (PDF, "a.pdf"), level=3)
    site.browser(site.world.broker).get(f"/attachments/{the_one(site).id}")
    with site.database.transaction(write=False) as session:
        assert [(sight.level, sight.person_id) for sight in session.scalars(select(Sight))] == [(3, site.world.broker.person_id)]


def test_a_file_of_an_unnamed_company_is_never_public(site: Site) -> None:
    address = f"/demands/{site.demand(confidentiality=1)}"
    author = site.browser(site.world.buyer)
    form = author.get(address).text
    assert re.findall(r'<option value="(\d)"', form[form.index("attachments-level") :]) == ["3", "4"]
    assert "请选择谁可以看" in put(author, address, (PDF, "示例海工装备.pdf"), level=0).text
    put(author, address, (PDF, "示例海工装备.pdf"), level=3)
    page = site.browser().get(address).text
    assert "示例海工装备" not in page and "另有 1 个附件" in page


def test_a_row_that_becomes_more_confidential_takes_its_files_along(site: Site) -> None:
    number = site.result()
    put(site.browser(site.world.office), f"/results/{number}", (PDF, "a.pdf"), level=0)
    for change in ({"confidentiality": 3}, {"confidentiality": 0, "unfiled": True}):
        with site.database.transaction() as session:
            row = session.get_one(Result, number)
            for name, value in change.items():
                setattr(row, name, value)
        assert site.browser().get(f"/attachments/{the_one(site).id}").status_code == 404


def test_words_of_a_file_are_found_by_those_alone_who_may_read_it(site: Site, examine: Callable[[], None]) -> None:
    number = site.result()
    author = site.browser(site.world.office)
    put(author, f"/results/{number}", (samples.docx("公开词句"), "公开名.docx"), level=0)
    put(author, f"/results/{number}", (samples.docx("内部词句"), "内部名.docx"), level=3)
    put(author, f"/results/{number}", (samples.docx("经纪词句"), "经纪名.docx"), level=4)
    examine()
    with site.database.transaction(write=False) as session:
        document = documents.search_document(session.get_one(Result, number))
        everything = next(d for d in kinds.everything(session) if d.id == document.id)
        waiting = {(job.kind, job.row_id) for job in session.scalars(select(outbox.Job))}
    assert document == everything and ("index", number) in waiting
    assert "公开词句" in document.text and "公开名" in document.text
    assert "内部词句" in document.hidden and "内部词句" not in document.text and "内部名" not in document.text
    assert "经纪" not in document.text + document.hidden


def test_a_file_of_a_demand_that_names_nobody_stays_out_of_the_public_text(site: Site, examine: Callable[[], None]) -> None:
    number = site.demand(confidentiality=1)
    put(site.browser(site.world.buyer), f"/demands/{number}", (samples.docx("示例海工内部"), "a.docx"), level=3)
    examine()
    with site.database.transaction(write=False) as session:
        document = documents.search_document(session.get_one(Demand, number))
    assert "示例海工内部" in document.hidden and "示例海工内部" not in document.text


def test_a_removed_file_is_gone_for_readers_and_search_and_later_from_the_disk(site: Site, examine: Callable[[], None]) -> None:
    number = site.result()
    address, author = f"/results/{number}", site.browser(site.world.office)
    put(author, address, (PDF, "a.pdf"))
    examine()
    attachment = the_one(site)
    path = service.store_of(site.app.settings).path(attachment.sha256)
    assert "附件已删除" in author.post(f"/attachments/{attachment.id}/remove", data={"next": address}, follow_redirects=True).text
    assert site.browser().get(f"/attachments/{attachment.id}").status_code == 404
    with site.database.transaction() as session:
        assert "Salt" not in documents.search_document(session.get_one(Result, number)).text
        assert service.purge(session, site.app.settings) == 0 and path.exists()
        session.get_one(Attachment, attachment.id).removed_at = clock.now().replace(year=2020)
        assert service.purge(session, site.app.settings) == 1
    assert not path.exists()


def test_content_another_row_shares_survives(site: Site) -> None:
    author, first, second = site.browser(site.world.office), site.result(), site.result()
    put(author, f"/results/{first}", (PDF, "a.pdf"))
    number = the_one(site).id
    put(author, f"/results/{second}", (PDF, "a.pdf"))
    author.post(f"/attachments/{number}/remove")
    with site.database.transaction() as session:
        session.get_one(Attachment, number).removed_at = clock.now().replace(year=2020)
        service.purge(session, site.app.settings)
    assert site.browser().get(f"/attachments/{the_one(site).id}").data == PDF


def test_the_level_of_a_file_can_be_changed_later(site: Site) -> None:
    address, author = f"/results/{site.result()}", site.browser(site.world.office)
    put(author, address, (PDF, "a.pdf"))
    author.post(f"/attachments/{the_one(site).id}/level", data={"level": "3", "next": address})
    assert site.browser().get(f"/attachments/{the_one(site).id}").status_code == 404
    assert "请选择谁可以看" in author.post(f"/attachments/{the_one(site).id}/level", data={"level": "9", "next": address}, follow_redirects=True).text


def test_what_guards_the_entrance_and_the_exit_is_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_path: Any, name: str) -> None:
        if name == "bad.pdf":
            raise Invalid("有病毒", code="virus")

    monkeypatch.setattr(files, "entrances", [look])
    address, author = f"/results/{site.result()}", site.browser(site.world.office)
    assert "bad.pdf 没有上传：有病毒" in put(author, address, (PDF, "bad.pdf"), (samples.docx("x"), "b.docx")).text
    monkeypatch.setattr(files, "exits", [lambda _session, _actor, leaving: files.Leaving(leaving.attachment, leaving.path, "text/plain", "other.txt")])
    assert "other.txt" in site.browser().get(f"/attachments/{the_one(site).id}").headers["Content-Disposition"]


def test_rubbish_addresses_are_not_found(site: Site) -> None:
    browser = site.browser(site.world.office)
    for address in ("/attachments/0", "/attachments/99", "/attachments/99999999999999999999", "/attachments/99/preview"):
        assert browser.get(address).status_code == 404
    for address in ("/attachments/person/1", "/attachments/result/999999"):
        assert browser.post(address, data={"files": (io.BytesIO(PDF), "a.pdf")}).status_code == 404
