"""Did you mean: for words that find nothing, words of public rows that sound or are spelt almost the same."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from matching.text import normalize
from search.analyzer import is_han, phrase_grams
from search.pinyin import sound
from search.schema import SEPARATOR
from search.view import View
from search.words import Word

LONGEST = 24
_SHORTEST_LATIN = 4
_MOST_TYPED, _MOST_WORDS, _MOST_CORRECTED, _MOST_NEAR = 200, 24, 3, 50


class Vocabulary:
    """Chinese words by how they sound, and Latin ones sorted from both ends: one slip leaves one half of a word whole."""

    def __init__(self, chinese: Iterable[str], latin: Iterable[str]) -> None:
        self._sounds: dict[str, list[str]] = defaultdict(list)
        for word in chinese:
            self._sounds[sound(word)].append(word)
        self._latin = sorted(latin)
        self._mirrored = sorted(word[::-1] for word in self._latin)

    def similar(self, typed: str) -> Iterator[str]:
        """Words one slip away; whether they are public now is for the caller to see."""
        if is_han(typed):
            yield from self._sounds.get(sound(typed), ())
        elif correctable(typed):
            half = len(typed) // 2
            yield from (word for word in _beginning(self._latin, typed[:half]) if one_slip(typed, word))
            mirrored = _beginning(self._mirrored, typed[::-1][:half])
            yield from (word[::-1] for word in mirrored if one_slip(typed, word[::-1]))


def correctable(word: str) -> bool:
    """Whether a Latin word is long enough for one slip to leave it recognisable."""
    return word.isalpha() and _SHORTEST_LATIN <= len(word) <= LONGEST


def _beginning(words: list[str], prefix: str) -> Iterator[str]:
    for i in range(bisect_left(words, prefix), len(words)):
        if not words[i].startswith(prefix):
            return
        yield words[i]


def one_slip(first: str, second: str) -> bool:
    """Whether one letter more, less, other or swapped with its neighbour makes the one the other."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    a, b = first[start:], second[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[2:] == b[2:] and a[:2] == b[:2][::-1])


class _Part(NamedTuple):
    start: int
    end: int
    raw: str


def suggest(view: View, text: str, words: list[Word]) -> str | None:
    """The text with the parts that nobody has replaced by their most frequent public neighbour."""
    if len(text) > _MOST_TYPED or not words:
        return None
    corrected, shift, reached, changed = text, 0, 0, 0
    for part in _doubtful(view, text, words[:_MOST_WORDS]):
        if part.start < reached or changed >= _MOST_CORRECTED:
            continue
        better = _best(view, part.raw)
        if better:
            corrected = corrected[: part.start + shift] + better + corrected[part.end + shift :]
            shift += len(better) - (part.end - part.start)
            reached, changed = part.end, changed + 1
    return corrected if changed else None


def _doubtful(view: View, text: str, words: list[Word]) -> Iterator[_Part]:
    """Words, or runs of neighbouring Chinese words, that no row has: a slip makes the tokenizer cut in odd places."""
    for i in range(len(words)):
        for j in range(i + 1, min(i + 3, len(words)) + 1):
            run = words[i:j]
            if any(a.end != b.start for a, b in pairwise(run)):
                break
            raw = normalize(text[run[0].start : run[-1].end])
            joined = len(run) == 1 or all(is_han(word.raw) for word in run)
            if joined and 2 <= len(raw) <= LONGEST and not _known(view, raw, run):
                yield _Part(run[0].start, run[-1].end, raw)


def _known(view: View, raw: str, run: list[Word]) -> bool:
    if len(run) == 1 and len(view.keys("words", run[0].term)):
        return True  # in another form, such as the plural
    return len(view.phrase_keys(phrase_grams(raw))) > 0


def _best(view: View, raw: str) -> str | None:
    """The neighbour that most public rows have now; for Latin letters also what they spell in pinyin."""
    public, snapshot = view.public(), view.snapshot
    near = {word for segment in snapshot.segments for word in segment.vocabulary().similar(raw)}
    counted = [(public.rows_with(word), word) for word in sorted(near)[:_MOST_NEAR]]
    for term in snapshot.terms("typed", raw + SEPARATOR, _MOST_NEAR) if raw.isascii() else ():
        shown = normalize(term.partition(SEPARATOR)[2])
        if shown != raw:
            counted.append((int(public.visible[snapshot.documents("typed", term)].sum()), shown))
    best = min(((-count, word) for count, word in counted if count), default=None)
    return best[1] if best else None
