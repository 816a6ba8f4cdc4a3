"""Find and score the documents that a tree of wishes asks for, by arithmetic on arrays."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np

from matching.text import normalize
from search.analyzer import Gram, phrase_grams
from search.parse import Between, Group, Node, Not, Pattern, Phrase, Value, Words
from search.pinyin import SPELT, typed_terms
from search.segments import Floats, Mask, is_missing
from search.types import FILTERS, Query
from search.view import Found, View, best_of, needs_grams, zone_choice
from search.words import Word, equivalents, words_of

SHORT = 6
"""Up to this many words, a document must have them all."""
LOOSE = 0.6
"""Where no document has all words of a short query: those with this share of what the fullest one has."""
SHARE = 0.35
"""Of a longer text, a document must have this share, rare words counting more."""
COVERAGE = 0.3
"""How much a row gains from having more of the words, beyond what each word is worth."""
_HIDDEN_IN_WORD, _SYNONYM, _PINYIN, _BEGINNING = 0.5, 0.7, 0.8, 0.6
_MOST_TERMS = 300


@dataclass(slots=True)
class Match:
    """Which documents fit, and how well."""

    mask: Mask
    scores: Floats


@dataclass(slots=True)
class Told:
    """What the search has to say about itself: what to highlight, what was added, what was not found."""

    terms: set[str] = field(default_factory=set)
    phrases: set[str] = field(default_factory=set)
    expansions: list[str] = field(default_factory=list)
    words: list[tuple[Word, Found]] = field(default_factory=list)
    texts: list[tuple[str, list[Word]]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


class Matcher:
    """Evaluates one tree of wishes for one searcher; `need` says how many of the plain words a document must have."""

    def __init__(self, view: View, query: Query, need: str = "auto") -> None:
        self._view, self._query, self._need = view, query, need
        self.told = Told()

    def match(self, node: Node) -> Match | None:
        """None where nothing was asked."""
        matchers: dict[type, Callable[..., Match | None]] = {
            Words: self._words, Phrase: self._phrase, Pattern: self._pattern, Value: self._value,
            Between: self._between, Not: self._not, Group: self._group,
        }  # fmt: skip
        return matchers[type(node)](node)

    def _of(self, found: Found) -> Match:
        mask, scores = np.zeros(self._view.snapshot.count, np.bool_), np.zeros(self._view.snapshot.count)
        mask[found[0]], scores[found[0]] = True, found[1]
        return Match(mask, scores)

    def _only(self, mask: Mask) -> Match:
        return Match(mask & self._view.visible, np.zeros(len(mask)))

    def everything(self) -> Match:
        """All that the searcher may see."""
        return self._only(self._view.visible)

    def _group(self, node: Group) -> Match | None:
        found = [match for match in map(self.match, node.nodes) if match is not None]
        if not found:
            return None
        mask, scores = found[0].mask.copy(), found[0].scores.copy()
        for match in found[1:]:
            mask = mask | match.mask if node.how == "or" else mask & match.mask
            scores += match.scores
        return Match(mask, scores)

    def _not(self, node: Not) -> Match | None:
        silent = Matcher(self._view, self._query, "all")
        denied = silent.match(node.node)
        return None if denied is None else self._only(~denied.mask)

    def _between(self, node: Between) -> Match:
        return self._only(between(self._view, node.field, node.low, node.high))

    def _value(self, node: Value) -> Match | None:
        values, documents, codes = self._view.snapshot.facet(node.field)
        typed = normalize(node.text).strip()
        called = self._query.labels.get(node.field, {})
        chosen = np.array([any(typed in normalize(name) for name in (value, *called.get(value, ()))) for value in values], np.bool_)
        mask = np.zeros(self._view.snapshot.count, np.bool_)
        if len(values):
            mask[documents[chosen[codes]]] = True
        found = self._only(mask)
        return found if found.mask.any() else self.match(Words(node.text))

    def _pattern(self, node: Pattern) -> Match | None:
        if not node.text.strip("*"):
            return self.everything()
        if node.field in ("id", "names"):
            return self._named(node)
        if node.field in FILTERS:
            return self._value(Value(node.text.replace("*", ""), node.field))
        parts = [part for part in node.text.split("*") if part]
        last = normalize(parts[-1])
        if node.text.endswith("*") and last.isascii() and last.isalnum() and len(last) >= 2:
            terms = self._view.snapshot.terms("words", last, _MOST_TERMS)
            self.told.terms.update(terms)
            begun = self._of(best_of([self._scored_word(term, node.field, _BEGINNING) for term in terms]))
            before = self.match(Words(" ".join(parts[:-1]), node.field))
            return begun if before is None else Match(begun.mask & before.mask, begun.scores + before.scores)
        return self.match(Words(" ".join(parts), node.field))

    def _named(self, node: Pattern) -> Match:
        typed = re.sub(r"\*+", "*", normalize(node.text) if node.field == "names" else node.text)[:80]
        snapshot = self._view.snapshot
        if node.field == "id":
            seen = np.flatnonzero(self._view.visible).tolist()
            mask = np.zeros(snapshot.count, np.bool_)
            mask[[i for i in seen if _fits(typed, snapshot.ids[i])]] = True
            return self._only(mask)
        begin = SPELT + re.split(r"[*?]", typed)[0]
        names = [t for t in snapshot.terms("pinyin", begin, 50_000) if _fits(typed, t[len(SPELT) :])]
        return self._only(snapshot.mask("pinyin", tuple(names)))

    def _phrase(self, node: Phrase) -> Match | None:
        if node.field == "id":
            return self._only(self._view.snapshot.mask("id", (node.text,)))
        folded = normalize(node.text)
        row = phrase_grams(folded)
        if not row:
            return None
        self.told.phrases.add(folded)
        return self._of(self._scored_phrase(row, node.field, 1.0))

    def _scored_word(self, term: str, zone: str | None, factor: float = 1.0) -> Found:
        return self._view.scored(self._view.counted(self._view.keys("words", term), zone_choice(zone)), factor)

    def _scored_phrase(self, row: list[Gram], zone: str | None, factor: float) -> Found:
        return self._view.scored(self._view.counted(self._view.phrase_keys(row), zone_choice(zone)), factor)

    def _by_pinyin(self, word: str) -> Found:
        snapshot = self._view.snapshot
        exact, beginnings = typed_terms(word)
        terms = exact + [term for start in beginnings for term in snapshot.terms("pinyin", start, _MOST_TERMS)]
        documents = np.flatnonzero(snapshot.mask("pinyin", tuple(terms)) & self._view.visible)
        return documents, np.full(len(documents), _PINYIN * self._view.rarity(len(documents)) / 2)

    def _ways(self, word: Word, zone: str | None) -> list[Found]:
        """How a document may have a word: as a word, within a longer one, as the pinyin of a name."""
        ways = [self._scored_word(word.term, zone)]
        self.told.terms.add(word.term)
        if needs_grams(word.raw) and not word.minor:
            self.told.phrases.add(word.raw)
            ways.append(self._scored_phrase(phrase_grams(word.raw), zone, _HIDDEN_IN_WORD))
        if zone in (None, "names") and word.raw.isascii() and word.raw.isalpha():
            ways.append(self._by_pinyin(word.raw))
        return ways

    def _synonymous(self, text: str, words: list[Word], zone: str | None, ways: list[list[Found]]) -> None:
        for start, stop, typed, others in equivalents(text, words) if self._query.synonyms else ():
            for other in others:
                documents, scores = self._scored_phrase(phrase_grams(other), zone, _SYNONYM)
                if not len(documents):
                    continue
                self.told.phrases.add(other)
                self.told.expansions.append(f"{typed}={other}")
                for i in range(start, stop):
                    ways[i].append((documents, scores / (stop - start)))

    def _words(self, node: Words) -> Match | None:
        words = words_of(node.text)
        if all(word.minor for word in words):
            return self._phrase(Phrase(node.text, node.field))
        ways = [self._ways(word, node.field) for word in words]
        self._synonymous(node.text, words, node.field, ways)
        found = [(word, best_of(choices)) for word, choices in zip(words, ways, strict=True)]
        self.told.words.extend(found)
        self.told.texts.append((node.text, words))
        return self._enough(found)

    def _enough(self, found: list[tuple[Word, Found]]) -> Match:
        count = self._view.snapshot.count
        scores, share, having = np.zeros(count), np.zeros(count), np.zeros(count)
        total, asked = 0.0, 0
        for word, (documents, figures) in found:
            scores[documents] += word.often * figures
            if word.minor:
                continue
            weight = self._view.rarity(len(documents)) if len(documents) else 0.0
            share[documents] += weight
            having[documents] += 1
            total, asked = total + weight, asked + 1
        if total > 0:
            rows = np.flatnonzero(share)
            weighed = np.zeros(count)
            weighed[rows] = scores[rows] * (share[rows] / total) ** COVERAGE
            scores = weighed
        return Match(self._kept(having, share, total, asked), scores)

    def _kept(self, having: Floats, share: Floats, total: float, asked: int) -> Mask:
        if self._need == "all" or (self._need == "auto" and asked <= SHORT):
            enough: Mask = having >= asked
        elif self._need == "auto":
            enough = (having > 0) & (share >= SHARE * total)
        elif self._need == "loose":
            found = (having > 0) & self._view.visible
            enough = found & (share >= LOOSE * share[found].max(initial=0.0))
        else:
            enough = having > 0
        return enough & self._view.visible


def _fits(pattern: str, text: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def between(view: View, name: str, low: int | None, high: int | None) -> Mask:
    """Rows whose figure lies within both bounds; a row without the figure does not."""
    values = view.snapshot.dates if name == "date" else view.snapshot.numbers[name]
    mask: Mask = ~is_missing(values)
    if low is not None:
        mask &= values >= low
    if high is not None:
        mask &= values <= high
    return mask

