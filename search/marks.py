"""Where the words of a query stand in a text, as offsets into the text as it was given."""

import re
from collections.abc import Iterable, Iterator

from matching.text import spans, tokenize
from search.analyzer import folded_with_offsets, is_han, phrase_grams, units
from search.types import Span

_LONGEST_MARKED = 20_000
_LONGEST_PHRASE = 60
_LETTER = r"[^\W\d_\u3400-\u9fff]"


def marks(text: str, terms: set[str], phrases: set[str]) -> tuple[Span, ...]:
    """Spans in rising order that do not touch each other."""
    text = text[:_LONGEST_MARKED]
    folded, origins = folded_with_offsets(text)
    found = [(origins[a], origins[b]) for phrase in phrases for a, b in _phrase_spans(folded, phrase)]
    found += [(origins[a], origins[b]) for a, b in _word_spans(folded, terms)]
    if any(any(c.isdigit() for c in term) for term in terms):
        found += [(a, b) for term, a, b in spans(text) if term in terms and not is_han(term)]
    return tuple(_united(found))


def _phrase_spans(folded: str, phrase: str) -> Iterator[Span]:
    """Occurrences of a phrase, whatever stands between its units as long as the index would not see it."""
    row = units(phrase)[:_LONGEST_PHRASE]
    if not row or not phrase_grams(phrase):
        return
    gap = r"[\W_]*?"
    shape = gap.join(_whole(unit.text) for unit in row)
    for match in re.finditer(shape, folded):
        yield match.span()


def _whole(unit: str) -> str:
    if is_han(unit):
        return re.escape(unit)
    same = r"\d" if unit.isdigit() else _LETTER
    return rf"(?<!{same}){re.escape(unit)}(?!{same})"


def _word_spans(folded: str, terms: set[str]) -> Iterator[Span]:
    latin = {term for term in terms if not is_han(term)}
    if not latin:
        return
    for unit in units(folded):
        if not is_han(unit.text) and not unit.text.isdigit() and not latin.isdisjoint(tokenize(unit.text)):
            yield unit.start, unit.end


def _united(found: Iterable[Span]) -> Iterator[Span]:
    last: Span | None = None
    for start, end in sorted(found):
        if last is not None and start <= last[1]:
            last = last[0], max(last[1], end)
            continue
        if last is not None:
            yield last
        last = start, end
    if last is not None:
        yield last
