"""The matching engine: fit a collection, rank it for a query with reasons, keep it up to date without refitting."""

import threading
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from matching import ranking, store, text
from matching.collection import SLICE, Asked, ChannelStatistics, fit, join
from matching.counting import Overlay, Tokens, tokens
from matching.learn import Lessons
from matching.learning_trial import Trial, try_out
from matching.ranking import Explanation, Question, State
from matching.segments import OPEN, Row, Segment, compact, count_new, grow, make_segment, slices_together
from matching.shelf import Shelf
from matching.signals import Distances
from matching.types import Document, Scored, Verdict
from matching.weights import DEFAULT, Weights


def _fitted(
    documents: Iterable[Document], asked: Asked, weights: Weights, shelf: Shelf
) -> tuple[Sequence[ChannelStatistics], tuple[Segment, ...]]:
    """Statistics and segments of a collection; with a shelf each document passes through memory and only its counts stay, elsewhere."""
    rows: list[Row] = []

    def cut() -> Iterator[Tokens]:
        for document in documents:
            rows.append(Row.of(document, as_text=shelf.folder is not None))
            yield tokens(document)

    statistics, slices = fit(cut(), asked, weights, shelf)
    if len({row.id for row in rows}) < len(rows):
        raise ValueError("an id came twice")
    segments, keep, together = [], len(rows) <= OPEN, slices_together(len(slices), shelf)
    for first in range(0, len(rows), together * SLICE):
        packed = join(slices[:together], statistics)
        del slices[:together]
        segments.append(make_segment(rows[first : first + together * SLICE], packed, statistics, weights, keep=keep, shelf=shelf))
    return statistics, tuple(segments)


