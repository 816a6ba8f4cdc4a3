"""What somebody may read of a result or a demand: frozen copies that hold nothing the reader has no right to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from webapp.catalog.models import Figure
from webapp.catalog.quantities import exact, written


@dataclass(frozen=True)
class FigureView:
    """One figure as people read it."""

    name: str
    text: str
    must: bool = False
    exact: str = ""  # with every place of its numbers, for files

    @classmethod
    def of(cls, row: Figure) -> FigureView:
        """The view of a stored row."""
        told = (row.comparison, row.value, row.value_max, row.unit)
        return cls(row.name, written(*told), bool(getattr(row, "must", False)), exact(*told))


@dataclass(frozen=True)
class PostingView:
    """What results and demands have in common; `details` are empty unless `reads`, `contact` unless `reads_contact`."""

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
    reads_contact: bool = False
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
    veiled: tuple[str, ...] = ()  # fields left out because their own level is higher than this reader comes
    mine: bool = False
    may_edit: bool = False
    actions: tuple[str, ...] = ()
    returned_note: str = ""
    author: str = ""
    paused_for: str = ""
    merged_into_id: int | None = None
    checks: tuple[str, ...] = ()  # what an approver has to look into and write down, as translatable sentences


@dataclass(frozen=True)
class RightView:
    """One intellectual property right; the number of what is not public yet is for insiders."""

    kind: str
    status: str
    number: str = ""
    holder: str = ""
    co_owned: bool = False
    expires: date | None = None
    fee_paid_until: date | None = None
    over: bool = False


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
    members: tuple[Mapping[str, Any], ...] = ()
    scenes: tuple[str, ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    rights: tuple[RightView, ...] = ()
    project: str = ""
    research_from: date | None = None
    research_to: date | None = None
    nature: str = ""
    standing: str = ""
    trl_evidence: str = ""
    cases: str = ""
    benefits: str = ""
    trial_trigger: str = ""
    use_first_price_fen: int | None = None
    exclusivity: str = ""
    landing: str = ""
    supports: tuple[str, ...] = ()
    compliance: tuple[str, ...] = ()


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
    verified_how: str = ""
    background: str = ""
    present: str = ""
    scope: str = ""
    conditions: str = ""
    cooperations: tuple[str, ...] = ()
    ip_ownership: str = ""
    experts: str = ""
    fundings: tuple[str, ...] = ()
    months: int | None = None
    wants_board: bool = False
    answer_note: str = ""
    answer_result_id: int | None = None
