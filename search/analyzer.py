"""Turn texts into index terms with positions: words from the one tokenizer, and character pairs that miss nothing."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from matching.text import fold_with_offsets, normalize, tokenize

TITLE, KEYWORDS, TEXT, NAMES, HIDDEN = range(5)
ZONE_SHIFT = 28
"""A position is a 32-bit number: the zone of the document above this bit, the running number below it."""
LONGEST_TERM = 64
_GAP = 8
_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Letters and digits part company, so that "5mm", "5 mm" and the 811 of "NCM811" are all found.
_UNIT = re.compile(rf"[{_HAN}]|[^\W\d_{_HAN}]+|\d+")
_RUN = re.compile(rf"[{_HAN}](?:\s*[{_HAN}])*|[^\W\d_{_HAN}]+|\d+")
_IS_HAN = re.compile(f"[{_HAN}]")

Occurrences = dict[str, "array[int]"]
Zones = Iterable[tuple[int, Iterable[str]]]


class Unit(NamedTuple):
    """A Chinese character, a run of letters or a run of digits, and where it stands."""

    text: str
    start: int
    end: int


class Gram(NamedTuple):
    """An index term of the character-pair field at its unit position; `open` when it is a lone Chinese character."""

    term: str
    position: int
    open: bool


def is_han(text: str) -> bool:
    """Whether the text begins with a Chinese character."""
    return bool(_IS_HAN.match(text))


def units(folded: str) -> list[Unit]:
    """The units of a folded text."""
    return [Unit(m.group()[:LONGEST_TERM], m.start(), m.end()) for m in _UNIT.finditer(folded)]


def _pairs_with(folded: str, unit: Unit, following: Unit | None) -> bool:
    if following is None or not (is_han(unit.text) and is_han(following.text)):
        return False
    between = folded[unit.end : following.start]
    return not between or between.isspace()


def grams(folded: str) -> Iterator[Gram]:
    """Every Chinese character begins exactly one gram: its pair, or itself at the end of a run."""
    row = units(folded)
    for i, unit in enumerate(row):
        following = row[i + 1] if i + 1 < len(row) else None
        if _pairs_with(folded, unit, following):
            yield Gram(unit.text + following.text if following else unit.text, i, False)
        else:
            yield Gram(unit.text, i, is_han(unit.text))


def phrase_grams(folded: str) -> list[Gram]:
    """The grams that stand for a phrase: a lone character is left out where the pair before it covers it."""
    found = list(grams(folded))
    covered = {gram.position + 1 for gram in found if not gram.open and len(gram.term) == 2 and is_han(gram.term)}
    return [gram for gram in found if not (gram.open and gram.position in covered)]


def word_occurrences(zones: Zones) -> tuple[Occurrences, list[int]]:
    """How often each term stands in each zone, as running numbers, and the number of words in each zone."""
    found: Occurrences = {}
    lengths = [0] * 5
    for zone, texts in zones:
        terms = [term[:LONGEST_TERM] for text in texts for term in tokenize(text)]
        lengths[zone] += len(terms)
        for term, often in Counter(terms).items():
            first = zone << ZONE_SHIFT
            found.setdefault(term, array("I")).extend(range(first, first + often))
    return found, lengths


def gram_occurrences(zones: Zones) -> Occurrences:
    """Grams with their positions."""
    found: Occurrences = {}
    for zone, texts in zones:
        position = zone << ZONE_SHIFT
        for text in texts:
            terms = _terms(normalize(text))
            for place, term in enumerate(terms, position):
                if (places := found.get(term)) is None:
                    places = found[term] = array("I")
                places.append(place)
            position += len(terms) + _GAP
    return found


def _terms(folded: str) -> list[str]:
    """The terms of `grams` alone, one for each unit, a run of characters at a time: whole files go through here."""
    found: list[str] = []
    for run in _RUN.findall(folded):
        if is_han(run):
            characters = run if run.isalnum() else "".join(run.split())
            found += map("".join, pairwise(characters))
            found.append(characters[-1])
        else:
            found.append(run[:LONGEST_TERM])
    return found


def folded_with_offsets(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the index it came from (one more at the end)."""
    folded, starts, _ = fold_with_offsets(text)
    return folded, [*starts, len(text)]
