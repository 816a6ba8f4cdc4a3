"""Say why: the words that carry a score, by field, with everything confidential gathered in one nameless part."""

import itertools
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
    def of(cls, query: Query, wanted: npt.NDArray[np.bool_]) -> "Labels":
        """Edges between the wanted terms only: the others add nothing here."""
        edges = np.array(list(_edges(query, wanted.tolist())) or np.zeros((0, 3)))
        edges = edges[np.lexsort((edges[:, 1], edges[:, 0]))]
        sources = edges[:, 0].astype(np.int64)
        return cls(sources, edges[:, 1].astype(np.int64), edges[:, 2], np.flatnonzero(np.diff(sources, prepend=-1)))


def _edges(query: Query, wanted: list[bool]) -> Iterator[tuple[int, int, float]]:
    words, bigrams, characters = (channel.terms for channel in query.channels)
    first_bigram, first_character = len(words), len(words) + len(bigrams)
    pairs = {pair: i for i, pair in enumerate(bigrams, first_bigram) if wanted[i]}
    singles = {single: i for i, single in enumerate(characters, first_character) if wanted[i]}
    shown = [(word, place) for place, word in enumerate(words) if wanted[place]]
    for i in itertools.chain((place for _, place in shown), pairs.values(), singles.values()):
        yield i, i, _ITSELF
    for pair, place in pairs.items():
        for single in set(pair) if len(pair) == 2 else ():
            if single in singles:
                yield singles[single], place, _BESIDE
    for word, place in shown:
        yield from _parts_of(word, place, pairs, singles)
    yield from _beside(shown, pairs)


def _parts_of(
    word: str, place: int, pairs: dict[str, int], singles: dict[str, int]
) -> Iterator[tuple[int, int, float]]:
    if word in pairs or word in singles:  # a Latin word or a figure is the same term in all channels
        whole = (pairs.get(word), singles.get(word))
        yield from ((source, place, _INSIDE) for source in whole if source is not None)
    if not word.isascii():
        for single in set(word) - {word}:
            if single in singles:
                yield singles[single], place, _INSIDE
        for pair in {word[i : i + 2] for i in range(len(word) - 1)} - {word}:
            if pair in pairs:
                yield pairs[pair], place, _INSIDE


def _beside(shown: Sequence[tuple[str, int]], pairs: dict[str, int]) -> Iterator[tuple[int, int, float]]:
    """A pair across a word border belongs to the words on both sides of the border."""
    heads: dict[str, list[int]] = {}
    tails: dict[str, list[int]] = {}
    for word, place in shown:
        heads.setdefault(word[0], []).append(place)
        tails.setdefault(word[-1], []).append(place)
    for pair, place in pairs.items():
        if len(pair) == 2:
            for word_place in {*tails.get(pair[0], ()), *heads.get(pair[1], ())}:
                yield place, word_place, _BESIDE


def share_out(labels: Labels, public: Floats) -> Floats:
    """Move what each term adds (documents x terms) to the label it is shown under; row sums stay."""
    if not public.size or not len(labels.sources):
        return public
    flow = public[:, labels.sources]
    pull = labels.closeness * public[:, labels.targets]
    group = np.cumsum(np.diff(labels.sources, prepend=labels.sources[0]) > 0)
    # Only the closest labels count: what falls to a farther kind is a leftover of the arithmetic.
    closest = np.maximum.reduceat(pull, labels.starts, axis=1)[:, group]
    pull[pull < closest * _LEAST] = 0
    whole = np.add.reduceat(pull, labels.starts, axis=1)[:, group]
    flow = flow * np.divide(pull, whole, out=np.zeros_like(pull), where=whole > 0)
    return np.stack([np.bincount(labels.targets, weights=row, minlength=public.shape[1]) for row in flow])


@dataclass(frozen=True)
class TextReasons:
    """What carries the text part of one score."""

    terms: list[tuple[str, str, float]]  # label, field, share
    rest: float
    rest_count: int
    hidden: float


def explain_text(query: Query, added: Floats, codes: npt.NDArray[np.uint8]) -> list[TextReasons]:
    """Name what each document shares with the query."""
    by_field, used = np.zeros((*codes.shape, len(FIELDS))), codes.any(axis=0)
    by_field[:, used] = field_shares(codes[:, used])
    seen = 1 - by_field[:, :, -1]
    public = added * (1 - query.hidden) * seen
    named = share_out(Labels.of(query, np.asarray((public > 0).any(axis=0))), public)
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
    shown_places = telling[:MOST_TERMS]
    rows: list[tuple[str, str, float]] = []
    for place, share, fields in zip(
        shown_places, named[shown_places].tolist(), by_field[shown_places, : len(_PUBLIC)].tolist(), strict=True
    ):
        part = share / sum(fields)
        rows.extend(
            (terms[place], where, part * weight) for where, weight in zip(_PUBLIC, fields, strict=True) if weight
        )
    rest = float(named.sum() - named[shown_places].sum()) if len(order) > len(shown_places) else 0.0
    return TextReasons(rows, max(rest, 0.0), len(order) - len(shown_places), hidden)


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
