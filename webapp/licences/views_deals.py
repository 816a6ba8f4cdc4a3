"""What the public list shows of a signed licence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.catalog.policy import public_title
from webapp.licences.models import Licence


@dataclass(frozen=True)
class DealView:
    """A signed licence on the public list: the company by name only if it agreed, else by its industry."""

    title: str
    result_id: int
    licensor: str
    licensee: str
    size_class: str
    signed_on: date | None
    trial_months: int
    state: str


def deal(licence: Licence) -> DealView:
    """What anyone may read of a signed licence."""
    size = licence.eligibility
    return DealView(
        public_title(licence.result), licence.result_id, licence.licensor.name, licence.licensee.name if licence.name_public else "",
        size.size_class if size else "OTHER", licence.effective_on, licence.trial_months, licence.state,
    )  # fmt: skip
