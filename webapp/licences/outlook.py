"""Who has to act next on a licence and by when, worked out from the row alone."""

from __future__ import annotations

from datetime import date, timedelta

from webapp.config import Settings
from webapp.core import clock
from webapp.licences.models import Instalment, Licence
from webapp.licences.states import FINALS, OPEN_INSTALMENTS

# Clocks the contract fixes: a later change of the settings does not change what was agreed.
CLOCKS = ("report_months", "report_grace_days", "contest_working_days", "choose_days", "first_due_days", "overdue_grace_days")
WORKING, CALENDAR = "working", "calendar"
OTHER_SIDE = {"company": "tto", "tto": "company", "system": "company"}


def agree(settings: Settings) -> dict[str, int]:
    """The clocks as the settings have them now, to be kept with the licence."""
    return {name: getattr(settings, name) for name in CLOCKS}


def agreed(licence: Licence, clock_name: str) -> int:
    """One of the clocks this licence was agreed with."""
    return int(licence.clocks[clock_name])


def situation(licence: Licence) -> str:
    """Where the licence stands, finer than its state."""
    if licence.state in FINALS:
        return licence.state
    if licence.exit_asked_on and licence.state in {"TRIAL", "EVALUATION", "SUSPENDED"}:
        return "EXIT_ASKED"
    if licence.state == "ELIGIBILITY" and licence.eligibility and licence.eligibility.checked_at:
        return "ELIGIBILITY_CHECKED"
    if licence.state != "TRIAL":
        return licence.state
    if licence.disputed:
        return "TRIAL_DISPUTED"
    if licence.claimed_side:
        return "TRIAL_CLAIMED"
    return "TRIAL" if next_period(licence) else "TRIAL_QUIET"


def signed_sides(licence: Licence) -> set[str]:
    """The sides that have signed the text as it stands."""
    return {signature.side for signature in licence.signatures if signature.text_hash == licence.text_hash}


def awaited(licence: Licence) -> str:
    """The parts that have to act now, as words with a space between; empty when nobody has to."""
    now = situation(licence)
    if now == "TRIAL_CLAIMED":
        return OTHER_SIDE[licence.claimed_side]
    if now == "SIGNING":
        return " ".join(side for side in ("company", "tto") if side not in signed_sides(licence))
    return AWAITED.get(now, "")


AWAITED = {
    "DRAFT": "company", "ELIGIBILITY": "broker", "ELIGIBILITY_CHECKED": "operator", "INST_REVIEW": "tto", "NOTICE": "system",
    "OBJECTION": "tto", "SIGNED": "tto", "DELIVERING": "company", "TRIAL": "company", "TRIAL_QUIET": "system",
    "TRIAL_DISPUTED": "operator", "EXIT_ASKED": "tto", "EVALUATION": "company", "SUSPENDED": "tto", "PAYABLE": "tto",
    "PAYING": "company", "OVERDUE": "company", "DEFAULT": "tto operator",
}  # fmt: skip


def period(licence: Licence, now: str, settings: Settings) -> tuple[str, int] | None:
    """How long somebody has in this situation, counted from its start; None when a date of the row says it."""
    return {
        "DRAFT": (CALENDAR, settings.draft_days),
        "ELIGIBILITY": (WORKING, settings.verify_working_days),
        "INST_REVIEW": (WORKING, settings.review_working_days),
        "OBJECTION": (WORKING, settings.objection_working_days),
        "SIGNING": (CALENDAR, settings.signing_days),
        "SIGNED": (WORKING, settings.delivery_working_days),
        "DELIVERING": (WORKING, settings.delivery_working_days),
        "TRIAL_DISPUTED": (WORKING, settings.dispute_working_days),
        "EXIT_ASKED": (WORKING, settings.exit_working_days),
        "EVALUATION": (CALENDAR, agreed(licence, "choose_days")),
        "SUSPENDED": (WORKING, settings.suspended_working_days),
        "PAYABLE": (WORKING, settings.schedule_working_days),
        "DEFAULT": (WORKING, settings.default_working_days),
    }.get(now)


def fixed_date(licence: Licence, now: str) -> date | None:
    """The date the row itself gives for this situation."""
    if now == "NOTICE":
        return licence.notices[-1].ends_on if licence.notices else None
    if now == "TRIAL":
        return next_period(licence)
    if now in {"TRIAL_QUIET", "TRIAL_CLAIMED"}:
        return licence.contest_until if licence.claimed_side else licence.trial_end
    if now in {"PAYING", "OVERDUE"}:
        waiting = next_instalment(licence)
        return waiting.due_on if waiting else None
    return None


def look_ahead(licence: Licence, settings: Settings, before: str | None) -> None:
    """Write who has to act and by when; a clock that runs on in the same situation is not started again."""
    now = situation(licence)
    licence.awaits = awaited(licence)
    length = period(licence, now, settings)
    if length is None:
        # The second half of the eligibility check runs on the first half's clock.
        licence.due_on = licence.due_on if now == "ELIGIBILITY_CHECKED" else fixed_date(licence, now)
    elif now != before or licence.due_on is None:
        licence.due_on = clock.deadline(clock.today(), length[1], length[0])


def periods(licence: Licence) -> list[date]:
    """The last days of the reporting periods of the trial; the last one ends with the trial."""
    if licence.trial_start is None or licence.trial_end is None:
        return []
    months, number = agreed(licence, "report_months"), 1
    ends = []
    while (end := clock.add_months(licence.trial_start, months * number)) < licence.trial_end:
        ends.append(end)
        number += 1
    return [*ends, licence.trial_end]


def next_period(licence: Licence) -> date | None:
    """The first reporting period without a report."""
    reported = {report.period_end for report in licence.reports}
    return next((end for end in periods(licence) if end not in reported), None)


def period_start(licence: Licence, end: date) -> date | None:
    """When the period that ends on `end` began: from then on its report may be handed in."""
    earlier = [other for other in periods(licence) if other < end]
    return earlier[-1] + timedelta(days=1) if earlier else licence.trial_start


def open_instalments(licence: Licence) -> list[Instalment]:
    """Instalments with money still to come, the earliest first."""
    rows = [row for row in licence.instalments if row.state in OPEN_INSTALMENTS]
    return sorted(rows, key=lambda row: (row.due_on or date.max, row.position))


def next_instalment(licence: Licence) -> Instalment | None:
    """The instalment that is paid next."""
    rows = open_instalments(licence)
    return rows[0] if rows else None
