"""Divisions of a licence's income as anyone may read them: who shares in which parts, on notice until when; never a sum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select

from webapp.core import clock, policy
from webapp.core.policy import Actor
from webapp.licences.models_money import Distribution

WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True)
class IncomeNotice:
    """What is announced of a division: the deal, the parts in thousandths, the days. Sums would tell a company's sales."""

    id: int
    code: str
    title: str
    licensor: str
    department: str
    lead: str
    shares: dict[str, int]
    starts_on: date
    ends_on: date
    state: str

    @property
    def running(self) -> bool:
        """Whether it may still be objected to."""
        return self.state == "PROPOSED" and clock.today() <= self.ends_on


@policy.filters(Distribution)
def visible_divisions(_actor: Actor, query: Select[Any]) -> Select[Any]:
    """Divisions are announced to everybody; one that was taken back is not."""
    return query.where(Distribution.state != WITHDRAWN)


@policy.views(Distribution)
def view_division(_actor: Actor, row: Distribution) -> IncomeNotice:
    """A division as it is announced; the deal in the words its own public notice used."""
    licence = row.licence
    facts: dict[str, Any] = dict(licence.notices[-1].facts) if licence.notices else {}
    return IncomeNotice(
        row.id, licence.code, str(facts.get("title") or licence.result.title), str(facts.get("licensor") or licence.licensor.name),
        str(facts.get("department") or ""), str(facts.get("lead") or ""), {who: int(part) for who, part in row.shares.items() if part},
        clock.local(row.created_at).date(), row.notice_until, row.state,
    )  # fmt: skip


def divisions(actor: Actor) -> Select[Any]:
    """Announced divisions, newest first."""
    return policy.visible(actor, Distribution).order_by(Distribution.id.desc())
