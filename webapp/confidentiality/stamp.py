"""Puts a reader's name and time over every page of a PDF or over a picture, in a process of its own with bounded memory and time.

Run by path, not as a module of the application: a hostile file meets nothing but this script and its two libraries.
Arguments: what (pdf or picture), source, target, text, memory in MB, seconds.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

MOST_PAGES = 2000
# A4 in points; the sheet of marks is stretched over pages of other sizes.
SHEET = (595.0, 842.0)
MARKS = """
#set text(font: ("Noto Sans SC",), size: %(size)spt, fill: rgb(90, 90, 90, 90))
#for row in range(0, 7) { for column in range(0, 3) {
  place(dx: column * 40%% - 6%%, dy: row * 16%% + 3%%, rotate(-24deg, box(width: 36%%, sys.inputs.at("text"))))
} }
#place(bottom + left, dx: 8pt, dy: -6pt, text(size: %(foot)spt, fill: rgb(60, 60, 60, 200), sys.inputs.at("text")))
"""


def limit(memory_mb: int, seconds: int) -> None:
    """From here on this process cannot take more; where the system knows no limits the caller's clock remains."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_AS, memory_mb << 20), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def pdf(source: Path, target: Path, text: str) -> None:
    """The PDF with the sheet of marks over each page, as vectors."""
    import pypdfium2

    document = pypdfium2.PdfDocument(source)
    if len(document) > MOST_PAGES:
        raise ValueError("too many pages")
    width, height = SHEET
    page = f"#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)\n" + MARKS % {"size": 11, "foot": 8}
    sheet = pypdfium2.PdfDocument(_typeset(page, text, "pdf"))
    form = sheet.page_as_xobject(0, document)
    for number in range(len(document)):
        place = document[number]
        left, bottom, right, top = place.get_cropbox()
        over = form.as_pageobject()
        over.set_matrix(pypdfium2.PdfMatrix((right - left) / width, 0, 0, (top - bottom) / height, left, bottom))
        place.insert_obj(over)
        place.gen_content()
    document.save(target)


def picture(source: Path, target: Path, text: str) -> None:
    """The picture, pixel by pixel as it was, with marks over it; always a PNG."""
    width, height = _size(source)
    size = max(10, min(width, height) // 34)
    page = f"#set page(width: {width}pt, height: {height}pt, margin: 0pt)\n" + (
        f'#place(image("{source.name}", width: 100%, height: 100%))\n' + MARKS % {"size": size, "foot": max(8, size * 3 // 4)}
    )
    target.write_bytes(_typeset(page, text, "png", source.parent))


def _size(source: Path) -> tuple[int, int]:
    """Pixels across and down, from a copy of the picture named by its type (see the caller)."""
    with source.open("rb") as file:
        head = file.read(32)
        if head[12:16] == b"IHDR":
            return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        file.seek(2)
        while len(mark := file.read(4)) == 4 and mark[0] == 0xFF:
            length = int.from_bytes(mark[2:4])
            if 0xC0 <= mark[1] <= 0xCF and mark[1] not in {0xC4, 0xC8, 0xCC}:
                frame = file.read(5)
                return int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])
            file.seek(length - 2, 1)
    raise ValueError("no picture")


def _typeset(source: str, text: str, kind: Literal["pdf", "png"], root: Path | None = None) -> bytes:
    import pylopdf_fonts_zh_cn
    import typst

    fonts = [Path(pylopdf_fonts_zh_cn.__file__).parent]
    folder = root or Path.cwd()
    return typst.compile(  # type: ignore[misc]
        source.encode(), format=kind, font_paths=fonts, ignore_system_fonts=True, sys_inputs={"text": text}, root=folder, ppi=72.0
    )


if __name__ == "__main__":
    what, source_path, target_path, words, memory, time = sys.argv[1:]
    limit(int(memory), int(time))
    {"pdf": pdf, "picture": picture}[what](Path(source_path), Path(target_path), words)
