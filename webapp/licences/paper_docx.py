"""Documents as .docx: the same text in the platform's look, or in a school's own: its styles, page, head and foot."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from webapp.core.errors import N_, Invalid
from webapp.licences.paper_blocks import blocks
from webapp.licences.papers import Sheet

# Fonts every Chinese Word or WPS has; elsewhere they are replaced by the system's own Song and Hei.
SERIF, SANS, LATIN = "SimSun", "SimHei", "Times New Roman"
COLUMNS = (Cm(2.6), Cm(3.6), Cm(4.6), Cm(4.6))  # of the table of signatures: side, name, time, way
MOST_LOOK = 4 * 1024 * 1024
MOST_INSIDE = 40 * 1024 * 1024


def docx(sheet: Sheet, look: bytes | None = None) -> bytes:
    """The sheet as a Word file; with a look, in that file's styles and page, its own body left out."""
    document = Document(io.BytesIO(look)) if look else _plain()
    _empty(document)
    for block in blocks(sheet.text):
        paragraph = document.add_paragraph(block.text, style=_style(document, STYLES[block.kind]))
        if block.kind == "title":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if block.kind == "close":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if block.kind == "item":
            paragraph.paragraph_format.left_indent = Cm(0.8)
        if block.kind == "typed":
            paragraph.paragraph_format.first_line_indent = Pt(22)
    if sheet.signatures:
        _signatures(document, sheet)
    _mark(document, sheet)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


STYLES = {"title": "Title", "heading": "Heading 1", "item": "Normal", "close": "Normal", "text": "Normal", "typed": "Normal"}


def _style(document: Any, name: str) -> str | None:
    return name if name in {style.name for style in document.styles} else None


def _plain() -> Any:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.8)
    for name, font, size in (("Normal", SERIF, 11), ("Title", SANS, 17), ("Heading 1", SANS, 12)):
        style = document.styles[name]
        style.font.size, style.font.bold = Pt(size), False
        style.font.color.rgb = RGBColor(0, 0, 0)
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for kind, family in (("w:eastAsia", font), ("w:ascii", LATIN), ("w:hAnsi", LATIN)):
            fonts.set(qn(kind), family)
        _child(properties, "w:lang", {"w:val": "en-US", "w:eastAsia": "zh-CN"})  # or commas stand as in other scripts, and numbers break in two
        for border in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
            style.element.pPr.remove(border)
        for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(kind), None)
        style.paragraph_format.space_after = Pt(3)
        style.paragraph_format.line_spacing = 1.2
    return document


def _child(parent: Any, tag: str, values: dict[str, str]) -> Any:
    found = _element(tag, values)
    for old in parent.findall(qn(tag)):
        parent.remove(old)
    parent.append(found)
    return found


def _empty(document: Any) -> None:
    body = document.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)


def _signatures(document: Any, sheet: Sheet) -> None:
    document.add_paragraph(sheet.labels["signatures"], style=_style(document, "Heading 1"))
    table = document.add_table(rows=0, cols=4, style=_style(document, "Table Grid"))
    table.autofit = False
    lines = [tuple(sheet.labels["columns"]), *sheet.signatures]
    for row in lines:
        line = table.add_row()
        _child(line._tr.get_or_add_trPr(), "w:cantSplit", {})
        for cell, text, width in zip(line.cells, row, COLUMNS, strict=True):
            cell.width, cell.text, cell.vertical_alignment = width, text, WD_CELL_VERTICAL_ALIGNMENT.CENTER
            shape = cell.paragraphs[0].paragraph_format
            shape.space_before = shape.space_after = Pt(3)
            shape.line_spacing, shape.keep_with_next = 1.0, row is not lines[-1]


def _mark(document: Any, sheet: Sheet) -> None:
    """Number, version, page and hash at the foot of every page, below whatever stands there in a school's look."""
    foot = document.sections[-1].footer
    paragraph = foot.paragraphs[0] if foot.paragraphs and not foot.paragraphs[0].text else foot.add_paragraph()
    labels = sheet.labels
    paragraph.add_run(f"{labels['number']} {sheet.number}　{labels['version']} {sheet.version}　")
    _field(paragraph, "PAGE")
    paragraph.add_run(" / ")
    _field(paragraph, "NUMPAGES")
    paragraph.add_run(f"\n{labels['hash']} {sheet.sha256}")
    for run in paragraph.runs:
        run.font.size = Pt(7)


def _field(paragraph: Any, code: str) -> None:
    """A number the word processor fills in."""
    for kind in ("begin", "", "end"):
        run = paragraph.add_run()
        if kind:
            run._r.append(_element("w:fldChar", {"w:fldCharType": kind}))
        else:
            text = _element("w:instrText", {"xml:space": "preserve"})
            text.text = code
            run._r.append(text)


def _element(tag: str, values: dict[str, str]) -> Any:
    found = OxmlElement(tag)
    for name, value in values.items():
        found.set(qn(name), value)
    return found


def check(look: bytes) -> None:
    """Whether a file can serve as a school's look; Invalid when it is no Word file, too large, or carries macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(look)) as archive:
            names, inside = archive.namelist(), sum(entry.file_size for entry in archive.infolist())
        if len(look) > MOST_LOOK or inside > MOST_INSIDE or any("vbaProject" in name for name in names):
            raise ValueError("too large, or with macros")
        Document(io.BytesIO(look))
    except Exception as error:
        raise Invalid(fields={"look": N_("这个文件不能作版式：请用不带宏、4 MB 以内的 .docx 文件。")}) from error
