"""What one reader may read of an organisation or an expert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class OrganisationView:
    """An organisation; what this reader may not read is empty."""

    id: int
    kind: str
    name: str
    cluster: str | None
    industry: str | None
    badges: tuple[str, ...]
    website: str
    summary: str
    services: tuple[str, ...]
    faculties: tuple[str, ...]
    products: str
    address: str
    verified: bool
    verified_at: datetime | None
    is_example: bool
    founded: int | None
    inside: bool
    uscc: str
    size_class: str | None
    staff: int | None
    revenue_fen: int | None
    assets_fen: int | None
    figures_year: int | None
    controlled_by_large: bool
    notice_days: int | None
    notice_day_type: str | None
    mine: bool
    may_edit: bool
    may_people: bool
    version: int


@dataclass(frozen=True)
class ExpertView:
    """A researcher's profile, without address or telephone number."""

    id: int
    person_id: int
    name: str
    title: str
    department: str
    organisation: str
    organisation_id: int
    cluster: str | None
    fields: tuple[str, ...]
    keywords: tuple[str, ...]
    summary: str
    shows_results: bool
    published: bool
    consented_at: datetime | None
    mine: bool
    version: int
    is_example: bool
