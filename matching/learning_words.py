"""How well a demand covers the words of a result's title, sign by sign: 涂料 covers half of 涂层, which shares no word with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from matching.learning_vectors import Floats, Ints, Positions
from matching.queries import Query
from matching.weights import CHANNELS, FIELDS

if TYPE_CHECKING:
    from matching.ranking import State

_WORDS = CHANNELS.index("words")
_OF_TITLE = np.uint8(3 << (2 * FIELDS.index("title")))  # the bits that say how much of a weight the title brought in


def covered(state: State, query: Query, positions: Positions) -> Floats:
    """For each document how well the words of its title are covered: on average, and the worst of them; 0 without a title.

    A word is covered as well as by the most alike word of the demand: Dice's coefficient of their signs, 2 |a & b| / (|a| + |b|).
    """
    made = np.zeros((len(positions), 2))
    numbers, owners = _title_words(state, positions)
    asked = query.terms[slice(*query.bounds[_WORDS])]
    if not len(numbers) or not asked:
        return made
    different, at = np.unique(numbers, return_inverse=True)
    vocabulary = state.statistics[_WORDS].vocabulary
    cover = _dice(list(map(vocabulary.term, different.tolist())), asked).max(axis=1)[at]
    counts = np.bincount(owners, minlength=len(positions))
    made[:, 0] = np.bincount(owners, weights=cover, minlength=len(positions)) / np.maximum(counts, 1)
    made[counts > 0, 1] = 1.0
    np.minimum.at(made[:, 1], owners, cover)
    return made


def _title_words(state: State, positions: Positions) -> tuple[Ints, Ints]:
    """The numbers of the words in the titles of some documents, and whose each is."""
    parts, places = np.array(positions, dtype=np.int64).reshape(-1, 2).T
    numbers, owners = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in np.unique(parts).tolist():
        here = np.flatnonzero(parts == part)
        postings = state.segments[part].postings
        entries, counts = postings.entries_of(places[here])
        titled = postings.fields[entries] & _OF_TITLE > 0
        terms = postings.numbers(entries[titled])
        words = terms % len(CHANNELS) == _WORDS
        numbers.append(terms[words] // len(CHANNELS))
        owners.append(np.repeat(here, counts)[titled][words])
    return np.concatenate(numbers), np.concatenate(owners)


def _dice(words: Sequence[str], asked: Sequence[str]) -> Floats:
    """How alike each word is to each of the asked ones."""
    signs = [_signs(word) for word in asked]
    columns = {sign: n for n, sign in enumerate(dict.fromkeys(sign for row in signs for sign in row))}
    ours = [_signs(word) for word in words]
    shared = _marked(ours, columns) @ _marked(signs, columns).T
    made: Floats = 2.0 * shared / np.add.outer(list(map(len, ours)), list(map(len, signs)))
    return made


def _signs(word: str) -> frozenset[str]:
    """Its different Chinese characters; a Latin word is one sign, for letters say nothing."""
    return frozenset((word,)) if word.isascii() else frozenset(word)


def _marked(rows: Sequence[Iterable[str]], columns: dict[str, int]) -> npt.NDArray[np.float32]:
    made = np.zeros((len(rows), len(columns)), dtype=np.float32)
    at = [(n, columns[sign]) for n, row in enumerate(rows) for sign in row if sign in columns]
    if at:
        made[tuple(np.array(at).T)] = 1
    return made
