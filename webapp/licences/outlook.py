"""Who has to act next on a licence and by when, worked out from the row alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from webapp.config import Settings
from webapp.core import clock
from webapp.licences import outlook_money
from webapp.licences.models import Licence, SchoolRule
from webapp.licences.outlook_money import next_instalment
from webapp.licences.states import FINALS
from webapp.licences.values import DEFAULT_STAGES, SECURITIES_ON_PAPER

# Clocks the contract fixes: a later change of the settings does not change what was agreed.
CLOCKS = (
    "report_months", "report_grace_days", "contest_working_days", "choose_days", "first_due_days", "overdue_grace_days", "cure_days",
    "conversion_days", "run_off_days", "default_after_days", "missed_reports", "most_extensions", "trial_months_cap", "statement_days",
)  # fmt: skip
# Clauses a school may choose: whether receipt is deemed given after its days, and whether silence confirms a trigger.
CLAUSES = ("deems_receipt", "silence_confirms", "late_fee_rate")
# What licences agreed before these clocks and clauses existed go by.
FORMERLY = {
    "cure_days": 30, "conversion_days": 90, "run_off_days": 30, "default_after_days": 60, "missed_reports": 2, "most_extensions": 1,
    "trial_months_cap": 36, "deems_receipt": 0, "silence_confirms": 1, "statement_days": 30, "late_fee_rate": 0,
}  # fmt: skip
WORKING, CALENDAR = "working", "calendar"
OTHER_SIDE = {"company": "tto", "tto": "company", "system": "company"}


def agree(settings: Settings) -> dict[str, int]:
    """The clocks as the settings have them now, to be kept with the licence; the school's clauses join them on approval."""
    return {name: getattr(settings, name) for name in CLOCKS}


def clauses(rule: SchoolRule | None) -> dict[str, int]:
    """The clauses a school's contracts carry."""
    return {name: int(getattr(rule, name)) if rule else FORMERLY[name] for name in CLAUSES}


def agreed(licence: Licence, clock_name: str) -> int:
    """One of the clocks this licence was agreed with."""
    return int(licence.clocks[clock_name] if clock_name in licence.clocks else FORMERLY[clock_name])


def situation(licence: Licence) -> str:
    """Where the licence stands, finer than its state."""
    if licence.state in FINALS:
        return licence.state
    if licence.exit_asked_on and licence.state in {"TRIAL", "EVALUATION", "SUSPENDED"}:
        return "EXIT_ASKED"
    if licence.state == "PAYING":
        return outlook_money.next_payment(licence, agreed(licence, "statement_days"))[0]
    if licence.state != "TRIAL":
        return next((finer for state, finer, holds in FINER if licence.state == state and holds(licence)), licence.state)
    if licence.disputed:
        return "TRIAL_DISPUTED"
    if licence.claimed_side:
        return "TRIAL_CLAIMED"
    return "TRIAL" if next_period(licence) else "TRIAL_QUIET"


# state -> a finer situation while something holds, looked through in this order
FINER: tuple[tuple[str, str, Callable[[Licence], Any]], ...] = (
    ("ELIGIBILITY", "ELIGIBILITY_CHECKED", lambda licence: licence.eligibility and licence.eligibility.checked_at),
    ("INST_REVIEW", "INST_ENDORSED", lambda licence: licence.endorsed_by_id),
    ("SUSPENDED", "SUSPENDED_CURE", lambda licence: licence.cure_until),
    ("EVALUATION", "EXTENSION_ASKED", lambda licence: licence.extension_months),
    ("EVALUATION", "CONVERTING", lambda licence: licence.conversion_agreed_on),
    ("EVALUATION", "CONVERSION_ASKED", lambda licence: licence.conversion),
    ("OVERDUE", "PLAN_ASKED", lambda licence: licence.plan_asked),
    ("DEFAULT", "DEFAULT_PLAN_ASKED", lambda licence: licence.plan_asked),
)


def sides(licence: Licence) -> tuple[str, ...]:
    """Who signs: both parties, and the broker where the broker's firm stands in the contract."""
    return ("company", "tto", "broker") if licence.firm_id else ("company", "tto")


def signing_name(licence: Licence, side: str) -> str:
    """The organisation a side of the contract is."""
    firm = licence.firm.name if licence.firm else ""
    return {"company": licence.licensee.name, "tto": licence.licensor.name}.get(side, firm)


def signed_sides(licence: Licence) -> set[str]:
    """The sides that have signed the text as it stands."""
    return {signature.side for signature in licence.signatures if signature.text_hash == licence.text_hash}


def awaited(licence: Licence) -> str:
    """The parts that have to act now, as words with a space between; empty when nobody has to."""
    now = situation(licence)
    if now == "TRIAL_CLAIMED":
        return OTHER_SIDE[licence.claimed_side]
    if now == "SIGNING":
        return " ".join(side for side in sides(licence) if side not in signed_sides(licence))
    if now == "SUSPENDED_CURE":
        return CURED_BY.get(licence.suspended_cause, "company tto")
    parts = AWAITED.get(now, "")
    if licence.state in {"PAYING", "OVERDUE", "DEFAULT"} and "operator" not in parts and outlook_money.claimed(licence, "DISPUTED"):
        parts += " operator"  # the dispute does not wait until everything else is paid
    return parts


