"""The clocks of licences: what falls due by itself, each once, however often or late the job runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, String, or_, select
from sqlalchemy.orm import Session

from webapp.catalog.models import IpRight
from webapp.config import Settings
from webapp.core import clock
from webapp.core.policy import SYSTEM
from webapp.licences import (
    outlook,
    outlook_money,
    service_contract,
    service_extend,
    service_notice,
    service_stages,
    service_suspend,
    service_triggers,
)
from webapp.licences.models import Instalment, Licence, PublicNotice, UsageReport
from webapp.licences.service_common import people, send, step, write
from webapp.licences.states import FINALS, INSTALMENT, OPEN_INSTALMENTS
from webapp.licences.values import DUE_REMINDERS, TRIAL_REMINDERS

Clock = Callable[[Session, Licence, Settings], bool]


def waiting(session: Session) -> list[int]:
    """Licences on which time may have something to do today."""
    today = clock.today()
    near = today + timedelta(days=max(TRIAL_REMINDERS))
    lost = select(IpRight.result_id).where(IpRight.status == "LAPSED")
    trial = (Licence.state == "TRIAL") & or_(Licence.trial_end <= near, Licence.rights_until < today, Licence.trigger_on <= today, Licence.result_id.in_(lost))
    due = or_(Licence.due_on <= today, trial, Licence.id.in_(_with_sales()), Licence.id.in_(_late_sums()), Licence.id.in_(_notices_over()), Licence.id.in_(_claims_over()))
    return list(session.scalars(select(Licence.id).where(Licence.state.not_in(FINALS), due).order_by(Licence.id)))


def _with_sales() -> Select[Any]:
    """Trials that wait for revenue and whose company has reported some."""
    earning = or_(Licence.trigger.in_(BY_REVENUE), Licence.trigger_fen.is_not(None), Licence.more_triggers.cast(String).contains("REVENUE"))
    rows = select(UsageReport.licence_id).where(UsageReport.sales_fen > 0).join(Licence)
    return rows.where(Licence.state == "TRIAL", Licence.claimed_side == "", earning)


def _late_sums() -> Select[Any]:
    """Licences with an open sum whose day has come, also while somebody has another step to take first."""
    return select(Instalment.licence_id).where(Instalment.due_on <= clock.today(), Instalment.state.in_(OPEN_INSTALMENTS))


def _notices_over() -> Select[Any]:
    return select(PublicNotice.licence_id).where(PublicNotice.state == "OPEN", PublicNotice.ends_on < clock.today())


def _claims_over() -> Select[Any]:
    return select(Instalment.licence_id).where(Instalment.stage_claim == "OPEN", Instalment.claim_until < clock.today())


BY_REVENUE = ("FIRST_REVENUE", "REVENUE_THRESHOLD")


def run(session: Session, licence_id: int, settings: Settings) -> int:
    """Let time do its work on one licence until nothing is left; returns how many steps it took."""
    licence = session.get(Licence, licence_id)
    steps = 0
    while licence is not None and licence.state in CLOCKS and CLOCKS[licence.state](session, licence, settings):
        steps += 1
    if licence is not None and licence.state not in FINALS:
        remind(session, licence)
    return steps


def _past_due(licence: Licence) -> bool:
    return licence.due_on is not None and clock.today() > licence.due_on


def _when_late(action: str) -> Clock:
    """A step the system takes when the day is over."""

    def tick(session: Session, licence: Licence, settings: Settings) -> bool:
        if not _past_due(licence):
            return False
        with step(session, SYSTEM, licence, action, settings):
            pass
        return True

    return tick


def _notice(session: Session, licence: Licence, settings: Settings) -> bool:
    return service_notice.end(session, licence, settings)


def _trial(session: Session, licence: Licence, settings: Settings) -> bool:
    if service_suspend.suspend_for_rights(session, licence, settings):
        return True
    if licence.disputed or licence.exit_asked_on:
        return False
    if licence.claimed_side:
        return service_triggers.when_time_is_over(session, SYSTEM, licence, settings)
    code = service_triggers.unclaimed(licence)
    if code:
        service_triggers.claim_by_facts(session, SYSTEM, licence, code, settings)
        return True
    if licence.trial_end is None or clock.today() <= licence.trial_end:
        return False
    with step(session, SYSTEM, licence, "end_trial", settings):
        pass
    return True


def _evaluation(session: Session, licence: Licence, settings: Settings) -> bool:
    if service_notice.end(session, licence, settings) or service_extend.conversion_over(session, licence, settings):
        return True
    if outlook.situation(licence) != "EVALUATION" or not _past_due(licence):
        return False
    with step(session, SYSTEM, licence, "silence", settings):
        service_triggers.drop_claim(licence)
    return True


def _paying(session: Session, licence: Licence, settings: Settings) -> bool:
    """Instalments fall due on their day and are overdue after the days of grace, which makes the licence overdue."""
    if service_stages.unanswered(session, licence, settings):
        return True
    today, grace = clock.today(), timedelta(days=outlook.agreed(licence, "overdue_grace_days"))
    for row in outlook_money.open_instalments(licence):
        if row.due_on and row.due_on <= today and INSTALMENT.move(row.state, "fall_due"):
            INSTALMENT.step(row, "fall_due", ("system",))
        if row.due_on and row.due_on + grace < today and INSTALMENT.move(row.state, "overdue"):
            INSTALMENT.step(row, "overdue", ("system",))
    late = [row.position for row in licence.instalments if row.state == "OVERDUE"]
    if not late or licence.state not in {"PAYABLE", "PAYING"}:
        session.flush()
        return False
    with step(session, SYSTEM, licence, "overdue", settings, positions=late):
        pass
    return True


CLOCKS: dict[str, Clock] = {
    "DRAFT": _when_late("expire"), "NOTICE": _notice, "SIGNING": _when_late("lapse"), "TRIAL": _trial, "EVALUATION": _evaluation,
    "DELIVERING": service_contract.deem_received, "SUSPENDED": service_suspend.cure_over, "PAYABLE": _paying, "PAYING": _paying,
    "OVERDUE": _paying, "DEFAULT": _paying,
}  # fmt: skip


def remind(session: Session, licence: Licence) -> None:
    """Tell who is late or nearly so; each mark once, and after a long pause only the latest one."""
    now = outlook.situation(licence)
    if now == "TRIAL" and licence.due_on:
        grace = timedelta(days=outlook.agreed(licence, "report_grace_days"))
        if clock.today() > licence.due_on + grace:
            _mark(session, licence, "report", licence.due_on.isoformat(), number=1, parts=("company",))
    elif now not in CLOCKED_BY_SYSTEM and _past_due(licence):
        _mark(session, licence, "turn", f"{now}:{licence.due_on}", number=1, parts=(*licence.awaits.split(), "operator"))
    if licence.state in {"PAYING", "OVERDUE"}:
        for row in outlook_money.open_instalments(licence):
            _instalment(session, licence, row)
    if licence.state == "TRIAL" and licence.trial_end:
        _trial_end(session, licence, licence.trial_end)


CLOCKED_BY_SYSTEM = frozenset(
    {"DRAFT", "NOTICE", "SIGNING", "TRIAL", "TRIAL_QUIET", "TRIAL_CLAIMED", "EVALUATION", "SUSPENDED_CURE", "CONVERTING", "PAYING", "PAYING_CLAIMED", "OVERDUE"}
)


def _trial_end(session: Session, licence: Licence, end: date) -> None:
    left = (end - clock.today()).days
    passed = [days for days in TRIAL_REMINDERS if left <= days]
    # A short trial does not begin with a reminder of its end.
    if passed and left >= 0 and licence.trial_start and (end - licence.trial_start).days > passed[-1]:
        _mark(session, licence, "trial_end", end.isoformat(), number=len(passed), parts=("company", "tto"))


def _instalment(session: Session, licence: Licence, row: Instalment) -> None:
    if row.due_on is None:
        return
    late = (clock.today() - row.due_on).days
    passed = [days for days in DUE_REMINDERS if late >= days]
    if passed:
        _mark(session, licence, "instalment", f"{row.position}:{row.due_on}", number=len(passed), parts=("company", "tto"))


def _mark(session: Session, licence: Licence, about: str, what: str, *, number: int, parts: tuple[str, ...]) -> None:
    """Send a reminder unless this mark, or a later one of the same matter, was already reached."""
    for event in licence.events:
        if event.action == "remind" and event.facts.get("what") == f"{about}:{what}" and event.facts.get("number", 0) >= number:
            return
    write(session, SYSTEM, licence, "remind", before=licence.state, role="system", facts={"what": f"{about}:{what}", "number": number})
    session.flush()
    session.expire(licence, ["events"])
    send(session, licence, people(session, licence, dict.fromkeys(parts)), f"licence_remind_{about}")
