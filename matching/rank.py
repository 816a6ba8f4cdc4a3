"""Score documents by postings and pick the best, with ties broken by id."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.collection import Floats
from matching.postings import Postings
from matching.queries import Query

DIGITS = 6  # scores are rounded, so that the order of additions never decides a rank
SLACK = 5e-6  # how far rough scores may be off
_LOOK, _FEW = 32, 4  # scores in a group, and how many times the wanted ones there must be groups
Places = npt.NDArray[np.int64]


def rough_scores(postings: Postings, query: Query) -> npt.NDArray[np.float32]:
    """The text score of every document of a segment, in single precision but as fast as a bare product."""
    if not len(query.order) or not postings.count:
        return np.zeros(postings.count, dtype=np.float32)
    return postings.product(query.rows(postings), query.factors)


def met(postings: Postings, query: Query, places: Places) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """What each of a few documents weighs each query term (documents x terms), and the fields it comes from."""
    weighed = np.zeros((len(places), len(query.weights)))
    fields = np.zeros((len(places), len(query.weights)), dtype=np.uint8)
    if not len(query.order) or not len(places):
        return weighed, fields
    rows = query.rows(postings)
    firsts, lasts = postings.starts[rows.at], postings.starts[rows.at + rows.there]
    entries, counts = postings.entries_of(places)
    owners = np.repeat(np.arange(len(places)), counts)
    at = np.searchsorted(firsts, entries, side="right") - 1
    hit = np.flatnonzero((at >= 0) & (entries < lasts[at]))
    owners, at, entries = owners[hit], query.order[at[hit]], entries[hit]
    weighed[owners, at] = postings.weights[entries]
    fields[owners, at] = postings.fields[entries]
    return weighed, fields


def runs(firsts: Places, counts: Places) -> Places:
    """Numbers that count up from each of some first ones."""
    ends = np.cumsum(counts)
    return np.repeat(firsts - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)


def lowest_of_best(scores: npt.NDArray[np.float32], top: int) -> np.float32:
    """The last of the best `top` scores.

    The highest of each group are few; as many groups as are wanted reach their border, so nothing below it is among the best.
    """
    if len(scores) >= top * _FEW * _LOOK:
        heights = scores[: len(scores) // _LOOK * _LOOK].reshape(_LOOK, -1).max(axis=0)
        scores = scores[scores >= np.partition(heights, len(heights) - top)[len(heights) - top]]
    lowest: np.float32 = np.partition(scores, len(scores) - top)[len(scores) - top]
    return lowest


def best(scores: npt.NDArray[np.float32], top: int) -> Places:
    """Places of everything that may belong to the best `top`, ties at the border included; zero scores never do."""
    border = np.float32(0)
    if len(scores) > top:
        border = lowest_of_best(scores, top) - np.float32(SLACK)
    chosen: Places = np.flatnonzero((scores >= border) & (scores > 0)) if border <= 0 else np.flatnonzero(scores >= border)
    return chosen


def query_matrix(queries: Sequence[Query], postings: Postings) -> sparse.csr_matrix:
    """Queries x terms of a segment."""
    starts, columns, data = [0], [], []
    for query in queries:
        rows = query.rows(postings)
        columns.append(rows.at[rows.there])
        data.append(query.weights[query.order[rows.there]])
        starts.append(starts[-1] + len(data[-1]))
    shape = (len(queries), len(postings.starts) - 1)
    whole = np.concatenate(data).astype(np.float32) if data else np.zeros(0, np.float32)
    kind = postings.starts.dtype
    return sparse.csr_matrix((whole, np.concatenate(columns).astype(kind), np.array(starts, kind)), shape=shape)


def best_of_many(queries: Sequence[Query], postings: Postings, top: int, threads: int = 2) -> sparse.csr_matrix:
    """Queries x documents with only the best `top` of each row kept."""
    left, right = query_matrix(queries, postings), postings.matrix()
    try:
        from sparse_dot_topn import sp_matmul_topn
    except ImportError:
        return _best_by_scipy(left, right, top)
    made: sparse.csr_matrix = sp_matmul_topn(left, right, top_n=top, threshold=0.0, sort=True, n_threads=threads)
    return made


def _best_by_scipy(left: sparse.csr_matrix, right: sparse.csr_matrix, top: int) -> sparse.csr_matrix:
    """The same without the compiled helper: slower, in slices that fit into memory."""
    pieces = []
    for start in range(0, left.shape[0], 64):
        product = (left[start : start + 64] @ right).tocsr()
        for row in range(product.shape[0]):
            values = product.data[product.indptr[row] : product.indptr[row + 1]]
            if len(values) > top:
                border = np.partition(values, len(values) - top)[len(values) - top]
                values[values < border] = 0
        product.eliminate_zeros()
        pieces.append(product)
    return sparse.vstack(pieces, format="csr")
