"""Single sums while a licence is being paid: invoices, sums forgiven, and money too much paid back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.policy import Actor
from webapp.licences import contract, fields, outlook_money, policy, service_default
from webapp.licences.models import Instalment, Licence, Receipt
from webapp.licences.models_money import Invoice
from webapp.licences.service_common import lock, step
from webapp.licences.service_money import book, finish
from webapp.licences.states import INSTALMENT
from webapp.licences.values import FORGIVEN


def chosen(licence: Licence, reader: fields.Reader, rows: list[Instalment]) -> Instalment:
    """The sum somebody named, if it is one of these; every other field is read before."""
    number = reader.whole("instalment_id", 1, 2**53)
    reader.done()
    row = next((item for item in rows if item.id == number), None)
    if row is None:
        raise NotFound(N_("没有这一期款项。"))
    return row


def invoice(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> Invoice:
    """The school wrote an invoice for a sum; valid ones never come to more than the sum. The same number twice is one."""
    lock(session, licence)
    policy.check(actor, licence, "invoice")
    reader = fields.Reader(data)
    number, fen = reader.text("number", least=4, most=60), reader.yuan("amount")
    issued_on = reader.day("issued_on", licence.effective_on or date.min, clock.today())
    row = chosen(licence, reader, [item for item in licence.instalments if item.state not in {"SCHEDULED", "WAIVED", "WRITTEN_OFF"}])
    known = next((item for item in row.invoices if item.number == number), None)
    if known:
        return known
    left = row.amount_fen - sum(item.amount_fen for item in row.invoices if item.voided_on is None)
    if fen > left:
        raise Invalid(fields={"amount": N_("这一期还能开票 %(left)s 元。")}, left=f"{left // 100:,}.{left % 100:02d}")
    facts: dict[str, Any] = {"position": row.position, "amount_fen": fen, "number": number}
    with step(session, actor, licence, "invoice", settings, document=contract.digest(facts), **facts):
        entry = Invoice(instalment=row, number=number, amount_fen=fen, issued_on=issued_on)
        session.add(entry)
        row.invoice = number
    return entry


def void_invoice(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """An invoice was wrong: it stays on record as void, and another may be written."""
    lock(session, licence)
    policy.check(actor, licence, "void_invoice")
    reader = fields.Reader(data)
    number, reason = reader.whole("invoice_id", 1, 2**53), reader.text("reason", least=5, most=settings.text_max)
    reader.done()
    entry = next((item for row in licence.instalments for item in row.invoices if item.id == number and item.voided_on is None), None)
    if entry is None:
        raise NotFound(N_("没有这张发票，或者已经作废。"))
    with step(session, actor, licence, "void_invoice", settings, reason=reason, position=entry.instalment.position, number=entry.number):
        entry.voided_on = clock.today()
        if entry.instalment.invoice == entry.number:
            entry.instalment.invoice = ""


def forgive(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school waives a sum or writes off one that cannot be had, by a decision it names; nothing else is lost by it."""
    lock(session, licence)
    policy.check(actor, licence, "forgive")
    reader = fields.Reader(data)
    how, reason = reader.choice("how", FORGIVEN), reader.text("reason", least=5, most=settings.text_max)
    decision = reader.text("decision", least=2, most=120)
    row = chosen(licence, reader, [*outlook_money.open_instalments(licence), *outlook_money.expected(licence)])
    action = "waive" if how == "WAIVED" else "write_off"
    if INSTALMENT.move(row.state, action) is None:
        raise Invalid(fields={"how": N_("这一期还没有触发，只能免除。")})
    facts: dict[str, Any] = {"position": row.position, "left_fen": row.amount_fen - row.received_fen, "how": how, "decision": decision}
    with step(session, actor, licence, "forgive", settings, reason=reason, document=contract.digest([reason, facts]), **facts):
        INSTALMENT.step(row, action, ("tto",))
    service_default.after_receipt(session, licence, settings)
    finish(session, licence, settings)


def refund(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """Money held beyond what was open goes back, under the bank's reference of the payment out, or pays a later sum."""
    lock(session, licence)
    policy.check(actor, licence, "refund")
    reader, today = fields.Reader(data), clock.today()
    number = reader.whole("overpayment_id", 1, 2**53)
    if data.get("use_for"):
        return _use(session, actor, licence, number, reader, settings)
    reference = reader.text("reference", least=3, most=80)
    paid_on = reader.day("paid_on", today - timedelta(days=366), today)
    reader.done()
    row = next((item for item in licence.overpayments if item.id == number and item.held_fen), None)
    if row is None:
        raise NotFound(N_("没有这笔多收的款项，或者已经退回。"))
    facts: dict[str, Any] = {"held_fen": -row.held_fen, "reference": reference, "paid_on": paid_on.isoformat()}
    with step(session, actor, licence, "refund", settings, document=contract.digest(facts), **facts):
        row.refunded_fen += row.held_fen
        row.refund_reference = reference
    finish(session, licence, settings)


def _use(session: Session, actor: Actor, licence: Licence, number: int, reader: fields.Reader, settings: Settings) -> None:
    """Held money pays an open sum, as far as it goes."""
    chosen = reader.whole("use_for", 1, 2**53)
    reader.done()
    held = next((item for item in licence.overpayments if item.id == number and item.held_fen), None)
    row = next((item for item in outlook_money.open_instalments(licence) if item.id == chosen and INSTALMENT.move(item.state, "receive_all")), None)
    if held is None or row is None:
        raise NotFound(N_("没有这笔多收的款项，或者没有可以抵付的一期。"))
    fen = min(held.held_fen, row.amount_fen - row.received_fen)
    held.used_fen += fen
    entry = Receipt(instalment=row, amount_fen=fen, received_on=clock.today(), reference=held.reference, recorded_by_id=actor.person_id)
    book(session, actor, licence, entry, settings, held_fen=-fen)
    finish(session, licence, settings)
