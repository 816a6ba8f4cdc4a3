"""Whether a file may come in: what it really is, looked up in its content, and nothing that unpacks without end."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from webapp.core import files
from webapp.core.errors import N_, Invalid

# The part each kind of Office file is about; a renamed archive has none of them.
MAIN_PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}
MOST_PARTS, MOST_UNPACKED, MOST_RATIO, SMALL = 5000, 400 << 20, 200, 20 << 20
MOST_PIXELS = 40_000_000
DAMAGED = N_("文件打不开，可能已损坏或不完整，请重新导出后再传。")


def media_type(path: Path, name: str) -> str:
    """The type told from the content; Invalid says what to do about a file that may not come in."""
    kind = files.media_type(path, name)
    if kind in files.OFFICE.values():
        _check_office(path, Path(name).suffix.lower())
    elif kind.startswith("image/"):
        _check_picture(path, kind)
    return kind


def _check_office(path: Path, suffix: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Invalid(DAMAGED, code="file_damaged") from error
    names = {part.filename for part in parts}
    if MAIN_PARTS[suffix] not in names:
        raise Invalid(N_("这个文件不是 Word、Excel 或 PowerPoint 文件，只是改了扩展名。"), code="file_type")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid(N_("文件里有宏，请另存为不含宏的 .docx、.xlsx 或 .pptx 再传。"), code="file_macros")
    unpacked = sum(part.file_size for part in parts)
    swollen = unpacked > max(SMALL, MOST_RATIO * path.stat().st_size)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or swollen:
        raise Invalid(N_("文件解压后过大，请删去多余内容或图片再传。"), code="file_bomb")


def _check_picture(path: Path, kind: str) -> None:
    with path.open("rb") as file:
        size = _png_size(file) if kind == "image/png" else _jpeg_size(file)
    if size is None or not all(size):
        raise Invalid(DAMAGED, code="file_damaged")
    if size[0] * size[1] > MOST_PIXELS:
        raise Invalid(N_("图片太大（%(width)s×%(height)s 像素），请缩小后再传。"), code="picture_size", width=size[0], height=size[1])


def _png_size(file: BinaryIO) -> tuple[int, int] | None:
    head = file.read(24)
    return (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) if head[12:16] == b"IHDR" else None


def _jpeg_size(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height stand in the frame header, some segments in."""
    file.seek(2)
    for mark, length in _segments(file):
        if 0xC0 <= mark <= 0xCF and mark not in {0xC4, 0xC8, 0xCC}:
            frame = file.read(5)
            return int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])
        file.seek(length - 2, 1)
    return None


def _segments(file: BinaryIO) -> Iterator[tuple[int, int]]:
    for _ in range(200):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or int.from_bytes(head[2:4]) < 2:
            return
        yield head[1], int.from_bytes(head[2:4])
