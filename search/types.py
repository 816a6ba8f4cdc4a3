"""What goes into the search library and what comes out of it: plain frozen values without behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PUBLIC = "public"
"""The access token of everybody; suggestions and vocabulary come from rows that carry it, and from no other."""

SORTS = ("relevance", "newest", "trl", "price")
NUMBERS = ("trl", "price")
FILTERS = ("kind", "circle", "institution", "industry", "field", "stage", "mode", "use_first", "region", "year")

FilterValue = str | tuple[str, ...]
Span = tuple[int, int]
Range = tuple[float | str | None, float | str | None]


class SearchError(Exception):
    """Anything the search library cannot do for its caller."""


class IndexDamaged(SearchError):
    """The index is missing, unreadable or of an older edition: rebuild it from the database."""


class IndexBusy(SearchError):
    """Another process is writing the index: try again later."""


class IndexFull(SearchError):
    """There is no room to write: the index keeps its last committed state until there is."""


class IndexUnreachable(SearchError):
    """The database that keeps the index does not answer."""


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One row as the index sees it. Without an access token nobody finds it."""

    id: str
    kind: str
    title: str = ""
    text: str = ""
    keywords: tuple[str, ...] = ()
    hidden: str = ""
    names: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    hidden_access: tuple[str, ...] = ()
    filters: Mapping[str, FilterValue] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    date: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, and by whom: `access` holds every token of the searcher."""

    text: str = ""
    access: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    sort: str = "relevance"
    page: int = 1
    size: int = 20
    facets: tuple[str, ...] = ()
    need: str = "auto"
    """auto: all words of a short query, most of a long one, any if nothing else is found; all; any."""
    plain: bool = False
    """Take the text literally: no operators, no field prefixes."""
    synonyms: bool = True
    """Look for words of the same meaning too."""
    labels: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """What people call the filter values, by group and value, so that `industry:船舶` finds the code of that name."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One row found; the spans are offsets into the public title and text, which are given as the index has them."""

    id: str
    score: float
    title_spans: tuple[Span, ...] = ()
    text_spans: tuple[Span, ...] = ()
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer; `dropped` names the words that had to be let go to find anything."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    facets: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)
    suggestion: str | None = None
    expansions: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
