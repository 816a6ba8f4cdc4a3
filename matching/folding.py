"""Fold text to one spelling (NFKC, lower case, Simplified) and remember where each character came from."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

_HAN_RUN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+")
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


class _CharacterTable(dict[int, str]):
    """What each character becomes; filled as characters are met, so that nothing is computed at import."""

    def __init__(self) -> None:
        super().__init__()
        self.resized: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = _fold_cluster(chr(code))
        if len(folded) != 1:
            self.resized.add(chr(code))
        self[code] = folded
        return folded


def _fold_cluster(cluster: str) -> str:
    if cluster.isspace():
        return cluster if cluster == "\n" else " "
    kept = "".join(c for c in cluster if unicodedata.category(c) not in _DROPPED)
    # Lower-casing can undo composition (capital letters with several marks), so compose again.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).lower())


_table = _CharacterTable()


def _clusters(text: str) -> list[tuple[int, int]]:
    """Bounds of each base character with the marks (and Hangul vowels and finals) that compose with it."""
    starts = [i for i, c in enumerate(text) if i == 0 or not (unicodedata.combining(c) or "\u1160" <= c <= "\u11ff")]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


@lru_cache(maxsize=1)
def _simplifier() -> tuple[_Converter, frozenset[str]]:
    """The Traditional-to-Simplified converter and the characters that make a run worth converting."""
    import opencc

    converter = opencc.OpenCC("t2s")
    plain = [chr(code) for first, last in ((0x3400, 0x9FFF), (0x20000, 0x2A6DF)) for code in range(first, last + 1)]
    changed = converter.convert("\n".join(plain)).split("\n")
    return converter, frozenset(a for a, b in zip(plain, changed, strict=True) if a != b)


def _simplify_run(match: re.Match[str]) -> str:
    converter, traditional = _simplifier()
    run = match.group()
    if traditional.isdisjoint(run):
        return run
    simplified: str = converter.convert(run)
    if len(simplified) == len(run):
        return simplified
    # Offsets must stay true: a phrase that changes length is converted character by character.
    single = [converter.convert(c) for c in run]
    return "".join(new if len(new) == 1 else old for new, old in zip(single, run, strict=True))


def _simplify(text: str) -> str:
    if text.isascii() or _simplifier()[1].isdisjoint(text):
        return text
    return _HAN_RUN.sub(_simplify_run, text)


def fold(text: str) -> str:
    """The folded text alone: the cheap way when no offsets are needed."""
    if text.isascii() and text.isprintable():
        return text.lower()
    if unicodedata.is_normalized("NFC", text):
        return _simplify(text.translate(_table))
    return fold_with_offsets(text)[0]


def fold_with_offsets(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The folded text, and for each of its characters the start and end of what it came from in `text`."""
    if unicodedata.is_normalized("NFC", text):
        folded = text.translate(_table)
        if _table.resized.isdisjoint(text):
            return _simplify(folded), range(len(text)), range(1, len(text) + 1)
        bounds = [(i, i + 1) for i in range(len(text))]
    else:
        bounds = _clusters(text)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in bounds:
        piece = _table[ord(text[start])] if end == start + 1 else _fold_cluster(text[start:end])
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    return _simplify("".join(pieces)), starts, ends
