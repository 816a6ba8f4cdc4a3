"""The full-text index as the platform uses it: opened once per process, asked by pages, written by the one worker."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from search import Hit, Index, IndexBusy, IndexDamaged, IndexFull, IndexUnreachable, Page, SearchDocument
from search import Query as SearchQuery
from search.snippets import Piece, marked, snippet
from webapp.config import Settings
from webapp.core.worker import NotNow

__all__ = ["Hit", "IndexDamaged", "IndexUnreachable", "Page", "Piece", "SearchDocument", "SearchEngine", "SearchQuery", "marked", "snippet"]
WAITS = {IndexFull: "index_full", IndexBusy: "index_busy", IndexUnreachable: "index_unreachable"}


class SearchEngine:
    """One index; while it is missing or damaged every question raises IndexDamaged, and `rebuild` mends it."""

    def __init__(self, settings: Settings) -> None:
        self.index = Index.open(settings.index)

    def query(self, query: SearchQuery) -> Page:
        """Answer a query."""
        return self.index.query(query)

    def matching(self, query: SearchQuery, only: Collection[str] | None = None) -> set[str]:
        """Which of these rows, or of all, a query asks for."""
        return self.index.matching(query, only)

    def complete(self, typed: str, limit: int = 8) -> tuple[str, ...]:
        """What public rows offer to somebody who has typed this much."""
        return self.index.complete(typed, limit)

    def related(self, text: str, limit: int = 6) -> tuple[str, ...]:
        """What else public rows suggest to look for."""
        return self.index.related(text, limit)

    def apply(self, puts: Iterable[SearchDocument], deletes: Iterable[str]) -> None:
        """Put and delete documents in one batch; while that cannot be, the job waits and says why, and no try is counted."""
        try:
            self.index.apply(list(puts), list(deletes))
        except IndexDamaged as error:
            raise NotNow("heal", "index", 0, why="index_damaged") from error
        except tuple(WAITS) as error:
            raise NotNow(why=WAITS[type(error)]) from error

    def crowded(self) -> bool:
        """Whether there are so many segments that some should be joined; an index that cannot be read is mended first."""
        try:
            return self.index.crowded()
        except (IndexDamaged, IndexUnreachable):
            return False

    def join(self, seconds: float) -> bool:
        """Go on joining segments for about so long; True while there is more to do."""
        try:
            return self.index.join(seconds)
        except IndexDamaged as error:
            raise NotNow("heal", "index", 0, why="index_damaged") from error
        except tuple(WAITS) as error:
            raise NotNow(why=WAITS[type(error)]) from error

    def rest(self) -> None:
        """Let go of the memory of what lies in files; it is read again when somebody asks."""
        self.index.rest()

    def versions(self) -> dict[str, str]:
        """Which version of which document the index holds."""
        return self.index.versions()

    def damage(self, thoroughly: bool = False) -> str:
        """Why the index must be rebuilt before it can be used; empty when it need not. `thoroughly` reads all of it."""
        try:
            self.index.describe()
            if thoroughly:
                self.index.prove()
            self.index.rest()
        except IndexDamaged as error:
            return str(error)
        return ""

    def damaged(self) -> bool:
        """Whether the index must be rebuilt before it can be used; one that cannot be reached is not there either."""
        try:
            return bool(self.damage())
        except IndexUnreachable:
            return True

    def describe(self) -> dict[str, Any]:
        """Figures for the health page; raises IndexDamaged."""
        return self.index.describe()

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Build a new index beside the old one and swap it in; returns how many documents it holds."""
        try:
            return self.index.rebuild(documents)
        except tuple(WAITS) as error:
            raise NotNow(why=WAITS[type(error)]) from error

    def warm(self) -> None:
        """Load what the first visitor would wait for; an index that is not there yet is no error."""
        try:
            self.index.warm()
        except (IndexDamaged, IndexUnreachable):
            return
