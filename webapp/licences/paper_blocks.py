"""A document's text cut into title, headings, clauses and lists, which is all its printed forms add to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADING = re.compile(r"[一二三四五六七八九十]+、")
ITEM = re.compile(r"\s+（\d+）")
CLOSE = "　" * 4  # who writes and when, at the end of a letter
INDENT = "　" * 2  # a paragraph of what somebody typed: it never counts as a heading of the document, whatever it begins with


@dataclass(frozen=True)
class Block:
    """One paragraph: title, heading, item of a list, the close of a letter, plain text, or a paragraph somebody typed."""

    kind: str
    text: str


def blocks(text: str) -> list[Block]:
    """Every line that says something, in order, with what it is."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [Block("title", line.strip()) if index == 0 else _block(line) for index, line in enumerate(lines)]


def _block(line: str) -> Block:
    if HEADING.match(line):
        return Block("heading", line.strip())
    if line.startswith(CLOSE):
        return Block("close", line.strip())
    if ITEM.match(line):
        return Block("item", line.strip())
    return Block("typed" if line.startswith(INDENT) else "text", line.strip())


def typed(text: str, alone: bool) -> str:
    """What somebody typed, as it stands in a document: every paragraph indented, except one that goes on after a label."""
    lines = [line for line in text.splitlines() if line.strip()] or [""]
    return "\n".join(line if ITEM.match(line) else INDENT * (alone or number > 0) + line.strip() for number, line in enumerate(lines))
