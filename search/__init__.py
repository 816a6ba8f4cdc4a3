"""Full-text search over documents with facets, where who may see a row is part of every query."""

from search.index import Index
from search.types import Hit, IndexBusy, IndexDamaged, IndexFull, IndexUnreachable, Page, Query, SearchDocument

__all__ = ["Hit", "Index", "IndexBusy", "IndexDamaged", "IndexFull", "IndexUnreachable", "Page", "Query", "SearchDocument"]
