"""Documents as PDF: typeset from their text with the Chinese fonts that travel with the platform and are embedded in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pylopdf_fonts_zh_cn as fonts
import typst

from webapp.licences.paper_blocks import blocks
from webapp.licences.papers import Sheet

LOOK = Path(__file__).with_name("paper.typ")


def pdf(sheets: Sequence[Sheet]) -> bytes:
    """One file with every sheet beginning on a page of its own; the foot of each page names number, version and hash."""
    data = [
        {
            "number": sheet.number, "version": sheet.version, "hash": sheet.sha256, "labels": sheet.labels, "signatures": [list(row) for row in sheet.signatures],
            "blocks": [{"kind": block.kind, "text": block.text} for block in blocks(sheet.text)],
        }
        for sheet in sheets
    ]  # fmt: skip
    given = {"sheets": json.dumps(data, ensure_ascii=False)}
    return typst.compile(LOOK, font_paths=[Path(fonts.serif_path()).parent], ignore_system_fonts=True, format="pdf", sys_inputs=given)
