"""Names of people and organisations as they are typed on a Latin keyboard: whole, initials, or from any syllable on."""

import re
from collections.abc import Iterable
from functools import lru_cache

from matching.text import normalize
from search.analyzer import LONGEST_TERM, is_han

WHOLE, INITIALS, PART, SPELT = "=", "#", "~", "@"
_LETTERS = re.compile(r"[a-z]+")
SHORTEST_PART = 5
"""Fewer letters than this must be the whole name or its initials: "gan" is a material before it is a surname."""


@lru_cache(maxsize=20_000)
def syllables(text: str) -> tuple[str, ...]:
    """One reading per Chinese character, Latin runs as they are."""
    from pypinyin import lazy_pinyin

    read = lazy_pinyin(normalize(text)[:LONGEST_TERM], v_to_u=False)
    return tuple(letters for piece in read for letters in _LETTERS.findall(piece))


@lru_cache(maxsize=30_000)
def _reading(character: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(character))


def sound(word: str) -> str:
    """How a word sounds to people who do not tell zh from z or -ing from -in."""
    return "".join(_reading(c).replace("h", "").replace("ng", "n") + "'" for c in word)


def name_terms(names: Iterable[str]) -> set[str]:
    """Everything under which a name is filed."""
    found: set[str] = set()
    for name in names:
        found.add(SPELT + normalize(name).strip())
        read = syllables(name)
        if not read or not any(is_han(c) for c in normalize(name)):
            continue
        found.add(WHOLE + "".join(read))
        found.add(INITIALS + "".join(s[0] for s in read))
        found.update(PART + "".join(read[i:]) for i in range(len(read)))
    return {term[:LONGEST_TERM] for term in found}


def typed_terms(word: str) -> tuple[list[str], list[str]]:
    """For a typed Latin word: terms to meet exactly, and terms to meet from their beginning."""
    if not (word.isascii() and word.isalpha()):
        return [], []
    exact = [WHOLE + word] + ([INITIALS + word] if len(word) >= 3 else [])
    return exact, [PART + word] if len(word) >= SHORTEST_PART else []
