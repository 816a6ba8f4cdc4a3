"""What a fit learns about a collection: its vocabulary, how rare each term is, and how long documents are."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.counting import Packed, Tokens, Vocabulary, count, narrow, unnarrowed, weigh_fields
from matching.shelf import Shelf, rest
from matching.weights import CHANNELS, Weights

SLICE = 1 << 11  # documents counted at a time: what is only needed while counting stays small
Floats = npt.NDArray[np.float64]


@dataclass
class ChannelStatistics:
    """One channel of a collection. Only the vocabulary grows after the fit; everything else stays until the next."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    documents: int = 0
    document_frequency: Floats = field(default_factory=lambda: np.zeros(0))
    mean_length: float = 1.0
    demands: int = 0
    demand_frequency: Floats = field(default_factory=lambda: np.zeros(0))

    def rareness(self, numbers: npt.NDArray[np.int64]) -> Floats:
        """BM25's idf; a term that no document had at the fit is the rarest of all."""
        found = _look_up(self.document_frequency, numbers)
        # With no documents every term is as rare as in a collection of one.
        rare: Floats = np.log(1 + (max(self.documents, 1) - found + 0.5) / (found + 0.5))
        return rare

    def demand_rareness(self, numbers: npt.NDArray[np.int64], smoothing: float) -> Floats:
        """1 for a term no demand has, towards 0 for one that all have; smoothed while demands are few."""
        found = _look_up(self.demand_frequency, numbers)
        total = np.log(1 + self.demands + smoothing)
        rare: Floats = np.maximum(total - np.log1p(found), 1e-9) / max(total, 1e-9)
        return rare


def _look_up(values: Floats, numbers: npt.NDArray[np.int64]) -> Floats:
    found = np.zeros(len(numbers))
    known = (numbers >= 0) & (numbers < len(values))
    found[known] = values[numbers[known]]
    return found


def field_weights(weights: Weights) -> tuple[float, float, float, float]:
    """What one occurrence counts in each field of a document."""
    return weights.title_count, weights.text_count, weights.keywords_count, weights.hidden_count


def _sorted_vocabulary(vocabulary: Vocabulary) -> tuple[Vocabulary, npt.NDArray[np.int32]]:
    """The same terms numbered in their own order, so that the order of documents leaves no trace."""
    terms = list(vocabulary)
    order = sorted(range(len(terms)), key=terms.__getitem__)
    renumber = np.empty(len(terms), dtype=np.int32)
    renumber[order] = np.arange(len(terms), dtype=np.int32)
    made = Vocabulary((terms[old], new) for new, old in enumerate(order))
    return made, renumber


def _frequency(matrices: Iterable[sparse.csr_matrix], size: int) -> Floats:
    total = np.zeros(size)
    for matrix in matrices:
        total += np.bincount(matrix.indices, minlength=size)
        rest([matrix.indices])
    return total


def _fit_channel(parts: Sequence[sparse.csr_matrix], met: Vocabulary, weights: Weights, shelf: Shelf) -> ChannelStatistics:
    vocabulary, renumber = _sorted_vocabulary(met)
    met.clear()
    counted, filled = 0.0, 0
    for part in parts:
        part.indices = shelf.put(renumber[part.indices])
        part.has_sorted_indices = False
        # Counts times simple fractions: the sum is exact, whatever the order of documents.
        counted += float(weigh_fields(part.data, field_weights(weights)).sum())
        filled += int((np.diff(part.indptr) > 0).sum())
        rest([part.data])
    return ChannelStatistics(
        vocabulary=vocabulary,
        documents=sum(part.shape[0] for part in parts),
        document_frequency=_frequency(parts, len(vocabulary)),
        mean_length=counted / filled if filled else 1.0,
    )


Asked = Iterable[Tokens] | Sequence[ChannelStatistics]


def fit(rows: Iterable[Tokens], asked: Asked, weights: Weights, shelf: Shelf) -> tuple[list[ChannelStatistics], list[Packed]]:
    """Learn a collection; returns the counts of its documents in slices of SLICE too, because they are needed next.

    `asked` are the demands, or the statistics of a collection of them.
    """
    met = [Vocabulary() for _ in CHANNELS]
    slices = [tuple(_shelved(narrow(matrix), shelf) for matrix in part) for part in _sliced(rows, met)]
    statistics = [_fit_channel([s[c] for s in slices], met[c], weights, shelf) for c in range(len(CHANNELS))]
    if isinstance(asked, Sequence):
        for channel, known in zip(statistics, asked, strict=True):
            _take_over(channel, known)
    else:
        _count_demands(statistics, asked)
    return statistics, slices


def _shelved(matrix: sparse.csr_matrix, shelf: Shelf) -> sparse.csr_matrix:
    matrix.data, matrix.indices = shelf.put(matrix.data), shelf.put(matrix.indices)
    return matrix


def _sliced(rows: Iterable[Tokens], vocabularies: Sequence[Vocabulary]) -> Iterator[Packed]:
    """The terms of a slice are read one document at a time: as strings they take far more room than as numbers."""
    waiting, size = iter(rows), SLICE
    while size == SLICE:
        part = tuple(count(itertools.islice(waiting, SLICE), vocabularies))
        size = part[0].shape[0]
        yield part


def _count_demands(statistics: Sequence[ChannelStatistics], demands: Iterable[Tokens]) -> None:
    """Words only demands use get numbers too: documents added later may use them."""
    for part in _sliced(demands, [s.vocabulary for s in statistics]):
        for channel, matrix in zip(statistics, part, strict=True):
            channel.demands += matrix.shape[0]
            channel.demand_frequency = _added(channel.demand_frequency, _frequency([matrix], len(channel.vocabulary)))


def _added(before: Floats, more: Floats) -> Floats:
    total = more.copy()
    total[: len(before)] += before
    return total


def _take_over(channel: ChannelStatistics, known: ChannelStatistics) -> None:
    """The same where the demands are a collection themselves, whose terms are counted already."""
    used = list(itertools.compress(known.vocabulary, (known.document_frequency > 0).tolist()))
    numbers = [channel.vocabulary[term] for term in used]
    channel.demands = known.documents
    channel.demand_frequency = np.zeros(len(channel.vocabulary))
    channel.demand_frequency[numbers] = known.document_frequency[known.document_frequency > 0]


def join(slices: Sequence[Packed], statistics: Sequence[ChannelStatistics]) -> Iterator[sparse.csr_matrix]:
    """Slices of counted documents as one, channel by channel, as wide as the vocabulary."""
    for channel, known in enumerate(statistics):
        parts = [part[channel] for part in slices]
        if any(part.data.dtype != np.uint32 for part in parts):
            parts = [unnarrowed(part) for part in parts]
        rows = sum(part.shape[0] for part in parts)
        shifts = np.cumsum([0] + [part.nnz for part in parts])
        ends = [part.indptr[1:].astype(np.int64) + shift for part, shift in zip(parts, shifts, strict=False)]
        made = sparse.csr_matrix((rows, len(known.vocabulary)), dtype=parts[0].data.dtype)
        made.data = np.concatenate([part.data for part in parts])
        made.indices = np.concatenate([part.indices for part in parts])
        made.indptr = np.concatenate([np.zeros(1, np.int64), *ends]).astype(made.indices.dtype)
        yield made


def channel_weight(weights: Weights, channel: int) -> float:
    """How much one view of the text counts."""
    value: float = getattr(weights, CHANNELS[channel])
    return value
