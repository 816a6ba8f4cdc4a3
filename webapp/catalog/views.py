"""What somebody may read of a result or a demand: frozen copies that hold nothing the reader has no right to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from webapp.catalog.models import Figure
from webapp.catalog.quantities import written


@dataclass(frozen=True)
class FigureView:
    """One figure as people read it."""

    name: str
    text: str
    must: bool = False

    @classmethod
    def of(cls, row: Figure) -> FigureView:
        """The view of a stored row."""
        return cls(row.name, written(row.comparison, row.value, row.value_max, row.unit), bool(getattr(row, "must", False)))


@dataclass(frozen=True)
class PostingView:
    """What results and demands have in common; `details` and `contact` are empty unless `reads`."""

    kind: str
    id: int
    code: str
    title: str
    state: str
    confidentiality: int
    owner_name: str
    anonymous: bool
    organisation_id: int | None
    summary: str = ""
    details: str = ""
    contact: str = ""
    keywords: tuple[str, ...] = ()
    field: str | None = None
    industry: str | None = None
    cluster: str | None = None
    modes: tuple[str, ...] = ()
    price_kind: str = "NEGOTIABLE"
    price_min_fen: int | None = None
    price_max_fen: int | None = None
    figures: tuple[FigureView, ...] = ()
    published_at: datetime | None = None
    confirmed_at: datetime | None = None
    updated_at: datetime | None = None
    valid_until: date | None = None
    is_example: bool = False
    version: int = 0
    reads: bool = False  # the confidential layer is open to this reader
    hidden: bool = False  # there is more than is shown
    locked: str = ""  # the sentence that says how to get the rest
    mine: bool = False
    may_edit: bool = False
    actions: tuple[str, ...] = ()
    returned_note: str = ""
    author: str = ""


@dataclass(frozen=True)
class ResultView(PostingView):
    """A result as one reader may see it."""

    department: str = ""
    lead: str = ""
    form: str = ""
    stage: str | None = None
    trl: int | None = None
    use_first: bool = False
    trial_months: int | None = None
    payment_model: str = ""
    exclusive_in_force: bool = False
    unfiled: bool = False
    declared: tuple[str, ...] = ()


@dataclass(frozen=True)
class DemandView(PostingView):
    """A demand as one reader may see it."""

    demand_kind: str = "TACKLE"
    min_trl: int | None = None
    deadline: date | None = None
    location: str = ""
    wants_use_first: bool = False
    verified_at: datetime | None = None
    verified_note: str = ""
