"""Cut a wish into words, and name for each the other ways in which a document may say it."""

from dataclasses import dataclass

from matching.text import normalize, spans, synonyms
from search.analyzer import LONGEST_TERM, is_han

MOST_WORDS = 250
_LONGEST_SYNONYM = 6


@dataclass(frozen=True, slots=True)
class Word:
    """A term of the index, how it was typed (folded), how often, and what else it may be called."""

    term: str
    raw: str
    often: int
    start: int
    end: int

    @property
    def minor(self) -> bool:
        """A single Chinese character helps to rank, but is not asked of a document."""
        return len(self.raw) == 1 and is_han(self.raw)


def words_of(text: str) -> list[Word]:
    """The distinct words of a text in the order they were typed."""
    found: dict[str, Word] = {}
    for term, start, end in spans(text):
        term = term[:LONGEST_TERM]
        known = found.get(term)
        if known:
            found[term] = Word(term, known.raw, known.often + 1, known.start, known.end)  # the first place counts
        elif len(found) < MOST_WORDS:
            found[term] = Word(term, normalize(text[start:end]), 1, start, end)
    return list(found.values())


def equivalents(text: str, words: list[Word]) -> list[tuple[int, int, str, tuple[str, ...]]]:
    """Runs of words that have synonyms: first word, one past the last, how it was typed, its synonyms; longest first."""
    known = synonyms()
    found, at = [], 0
    while at < len(words):
        for stop in range(min(len(words), at + _LONGEST_SYNONYM), at, -1):
            typed = normalize(text[words[at].start : words[stop - 1].end])
            if typed in known:
                found.append((at, stop, typed, known[typed]))
                at = stop - 1
                break
        at += 1
    return found
