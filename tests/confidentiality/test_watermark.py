"""Marks on confidential files: name, organisation and time on every page, the copy noted, the owner's own file untouched."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import typst
from sqlalchemy import select

from tests import makers
from webapp.accounts import service as accounts
from webapp.accounts.models import Sight
from webapp.attachments import service as attachments
from webapp.confidentiality import watermark
from webapp.core import files
from webapp.core.audit import AuditEvent
from webapp.core.db import Database

PAGE = b"#set page(width: 300pt, height: 200pt)\n= Kept words\n#pagebreak()\n#set page(flipped: true)\nSecond"


def _pdf() -> bytes:
    return typst.compile(PAGE, format="pdf")


def _png() -> bytes:
    return typst.compile(b"#set page(width: 300pt, height: 200pt)\nPicture", format="png", ppi=72.0)


def _docx() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return body.getvalue()


@pytest.fixture
def shelf(app: Any, database: Database) -> Callable[[str, bytes, int], dict[str, Any]]:
    """Puts a file of some level on a public demand, and says who may meet it."""

    def put(name: str, content: bytes, level: int) -> dict[str, Any]:
        with database.transaction() as session:
            company = makers.organisation(session, "COMPANY")
            owner, broker = makers.person(session, "company_user", company), makers.person(session, "broker", name="王示例")
            row = makers.demand(session, company, confidentiality=0, created_by=owner)
            actor = accounts.actor_for(session, owner, None)
            kept = attachments.add(session, actor, app.settings, row, name, io.BytesIO(content), level)
            return {"id": kept.id, "row": row.id, "owner": owner, "broker": broker, "firm": broker.memberships[0].organisation.name}

    return put


def _words(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def test_a_pdf_carries_name_organisation_and_time_on_every_page(
    client: Any, database: Database, shelf: Callable[..., dict[str, Any]], sign_in: Callable[..., None]
) -> None:
    made = shelf("plan.pdf", _pdf(), 2)
    sign_in(client, made["broker"])
    answer = client.get(f"/attachments/{made['id']}")
    assert answer.status_code == 200
    pages = _words(answer.data)
    assert len(pages) == 2
    assert all("王示例" in page and made["firm"] in page and "20" in page for page in pages)
    assert "Keptwords" in pages[0]
    with database.transaction(write=False) as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "secrecy:copy")).one()
        assert event.facts == {"level": 2, "sha256": hashlib.sha256(answer.data).hexdigest(), "marked": True}
        assert session.scalars(select(Sight.level)).all() == [2]


def test_a_picture_is_marked_and_keeps_its_size(
    client: Any, shelf: Callable[..., dict[str, Any]], sign_in: Callable[..., None]
) -> None:
    made = shelf("a.png", _png(), 3)
    sign_in(client, made["broker"])
    answer = client.get(f"/attachments/{made['id']}")
    assert answer.data[:8] == b"\x89PNG\r\n\x1a\n"
    assert answer.data != _png()
    assert answer.data[16:24] == _png()[16:24]


def test_an_office_file_leaves_as_a_named_copy_with_a_note_inside(
    client: Any, database: Database, shelf: Callable[..., dict[str, Any]], sign_in: Callable[..., None]
) -> None:
    made = shelf("配方.docx", _docx(), 3)
    sign_in(client, made["broker"])
    answer = client.get(f"/attachments/{made['id']}")
    assert "%E7%8E%8B%E7%A4%BA%E4%BE%8B" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "王示例" in archive.comment.decode()
        assert archive.read("word/document.xml") == b"<w/>"
    with database.transaction(write=False) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "secrecy:copy")).one().facts["marked"] is True


def test_open_files_and_the_owners_own_leave_as_they_came(
    client: Any, shelf: Callable[..., dict[str, Any]], sign_in: Callable[..., None]
) -> None:
    content = _pdf()
    made = shelf("open.pdf", content, 0)
    assert client.get(f"/attachments/{made['id']}").data == content
    closed = shelf("closed.pdf", content, 4)
    sign_in(client, closed["owner"])
    assert client.get(f"/attachments/{closed['id']}").data == content


def test_a_pdf_that_cannot_be_opened_leaves_named_and_noted(
    client: Any, database: Database, shelf: Callable[..., dict[str, Any]], sign_in: Callable[..., None]
) -> None:
    made = shelf("broken.pdf", b"%PDF-1.4\nnonsense", 3)
    sign_in(client, made["broker"])
    answer = client.get(f"/attachments/{made['id']}")
    assert answer.status_code == 200
    assert "%E7%8E%8B%E7%A4%BA%E4%BE%8B" in answer.headers["Content-Disposition"]
    with database.transaction(write=False) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "secrecy:copy")).one().facts["marked"] is False


@pytest.mark.parametrize("name", ['#read("/etc/passwd")', '"); #panic("x', "--help", "王\"'$(id)`id`", "名" * 200])
def test_a_name_full_of_signs_is_text_in_the_mark(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.pdf").write_bytes(_pdf())
    assert watermark._stamped("pdf", tmp_path / "a.pdf", tmp_path / "copy.pdf", f"{name} 2026")
    text = _words((tmp_path / "copy.pdf").read_bytes())[0]
    assert "root:" not in text
    assert "".join(name[:4].split()) in text


def test_the_dresser_stands_at_the_exit_once() -> None:
    watermark.register()
    watermark.register()
    assert files.exits.count(watermark.dress) == 1
