"""The part of a long text that shows why it was found, in pieces that a template can mark."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from search.types import Span

_BREAKS = "。！？；!?;\n"
_LOOK_BACK = 30
ELLIPSIS = "…"


class Piece(NamedTuple):
    """A stretch of text, and whether it is one of the words found."""

    text: str
    marked: bool


def marked(text: str, spans: Iterable[Span]) -> tuple[Piece, ...]:
    """The whole text in pieces."""
    pieces, at = [], 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        if start > at:
            pieces.append(Piece(text[at:start], False))
        pieces.append(Piece(text[start:end], True))
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:], False))
    return tuple(pieces)


def snippet(text: str, spans: Sequence[Span], length: int = 120) -> tuple[Piece, ...]:
    """About `length` characters around the densest place of the marks, from the beginning of a sentence if one is near."""
    if len(text) <= length:
        return marked(text, spans)
    start = _sentence_start(text, _densest(spans, length))
    start = max(0, min(start, len(text) - length))
    end = min(len(text), start + length)
    inside = [(max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start]
    pieces = list(marked(text[start:end], inside))
    if start:
        pieces.insert(0, Piece(ELLIPSIS, False))
    if end < len(text):
        pieces.append(Piece(ELLIPSIS, False))
    return tuple(pieces)


def _densest(spans: Sequence[Span], length: int) -> int:
    """The mark from which on a window holds the most marked characters; the first of equals."""
    best, start, right, held = 0, 0, 0, 0
    ordered = sorted(spans)
    for left, (a, b) in enumerate(ordered):
        while right < len(ordered) and ordered[right][1] <= a + length:
            held += ordered[right][1] - ordered[right][0]
            right += 1
        if held > best:
            best, start = held, a
        if right > left:
            held -= b - a
        else:
            right = left + 1
    return start


def _sentence_start(text: str, at: int) -> int:
    before = text[max(0, at - _LOOK_BACK) : at]
    breaks = [before.rfind(mark) for mark in _BREAKS]
    return at - len(before) + max(breaks) + 1 if max(breaks) >= 0 or at <= _LOOK_BACK else max(0, at - 8)
