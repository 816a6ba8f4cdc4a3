"""Make a page of an answer: match, filter, count facets, sort, cut the page and mark the words."""

from collections.abc import Collection, Mapping

import numpy as np

from search.bounds import inclusive
from search.marks import marks
from search.match import Match, Matcher, Told, between
from search.parse import Node, parse, plain
from search.segments import Ints, Mask, is_missing
from search.spelling import suggest
from search.types import SORTS, Hit, Page, Query
from search.view import View

LARGEST_PAGE = 1_000
_MOST_VALUES = 200


def answer(view: View, query: Query) -> Page:
    """The page that a query asks for."""
    node = plain(query.text) if query.plain else parse(query.text)
    filters = {group: filter_mask(view, group, values) for group, values in query.filters.items() if values}
    bounded = _bounded(view, query)
    match, told = _match(view, node, query, _all_of(filters, bounded))
    fitting = match.mask & bounded
    chosen = _all_of(filters, fitting)
    hits = _page(view, match, chosen, query, told)
    return Page(
        hits=hits,
        total=int(chosen.sum()),
        facets=_facets(view, fitting, filters, query.facets),
        suggestion=_suggestion(view, query.text, told),
        expansions=tuple(dict.fromkeys(told.expansions)),
        dropped=tuple(told.dropped),
    )


def _suggestion(view: View, text: str, told: Told) -> str | None:
    corrected = text
    for part, words in told.texts:
        better = suggest(view, part, words)
        if better and part in corrected:
            corrected = corrected.replace(part, better, 1)
        elif better and len(told.texts) == 1:
            corrected = better
    return corrected if corrected != text else None


def best_rows(view: View, query: Query) -> list[int]:
    """The rows of the first page, best first."""
    match, _ = _match(view, parse(query.text), query, view.visible)
    rows = np.flatnonzero(match.mask)
    best: list[int] = rows[_rank(view, match, rows, "relevance", blank=False)[: query.size]].tolist()
    return best


def ranked(view: View, query: Query, only: Collection[str] | None) -> list[tuple[str, float]]:
    """Ids with their scores, best first; with `only`, each of these rows that can be seen, whatever its score."""
    node = plain(query.text) if query.plain else parse(query.text)
    match, _ = _match(view, node, query, view.visible)
    chosen = match.mask
    if only is not None:
        chosen = view.visible & view.snapshot.named(only)
    rows = np.flatnonzero(chosen)
    order = _rank(view, match, rows, "relevance", blank=False)
    best = rows[order].tolist() if only is not None else rows[order][: query.size].tolist()
    return [(view.snapshot.ids[row], float(match.scores[row])) for row in best]


def matching(view: View, query: Query, only: Collection[str] | None) -> set[str]:
    """Which of these rows (of all when not given) the query asks for; nothing is let go to find more, since nobody is there to read that."""
    node = plain(query.text) if query.plain else parse(query.text)
    matcher = Matcher(view, query)
    match = matcher.match(node)
    if match is None and query.text.strip():
        return set()
    mask = (match or matcher.everything()).mask & _bounded(view, query)
    if only is not None:
        mask = mask & view.snapshot.named(only)
    for group, values in query.filters.items():
        if values:
            mask = mask & filter_mask(view, group, values)
    return {view.snapshot.ids[row] for row in np.flatnonzero(mask).tolist()}


def _match(view: View, node: Node, query: Query, chosen: Mask) -> tuple[Match, Told]:
    """With need "auto" an empty answer is tried again with fewer demands, and what was let go is told."""
    need = query.need if query.need in ("all", "any") else "auto"
    matcher = Matcher(view, query, need)
    match = matcher.match(node)
    if match is None:
        nothing = Match(np.zeros_like(chosen), np.zeros(len(chosen)))
        return (nothing if query.text.strip() else matcher.everything()), matcher.told
    if need == "auto" and len(matcher.told.words) > 1 and not (match.mask & chosen).any():
        looser = Matcher(view, query, "loose")
        again = looser.match(node)
        if again is not None and (again.mask & chosen).any():
            best = int(np.argmax(np.where(again.mask & chosen, again.scores, -1.0)))
            looser.told.dropped = [w.raw for w, found in looser.told.words if not w.minor and best not in found[0]]
            return again, looser.told
    return match, matcher.told


