"""Example attachments, drawn and written here: a test report as PDF, a data sheet as Word file and a curve as picture."""

from __future__ import annotations

import html
import io
import struct
import zipfile
import zlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from seed.load import SOURCE
from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.attachments import policy
from webapp.attachments import service as attachments
from webapp.catalog.models import Result
from webapp.config import Settings

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
LINKS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
REPORT = (
    ("Example test report", 24), ("Neutral salt spray, example laboratory, sheet 1 of 1", 12), ("Sample: coated steel plate 150 x 100 x 3 mm, six pieces", 12),
    ("Duration 3000 h at 35 C, inspected every 240 h", 12), ("Blistering: none. Rust at the scratch: 0.8 mm at most", 12), ("This is an example, not a real report.", 12),
)  # fmt: skip
SHEET = (
    "示例数据表：低表面处理涂层", "用途：海洋平台浪溅区，手工除锈后涂装。", "附着力：12.4 MPa（拉开法，六点平均）", "中性盐雾：3000 h 无起泡",
    "施工温度：5–40 ℃", "这是演示用的示例文件。",
)  # fmt: skip


def pdf(lines: tuple[tuple[str, int], ...]) -> bytes:
    """One page of lines, each in its size."""
    said, height = "", 780
    for text, size in lines:
        said += f"BT /F1 {size} Tf 60 {height} Td ({text}) Tj ET\n"
        height -= size * 2
    stream = said.encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )  # fmt: skip
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, table, size, len(body))


def docx(lines: tuple[str, ...]) -> bytes:
    """A Word file of these paragraphs."""
    body = "".join(f"<w:p><w:r><w:t>{html.escape(line)}</w:t></w:r></w:p>" for line in lines)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("_rels/.rels", LINKS)
        file.writestr("word/document.xml", f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return out.getvalue()


def curve(width: int = 480, height: int = 240) -> bytes:
    """A falling curve over a grid, as PNG."""
    rows = []
    for y in range(height):
        row = bytearray()
        for x in range(width):
            on_curve = abs(y - (30 + (height - 60) * (1 - 2 ** (-x / 120)))) < 2
            row += b"\x1b\x5e\x8a" if on_curve else b"\xdd\xe3\xea" if x % 60 == 0 or y % 40 == 0 else b"\xff\xff\xff"
        rows.append(b"\0" + bytes(row))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


def load(session: Session, settings: Settings) -> int:
    """Attach them to the first example results in their authors' names; returns how many there are."""
    wanted = {"ex-r-001": (("示例检测报告.pdf", pdf(REPORT)), ("示例盐雾曲线.png", curve())), "ex-r-002": (("示例数据表.docx", docx(SHEET)),)}
    count = 0
    for row in session.scalars(select(Result).where(Result.source == SOURCE, Result.external_id.in_(wanted))).unique():
        author = session.get(Person, row.created_by_id) if row.created_by_id else None
        if author is None:
            continue
        actor = accounts.actor_for(session, author, row.organisation_id)
        for name, content in wanted[str(row.external_id)]:
            attachments.add(session, actor, settings, row, name, io.BytesIO(content), policy.owner_of("result").levels(row)[0])
            count += 1
    return count
