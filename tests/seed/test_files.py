"""The example attachments are files the platform reads: words, a page to show, a picture."""

from __future__ import annotations

import zlib
from pathlib import Path

from seed import files
from tests.attachments.test_reader import looked
from webapp.core.files import OFFICE


def test_the_example_files_are_read_with_their_words_and_a_first_page(tmp_path: Path) -> None:
    report = looked(tmp_path, files.pdf(files.REPORT), "application/pdf")
    assert "salt spray" in str(report["text"]) and report["pages"] == 1
    assert "附着力：12.4 MPa" in str(looked(tmp_path, files.docx(files.SHEET), OFFICE[".docx"])["text"])
    picture = files.curve(60, 40)
    data = picture[picture.index(b"IDAT") + 4 : picture.index(b"IEND") - 8]
    assert picture.startswith(b"\x89PNG") and len(zlib.decompress(data)) == 40 * (1 + 60 * 3) and len(set(zlib.decompress(data))) > 2
