"""As you type, and what else to look for: completions and related searches, from public rows alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from matching.text import normalize, spans
from search.analyzer import is_han
from search.answer import best_rows
from search.schema import SEPARATOR
from search.types import Query
from search.view import View

_LONGEST_TYPED = 40
_MOST_PHRASES, _MOST_WORDS = 600, 300
_TOP_ROWS, _MOST_SUBJECTS = 40, 60
_FEW, _COMMON = 50, 0.03


def complete(view: View, typed: str, limit: int) -> tuple[str, ...]:
    """Whole phrases that begin as typed, then completions of the last word; the most frequent first."""
    folded = normalize(typed[:_LONGEST_TYPED]).strip()
    if not folded or limit < 1:
        return ()
    found = _phrases(view, folded)
    if len(found) < limit:
        found += _last_word(view, folded)
    distinct: dict[str, str] = {}
    for text in found:
        distinct.setdefault(normalize(text), text)
    distinct.pop(folded, None)
    return tuple(distinct.values())[:limit]


def _phrases(view: View, folded: str) -> list[str]:
    """Titles, keywords and names; a withdrawn row's leave with it, so the rows are looked at."""
    counts: Counter[str] = Counter()
    for term in view.snapshot.terms("typed", folded, _MOST_PHRASES):
        rows = view.snapshot.documents("typed", term)
        shown = term.partition(SEPARATOR)[2]
        counts[shown] = max(counts[shown], int(view.visible[rows].sum()))
    return sorted((text for text, count in counts.items() if count), key=lambda text: (-counts[text], len(text), text))


def _last_word(view: View, folded: str) -> list[str]:
    last = folded.rsplit(maxsplit=1)[-1]
    before = folded[: len(folded) - len(last)]
    words = view.snapshot.terms("words" if is_han(last) else "grams", last, _MOST_WORDS)
    begun = view.visible.copy()
    for earlier in before.split():
        begun &= view.having(earlier)
    counted = [(-int((view.having(word) & begun).sum()), word) for word in words if len(word) > 1]
    return [before + word for count, word in sorted(counted) if count]


def related(view: View, text: str, limit: int) -> tuple[str, ...]:
    """What the best rows for a text are about, beyond the text itself."""
    folded = normalize(text)
    weights: dict[str, float] = defaultdict(float)
    chosen: set[str] = set()  # by somebody, as a keyword
    for place, stored in enumerate(view.snapshot.stored(best_rows(view, Query(text, size=_TOP_ROWS)))):
        keywords = [" ".join(normalize(word).split()) for word in stored.get("keywords", ())]
        chosen.update(keywords)
        for subject in _subjects(keywords, stored.get("title", "")):
            if subject not in folded:
                weights[subject] += 1 / (place + 5)
    frequent = sorted(weights, key=lambda subject: (-weights[subject], subject))[:_MOST_SUBJECTS]
    rows = {subject: view.rows_with(subject) for subject in frequent}
    telling = {
        subject: weights[subject] * view.rarity(rows[subject]) for subject in frequent if subject in chosen or _leads_on(view, subject, rows[subject])
    }
    return tuple(sorted(telling, key=lambda subject: (-telling[subject], subject))[: max(limit, 0)])


def _leads_on(view: View, subject: str, rows: int) -> bool:
    """Whether a word of a title is a subject: neither a figure, nor a word of this row alone, nor one that titles are made with."""
    return not subject.isdigit() and 1 < rows <= max(_FEW, _COMMON * view.count)


def _subjects(keywords: list[str], title: str) -> Iterator[str]:
    if keywords:
        yield from (word for word in dict.fromkeys(keywords) if 1 < len(word) <= _LONGEST_TYPED)
        return
    yield from dict.fromkeys(normalize(title[a:b]) for _, a, b in spans(title) if b - a > 1)
