"""Attachments: stored once by content, refused over the limit, typed by content and not by name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core import files
from webapp.core.errors import Invalid, TooLarge
from webapp.core.files import Store


def test_the_same_content_is_stored_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = store.put(io.BytesIO(b"%PDF-1.7 x"), 1)
    assert store.put(io.BytesIO(b"%PDF-1.7 x"), 1) == first
    assert store.path(first[0]).read_bytes() == b"%PDF-1.7 x"
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 1


def test_a_file_over_the_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        Store(tmp_path).put(io.BytesIO(b"0" * (1 << 20) + b"1"), 1)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_made_up_hash_cannot_leave_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no content hash"):
        Store(tmp_path).path("../../etc/passwd")


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.4\n", "a.pdf", "application/pdf"),
        (b"%PDF-1.4\n", "a.html", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "a.jpg", "image/png"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "image/jpeg"),
        (b"PK\x03\x04....", "a.docx", files.OFFICE[".docx"]),
    ],
)
def test_the_type_is_told_from_the_content(tmp_path: Path, content: bytes, name: str, expected: str) -> None:
    (tmp_path / "x").write_bytes(content)
    assert files.media_type(tmp_path / "x", name) == expected


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"<html><script>", "a.pdf"), (b"<svg onload=x>", "a.svg"), (b"MZ\x90", "a.exe"), (b"PK\x03\x04", "a.zip"), (b"", "a.pdf")],
)
def test_anything_else_is_refused(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(Invalid):
        files.media_type(tmp_path / "x", name)


@given(st.text(max_size=300))
def test_a_safe_name_has_no_folder_no_control_character_and_is_never_empty(name: str) -> None:
    safe = files.safe_name(name)
    assert safe
    assert len(safe) <= 120
    assert not set(safe) & set('/\\<>:"|?*\x00\n\r')
    assert safe not in {".", ".."}
