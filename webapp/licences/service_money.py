"""The money: the school's schedule, receipts with the bank's reference, arrears caught up, and the end of it all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, AppError, Forbidden, Invalid, NotFound
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, money, outlook, policy
from webapp.licences.models import Instalment, Licence, Receipt
from webapp.licences.service_common import lock, step
from webapp.licences.states import INSTALMENT

FARTHEST_YEARS = 5
SETTLED = ("PAID", "WAIVED", "WRITTEN_OFF")


def first_due(licence: Licence) -> date:
    """The earliest day the first instalment may fall due: agreed days after the schedule."""
    return clock.add_days(clock.today(), outlook.agreed(licence, "first_due_days"))


def schedule(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school says when each instalment falls due and under which invoice; the sums are those agreed."""
    policy.check(actor, licence, "schedule")
    reader, earliest = fields.Reader(data), first_due(licence)
    first = reader.day("first_due", earliest, earliest + timedelta(days=366 * FARTHEST_YEARS))
    rows = [row for row in licence.instalments if row.state == "TRIGGERED"]
    months = reader.whole("months", 1, 24) if len(rows) > 1 else 1
    invoice = reader.text("invoice", most=60)
    reader.done()
    days = money.due_dates(first, len(rows), months)
    plan = [[row.position, row.amount_fen, due.isoformat()] for row, due in zip(rows, days, strict=True)]
    with step(session, actor, licence, "schedule", settings, document=contract.digest(plan), plan=plan):
        for row, due in zip(rows, days, strict=True):
            INSTALMENT.step(row, "invoice", ("tto",))
            row.due_on, row.invoice = due, invoice if row.position == 1 else ""


def receipt(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> Receipt:
    """Write down money that came; the same reference twice changes nothing, more than is owed is refused."""
    if "tto" not in policy.parts(actor, licence):
        raise Forbidden(N_("到账由学校登记。"), code="licence_receipt_not_yours")
    lock(session, licence)
    reader = fields.Reader(data)
    number, fen = reader.whole("instalment_id", 1, 2**53), reader.yuan("amount")
    received_on = reader.day("received_on", licence.effective_on or date.min, clock.today())
    reference = reader.raw("reference").upper()[:81]
    if not 3 <= len(reference) <= 80:
        reader.faults["reference"] = N_("请填写银行流水号，3 到 80 个字符。")
    reader.done()
    row = next((item for item in licence.instalments if item.id == number), None)
    if row is None:
        raise NotFound(N_("没有这一期款项。"))
    session.refresh(row, ["state", "receipts"])
    known = _known(row, reference, fen)
    if known:
        return known
    policy.check(actor, licence, "receipt")
    _fits(session, licence, row, reference, fen, shared=bool(data.get("shared_transfer")))
    entry = Receipt(instalment=row, amount_fen=fen, received_on=received_on, reference=reference, recorded_by_id=actor.person_id)
    _book(session, actor, licence, entry, settings)
    return entry


def _known(row: Instalment, reference: str, fen: int) -> Receipt | None:
    """The receipt already written under this reference; another amount under it is a mistake somebody must look at."""
    known = next((item for item in row.receipts if item.reference == reference), None)
    if known and known.amount_fen != fen:
        raise Invalid(
            fields={"reference": N_("这个流水号已登记过 %(amount)s 元，与这次的金额不同，请核对。")}, amount=_yuan(known.amount_fen)
        )
    return known


def _fits(session: Session, licence: Licence, row: Instalment, reference: str, fen: int, *, shared: bool) -> None:
    left = row.amount_fen - row.received_fen
    if INSTALMENT.move(row.state, "receive_all") is None:
        raise Invalid(fields={"instalment_id": N_("这一期已经结清，或者还不能收款。")})
    if fen > left:
        raise _too_much(left)
    ids = [item.id for item in licence.instalments if item.id != row.id]
    elsewhere = select(Receipt.id).where(Receipt.instalment_id.in_(ids), Receipt.reference == reference)
    if not shared and session.scalars(elsewhere.limit(1)).first():
        raise Invalid(fields={"reference": N_("这个流水号已登记在另一期。若一笔转账付了几期，请勾选“同一笔转账分记几期”。")})


def _too_much(left: int) -> AppError:
    return Invalid(fields={"amount": N_("这一期只差 %(left)s 元，多出的部分请核对，或登记到下一期。")}, left=_yuan(left))


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def _book(session: Session, actor: Actor, licence: Licence, entry: Receipt, settings: Settings) -> None:
    row = entry.instalment
    full = row.received_fen == row.amount_fen
    session.add(entry)
    facts: dict[str, Any] = {"position": row.position, "amount_fen": entry.amount_fen, "received_on": entry.received_on.isoformat()}
    with step(session, actor, licence, "receipt", settings, document=contract.digest([entry.reference, facts]), **facts):
        INSTALMENT.step(row, "receive_all" if full else "receive_part", ("tto",))
    _after_receipt(session, licence, settings)


def _after_receipt(session: Session, licence: Licence, settings: Settings) -> None:
    """Arrears caught up bring the licence back; when every sum is settled it is complete."""
    states = {row.state for row in licence.instalments}
    if licence.state == "OVERDUE" and "OVERDUE" not in states:
        with step(session, SYSTEM, licence, "catch_up", settings):
            pass
    if licence.state == "PAYING" and states <= set(SETTLED):
        with step(session, SYSTEM, licence, "complete", settings):
            pass
