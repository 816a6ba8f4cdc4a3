"""Shares of income: the company's statement for each period, and the school's audit of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.policy import Actor
from webapp.licences import contract, fields, money_royalty, outlook_money, policy
from webapp.licences.models import Licence
from webapp.licences.models_money import RoyaltyStatement
from webapp.licences.service_common import lock, step
from webapp.licences.service_money import finish, first_due
from webapp.licences.service_plan import add, count_value


def statement(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> RoyaltyStatement:
    """What the company earned in the earliest period not yet stated makes its share due; the same period twice changes nothing."""
    lock(session, licence)
    terms = outlook_money.royalty(licence)
    known = next((row for row in licence.statements if row.period_to.isoformat() == str(data.get("period_to") or "")), None)
    if known and "company" in policy.parts(actor, licence):
        return known
    policy.check(actor, licence, "statement")
    if terms is None:
        raise NotFound
    first, last = outlook_money.missing_periods(licence)[0]
    reader = fields.Reader(data)
    reported, note = read_figure(reader, "reported", terms.base), reader.text("note", least=5, most=settings.text_max)
    reader.done()
    due = money_royalty.due(terms, reported, outlook_money.charged(licence))
    facts: dict[str, Any] = {"period_to": last.isoformat(), "reported": reported, "computed_fen": due.computed_fen, "due_fen": due.due_fen}
    with step(session, actor, licence, "statement", settings, reason=note, document=contract.digest([note, facts]), **facts):
        row = RoyaltyStatement(
            licence=licence, period_from=first, period_to=last, reported=reported, computed_fen=due.computed_fen, due_fen=due.due_fen,
            note=note, person_id=actor.person_id,
        )  # fmt: skip
        session.add(row)
        _charge(session, licence, "ROYALTY", due.due_fen, f"{first.isoformat()} – {last.isoformat()}")
    finish(session, licence, settings)
    return row


def _charge(session: Session, licence: Licence, kind: str, fen: int, name: str) -> None:
    if fen:
        add(session, licence, kind, fen, name, first_due(licence))
        count_value(session, licence, fen, name)


def read_figure(reader: fields.Reader, name: str, base: str) -> int:
    """A figure a royalty is worked out from: a sum in 万元, or whole units; a loss is reported as nothing."""
    if base == "UNIT":
        return reader.whole(name, 0, 10**9)
    fen = reader.wan(name)
    if name in reader.faults and reader.raw(name).startswith(("-", "−", "(")):
        reader.faults[name] = N_("不能填负数；亏损或者没有收入，请填 0。")
    return fen


def audit(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> RoyaltyStatement:
    """The school looked at the books and found another figure: what was too little becomes due, too much is told and never charged."""
    lock(session, licence)
    policy.check(actor, licence, "audit")
    terms = outlook_money.royalty(licence)
    reader = fields.Reader(data)
    number = reader.whole("statement_id", 1, 2**53)
    found = read_figure(reader, "found", terms.base if terms else "NET_SALES")
    reason = reader.text("reason", least=5, most=settings.text_max)
    reader.done()
    row = next((item for item in licence.statements if item.id == number), None)
    if row is None or terms is None:
        raise NotFound(N_("没有这一期报表。"))
    if row.found is not None:
        raise Invalid(fields={"statement_id": N_("这一期已经核查过。")})
    others = outlook_money.charged(licence) - row.due_fen - row.added_fen
    added = max(0, money_royalty.due(terms, found, others).due_fen - row.due_fen)
    facts: dict[str, Any] = {"period_to": row.period_to.isoformat(), "reported": row.reported, "found": found, "added_fen": added}
    with step(session, actor, licence, "audit", settings, reason=reason, document=contract.digest([reason, facts]), **facts):
        row.found, row.added_fen = found, added
        _charge(session, licence, "AUDIT", added, f"{row.period_from.isoformat()} – {row.period_to.isoformat()}")
    return row
