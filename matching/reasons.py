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
from matching.queries import Query
from matching.signals import Signal
from matching.types import Reason
from matching.weights import FIELDS

LEAST_SHARE = 0.01  # of the text score: below this a term belongs to the rest
MOST_TERMS = 12  # terms named one by one; the rest is summed up under an empty label
_PUBLIC = FIELDS[:3]
# A character is shown as the shared word it stands in; failing that as a neighbour; failing that as itself.
_INSIDE, _BESIDE, _ITSELF = 1.0, 1e-6, 1e-12
_LEAST = 1e-3
_SHARES = field_shares(np.arange(256, dtype=np.uint8))  # of each field, by the code of a count


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
        edges = np.fromiter(itertools.chain.from_iterable(_edges(query, wanted.tolist())), dtype=np.float64).reshape(-1, 3)
        edges = edges[np.lexsort((edges[:, 1], edges[:, 0]))]
        sources = edges[:, 0].astype(np.int64)
        return cls(sources, edges[:, 1].astype(np.int64), edges[:, 2], np.flatnonzero(np.diff(sources, prepend=-1)))


def _edges(query: Query, wanted: list[bool]) -> Iterator[tuple[int, int, float]]:
    words, bigrams, characters = ([(query.terms[i], i) for i in range(*bounds) if wanted[i]] for bounds in query.bounds)
    pairs, singles, shown = dict(bigrams), dict(characters), words
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
    rows, size = public.shape
    places = labels.targets + size * np.arange(rows)[:, None]
    made: Floats = np.bincount(places.ravel(), weights=flow.ravel(), minlength=rows * size).astype(np.float64, copy=False).reshape(rows, size)
    return made


@dataclass(frozen=True)
class TextReasons:
    """What carries the text part of one score."""

    terms: list[tuple[str, str, float]]  # label, field, share
    rest: float
    rest_count: int
    hidden: float


def explain_text(query: Query, added: Floats, codes: npt.NDArray[np.uint8]) -> list[TextReasons]:
    """Name what each document shares with the query."""
    public = added * (1 - query.hidden) * (1 - _SHARES[:, -1])[codes]
    named = share_out(Labels.of(query, np.asarray((public > 0).any(axis=0))), public)
    hidden = np.maximum(added.sum(axis=1) - public.sum(axis=1), 0.0)
    hidden[hidden < 1e-12] = 0.0
    wholes = named.sum(axis=1)
    rows, places = _told(query, named, LEAST_SHARE * (wholes + hidden))
    shares, ends = named[rows, places], np.searchsorted(rows, np.arange(len(named) + 1)).tolist()
    lines = list(_lines(query.terms, places, shares, _SHARES[codes[rows, places], : len(_PUBLIC)]))
    counts = (named > 0).sum(axis=1).tolist()
    made = []
    for n, (first, last) in enumerate(itertools.pairwise(ends)):
        left = counts[n] - (last - first)
        rest = float(wholes[n] - shares[first:last].sum()) if left else 0.0
        made.append(TextReasons(list(itertools.chain(*lines[first:last])), max(rest, 0.0), left, float(hidden[n])))
    return made


def _told(query: Query, named: Floats, least: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Documents and the terms named for each, strongest first: not crumbs, which a reader learns nothing from."""
    rows, places = np.nonzero((named >= least[:, None]) & (named > 0))
    # Nor a piece cut through a grammar word.
    words, terms, stops = query.bounds[0][1], query.terms, stop_words()
    whole = np.ones(len(terms), dtype=bool)
    whole[[place for place in set(places.tolist()) if place >= words and not stops.isdisjoint(terms[place])]] = False
    rows, places = rows[whole[places]], places[whole[places]]
    order = np.lexsort((-named[rows, places], rows))
    rows, places = rows[order], places[order]
    first = np.arange(len(rows)) - np.searchsorted(rows, rows) < MOST_TERMS
    return rows[first], places[first]


def _lines(terms: list[str], places: npt.NDArray[np.int64], shares: Floats, fields: Floats) -> Iterator[list[tuple[str, str, float]]]:
    """What is said of each term: its part in every field that has it."""
    parts = shares / fields.sum(axis=1)
    for place, weighed in zip(places.tolist(), (parts[:, None] * fields).tolist(), strict=True):
        yield [(terms[place], where, part) for where, part in zip(_PUBLIC, weighed, strict=True) if part]


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