class Engine:
    """Ranks documents for queries, in either direction: what is fitted is found, what is asked may be any document.

    Every change makes a new state and swaps it in, so that ranking in other threads never waits and never sees half.
    """

    def __init__(self, weights: Weights = DEFAULT, distances: Distances | None = None) -> None:
        self._lock = threading.RLock()
        self._journals: list[list[Callable[[], None]]] = []  # what happens while a fit runs
        self._state = State(weights=weights, distances=dict(distances or {}))

    @property
    def studied(self) -> bool:
        """Whether verdicts taught a model of grades; a fit drops it."""
        return self._state.lessons.model is not None

    @property
    def version(self) -> str:
        """Changes with whatever may change a score: weights, tokenizer, format. Not with documents or verdicts."""
        return f"{store.FORMAT}.{zlib.crc32(repr((self._state.weights, text.version())).encode()):08x}"

    # What is in it

    def __len__(self) -> int:
        return sum(segment.living() for segment in self._state.segments)

    def __contains__(self, identifier: str) -> bool:
        return self._state.find(identifier) is not None

    @property
    def ids(self) -> set[str]:
        """The ids of all documents."""
        return {i for s in self._state.segments for i, alive in zip(s.ids, s.alive, strict=True) if alive}

    def fit(
        self, documents: Iterable[Document], queries: "Iterable[Document] | Engine" = (), shelf: Path | None = None
    ) -> "Engine":
        """Learn a collection anew. `queries` are what is asked of it, or an engine fitted to that: a word common among them says little.

        With a `shelf`, a folder, the long arrays lie in files there, documents are read one at a time, and each id must come once.

        What was learned about grades in general goes with the old fit: learn again. Of documents with the same id the last one counts. May run in the background: ranking goes on with the old
        state, and what is added or removed meanwhile is done again on the new one.
        """
        journal: list[Callable[[], None]] = []
        with self._lock:
            self._journals.append(journal)
        try:
            rows = documents if shelf else {document.id: document for document in documents}.values()
            asked = queries._state.statistics if isinstance(queries, Engine) else map(tokens, queries)
            statistics, segments = _fitted(rows, asked, self._state.weights, Shelf(shelf))
            with self._lock:
                # The model speaks of terms as the old fit numbered them; what was said of single pairs stays.
                lessons = replace(self._state.lessons, model=None)
                self._state = replace(self._state, statistics=statistics, segments=segments, lessons=lessons, changed=0)
                self._close(journal)
                for again in journal:
                    again()
        finally:
            with self._lock:
                self._close(journal)
        return self

    def add(self, documents: Iterable[Document]) -> None:
        """Put documents in, replacing those with the same id, without a refit."""
        rows = list({document.id: document for document in documents}.values())
        if not rows:
            return
        cut: list[Tokens] = [tokens(document) for document in rows]
        with self._lock:
            self._note(lambda: self.add(rows))
            state = self._without(document.id for document in rows)
            packed = count_new(cut, state.statistics)
            fresh = make_segment([Row.of(document) for document in rows], packed, state.statistics, state.weights, keep=True)
            segments = grow(state.segments, fresh, state.statistics, state.weights)
            self._state = replace(state, segments=segments, changed=state.changed + len(rows))

    def remove(self, ids: Iterable[str]) -> None:
        """Take documents out; ids that are not there are no error."""
        gone = set(ids)
        with self._lock:
            self._note(lambda: self.remove(gone))
            self._state = self._without(gone)

    def _close(self, journal: list[Callable[[], None]]) -> None:
        self._journals = [other for other in self._journals if other is not journal]

    def _note(self, deed: Callable[[], None]) -> None:
        for journal in self._journals:
            journal.append(deed)

    def _without(self, ids: Iterable[str]) -> State:
        gone = set(ids)
        segments = tuple(segment.without(gone) for segment in self._state.segments)
        left = sum(s.living() for s in self._state.segments) - sum(s.living() for s in segments)
        return replace(self._state, segments=segments, changed=self._state.changed + left)

    def drift(self) -> float:
        """How much was put in or taken out since the fit, as a part of what was fitted: the measure for a refit."""
        return self._state.changed / max(self._state.statistics[0].documents, 1)

    # Ranking

    def rank(
        self,
        query: Document,
        top: int = 20,
        only: Collection[str] | None = None,
        *,
        today: date | None = None,
        explain: bool = True,
        exclude: Collection[str] = (),
    ) -> list[Scored]:
        """The best documents for a query with reasons; `only` restricts to some ids. Nothing shared, nothing listed."""
        asked = Question.of(self._state, query, today)
        return ranking.present(asked, ranking.search(asked, top, only, exclude), explain)

    def rank_many(
        self,
        queries: Iterable[Document],
        top: int = 20,
        *,
        today: date | None = None,
        explain: bool = True,
        threads: int = 2,
    ) -> dict[str, list[Scored]]:
        """The same for many queries at once, faster."""
        with self._lock:
            segments = tuple(compact(segment) for segment in self._state.segments)
            state = self._state = replace(self._state, segments=segments)
        questions = (Question.of(state, query, today) for query in queries)
        found = ranking.search_many(questions, top, threads)
        return {asked.document.id: ranking.present(asked, rows, explain) for asked, rows in found}

    def why_not(self, query: Document, document: Document | str, *, today: date | None = None) -> Explanation:
        """Why a pair is no better match: its score with reasons, what is missing, what speaks against it.

        The document need not be in the collection; an id that is not there raises KeyError.
        """
        state = self._state
        if isinstance(document, str):
            position = state.find(document)
            if position is None:
                raise KeyError(document)
            segment, place = state.segments[position[0]], position[1]
        else:
            (segment, statistics), place = self._alone(state, document), 0
            state = replace(state, segments=(*state.segments, segment), statistics=statistics)
        return ranking.explain_pair(Question.of(state, query, today), segment, place)

    @staticmethod
    def _alone(state: State, document: Document) -> tuple[Segment, Sequence[ChannelStatistics]]:
        """A document by itself, weighed like one of the collection but leaving no trace in it; with the terms it brings along."""
        scratch = [replace(s, vocabulary=Overlay(s.vocabulary)) for s in state.statistics]
        packed = count_new([tokens(document)], scratch)
        return make_segment([Row.of(document)], packed, scratch, state.weights, keep=False), scratch

    # Learning

    def learn(
        self,
        verdicts: Iterable[Verdict],
        queries: Iterable[Document] = (),
        *,
        today: date | None = None,
        study: bool = True,
    ) -> None:
        """Learn from verdicts about the demands given; replaces what was learned before.

        Without `study` the verdicts of a demand move its own ranking at once, and the model of grades stays as it was.
        """
        noted, asked = Lessons.note(verdicts, queries)
        while not self._teach(noted, asked if study else None, today or date.today()):
            pass  # a fit was swapped in meanwhile: what was learned speaks of the old one

    def try_out(self, verdicts: Iterable[Verdict], queries: Iterable[Document], *, today: date | None = None) -> Trial | None:
        """How well grades are foretold without and with these verdicts; nothing is changed."""
        noted, asked = Lessons.note(verdicts, queries)
        return try_out(noted, self._state, asked, today or date.today())

    def _teach(self, noted: Lessons, asked: dict[str, Document] | None, today: date) -> bool:
        state = self._state
        studied = None if asked is None else noted.study(state, asked, today)
        with self._lock:
            if studied is not None and self._state.statistics is not state.statistics:
                return False
            lessons = studied or replace(noted, model=self._state.lessons.model)
            self._state = replace(self._state, lessons=lessons)
        return True

    def grade(self, pairs: Iterable[tuple[Document, str]], *, today: date | None = None) -> list[int]:
        """A whole-number grade 0..3 for each pair of a query and the id of a document; 0 for an unknown id."""
        rows, state = list(pairs), self._state
        given: dict[int, int] = {}
        by_query: dict[str, list[int]] = {}
        for place, (query, _) in enumerate(rows):
            by_query.setdefault(query.id, []).append(place)
        for places in by_query.values():
            found = [(place, position) for place in places if (position := state.find(rows[place][1]))]
            query = rows[places[0]][0]
            asked = Question.of(state, query, today)
            grades = ranking.expect(asked, [position for _, position in found])
            given |= dict(zip((place for place, _ in found), grades, strict=True))
        return [given.get(place, 0) for place in range(len(rows))]

    # Keeping

    def rest(self) -> None:
        """Let go of the memory of what lies in files until somebody asks again."""
        for segment in self._state.segments:
            segment.rest()

    def save(self, folder: str | Path) -> None:
        """Write a snapshot; whoever reads at the same time sees the old one or the new one, never half."""
        store.save(self._state, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> "Engine":
        """Read a snapshot; raises SnapshotError where it is missing, damaged or of another version."""
        engine = cls()
        engine._state = store.load(Path(folder))
        return engine
