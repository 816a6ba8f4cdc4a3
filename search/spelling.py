"""Did you mean: for words that find nothing, words of public rows that sound or are spelt almost the same."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from search.analyzer import is_han
from search.pinyin import syllables
from search.segments import Mask, Snapshot, documents_of
from search.types import PUBLIC
from search.view import Found, View
from search.words import Word

_MOST_CORRECTED = 3
_LONGEST_CORRECTED = 24
_MOST_TERMS = 400_000
_Table = dict[str, list[str]]


class Vocabulary:
    """Words of public rows by how they sound (Chinese) and by what is left of them without one letter (Latin)."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.sounds: _Table = defaultdict(list)
        self.letters: _Table = defaultdict(list)
        public = snapshot.live & snapshot.mask("access", (PUBLIC,))
        for field in ("words", "grams"):
            for term in snapshot.terms(field, "", _MOST_TERMS):
                keys = self._keys(field, term)
                if keys and public[documents_of(snapshot.occurrences(field, term))].any():
                    for key in keys:
                        (self.sounds if field == "words" else self.letters)[key].append(term)

    @staticmethod
    def _keys(field: str, term: str) -> Iterable[str]:
        """Chinese words are kept by their sound; Latin ones as they were spelt, which only the grams know."""
        if not 2 <= len(term) <= _LONGEST_CORRECTED or is_han(term) != (field == "words"):
            return ()
        return ("".join(syllables(term)),) if is_han(term) else shortened(term) if _correctable(term) else ()

    def similar(self, word: str) -> tuple[str, set[str]]:
        """The field and the candidates for a word, not yet checked against what is public now."""
        if is_han(word):
            return "words", set(self.sounds.get("".join(syllables(word)), ()))
        if not _correctable(word):
            return "grams", set()
        return "grams", {near for key in shortened(word) for near in self.letters.get(key, ())}


def _correctable(word: str) -> bool:
    return word.isalpha() and 4 <= len(word) <= _LONGEST_CORRECTED


def shortened(term: str) -> Iterable[str]:
    """The term, and the term without each one of its letters: two terms one slip apart share one of these."""
    return {term, *(term[:i] + term[i + 1 :] for i in range(len(term)))}


def suggest(view: View, text: str, words: list[tuple[Word, Found]]) -> str | None:
    """The text with the words that found nothing replaced by their most frequent public neighbour."""
    lost = [word for word, found in words if not len(found[0]) and not word.minor][:_MOST_CORRECTED]
    if not lost or len(text) > 200:
        return None
    snapshot = view.snapshot
    public = snapshot.live & snapshot.mask("access", (PUBLIC,))
    corrected = text
    for word in lost:
        field, candidates = snapshot.vocabulary().similar(word.raw)
        ranked = [(_public_count(snapshot, public, field, near), near) for near in candidates]
        ranked = sorted(((count, near) for count, near in ranked if count), key=lambda pair: (-pair[0], pair[1]))
        if ranked:
            corrected = _replaced(corrected, word, ranked[0][1])
    return corrected if corrected != text else None


def _public_count(snapshot: Snapshot, public: Mask, field: str, term: str) -> int:
    documents = np.unique(documents_of(snapshot.occurrences(field, term)))
    return int(public[documents].sum())


def _replaced(text: str, word: Word, better: str) -> str:
    at = text.lower().find(word.raw)
    return text if at < 0 else text[:at] + better + text[at + len(word.raw) :]
