"""A school's bank lines: imported once each, matched with open sums by suggestion, booked by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import audit, policy
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.policy import Actor
from webapp.licences import money, money_bank, outlook_money, service_money
from webapp.licences.models import Instalment, Licence, Receipt
from webapp.licences.models_money import BankLine
from webapp.licences.states import OPEN_INSTALMENTS


@dataclass(frozen=True)
class Imported:
    """What became of a file's lines: new ones kept, and those that were not with their fault."""

    kept: int
    faulty: tuple[tuple[int, str], ...]


def load(session: Session, actor: Actor, content: bytes) -> Imported:
    """Keep the incoming lines of a statement; a line known by its reference is passed over, so the same file twice is once."""
    policy.check(actor, "licence:bank")
    try:
        lines = money_bank.read(money_bank.decode(content))
    except money_bank.Unreadable as error:
        raise Invalid(fields={"file": COLUMN_MISSING.get(error.args[0], N_("文件读不出来，请另存为 CSV 再试。"))}) from error
    school, faulty, kept = actor.organisation_id or 0, [(line.number, line.fault) for line in lines if line.fault], 0
    query = select(BankLine.reference, BankLine.amount_fen).where(BankLine.organisation_id == school)
    known = {reference: fen for reference, fen in session.execute(query)}  # noqa: C416 - a result has keys of its own, so dict() misreads it
    for line in lines:
        if line.fault or line.on is None:
            continue
        if line.reference in known:
            faulty.append((line.number, "again" if known[line.reference] == line.fen else "changed"))
            continue
        known[line.reference] = line.fen
        session.add(BankLine(
            organisation_id=school, received_on=line.on, amount_fen=line.fen, reference=line.reference, payer=line.payer, memo=line.memo,
            imported_by_id=actor.person_id,
        ))  # fmt: skip
        kept += 1
    session.flush()
    audit.record(session, actor, "licence:bank_import", None, kept=kept, faulty=len(faulty))
    return Imported(kept, tuple(sorted(faulty)))


COLUMN_MISSING = {
    "on": N_("没有找到日期一列，表头要有“交易日期”或“日期”。"), "amount": N_("没有找到金额一列，表头要有“贷方金额”或“收入金额”。"),
    "reference": N_("没有找到流水号一列，表头要有“交易流水号”或“流水号”。"),
}  # fmt: skip


def lines(actor: Actor, state: str = "NEW") -> Select[Any]:
    """The school's lines in one state, the latest first."""
    policy.check(actor, "licence:bank")
    query = select(BankLine).where(BankLine.organisation_id == actor.organisation_id, BankLine.state == state)
    return query.order_by(BankLine.received_on.desc(), BankLine.id.desc())


@dataclass(frozen=True)
class Choice:
    """An open sum a line may be booked to."""

    instalment_id: int
    licence_id: int
    code: str
    licensee: str
    position: int
    left_fen: int
    likely: bool


def choices(session: Session, actor: Actor) -> list[Choice]:
    """Every open sum of the school's licences."""
    mine = policy.visible(actor, Licence).where(Licence.licensor_id == actor.organisation_id, Licence.state.in_(("PAYING", "OVERDUE", "DEFAULT")))
    return [
        Choice(row.id, licence.id, licence.code, licence.licensee.name, row.position, row.amount_fen - row.received_fen, False)
        for licence in session.scalars(mine.order_by(Licence.id)).unique()
        for row in outlook_money.open_instalments(licence)
        if row.state in OPEN_INSTALMENTS[1:]
    ]


def suggested(line: BankLine, rows: list[Choice]) -> list[Choice]:
    """The sums this line is likely for, the likeliest first."""
    read = money_bank.Line(0, line.received_on, line.amount_fen, line.reference, line.payer, line.memo, "")
    by_id = {row.instalment_id: row for row in rows}
    opens = [money_bank.Open(row.instalment_id, row.left_fen, row.licensee, (row.code,)) for row in rows]
    return [by_id[number] for number, _points in money_bank.suggest(read, opens)]


def book(session: Session, actor: Actor, line_id: int, data: Mapping[str, Any], settings: Settings) -> Receipt:
    """Write a line down as money received for a sum; what is too much goes to later sums of the same licence and is held."""
    line = _waiting(session, actor, line_id)
    number = str(data.get("instalment_id") or "")
    row = session.get(Instalment, int(number)) if number.isascii() and number.isdigit() and len(number) < 16 else None
    if row is None:
        raise Invalid(fields={"instalment_id": N_("请选一期款项。")})
    licence: Licence = policy.find(session, actor, Licence, row.licence_id)
    typed = {
        "instalment_id": str(row.id), "amount": money.write_yuan(line.amount_fen), "received_on": line.received_on, "reference": line.reference,
        "spread": True,
    }
    receipt = service_money.receipt(session, actor, licence, typed, settings)
    line.state, line.licence_id = "BOOKED", licence.id
    session.flush()
    return receipt


def ignore(session: Session, actor: Actor, line_id: int) -> None:
    """The line has nothing to do with a licence."""
    line = _waiting(session, actor, line_id)
    line.state = "IGNORED"
    session.flush()
    audit.record(session, actor, "licence:bank_ignore", None, line=line.id)


def _waiting(session: Session, actor: Actor, line_id: int) -> BankLine:
    policy.check(actor, "licence:bank")
    line: BankLine = policy.find(session, actor, BankLine, line_id)
    session.refresh(line, with_for_update=True)
    if line.state != "NEW":
        raise Refused(N_("这一行已经处理过，请刷新后再看。"), code="bank_line_done")
    return line
