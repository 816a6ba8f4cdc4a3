"""The full-text index as the platform uses it: opened once per process, asked by pages, written by the one worker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from search import Hit, Index, IndexDamaged, Page, SearchDocument
from search import Query as SearchQuery
from webapp.config import Settings
from webapp.core.worker import NotNow

__all__ = ["Hit", "IndexDamaged", "Page", "SearchDocument", "SearchEngine", "SearchQuery"]


class SearchEngine:
    """One index; while it is missing or damaged every question raises IndexDamaged, and `rebuild` mends it."""

    def __init__(self, settings: Settings) -> None:
        self.index = Index.open(settings.index)

    def query(self, query: SearchQuery) -> Page:
        """Answer a query."""
        return self.index.query(query)

    def apply(self, puts: Iterable[SearchDocument], deletes: Iterable[str]) -> None:
        """Put and delete documents in one batch; while the index is damaged the job waits until it is mended."""
        try:
            self.index.apply(list(puts), list(deletes))
        except IndexDamaged as error:
            raise NotNow("heal", "index", 0) from error

    def versions(self) -> dict[str, str]:
        """Which version of which document the index holds."""
        return self.index.versions()

    def damaged(self) -> bool:
        """Whether the index must be rebuilt before it can be used."""
        try:
            self.index.describe()
        except IndexDamaged:
            return True
        return False

    def describe(self) -> dict[str, Any]:
        """Figures for the health page; raises IndexDamaged."""
        return self.index.describe()

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Build a new index beside the old one and swap it in; returns how many documents it holds."""
        return self.index.rebuild(documents)
