"""The reader of files: words and first pages of good ones, a named fault for bad ones, and never more than its limits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.attachments import samples
from webapp.attachments import content, reader
from webapp.attachments.jobs import READER, read
from webapp.config import Settings
from webapp.core.errors import Invalid
from webapp.core.files import OFFICE

DOCX = OFFICE[".docx"]


def looked(tmp_path: Path, data: bytes, media_type: str, **limits: int) -> dict[str, object]:
    """What the worker gets to know of a file, through the reader's own process."""
    path = tmp_path / "file"
    path.write_bytes(data)
    return read(Settings(**limits), path, media_type, tmp_path / "picture.png")  # type: ignore[arg-type]


def test_a_pdf_gives_its_words_its_pages_and_a_picture_of_the_first(tmp_path: Path) -> None:
    found = looked(tmp_path, samples.pdf("Salt spray 3000 h", pages=3), "application/pdf")
    assert "Salt spray 3000 h" in str(found["text"]) and "page 3" in str(found["text"]) and found["pages"] == 3
    picture = (tmp_path / "picture.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and int.from_bytes(picture[16:20]) == reader.WIDTH


def test_a_word_file_gives_its_paragraphs(tmp_path: Path) -> None:
    assert looked(tmp_path, samples.docx("附着力十二兆帕", "第二段"), DOCX) == {"text": "附着力十二兆帕\n第二段"}


def test_slides_are_read_in_their_order(tmp_path: Path) -> None:
    xml = '<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:sld>'
    parts = {f"ppt/slides/slide{n}.xml": xml.format(f"slide {n}").encode() for n in (10, 9, 1)}
    assert looked(tmp_path, samples.archive(parts), OFFICE[".pptx"])["text"] == "slide 1\nslide 9\nslide 10"


def test_a_photo_is_drawn_anew_without_what_the_camera_wrote_into_it(tmp_path: Path) -> None:
    note = b"GPS position"
    photo = samples.JPEG[:2] + b"\xff\xe1" + (len(note) + 2).to_bytes(2) + note + samples.JPEG[2:]
    assert looked(tmp_path, photo, "image/jpeg") == {"preview": True}
    assert note not in (tmp_path / "picture.png").read_bytes()


@pytest.mark.parametrize(
    ("data", "media_type", "fault"),
    [
        (b"%PDF-1.4\nnothing more", "application/pdf", "damaged"),
        (samples.archive({"word/document.xml": b"<w:document"}), DOCX, "damaged"),
        (samples.docx("x", head='<!DOCTYPE x [<!ENTITY a "aaaa">]>'), DOCX, "bomb"),
        (samples.archive({"word/document.xml": b" " * (reader.MOST_PART + 1)}), DOCX, "bomb"),
        (samples.docx("x")[:-60], DOCX, "damaged"),
    ],
)
def test_a_bad_file_is_told_by_its_fault(tmp_path: Path, data: bytes, media_type: str, fault: str) -> None:
    assert looked(tmp_path, data, media_type) == {"fault": fault}


def test_text_is_cut_at_the_most_that_is_searched(tmp_path: Path) -> None:
    found = looked(tmp_path, samples.docx(*["涂" * 1000] * 9), DOCX, attachment_text_max=1500)
    assert len(str(found["text"])) == 1500


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are the system's")
def test_the_reader_cannot_take_more_memory_or_time_than_it_is_given(tmp_path: Path) -> None:
    script = "import runpy, sys; m = runpy.run_path(sys.argv[1]); m['limit'](int(sys.argv[2]), int(sys.argv[3])); exec(sys.argv[4])"

    def run(memory: int, seconds: int, deed: str) -> int:
        command = [sys.executable, "-I", "-c", script, str(READER), str(memory), str(seconds), deed]
        return subprocess.run(command, capture_output=True, check=False, timeout=240).returncode

    assert run(512, 20, "bytearray(64 << 20)") == 0
    assert run(512, 20, "bytearray(700 << 20)") != 0
    assert run(512, 1, "while True: pass") < 0


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (samples.archive({"readme.txt": b"x"}), "a.docx", "file_type"),
        (samples.docx("x")[:-40], "a.docx", "file_damaged"),
        (samples.docx("x", more={"word/vbaProject.bin": b"x"}), "a.docx", "file_macros"),
        (samples.docx("x", more={"word/media/a": b"\0" * (30 << 20)}), "a.docx", "file_bomb"),
        (samples.docx("x", more={f"word/media/{n}": b"" for n in range(content.MOST_PARTS)}), "a.docx", "file_bomb"),
        (samples.png(30_000, 30_000), "a.png", "picture_size"),
        (b"\x89PNG\r\n\x1a\nnot a picture", "a.png", "file_damaged"),
        (b"\xff\xd8\xff\xe0\x00\x02", "a.jpg", "file_damaged"),
        (b"<html><script>alert(1)</script>", "a.pdf", "file_type"),
    ],
)
def test_what_must_not_come_in_is_refused_with_a_sentence(tmp_path: Path, data: bytes, name: str, code: str) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(Invalid) as refused:
        content.media_type(tmp_path / "x", name)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("data", "name"), [(samples.pdf(), "a.pdf"), (samples.docx("x"), "a.docx"), (samples.png(), "a.png"), (samples.JPEG, "a.jpg")]
)
def test_what_people_attach_comes_in(tmp_path: Path, data: bytes, name: str) -> None:
    (tmp_path / "x").write_bytes(data)
    assert content.media_type(tmp_path / "x", name)
