"""The index as one searcher may see it: every count, statistic and score is taken over visible rows alone."""

import numpy as np

from search.analyzer import HIDDEN, KEYWORDS, NAMES, TEXT, TITLE, Gram, is_han, phrase_grams
from search.segments import Floats, Ints, Mask, Snapshot, documents_of, zones_of
from search.types import PUBLIC

K1, B = 1.5, 0.75
ZONE_WEIGHTS = {TITLE: 2.0, KEYWORDS: 1.5, TEXT: 1.0, NAMES: 2.0, HIDDEN: 1.0}
FIELD_ZONES = {"title": (TITLE,), "keywords": (KEYWORDS,), "text": (TEXT, HIDDEN), "names": (NAMES,)}
_WEIGHTS = np.array([ZONE_WEIGHTS.get(zone, 0.0) for zone in range(16)])
_ALL_ZONES = np.ones(16, np.bool_)
_MOST_GRAMS = 3_000
_MOST_COUNTED = 20_000

Found = tuple[Ints, Floats]
"""Rising document numbers, and a figure for each: first how often, then how well."""
NONE: Found = (np.empty(0, np.int64), np.empty(0))


def zone_choice(field: str | None) -> Mask:
    """Which zones a field prefix allows."""
    if field is None:
        return _ALL_ZONES
    chosen = np.zeros(16, np.bool_)
    chosen[list(FIELD_ZONES[field])] = True
    return chosen


class View:
    """A snapshot through the eyes of one set of access tokens."""

    def __init__(self, snapshot: Snapshot, access: tuple[str, ...]) -> None:
        self.snapshot = snapshot
        self._public: View | None = None
        self._rows_with: dict[str, int] = {}
        self.visible = snapshot.live & snapshot.mask("access", access)
        self.secret = self.visible & snapshot.mask("hidden_access", access)
        self._any_secret = bool(self.secret.any())
        self.count = int(self.visible.sum())
        lengths = snapshot.lengths[:, :HIDDEN] @ _WEIGHTS[:HIDDEN] + snapshot.lengths[:, HIDDEN] * self.secret
        average = float(lengths[self.visible].mean()) if self.count else 1.0
        self._norm = K1 * (1 - B + B * lengths / max(average, 1e-9))

    def public(self) -> "View":
        """What everybody sees: the only source of suggestions."""
        if self._public is None:
            self._public = View(self.snapshot, (PUBLIC,))
        return self._public

    def rows_with(self, text: str) -> int:
        """How many rows have this text; remembered, for related searches ask of the same subjects again and again."""
        known = self._rows_with.get(text)
        if known is None:
            documents = documents_of(self.phrase_keys(phrase_grams(text)))  # rising
            known = int(np.count_nonzero(documents[1:] != documents[:-1])) + bool(len(documents))
            if len(self._rows_with) < _MOST_COUNTED:
                self._rows_with[text] = known
        return known

    def having(self, text: str) -> Mask:
        """Which rows have this text."""
        mask = np.zeros(self.snapshot.count, np.bool_)
        mask[documents_of(self.phrase_keys(phrase_grams(text)))] = True
        return mask

    def keys(self, field: str, term: str) -> Ints:
        """Occurrences of a term in "words" or "grams" in the rows and zones this searcher may search."""
        keys = self.snapshot.occurrences(field, term)
        keys = keys[self.visible[documents_of(keys)]]
        if self._any_secret:
            closed = self.snapshot.occurrences(f"secret_{field}", term)
            closed = closed[self.secret[documents_of(closed)]]
            if len(closed):
                keys = np.sort(np.concatenate([keys, closed]))
        return keys

    def _lone_keys(self, character: str) -> Ints:
        """Occurrences of one Chinese character: every gram that begins with it."""
        terms = self.snapshot.terms("grams", character, _MOST_GRAMS)
        if self._any_secret:
            terms = sorted({*terms, *self.snapshot.terms("secret_grams", character, _MOST_GRAMS)})
        return np.sort(np.concatenate([np.empty(0, np.int64), *(self.keys("grams", term) for term in terms)]))

    def phrase_keys(self, phrase: list[Gram]) -> Ints:
        """Where a phrase begins: the first gram's occurrences whose neighbours stand at the right distance."""
        if not phrase:
            return np.empty(0, np.int64)
        begun = self._gram_keys(phrase[0])
        for gram in phrase[1:]:
            if not len(begun):
                break
            begun = begun[_member(begun, self._gram_keys(gram) - (gram.position - phrase[0].position))]
        return begun

    def _gram_keys(self, gram: Gram) -> Ints:
        return self._lone_keys(gram.term) if gram.open else self.keys("grams", gram.term)

    def counted(self, keys: Ints, zones: Mask) -> Found:
        """Documents of the occurrences with their weighted number in the chosen zones."""
        found = zones_of(keys)
        if zones is not _ALL_ZONES:
            keep = zones[found]
            keys, found = keys[keep], found[keep]
        if not len(keys):
            return NONE
        documents = documents_of(keys)
        starts = np.flatnonzero(np.diff(documents, prepend=-1))
        return documents[starts], np.add.reduceat(_WEIGHTS[found], starts)

    def scored(self, found: Found, factor: float = 1.0) -> Found:
        """BM25 of the counted occurrences."""
        documents, often = found
        weight = factor * self.rarity(len(documents))
        return documents, weight * often / (often + self._norm[documents])

    def rarity(self, documents: int) -> float:
        """The inverse document frequency among the rows this searcher sees."""
        return float(np.log1p((self.count - documents + 0.5) / (documents + 0.5)))


def _member(values: Ints, among: Ints) -> Mask:
    if not len(among):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(among, values), len(among) - 1)
    found: Mask = among[places] == values
    return found


def best_of(choices: list[Found]) -> Found:
    """For each document its best figure among the choices."""
    full = [choice for choice in choices if len(choice[0])]
    if len(full) <= 1:
        return full[0] if full else NONE
    documents = np.concatenate([choice[0] for choice in full])
    figures = np.concatenate([choice[1] for choice in full])
    order = np.argsort(documents, kind="stable")
    documents, figures = documents[order], figures[order]
    starts = np.flatnonzero(np.diff(documents, prepend=-1))
    return documents[starts], np.maximum.reduceat(figures, starts)


def needs_grams(raw: str) -> bool:
    """Whether a word may hide inside longer ones: Chinese, or letters and digits mixed."""
    return is_han(raw) or not raw.isalpha()
