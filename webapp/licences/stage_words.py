"""What was said about stages the school claims: its evidence, and the company's word against it."""

from __future__ import annotations

from webapp.licences import outlook_money
from webapp.licences.models import Instalment, Licence, LicenceEvent

WORDS = ("claim_stage", "contest_stage")


def claims(licence: Licence) -> tuple[tuple[str, str, str], ...]:
    """For each claimed stage its name, the school's evidence, and what the company said against this very claim."""
    return tuple((row.name, _reason(licence, row, "claim_stage"), _reason(licence, row, "contest_stage")) for row in outlook_money.claimed(licence))


def _reason(licence: Licence, row: Instalment, action: str) -> str:
    """The reason of a step about the stage, unless a later claim has made it past."""
    said = _said(licence, row)
    latest = next((event for event in said if event.action == action), None)
    claimed = next((event.id for event in said if event.action == "claim_stage"), 0)
    return latest.reason if latest and latest.id >= claimed else ""


def _said(licence: Licence, row: Instalment) -> list[LicenceEvent]:
    """Claims and answers about a stage, newest first."""
    return [event for event in licence.events if event.action in WORDS and event.facts.get("position") == row.position]
