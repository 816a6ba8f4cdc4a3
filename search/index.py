"""The index behind one contract, whichever engine keeps it: files on this machine, or PostgreSQL for many."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Protocol

from search.answer import answer, matching, ranked
from search.segments import Snapshot
from search.suggestions import complete, related
from search.types import PUBLIC, Page, Query, SearchDocument
from search.view import View

_VIEWS = 16


class Store(Protocol):
    """What an engine has to do: keep segments, and put, delete and replace rows in one step each."""

    def stamp(self) -> object:
        """Differs whenever a new snapshot is worth opening."""

    def snapshot(self, last: Snapshot | None) -> Snapshot:
        """The newest generation; segments already open are kept."""

    def apply(self, puts: Iterable[SearchDocument], deletes: Iterable[str]) -> None:
        """One batch, one commit."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Replace everything while readers go on."""

    def describe(self) -> dict[str, Any]:
        """Figures for the health page."""

    def crowded(self) -> bool:
        """Whether there are so many segments that some should be joined."""

    def join(self, seconds: float) -> bool:
        """Go on joining segments for about so long; True while there is more to do."""

    def close(self) -> None:
        """Let go of files or connections."""


def _store(location: str, wait: float) -> Store:
    if location.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")):
        from search.database import Database

        return Database(location, wait)
    from search.writer import Folder

    return Folder(Path(location), wait)


class Index:
    """One object per process: it keeps the segments it has opened, and is safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._last: Snapshot | None = None
        self._views: OrderedDict[tuple[str, ...], View] = OrderedDict()

    @staticmethod
    def open(location: str | Path, wait: float = 15.0) -> "Index":
        """A folder or a postgresql:// address. Opening touches nothing: damage is told by the first question asked."""
        return Index(_store(str(location), wait))

    def apply(self, puts: Iterable[SearchDocument], deletes: Iterable[str] = ()) -> None:
        """Put and delete rows in one commit; doing it twice is doing it once."""
        self._store.apply(puts, deletes)

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Replace the whole index while searches go on; the number of rows in the new one."""
        return self._store.rebuild(documents)

    def crowded(self) -> bool:
        """Whether there are so many segments that some should be joined."""
        return self._store.crowded()

    def join(self, seconds: float) -> bool:
        """Go on joining segments for about so long; True while there is more to do. Edits and searches go on between two calls."""
        return self._store.join(seconds)

    def query(self, query: Query) -> Page:
        """Answer a query; no text is an error."""
        return answer(self._view(query.access), query)

    def rank(self, query: Query, only: Collection[str] | None = None) -> list[tuple[str, float]]:
        """Ids and scores alone, best first: the best `size` rows, or each of the rows named."""
        return ranked(self._view(query.access), query, only)

    def matching(self, query: Query, only: Collection[str] | None = None) -> set[str]:
        """Which of these rows, or of all, the query asks for, for searches that are watched."""
        return matching(self._view(query.access), query, only)

    def complete(self, typed: str, limit: int = 8) -> tuple[str, ...]:
        """What public rows offer to somebody who has typed this much; the same for everybody."""
        return complete(self._view((PUBLIC,)), typed, limit)

    def related(self, text: str, limit: int = 6) -> tuple[str, ...]:
        """What else public rows suggest to look for; the same for everybody."""
        return related(self._view((PUBLIC,)), text, limit)

    def versions(self) -> dict[str, str]:
        """The version of every row in the index."""
        return self._snapshot().versions()

    def describe(self) -> dict[str, Any]:
        """Figures for the health page: documents, deleted, segments, bytes, edition."""
        snapshot = self._snapshot()
        counts = {"documents": int(snapshot.live.sum()), "deleted": int((~snapshot.live).sum())}
        return {**self._store.describe(), **counts, "segments": len(snapshot.segments)}

    def prove(self) -> None:
        """Read the whole index once, which takes a while; IndexDamaged says what cannot be read."""
        for segment in self._snapshot().segments:
            segment.prove()

    def warm(self) -> None:
        """Load dictionaries and vocabulary now, so that no visitor waits for them."""
        self.query(Query("预热warming", (PUBLIC,)))
        for segment in self._snapshot().segments:
            segment.vocabulary()

    def rest(self) -> None:
        """For a process that seldom asks: let go of the pages of files that were read; they are read again when needed."""
        with self._lock:
            last = self._last
        for segment in last.segments if last else ():
            segment.rest()

    def close(self) -> None:
        """Let go of files or connections; the next question opens them again."""
        with self._lock:
            self._last = None
            self._views.clear()
        self._store.close()

    def _snapshot(self) -> Snapshot:
        with self._lock:
            if self._last is None or self._last.stamp != self._store.stamp():
                self._last = self._store.snapshot(self._last)
                self._views.clear()
            return self._last

    def _view(self, access: tuple[str, ...]) -> View:
        snapshot = self._snapshot()
        tokens = tuple(sorted(set(access)))
        with self._lock:
            view = self._views.get(tokens)
        if view is None or view.snapshot is not snapshot:
            view = View(snapshot, tokens)
        with self._lock:
            self._views[tokens] = view
            self._views.move_to_end(tokens)
            while len(self._views) > _VIEWS:
                self._views.popitem(last=False)
        return view