def filter_mask(view: View, group: str, values: tuple[str, ...]) -> Mask:
    """Rows that carry any of the values."""
    known, documents, codes = view.snapshot.facet(group)
    wanted = np.isin(np.array(known, dtype=object), np.array(values, dtype=object)) if known else np.empty(0, np.bool_)
    mask = np.zeros(view.snapshot.count, np.bool_)
    if known:
        mask[documents[wanted[codes]]] = True
    return mask


def _bounded(view: View, query: Query) -> Mask:
    mask = view.visible
    for name, (low, high) in query.ranges.items():
        bottom, top = inclusive(name, low, high)
        if bottom is not None or top is not None:
            mask = mask & between(view, name, bottom, top)
    return mask


def _all_of(filters: Mapping[str, Mask], start: Mask, but: str = "") -> Mask:
    mask = start
    for group, kept in filters.items():
        if group != but:
            mask = mask & kept
    return mask


def _facets(
    view: View, fitting: Mask, filters: Mapping[str, Mask], groups: tuple[str, ...]
) -> dict[str, list[tuple[str, int]]]:
    """Counts of each group ignore the group's own filter, so that another value can be added to it."""
    counted = {}
    for group in groups:
        mask = _all_of(filters, fitting, but=group)
        values, documents, codes = view.snapshot.facet(group)
        counts = np.bincount(codes[mask[documents]], minlength=len(values))[: len(values)]
        found = [(value, int(count)) for value, count in zip(values, counts, strict=True) if count]
        counted[group] = sorted(found, key=lambda pair: (-pair[1], pair[0]))[:_MOST_VALUES]
    return counted


def _rank(view: View, match: Match, rows: Ints, sort: str, blank: bool) -> Ints:
    """Rows in the order asked for; what is missing stands last, and ids break every tie."""
    snapshot = view.snapshot
    by_id = snapshot.order()[rows]
    if sort not in SORTS or (sort == "relevance" and blank):
        sort = "newest" if blank else "relevance"
    if sort == "relevance":
        return np.lexsort((by_id, -match.scores[rows]))
    figures = snapshot.dates[rows] if sort == "newest" else snapshot.numbers[sort][rows]
    direction = 1 if sort == "price" else -1
    return np.lexsort((by_id, -match.scores[rows], direction * figures, is_missing(figures)))


def _page(view: View, match: Match, chosen: Mask, query: Query, told: Told) -> tuple[Hit, ...]:
    size = min(max(int(query.size), 1), LARGEST_PAGE)
    first = (max(int(query.page), 1) - 1) * size
    rows = np.flatnonzero(chosen)
    if first >= len(rows):
        return ()
    blank = not query.text.strip()
    if len(rows) > 4 * (first + size) and query.sort == "relevance" and not blank:
        limit = np.partition(match.scores[rows], len(rows) - first - size)[len(rows) - first - size]
        rows = rows[match.scores[rows] >= limit]
    order = _rank(view, match, rows, query.sort, blank)[first : first + size]
    return _hits(view, rows[order].tolist(), match, told)


def _hits(view: View, rows: list[int], match: Match, told: Told) -> tuple[Hit, ...]:
    ids, scores = view.snapshot.ids, match.scores
    if not (told.terms or told.phrases):
        return tuple(Hit(ids[row], float(scores[row])) for row in rows)
    made = []
    for row, stored in zip(rows, view.snapshot.stored(rows), strict=True):
        title, text = stored.get("title", ""), stored.get("text", "")
        in_title, in_text = (marks(one, told.terms, told.phrases) for one in (title, text))
        made.append(Hit(ids[row], float(scores[row]), in_title, in_text, title, text))
    return tuple(made)
