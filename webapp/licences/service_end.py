"""Ways out: the company's exit from the trial with its stop-use statement, and an early end by law or by agreement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.policy import Actor
from webapp.licences import contract, fields, outlook, outlook_money, policy
from webapp.licences.models import Licence
from webapp.licences.service_common import people, send, step
from webapp.licences.service_triggers import drop_claim, shown_by_facts
from webapp.licences.states import INSTALMENT, OPEN_INSTALMENTS
from webapp.licences.values import END_REASONS, SETTLEMENTS


def ask_exit(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company stops: a statement of what it stopped when, what it returns or destroys, and what stock is left."""
    policy.check(actor, licence, "ask_exit")
    _nothing_payable(licence)
    reader, today = fields.Reader(data), clock.today()
    reader.ticked("stop_use")
    stopped = reader.day("stopped_on", licence.trial_start or today, today)
    returned = reader.text("returned", least=2, most=2000)
    stock = reader.text("stock", most=2000)
    reason = reader.text("reason", least=5, most=2000)
    reader.done()
    statement = {"stopped_on": stopped.isoformat(), "returned": returned, "stock": stock, "reason": reason}
    with step(session, actor, licence, "ask_exit", settings, reason=reason, document=contract.digest(statement)):
        drop_claim(licence)  # only the system's own claim at the end of the trial can be open here
        licence.exit_asked_on, licence.stop_use = today, statement
        licence.run_off_until = today + timedelta(days=outlook.agreed(licence, "run_off_days")) if stock else None
        licence.extension_months, licence.conversion = None, ""


def _nothing_payable(licence: Licence) -> None:
    """Money the contract already makes payable is paid first: a trigger met by reported sales is no mere trial use."""
    earned = [code for code in shown_by_facts(licence) if code in {"FIRST_REVENUE", "REVENUE_THRESHOLD"}]
    denied = {code for code, found in licence.met.items() if found["state"] == "DENIED"}
    if set(earned) - denied and (licence.trigger_rule == "ANY" or set(licence.triggers) <= set(shown_by_facts(licence))):
        raise Refused(N_("报告的收入已达到付费条件，先确认付费触发，再谈退出。"), code="payable_first")


def confirm_exit(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school confirms that nothing is owed: the licence ends without a fee."""
    policy.check(actor, licence, "confirm_exit")
    reader = fields.Reader(data)
    reason = reader.text("note", least=0 if licence.exit_asked_on else 5, most=2000)
    reader.done()
    with step(session, actor, licence, "confirm_exit", settings, reason=reason, document=contract.digest(licence.stop_use)):
        waive_planned(licence)


def waive_planned(licence: Licence) -> None:
    """What was planned is not owed any more."""
    for row in licence.instalments:
        if row.state == "SCHEDULED":
            INSTALMENT.step(row, "waive", ("tto",))


def refuse_exit(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school does not agree to the exit and says why."""
    policy.check(actor, licence, "refuse_exit")
    with step(session, actor, licence, "refuse_exit", settings, reason=fields.one_text(data, "reason", settings)):
        licence.exit_asked_on, licence.run_off_until = None, None


def ask_end(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """One side wants to end the contract early and says why; the other side, or the operator for reasons of law, decides."""
    policy.check(actor, licence, "ask_end")
    reader = fields.Reader(data)
    code = reader.choice("reason_code", END_REASONS)
    reason = reader.text("reason", least=5, most=settings.text_max)
    reader.done()
    side = "company" if "company" in policy.parts(actor, licence) else "tto"
    with step(session, actor, licence, "ask_end", settings, reason=reason, document=contract.text_hash(reason), code=code):
        licence.ending_asked_by, licence.ending_reason = side, code
    send(session, licence, people(session, licence, (outlook.OTHER_SIDE[side], "operator")), "licence_end_asked")


def refuse_end(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The other side wants to go on, or whoever asked takes it back."""
    policy.check(actor, licence, "refuse_end")
    with step(session, actor, licence, "refuse_end", settings, reason=fields.one_text(data, "reason", settings)):
        licence.ending_asked_by, licence.ending_reason = "", ""


def terminate(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The contract ends early for a named reason; sums already due are settled in the same step, by the school's word."""
    policy.check(actor, licence, "terminate")
    reader = fields.Reader(data)
    code = licence.ending_reason or reader.choice("reason_code", END_REASONS)
    reason = reader.text("reason", least=5, most=settings.text_max)
    owed = [row for row in licence.instalments if row.state in OPEN_INSTALMENTS]
    settlement = reader.choice("settlement", SETTLEMENTS) if owed else ""
    reader.done()
    if owed and not policy.parts(actor, licence) & {"tto", "operator"}:
        raise Invalid(N_("还有到期款项没有结清，由学校办理终止。"), code="sums_due")
    if outlook_money.held_fen(licence):
        raise Refused(N_("还有多收的款项没有退回，由学校先退回再终止。"), code="held_money")
    facts: dict[str, Any] = {"code": code, "settlement": settlement, "left_fen": sum(row.amount_fen - row.received_fen for row in owed)}
    with step(session, actor, licence, "terminate", settings, reason=reason, document=contract.digest([reason, facts]), **facts):
        waive_planned(licence)
        for row in owed:
            INSTALMENT.step(row, "waive" if settlement == "WAIVED" else "write_off", ("tto",))
        for notice in licence.notices:
            notice.state = "VOID" if notice.state in {"OPEN", "STOPPED"} else notice.state
