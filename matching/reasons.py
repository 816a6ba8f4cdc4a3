"""Say why: the words that carry a score, by field, with everything confidential gathered in one nameless part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.collection import Floats
from matching.counting import field_shares
from matching.lists import stop_words
from matching.signals import Signal
from matching.types import Reason
from matching.vectors import Query
from matching.weights import FIELDS

LEAST_SHARE = 0.01  # of the text score: below this a term belongs to the rest
MOST_TERMS = 12  # terms named one by one; the rest is summed up under an empty label
_PUBLIC = FIELDS[:3]
# A character is shown as the shared word it stands in; failing that as a neighbour; failing that as itself.
_INSIDE, _BESIDE, _ITSELF = 1.0, 1e-6, 1e-12
_LEAST = 1e-3


@dataclass(frozen=True)
class Labels:
    """Which terms of a query may be shown in the name of which: sorted edges from a term to its label."""

    sources: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]
    closeness: Floats
    starts: npt.NDArray[np.int64]  # first edge of each term

    @classmethod
    def of(cls, query: Query) -> "Labels":
        edges = sorted(_edges(query))
        sources = np.array([e[0] for e in edges], dtype=np.int64)
        return cls(
            sources,
            np.array([e[1] for e in edges], dtype=np.int64),
            np.array([e[2] for e in edges]),
            np.flatnonzero(np.diff(sources, prepend=-1)),
        )


def _edges(query: Query) -> Iterator[tuple[int, int, float]]:
    words, bigrams, characters = (channel.terms for channel in query.channels)
    first_bigram, first_character = len(words), len(words) + len(bigrams)
    pair_places = {pair: first_bigram + i for i, pair in enumerate(bigrams)}
    single_places = {single: first_character + i for i, single in enumerate(characters)}
    for i in range(first_character + len(characters)):
        yield i, i, _ITSELF
    for place, pair in enumerate(bigrams, first_bigram):
        for single in set(pair) if len(pair) == 2 else ():
            if single in single_places:
                yield single_places[single], place, _BESIDE
    for place, word in enumerate(words):
        if word in pair_places:
            yield pair_places[word], place, _INSIDE
        if word in single_places:
            yield single_places[word], place, _INSIDE
            continue
        yield from _parts_of(word, place, pair_places, single_places)
    yield from _beside(words, bigrams, first_bigram)


def _parts_of(
    word: str, place: int, pairs: dict[str, int], singles: dict[str, int]
) -> Iterator[tuple[int, int, float]]:
    for single in set(word):
        if single in singles:
            yield singles[single], place, _INSIDE
    for pair in {word[i : i + 2] for i in range(len(word) - 1)} - {word}:
        if pair in pairs:
            yield pairs[pair], place, _INSIDE


def _beside(words: Sequence[str], bigrams: Sequence[str], first: int) -> Iterator[tuple[int, int, float]]:
    """A pair across a word border belongs to the words on both sides of the border."""
    heads: dict[str, list[int]] = {}
    tails: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        heads.setdefault(word[0], []).append(place)
        tails.setdefault(word[-1], []).append(place)
    for place, pair in enumerate(bigrams, first):
        if len(pair) == 2:
            for word_place in {*tails.get(pair[0], ()), *heads.get(pair[1], ())}:
                yield place, word_place, _BESIDE


def share_out(labels: Labels, public: Floats) -> Floats:
    """Move what each term adds (documents x terms) to the label it is shown under; row sums stay."""
    if not public.size:
        return public
    pull = labels.closeness * public[:, labels.targets]
    # Only the closest labels count: what falls to a farther kind is a leftover of the arithmetic.
    closest = np.maximum.reduceat(pull, labels.starts, axis=1)[:, labels.sources]
    pull[pull < closest * _LEAST] = 0
    whole = np.add.reduceat(pull, labels.starts, axis=1)
    part = np.divide(pull, whole[:, labels.sources], out=np.zeros_like(pull), where=whole[:, labels.sources] > 0)
    flow = public[:, labels.sources] * part
    return np.stack([np.bincount(labels.targets, weights=row, minlength=public.shape[1]) for row in flow])


@dataclass(frozen=True)
class TextReasons:
    """What carries the text part of one score."""

    terms: list[tuple[str, str, float]]  # label, field, share
    rest: float
    rest_count: int
    hidden: float


def explain_text(query: Query, labels: Labels, added: Floats, codes: npt.NDArray[np.uint8]) -> list[TextReasons]:
    """Name what each document shares with the query."""
    by_field = field_shares(codes)
    seen = 1 - by_field[:, :, -1]
    public = added * (1 - query.hidden) * seen
    named = share_out(labels, public)
    terms, words = query.terms, len(query.channels[0].terms)
    hidden = np.maximum(added.sum(axis=1) - public.sum(axis=1), 0.0)
    hidden[hidden < 1e-12] = 0.0
    return [_one(terms, words, named[i], by_field[i], float(hidden[i])) for i in range(len(added))]


def _one(terms: list[str], words: int, named: Floats, by_field: Floats, hidden: float) -> TextReasons:
    whole = float(named.sum()) + hidden
    order = np.argsort(-named, kind="stable")
    order = order[named[order] > 0]
    # A reader learns nothing from crumbs, nor from a piece cut through a grammar word.
    telling = [
        place
        for place in order[named[order] >= LEAST_SHARE * whole].tolist()
        if place < words or stop_words().isdisjoint(terms[place])
    ]
    rows: list[tuple[str, str, float]] = []
    for place in telling[:MOST_TERMS]:
        shown = by_field[place, : len(_PUBLIC)]
        for column in np.flatnonzero(shown).tolist():
            rows.append((terms[place], _PUBLIC[column], float(named[place] * shown[column] / shown.sum())))
    rest = np.setdiff1d(order, telling[:MOST_TERMS])
    return TextReasons(rows, float(named[rest].sum()), len(rest), hidden)


def assemble(text: TextReasons, scale: float, signals: Sequence[Signal], shares: Sequence[float]) -> tuple[Reason, ...]:
    """All reasons of one score, strongest first; `scale` brings the text part to the size it has in the score."""
    made = [Reason("term", label, share * scale, where) for label, where, share in text.terms]
    made.sort(key=lambda reason: (-reason.share, reason.label, reason.field))
    if text.rest > 0:
        made.append(Reason("term", "", text.rest * scale, "", {"terms": text.rest_count}))
    if text.hidden > 0:
        made.append(Reason("hidden", "", text.hidden * scale))
    for signal, share in zip(signals, shares, strict=True):
        detail: dict[str, Any] = dict(signal.detail)
        made.append(Reason("signal", signal.name, share, "", detail))
    return tuple(made)


def coarse(value: float, steps: int = 5) -> float:
    """A score or share in coarse steps, for people who must not be able to probe a secret with many small trials."""
    return round(min(max(value, 0.0), 1.0) * steps) / steps
