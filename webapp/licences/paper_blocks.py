"""A document's text cut into title, headings, clauses and lists, which is all its printed forms add to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADING = re.compile(r"[一二三四五六七八九十]+、")
ITEM = re.compile(r"\s+（\d+）")
CLOSE = "　" * 4  # who writes and when, at the end of a letter


@dataclass(frozen=True)
class Block:
    """One paragraph: title, heading, item of a list, the close of a letter, or plain text."""

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
    return Block("item" if ITEM.match(line) else "text", line.strip())
