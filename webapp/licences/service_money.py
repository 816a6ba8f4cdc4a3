"""The money: the school's schedule, receipts with the bank's reference, arrears caught up, and the end of it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, AppError, Forbidden, Invalid, NotFound
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, money, money_split, outlook, outlook_money, policy, service_default
from webapp.licences.models import Instalment, Licence, Receipt
from webapp.licences.models_money import Invoice, Overpayment
from webapp.licences.service_common import lock, step
from webapp.licences.service_plan import add
from webapp.licences.states import INSTALMENT
from webapp.licences.values import PAYERS
from webapp.tasks import aftermath

FARTHEST_YEARS = 5


def first_due(licence: Licence) -> date:
    """The earliest day the first instalment may fall due: agreed days after the schedule."""
    return clock.add_days(clock.today(), outlook.agreed(licence, "first_due_days"))


def schedule(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school says when each sum falls due, under which invoice, and when later stages are expected; the sums are those agreed."""
    policy.check(actor, licence, "schedule")
    reader, earliest = fields.Reader(data), first_due(licence)
    rows = [row for row in licence.instalments if row.state in {"TRIGGERED", "DUE"}]
    later = outlook_money.expected(licence)
    first = reader.day("first_due", earliest, earliest + timedelta(days=366 * FARTHEST_YEARS)) if rows or later else earliest
    months = reader.whole("months", 1, 24) if len(rows) + len(later) > 1 else 1
    invoice = reader.text("invoice", most=60)
    reader.done()
    days = money.due_dates(first, len(rows) + len(later), months)
    plan = [[row.position, row.amount_fen, due.isoformat()] for row, due in zip([*rows, *later], days, strict=True)]
    with step(session, actor, licence, "schedule", settings, document=contract.digest(plan), plan=plan):
        for row, due in zip([*rows, *later], days, strict=True):
            if row in rows:
                INSTALMENT.step(row, "invoice", ("tto",))
            row.due_on = due
        if rows and invoice:
            rows[0].invoice = invoice
            session.add(Invoice(instalment_id=rows[0].id, number=invoice, amount_fen=rows[0].amount_fen, issued_on=clock.today()))


@dataclass(frozen=True)
class Transfer:
    """One transfer as the bank tells it; `spread` lets what is too much go on to later sums and be held."""

    fen: int
    on: date
    reference: str
    payer: str
    spread: bool
    shared: bool


def _read(licence: Licence, data: Mapping[str, Any]) -> tuple[int, Transfer]:
    reader = fields.Reader(data)
    number, fen = reader.whole("instalment_id", 1, 2**53), reader.yuan("amount")
    if reader.raw("currency").upper() not in fields.YUAN:
        reader.faults["amount"] = N_("只登记人民币。外币请按银行结汇后的人民币金额登记。")
    received_on = reader.day("received_on", licence.effective_on or date.min, clock.today())
    payer = reader.choice("payer", PAYERS) if data.get("payer") else "COMPANY"
    reference = reader.raw("reference").upper()[:81]
    if not 3 <= len(reference) <= 80:
        reader.faults["reference"] = N_("请填写银行流水号，3 到 80 个字符。")
    reader.done()
    return number, Transfer(fen, received_on, reference, payer, bool(data.get("spread")), bool(data.get("shared_transfer")))