# Whoever caused a suspension has to put it right.
CURED_BY = {"COMPANY": "company", "LICENSOR": "tto"}
AWAITED = {
    "DRAFT": "company", "ELIGIBILITY": "broker", "ELIGIBILITY_CHECKED": "operator", "INST_REVIEW": "tto", "NOTICE": "system",
    "OBJECTION": "tto", "SIGNED": "tto", "DELIVERING": "company", "TRIAL": "company", "TRIAL_QUIET": "system",
    "TRIAL_DISPUTED": "operator", "EXIT_ASKED": "tto", "EVALUATION": "company", "SUSPENDED": "tto", "PAYABLE": "tto",
    "PAYING": "company", "PAYING_STATE": "company", "PAYING_REACH": "company", "PAYING_CLAIMED": "company", "PAYING_DISPUTED": "operator", "PAYING_REFUND": "tto", "OVERDUE": "company", "DEFAULT": "tto operator", "INST_ENDORSED": "tto", "EXTENSION_ASKED": "tto",
    "CONVERSION_ASKED": "tto", "CONVERTING": "company tto", "PLAN_ASKED": "tto", "DEFAULT_PLAN_ASKED": "tto",
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
        "EXTENSION_ASKED": (WORKING, settings.extension_working_days),
        "CONVERSION_ASKED": (WORKING, settings.extension_working_days),
        "CONVERTING": (CALENDAR, agreed(licence, "conversion_days")),
        "PLAN_ASKED": (WORKING, settings.schedule_working_days),
        "DEFAULT_PLAN_ASKED": (WORKING, settings.schedule_working_days),
        "PAYING_REFUND": (WORKING, settings.schedule_working_days),
    }.get(now)


def fixed_date(licence: Licence, now: str) -> date | None:
    """The date the row itself gives for this situation."""
    if now == "NOTICE":
        return licence.notices[-1].ends_on if licence.notices else None
    if now == "TRIAL":
        return next_period(licence)
    if now in {"TRIAL_QUIET", "TRIAL_CLAIMED"}:
        return licence.contest_until if licence.claimed_side else licence.trial_end
    if now == "SUSPENDED_CURE":
        return licence.cure_until
    if now in {"PAYING", "PAYING_STATE", "PAYING_REACH", "PAYING_CLAIMED", "PAYING_DISPUTED"}:
        return outlook_money.next_payment(licence, agreed(licence, "statement_days"))[1]
    if now == "OVERDUE":
        waiting = next_instalment(licence)
        return waiting.due_on if waiting else None
    return None


CONTINUED = frozenset({"ELIGIBILITY_CHECKED", "INST_ENDORSED"})


def look_ahead(licence: Licence, settings: Settings, before: str | None) -> None:
    """Write who has to act and by when; a clock that runs on in the same situation is not started again."""
    now = situation(licence)
    licence.awaits = awaited(licence)
    length = period(licence, now, settings)
    if length is None:
        # The second half of a check or a review runs on the first half's clock.
        licence.due_on = licence.due_on if now in CONTINUED else fixed_date(licence, now)
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


def rights_last(licence: Licence) -> date | None:
    """Until when every right the result stands on is in force as registered: its expiry or the paid fee, whichever is earlier."""
    days = [day for right in licence.result.ip_rights for day in (right.expires, right.fee_paid_until) if day]
    return min(days) if days else None


def lapsed(licence: Licence) -> bool:
    """Whether the right the licence stands on is no longer in force: by the approval's date, or as the result's rights say."""
    until = licence.rights_until
    return (until is not None and until < clock.today()) or any(right.status == "LAPSED" for right in licence.result.ip_rights)


def open_triggers(licence: Licence) -> list[str]:
    """Triggers that may still be claimed: those not yet found to be met."""
    return [code for code in licence.triggers if licence.met.get(code, {}).get("state") != "MET"]


def missed_reports(licence: Licence) -> int:
    """How many periods in a row, up to now, passed with their days of grace and without a report."""
    grace, reported = timedelta(days=agreed(licence, "report_grace_days")), {report.period_end for report in licence.reports}
    over = [end for end in periods(licence) if end + grace < clock.today()]
    missed = 0
    for end in reversed(over):
        if end in reported:
            break
        missed += 1
    return missed


def period_start(licence: Licence, end: date) -> date | None:
    """When the period that ends on `end` began: from then on its report may be handed in."""
    earlier = [other for other in periods(licence) if other < end]
    return earlier[-1] + timedelta(days=1) if earlier else licence.trial_start


def next_stages(licence: Licence) -> list[str]:
    """The stage that follows; one that pays from a security is passed over where there is none in force."""
    order = list(DEFAULT_STAGES)
    later = order[order.index(licence.default_stage) + 1 :] if licence.default_stage in order else order[1:]
    if "INSURANCE" in later and not _security_pays(licence):
        later.remove("INSURANCE")
    return later[:1]


def _security_pays(licence: Licence) -> bool:
    until = licence.security_until
    return licence.security in SECURITIES_ON_PAPER and (until is None or clock.today() <= until)
