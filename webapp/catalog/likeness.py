"""How alike two texts are, from 0 to 1: the share of three-sign pieces the shorter has in common with the longer."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """A text without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


def pieces(text: str) -> set[str]:
    """The three-sign pieces of a text; a shorter text is its own piece."""
    bare = plain(text)[:6000]
    return {bare[at : at + 3] for at in range(len(bare) - 2)} or ({bare} if bare else set())


def alike(one: str, other: str) -> float:
    """Likeness of two texts; a text contained in a longer one counts by how much of the longer it makes up, too."""
    first, second = pieces(one), pieces(other)
    if not first or not second:
        return 0.0
    common = len(first & second)
    return (common / min(len(first), len(second)) + common / len(first | second)) / 2


def same_thing(title: str, text: str, other_title: str, other_text: str) -> float:
    """Likeness of two postings: titles and texts together, as long as both have a text."""
    titles = alike(title, other_title)
    if not text.strip() or not other_text.strip():
        return 0.9 * titles
    return 0.4 * titles + 0.6 * alike(text, other_text)