def receipt(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> Receipt:
    """Write down money that came; the same reference twice changes nothing, more than is owed is refused or spread as asked."""
    if "tto" not in policy.parts(actor, licence):
        raise Forbidden(N_("到账由学校登记。"), code="licence_receipt_not_yours")
    lock(session, licence)
    number, transfer = _read(licence, data)
    row = next((item for item in licence.instalments if item.id == number), None)
    if row is None:
        raise NotFound(N_("没有这一期款项。"))
    session.refresh(row, ["state", "receipts"])
    known = _known(licence, row, transfer)
    if known:
        return known
    policy.check(actor, licence, "receipt")
    _fits(session, licence, row, transfer)
    later = [other for other in outlook_money.open_instalments(licence) if other.id != row.id and _takes(other)] if transfer.spread else []
    parts, rest = money_split.allocate(transfer.fen, [item.amount_fen - item.received_fen for item in (row, *later)])
    paid = [(item, part) for item, part in zip((row, *later), parts, strict=True) if part]
    if rest:
        session.add(Overpayment(licence=licence, amount_fen=rest, received_on=transfer.on, reference=transfer.reference, recorded_by_id=actor.person_id))
    entries = []
    for item, part in paid:
        entries.append(_entry(actor, item, part, transfer))
        book(session, actor, licence, entries[-1], settings, held_fen=rest if item is paid[-1][0] else 0)
    finish(session, licence, settings)
    return entries[0]


def _entry(actor: Actor, row: Instalment, fen: int, transfer: Transfer) -> Receipt:
    return Receipt(
        instalment=row, amount_fen=fen, received_on=transfer.on, reference=transfer.reference, payer=transfer.payer, recorded_by_id=actor.person_id
    )


def _takes(row: Instalment) -> bool:
    return INSTALMENT.move(row.state, "receive_all") is not None


def _known(licence: Licence, row: Instalment, transfer: Transfer) -> Receipt | None:
    """The receipt already written under this reference; another amount under it is a mistake somebody must look at."""
    known = next((item for item in row.receipts if item.reference == transfer.reference), None)
    if known is None:
        return None
    parts = [item.amount_fen for other in licence.instalments for item in other.receipts if item.reference == transfer.reference]
    held = [item.amount_fen for item in licence.overpayments if item.reference == transfer.reference]
    if transfer.fen not in {known.amount_fen, sum(parts) + sum(held)}:
        raise Invalid(
            fields={"reference": N_("这个流水号已登记过 %(amount)s 元，与这次的金额不同，请核对。")}, amount=_yuan(known.amount_fen)
        )
    return known


def _fits(session: Session, licence: Licence, row: Instalment, transfer: Transfer) -> None:
    left = row.amount_fen - row.received_fen
    if not _takes(row):
        raise Invalid(fields={"instalment_id": N_("这一期已经结清，或者还不能收款。")})
    if transfer.fen > left and not transfer.spread:
        raise _too_much(left)
    ids = [item.id for item in licence.instalments if item.id != row.id]
    elsewhere = select(Receipt.id).where(Receipt.instalment_id.in_(ids), Receipt.reference == transfer.reference)
    held = any(item.reference == transfer.reference for item in licence.overpayments)
    if held or (not transfer.shared and session.scalars(elsewhere.limit(1)).first()):
        raise Invalid(fields={"reference": N_("这个流水号已登记在另一期。若一笔转账付了几期，请勾选“同一笔转账分记几期”。")})


def _too_much(left: int) -> AppError:
    return Invalid(
        fields={"amount": N_("这一期只差 %(left)s 元，多出的部分请核对；确实多付的，勾选“多付的记入后面各期”。")}, left=_yuan(left)
    )


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def book(session: Session, actor: Actor, licence: Licence, entry: Receipt, settings: Settings, held_fen: int = 0) -> None:
    """One receipt as one event; the sum it settles late brings its fee, and the deal's task hears of the money."""
    row = entry.instalment
    facts: dict[str, Any] = {"position": row.position, "amount_fen": entry.amount_fen, "received_on": entry.received_on.isoformat()}
    session.add(entry)
    if entry.payer == "INSURER":  # who paid in the company's place may claim the sum back from it
        facts["subrogated_fen"] = entry.amount_fen
    if held_fen:
        facts["held_fen"] = held_fen
    with step(session, actor, licence, "receipt", settings, document=contract.digest([entry.reference, facts]), **facts):
        late, full = row.state in service_default.ARREARS, row.received_fen == row.amount_fen
        INSTALMENT.step(row, "receive_all" if full else "receive_part", ("tto",))
        if full:
            _add_late_fee(session, licence, row, entry.received_on if late else None)
    if licence.task_id:
        aftermath.received_elsewhere(session, actor, licence.task_id, entry.amount_fen, entry.received_on, f"{licence.code} {entry.reference}")
    service_default.after_receipt(session, licence, settings)


def _add_late_fee(session: Session, licence: Licence, row: Instalment, until: date | None) -> None:
    """The fee for being late, as a sum of its own that is invoiced, paid or waived like any other."""
    fen = row.late_fee_fen + (service_default.late_fee(licence, row, until) if until else 0)
    if fen:
        add(session, licence, "LATE_FEE", fen, str(row.position), first_due(licence))


def finish(session: Session, licence: Licence, settings: Settings) -> None:
    """With nothing to come any more the licence is complete."""
    session.flush()
    session.expire(licence, ["instalments", "statements", "overpayments"])
    if licence.state == "PAYING" and outlook_money.paid_up(licence):
        with step(session, SYSTEM, licence, "complete", settings):
            pass
