"""Reads one file in a process of its own with bounded memory and time: its text, its pages, a picture of its first page.

Run by path, not as a module of the application: a hostile file meets nothing but this script and the PDF library.
Arguments: file, media type, picture to write, most characters, memory in MB, seconds. Prints one JSON object.
"""

from __future__ import annotations

import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # nosec B405 - a process of its own with bounded memory; it resolves nothing from outside

WIDTH, HEIGHT = 480, 680
MOST_PAGES, MOST_PART, LARGEST_PICTURE = 300, 40 << 20, 40_000_000
PDF, JPEG = "application/pdf", "image/jpeg"
# Which parts of an Office file hold text, and which of their elements end a paragraph.
PARTS = re.compile(r"word/(document|footnotes|endnotes)\.xml|ppt/slides/slide\d+\.xml|xl/sharedStrings\.xml")
ENDS = {"p", "si", "tr"}


class Unreadable(Exception):
    """The file is no use to a reader; the word says why: locked, damaged, bomb."""


def limit(memory_mb: int, seconds: int) -> None:
    """From here on this process cannot take more; where the system knows no limits the caller's clock remains."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, memory_mb << 20), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 16 << 20), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))


def read(path: Path, media_type: str, picture: Path, most: int) -> dict[str, Any]:
    """What the file says, by its type; nothing for a type without text."""
    if media_type == PDF:
        return _pdf(path, picture, most)
    if media_type == JPEG:
        return _jpeg(path, picture)
    if "officedocument" in media_type:
        return {"text": _office(path, most)}
    return {}


def _pdf(path: Path, picture: Path, most: int) -> dict[str, Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("locked" if "password" in str(error).lower() else "damaged") from error
    if not len(document):
        raise Unreadable("damaged")
    _paint(document[0], picture)
    pieces: list[str] = []
    size = 0
    for number in range(min(len(document), MOST_PAGES)):
        pieces.append(document[number].get_textpage().get_text_bounded())
        size += len(pieces[-1])
        if size > most:
            break
    return {"text": "\n".join(pieces)[:most], "pages": len(document), "preview": True}


def _paint(page: Any, picture: Path) -> None:
    """A page as a small PNG, white where the page is clear."""
    width, height = page.get_size()
    bitmap = page.render(scale=min(WIDTH / max(width, 1), HEIGHT / max(height, 1)), rev_byteorder=True, no_smoothtext=False)
    rows, line = bytes(bitmap.buffer), bitmap.width * bitmap.n_channels
    raw = b"".join(b"\0" + rows[y * bitmap.stride : y * bitmap.stride + line] for y in range(bitmap.height))
    colour = {1: 0, 3: 2, 4: 6}[bitmap.n_channels]
    head = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, colour, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b""))
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _jpeg(path: Path, picture: Path) -> dict[str, Any]:
    """A photo drawn anew: smaller, and without the place and time cameras write into it."""
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    image = pypdfium2.PdfImage.new(document)
    try:
        image.load_jpeg(path)
        width, height = image.get_px_size()
    except pypdfium2.PdfiumError as error:
        raise Unreadable("damaged") from error
    if not 0 < width * height <= LARGEST_PICTURE:
        raise Unreadable("bomb")
    scale = min(WIDTH / width, HEIGHT / height, 1.0)
    page = document.new_page(width * scale, height * scale)
    image.set_matrix(pypdfium2.PdfMatrix().scale(width * scale, height * scale))
    page.insert_obj(image)
    page.gen_content()
    _paint(page, picture)
    return {"preview": True}


def _office(path: Path, most: int) -> str:
    found: list[str] = []
    size = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for info in sorted(archive.infolist(), key=lambda info: _order(info.filename)):
                if PARTS.fullmatch(info.filename) and size <= most:
                    found += _words(archive, info)
                    size = sum(map(len, found))
    except (zipfile.BadZipFile, ElementTree.ParseError, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable("damaged") from error
    return "\n".join(found)[:most]


def _order(name: str) -> tuple[str, int]:
    """Slide 10 after slide 9."""
    number = re.search(r"(\d+)\.xml$", name)
    return re.sub(r"\d+", "", name), int(number[1]) if number else 0


def _words(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> list[str]:
    """Paragraphs of one part; more than it may hold, or a document type with its entities, is an attack."""
    with archive.open(info) as part:
        data = part.read(MOST_PART + 1)
    if len(data) > MOST_PART or b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:4096]:
        raise Unreadable("bomb")
    return list(_paragraphs(data))


def _paragraphs(data: bytes) -> Iterator[str]:
    pieces: list[str] = []
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(("end",))
    parser.feed(data)
    parser.close()
    events: Iterator[tuple[str, Any]] = parser.read_events()  # type: ignore[assignment]
    for _, element in events:
        name = element.tag.rpartition("}")[2]
        if name == "t" and element.text:
            pieces.append(element.text)
        elif name == "tab":
            pieces.append("\t")
        elif name in ENDS and pieces:
            yield "".join(pieces)
            pieces = []
        element.clear()
    if pieces:
        yield "".join(pieces)


def main(arguments: list[str]) -> int:
    """One file in, one JSON object out."""
    path, media_type, picture, most, memory, seconds = arguments
    limit(int(memory), int(seconds))
    try:
        found = read(Path(path), media_type, Path(picture), int(most))
    except Unreadable as error:
        found = {"fault": str(error)}
    except (MemoryError, RecursionError):
        found = {"fault": "bomb"}
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
