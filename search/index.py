"""The index behind one contract, whichever engine keeps it."""

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from search.answer import answer, ranked
from search.segments import Snapshot
from search.suggestions import complete, related
from search.types import PUBLIC, Page, Query, SearchDocument
from search.view import View
from search.writer import Folder

_VIEWS = 16


class Index(ABC):
    """What the application asks of a full-text index."""

    @staticmethod
    def open(location: str | Path, wait: float = 15.0) -> "Index":
        """Opening touches nothing: an absent or damaged index is told by the first question asked of it."""
        return WhooshIndex(Path(location), wait)

    @abstractmethod
    def apply(self, puts: Iterable[SearchDocument], deletes: Iterable[str] = ()) -> None:
        """Put and delete rows in one commit; doing it twice is doing it once."""

    @abstractmethod
    def query(self, query: Query) -> Page:
        """Answer a query; no text is an error."""

    @abstractmethod
    def rank(self, query: Query, only: Collection[str] | None = None) -> list[tuple[str, float]]:
        """Ids and scores alone, best first: the best `size` rows, or each of the rows named."""

    @abstractmethod
    def complete(self, typed: str, limit: int = 8) -> tuple[str, ...]:
        """What public rows offer to somebody who has typed this much; the same for everybody."""

    @abstractmethod
    def related(self, text: str, limit: int = 6) -> tuple[str, ...]:
        """What else public rows suggest to look for; the same for everybody."""

    @abstractmethod
    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Replace the whole index while searches go on; the number of rows in the new one."""

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """The version of every row in the index."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Figures for the health page."""


class WhooshIndex(Index):
    """A folder on this machine. One object per process: it keeps the segments it has opened."""

    def __init__(self, location: Path, wait: float = 15.0) -> None:
        self._folder = Folder(location, wait)
        self._lock = threading.Lock()
        self._last: Snapshot | None = None
        self._views: OrderedDict[tuple[str, ...], View] = OrderedDict()

    def apply(self, puts: Iterable[SearchDocument], deletes: Iterable[str] = ()) -> None:
        self._folder.apply(puts, deletes)

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        return self._folder.rebuild(documents)

    def query(self, query: Query) -> Page:
        return answer(self._view(query.access), query)

    def rank(self, query: Query, only: Collection[str] | None = None) -> list[tuple[str, float]]:
        return ranked(self._view(query.access), query, only)

    def complete(self, typed: str, limit: int = 8) -> tuple[str, ...]:
        return complete(self._view((PUBLIC,)), typed, limit)

    def related(self, text: str, limit: int = 6) -> tuple[str, ...]:
        return related(self._view((PUBLIC,)), text, limit)

    def versions(self) -> dict[str, str]:
        return self.snapshot().versions()

    def describe(self) -> dict[str, Any]:
        snapshot = self.snapshot()
        counts = {"documents": int(snapshot.live.sum()), "deleted": int((~snapshot.live).sum())}
        return {**self._folder.describe(), **counts, "segments": len(snapshot.segments)}

    def snapshot(self) -> Snapshot:
        """The newest generation."""
        with self._lock:
            if self._last is None or self._last.stamp != self._folder.stamp():
                self._last = self._folder.snapshot(self._last)
                self._views.clear()
            return self._last

    def _view(self, access: tuple[str, ...]) -> View:
        snapshot = self.snapshot()
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
