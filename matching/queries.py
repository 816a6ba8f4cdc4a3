"""A query as weighted terms: counted by field, weighed by how rare and how wanted each term is."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching.collection import ChannelStatistics, Floats, channel_weight, field_weights
from matching.counting import Tokens, count_fields, unpack
from matching.postings import Factors, Postings, Shared, Wanted
from matching.vectors import term_weights
from matching.weights import CHANNELS, FIELDS, Weights

_TITLE, _TEXT, _KEYWORDS, _HIDDEN = range(4)
Bounds = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Counted:
    """The terms of a query, channel after channel, each in order: how often each field has them, how rare and how wanted they are.

    All channels stand in one row of numbers: to work them out takes as long for a hundred terms as for a thousand.
    """

    terms: list[str]
    bounds: Bounds  # where each channel begins and ends
    numbers: npt.NDArray[np.int64]  # -1 for terms the collection has never met: they still count in the norm
    counts: Floats  # fields x terms
    rare: Floats
    wanted: Floats
    mean_lengths: Floats  # of each channel

    @cached_property
    def channels(self) -> npt.NDArray[np.int64]:
        """The channel of each term."""
        return np.repeat(np.arange(len(self.bounds)), [last - first for first, last in self.bounds])

    @cached_property
    def order(self) -> npt.NDArray[np.int64]:
        """The terms the collection knows, as every part has them: by channel and number."""
        order = np.lexsort((self.numbers, self.channels))
        return order[self.numbers[order] >= 0]

    @cached_property
    def sought(self) -> Wanted:
        """The same as parts look them up."""
        return Wanted.of(self.channels[self.order], self.numbers[self.order])

    def sums(self, values: Floats) -> list[float]:
        """One sum for each channel."""
        return [float(values[first:last].sum()) for first, last in self.bounds]

    def lengths(self, values: Floats) -> list[float]:
        """How long the vector of each channel is; 1 where it is nothing."""
        return [float(np.sqrt(total)) or 1.0 for total in self.sums(values**2)]

    def spread(self, values: Sequence[float] | Floats) -> Floats:
        """A number of each channel for each of its terms."""
        return np.asarray(values)[self.channels]

    def unit(self, values: Floats) -> Floats:
        """Each channel as a unit vector."""
        return values / self.spread(self.lengths(values))


@dataclass(frozen=True)
class Query:
    """A query as weighted terms, scaled so that the text itself as a document would score 1."""

    counted: Counted
    weights: Floats
    hidden: Floats  # the share of each weight that comes from hidden text

    @property
    def terms(self) -> list[str]:
        return self.counted.terms

    @property
    def bounds(self) -> Bounds:
        """Where each channel begins and ends."""
        return self.counted.bounds

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """The terms the collection knows, as every part has them."""
        return self.counted.order

    @cached_property
    def factors(self) -> Factors:
        """What these terms count."""
        return Factors(self.weights[self.order].astype(np.float32))

    def rows(self, postings: Postings) -> Shared:
        """The rows a part has for these terms; looked up once."""
        if id(postings) not in self._looked_up:
            self._looked_up[id(postings)] = (postings, postings.find(self.counted.sought))
        return self._looked_up[id(postings)][1]

    @cached_property
    def _looked_up(self) -> dict[int, tuple[Postings, Shared]]:
        return {}  # the postings stand beside what was found, so that no others get their number meanwhile


def count_query(row: Tokens, statistics: Sequence[ChannelStatistics], weights: Weights) -> Counted:
    """Count the terms of a query and look up what the collection knows of them."""
    terms, ends, columns = list[str](), [0], []
    for channel, known in enumerate(statistics):
        counted = count_fields([field[channel] for field in row.fields()])
        here = sorted(counted)
        numbers = np.array(list(map(known.vocabulary.get, here, itertools.repeat(-1))), dtype=np.int64)
        packed = np.array(list(map(counted.__getitem__, here)), dtype=np.int64)
        rare, demanded = known.rareness(numbers), known.demand_rareness(numbers, weights.demand_smoothing)
        columns.append((numbers, packed, rare, demanded))
        terms += here
        ends.append(len(terms))
    numbers, packed, rare, demanded = (np.concatenate(column) for column in zip(*columns, strict=True))
    wanted = rare**weights.query_idf * demanded**weights.demand_idf
    counts = np.array([unpack(packed, place) for place in range(len(FIELDS))])
    means = np.array([channel.mean_length for channel in statistics])
    return Counted(terms, list(itertools.pairwise(ends)), numbers, counts, rare, wanted, means)


def weigh_query(counted: Counted, weights: Weights, fields: Sequence[int] = range(len(FIELDS))) -> Query:
    """Weigh the terms of a query, as they stand in some of its fields; those of other fields weigh nothing."""
    counts = counted.counts
    if len(fields) < len(FIELDS):
        counts = counts * np.isin(range(len(FIELDS)), fields)[:, None]
    vector, hidden = _blend(counted, counts, weights)
    factors = counted.spread([channel_weight(weights, place) for place in range(len(CHANNELS))])
    whole = sum(_own_score(counted, counts, vector, weights)) or 1.0
    return Query(counted, vector * factors / whole, hidden)


def _own_score(counted: Counted, counts: Floats, vector: Floats, weights: Weights) -> list[float]:
    """What the text itself as a document would score with this vector, by channel."""
    total = np.zeros(counts.shape[1])
    for weight, field in zip(field_weights(weights), counts, strict=True):
        total += weight * field
    lengths, means = counted.spread(counted.sums(total)), counted.spread(counted.mean_lengths)
    own = term_weights(total, lengths, counted.rare, means, weights)
    scores = zip(counted.sums(vector * own), counted.lengths(own), strict=True)
    return [channel_weight(weights, c) * (score / norm**weights.norm_power) for c, (score, norm) in enumerate(scores)]


def _blend(counted: Counted, counts: Floats, weights: Weights) -> tuple[Floats, Floats]:
    """Title and body each as a unit vector, mixed; and the part of each weight that hidden text brought in."""
    title, body, hidden = counts[_TITLE] + counts[_KEYWORDS], counts[_TEXT], counts[_HIDDEN]
    upper = weights.query_title * counted.unit(title**weights.query_damping * counted.wanted)
    lower = (1 - weights.query_title) * counted.unit((body + hidden) ** weights.query_damping * counted.wanted)
    share = lower / np.maximum(upper + lower, 1e-12) * (hidden / np.maximum(body + hidden, 1e-12))
    return counted.unit(upper + lower), share


def build_query(row: Tokens, statistics: Sequence[ChannelStatistics], weights: Weights) -> Query:
    """A whole query, counted and weighed."""
    return weigh_query(count_query(row, statistics, weights), weights)
