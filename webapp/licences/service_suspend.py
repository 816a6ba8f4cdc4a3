"""Suspension: either side, the broker or the system stops the trial; whoever caused it puts it right, or the school decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, outlook, policy
from webapp.licences.models import Licence
from webapp.licences.service_common import step
from webapp.licences.service_triggers import drop_claim
from webapp.licences.values import SUSPEND_CAUSES, SUSPEND_REASONS

FARTHEST = date(2100, 1, 1)
# Some reasons say by themselves whose they are.
CAUSED_BY = {"MISSED_REPORTS": "COMPANY", "CREDIT_EVENT": "COMPANY", "IP_LAPSED": "LICENSOR"}


def suspend(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """Somebody stops the trial for a named reason; the trial's clock stands still unless the cause is the company's."""
    policy.check(actor, licence, "suspend")
    reader = fields.Reader(data)
    code = reader.choice("reason_code", SUSPEND_REASONS)
    cause = CAUSED_BY.get(code) or reader.choice("cause", SUSPEND_CAUSES)
    reason = reader.text("reason", least=5, most=settings.text_max)
    reader.done()
    if code == "MISSED_REPORTS":
        _enough_missed(actor, licence)
    with step(session, actor, licence, "suspend", settings, reason=reason, document=contract.text_hash(reason), code=code, cause=cause):
        _stop(licence, cause)


def _enough_missed(actor: Actor, licence: Licence) -> None:
    least = outlook.agreed(licence, "missed_reports")
    if "tto" not in policy.parts(actor, licence) or outlook.missed_reports(licence) < least:
        raise Refused(N_("连续 %(n)s 期过宽限期未交报告，学校才能以此中止试用。"), code="reports_not_missed", n=least)


def suspend_for_rights(session: Session, licence: Licence, settings: Settings) -> bool:
    """The right the licence stands on has lapsed: the system stops the trial until the school mends it."""
    if licence.exit_asked_on or not outlook.lapsed(licence):
        return False
    with step(session, SYSTEM, licence, "suspend", settings, code="IP_LAPSED", cause="LICENSOR"):
        _stop(licence, "LICENSOR")
    return True


def _stop(licence: Licence, cause: str) -> None:
    drop_claim(licence)
    licence.suspended_on, licence.suspended_cause = clock.today(), cause
    licence.cure_until = clock.add_days(clock.today(), outlook.agreed(licence, "cure_days"))


def cure_over(session: Session, licence: Licence, settings: Settings) -> bool:
    """The time to put it right has passed: the school has to decide what becomes of the licence."""
    if licence.cure_until is None or clock.today() <= licence.cure_until:
        return False
    with step(session, SYSTEM, licence, "cure_over", settings):
        licence.cure_until = None
    return True


def lift(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The cause is gone, says somebody other than who caused it: the trial goes on, longer by the days it stood still."""
    policy.check(actor, licence, "lift")
    reason = fields.one_text(data, "reason", settings)
    days = _paused(licence)
    with step(session, actor, licence, "lift", settings, reason=reason, document=contract.text_hash(reason), days=days):
        if licence.trial_end and days:
            licence.trial_end = _within_bounds(licence, licence.trial_end + timedelta(days=days))
        licence.suspended_on, licence.suspended_cause, licence.cure_until = None, "", None


def _paused(licence: Licence) -> int:
    if licence.suspended_cause == "COMPANY" or licence.suspended_on is None:
        return 0
    return (clock.today() - licence.suspended_on).days


def _within_bounds(licence: Licence, end: date) -> date:
    """No trial goes on past the longest trial allowed, nor past the right it stands on."""
    bounds = [end]
    if licence.trial_start:
        bounds.append(clock.add_months(licence.trial_start, outlook.agreed(licence, "trial_months_cap")))
    if licence.rights_until:
        bounds.append(licence.rights_until)
    return min(bounds)


def renew_rights(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school has paid the fee or renewed the right: until when it is now in force, and the proof."""
    policy.check(actor, licence, "renew_rights")
    reader = fields.Reader(data)
    until = reader.day("rights_until", clock.today(), FARTHEST)
    proof = reader.text("proof", least=2, most=200)
    reader.done()
    with step(session, actor, licence, "renew_rights", settings, reason=proof, document=contract.text_hash(proof), until=until.isoformat()):
        licence.rights_until = until
