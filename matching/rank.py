"""Score documents by postings and pick the best, with ties broken by id."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.collection import Floats
from matching.vectors import Postings, Query

DIGITS = 6  # scores are rounded, so that the order of additions never decides a rank
Places = npt.NDArray[np.int64]


def score_all(postings: Postings, query: Query) -> Floats:
    """The text score of every document of a segment."""
    rows, known = postings.rows(query.numbers)
    if not len(rows) or not postings.count:
        return np.zeros(postings.count)
    picked = postings.matrix()[rows]
    scores: Floats = picked.T @ query.weights[known]
    return scores


def parts(postings: Postings, query: Query, places: Places) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """What each query term adds to each of a few documents (documents x terms), and the fields it comes from."""
    rows, known = postings.rows(query.numbers)
    columns = np.flatnonzero(known)
    added = np.zeros((len(places), len(known)))
    fields = np.zeros((len(places), len(known)), dtype=np.uint8)
    weights = query.weights
    starts, documents = postings.starts, postings.documents
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        first, last = starts[row], starts[row + 1]
        if first == last:
            continue
        at = np.minimum(np.searchsorted(documents[first:last], places), last - first - 1) + first
        hit = documents[at] == places
        added[hit, column] = weights[column] * postings.weights[at[hit]]
        fields[hit, column] = postings.fields[at[hit]]
    return added, fields


def best(scores: Floats, top: int) -> Places:
    """Places of everything that may belong to the best `top`, ties at the border included; zero scores never do."""
    positive = np.flatnonzero(scores > 0)
    if len(positive) <= top:
        return positive
    values = scores[positive]
    border = np.partition(values, len(values) - top)[len(values) - top]
    chosen: Places = positive[values >= border - 10.0**-DIGITS]
    return chosen


def query_matrix(queries: Sequence[Query], postings: Postings) -> sparse.csr_matrix:
    """Queries x terms of a segment."""
    starts, columns, data = [0], [], []
    for query in queries:
        rows, known = postings.rows(query.numbers)
        columns.append(rows)
        data.append(query.weights[known])
        starts.append(starts[-1] + len(rows))
    shape = (len(queries), len(postings.starts) - 1)
    whole = np.concatenate(data).astype(np.float32) if data else np.zeros(0, np.float32)
    return sparse.csr_matrix((whole, np.concatenate(columns).astype(np.int32), np.array(starts, np.int32)), shape=shape)


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
