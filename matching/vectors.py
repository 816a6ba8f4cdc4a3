"""Turn the counted terms of documents into weighted postings."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.collection import ChannelStatistics, Floats, field_weights
from matching.counting import field_code, weigh_fields
from matching.postings import Postings, assemble
from matching.weights import Weights

_BLOCK = 1 << 18


def term_weights(counted: Floats, lengths: Floats, rare: Floats, mean: float | Floats, weights: Weights) -> Floats:
    """Saturated count times rareness; all is given for each entry, the mean length maybe once for all."""
    pull = 1 - weights.length_pull + weights.length_pull * lengths / np.maximum(mean, 1e-9)
    weighed: Floats = counted / (counted + weights.saturation * pull) * rare**weights.document_idf
    return weighed


def _present(packed: sparse.csr_matrix) -> tuple[npt.NDArray[np.int32], sparse.csc_matrix]:
    """The terms that occur, and documents x those terms: few documents cost little."""
    if packed.nnz * 4 < packed.shape[1]:
        terms, columns = np.unique(packed.indices, return_inverse=True)
    else:
        occurs = np.bincount(packed.indices, minlength=packed.shape[1]) > 0
        terms, columns = np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[packed.indices]
    shape = (packed.shape[0], len(terms))
    narrow = sparse.csr_matrix((packed.data, columns.astype(np.int32), packed.indptr), shape=shape)
    return terms.astype(np.int32), narrow.tocsc()


def _channel_postings(
    packed: sparse.csr_matrix, statistics: ChannelStatistics, weights: Weights
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    documents = packed.shape[0]
    terms, by_term = _present(packed)
    owner, data = by_term.indices, by_term.data
    rare = statistics.rareness(terms.astype(np.int64))
    term = np.repeat(np.arange(len(terms), dtype=np.int32), np.diff(by_term.indptr))
    lengths, squares = np.zeros(documents), np.zeros(documents)
    for block in _blocks(len(data)):
        # Counts are multiples of simple fractions: their sums are exact in any order.
        counted = weigh_fields(data[block], field_weights(weights))
        lengths += np.bincount(owner[block], weights=counted, minlength=documents)
    weighed, code = np.empty(len(data), dtype=np.float32), np.empty(len(data), dtype=np.uint8)
    for block in _blocks(len(data)):
        counted = weigh_fields(data[block], field_weights(weights))
        some = term_weights(counted, lengths[owner[block]], rare[term[block]], statistics.mean_length, weights)
        squares += np.bincount(owner[block], weights=some**2, minlength=documents)
        weighed[block], code[block] = some, field_code(data[block], field_weights(weights))
    norms = np.sqrt(np.where(squares > 0, squares, 1)) ** weights.norm_power
    for block in _blocks(len(data)):
        weighed[block] /= norms[owner[block]]
    return terms, by_term.indptr.astype(np.int64), owner, weighed, code


def _blocks(count: int) -> Iterator[slice]:
    """Slices of a long array, so that what is only needed in between stays small."""
    return (slice(first, first + _BLOCK) for first in range(0, count, _BLOCK))


def build_postings(
    packed: Iterable[sparse.csr_matrix], statistics: Sequence[ChannelStatistics], weights: Weights, count: int
) -> Postings:
    """Weigh counted documents, channel by channel."""
    parts = [_channel_postings(p, s, weights) for p, s in zip(packed, statistics, strict=True)]
    shifts = np.cumsum([0] + [part[1][-1] for part in parts])
    starts = np.concatenate([*(part[1][:-1] + shift for part, shift in zip(parts, shifts, strict=False)), shifts[-1:]])
    return assemble(
        tuple(part[0] for part in parts),
        starts,
        np.concatenate([part[2] for part in parts]),
        (
            np.concatenate([part[3] for part in parts]),
            np.concatenate([part[4] for part in parts]),
        ),
        count,
    )
