"""Four sums that mean different things and are never mixed, and the income of a licence divided among those entitled to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Forbidden, Invalid, NotFound, Refused
from webapp.core.policy import Actor
from webapp.licences import fields, money, money_split, service_offer
from webapp.licences.models import Instalment, Licence, Receipt
from webapp.licences.models_money import ContractAmount, Distribution
from webapp.licences.service_common import lock
from webapp.licences.values import AMOUNTS


@dataclass(frozen=True)
class Sums:
    """The value signed, its technical part, what the bank received, and the income the registry recognised."""

    contract_value: int
    technology_value: int
    received: int
    technology_income: int


def four(session: Session, licence_id: int) -> Sums:
    """The four sums of one licence."""
    query = select(ContractAmount.kind, func.sum(ContractAmount.amount_fen)).where(ContractAmount.licence_id == licence_id).group_by(ContractAmount.kind)
    found = {kind: int(fen) for kind, fen in session.execute(query)}
    value = found.get("CONTRACT_VALUE", 0)
    return Sums(value, value - found.get("NON_TECHNOLOGY", 0), received(session, licence_id), found.get("TECHNOLOGY_INCOME", 0))


def received(session: Session, licence_id: int) -> int:
    """What the bank received for this licence's sums."""
    query = select(func.coalesce(func.sum(Receipt.amount_fen), 0)).join(Instalment).where(Instalment.licence_id == licence_id)
    return int(session.scalar(query) or 0)


def amounts(session: Session, licence_id: int) -> list[ContractAmount]:
    """The entries behind the four sums, oldest first."""
    return list(session.scalars(select(ContractAmount).where(ContractAmount.licence_id == licence_id).order_by(ContractAmount.id)))


def add_amount(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any]) -> ContractAmount:
    """One more entry, or one that corrects an earlier one; no sum becomes negative and none exceeds the one it is part of."""
    policy.check(actor, "licence:books", licence)
    lock(session, licence)
    reader = fields.Reader(data)
    kind = reader.choice("kind", AMOUNTS)
    sign, plain = (-1, reader.raw("amount")[1:]) if re.match("[-−]", reader.raw("amount")) else (1, reader.raw("amount"))
    fen = sign * (money.read_yuan(plain) or 0)
    if not fen:
        reader.faults["amount"] = N_("请用元填写金额，只写数字，最多两位小数。")
    known_on = reader.day("known_on", licence.effective_on or date.min, clock.today())
    basis = reader.text("basis", least=2, most=200)
    reader.done()
    entry = ContractAmount(licence_id=licence.id, kind=kind, amount_fen=fen, known_on=known_on, basis=basis, person_id=actor.person_id)
    session.add(entry)
    session.flush()
    _in_order(four(session, licence.id))
    audit.record(session, actor, "licence:amount", licence, sum=kind, amount_fen=fen)
    return entry


def _in_order(sums: Sums) -> None:
    if not 0 <= sums.technology_value <= sums.contract_value:
        raise Invalid(fields={"amount": N_("非技术部分不能是负数，也不能超过合同成交额。")})
    if not 0 <= sums.technology_income <= sums.received:
        raise Invalid(fields={"amount": N_("核定的技术性收入不能是负数，也不能超过到账额。")})


def distributions(session: Session, licence_id: int) -> list[Distribution]:
    """Divisions of a licence's income, newest first."""
    return list(session.scalars(select(Distribution).where(Distribution.licence_id == licence_id).order_by(Distribution.id.desc())))


def undivided(session: Session, licence_id: int) -> int:
    """What has been received and not yet been divided."""
    divided = select(func.coalesce(func.sum(Distribution.received_fen), 0)).where(Distribution.licence_id == licence_id, Distribution.state != "WITHDRAWN")
    return received(session, licence_id) - int(session.scalar(divided) or 0)


def divide(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> Distribution:
    """Propose how what came since the last division is divided, by the school's shares as they are today; on notice before approval."""
    policy.check(actor, "licence:books", licence)
    lock(session, licence)
    rule = service_offer.rule(session, licence.licensor_id)
    if rule is None or not rule.shares:
        raise Refused(N_("本单位还没有规定收益分配比例，请先在许可规则里填写。"), code="no_shares")
    fen, reader = undivided(session, licence.id), fields.Reader(data)
    costs = reader.yuan("costs") if reader.raw("costs") and reader.raw("costs") != "0" else 0
    note = reader.text("costs_note", least=2 if costs else 0, most=200)
    if costs > fen:
        reader.faults["costs"] = N_("成本不能超过待分配的到账款。")
    reader.done()
    if fen <= 0:
        raise Refused(N_("没有待分配的到账款。"), code="nothing_to_divide")
    row = Distribution(
        licence=licence, received_fen=fen, costs_fen=costs, costs_note=note, shares=rule.shares, lines=money_split.divide(fen - costs, rule.shares),
        notice_until=clock.add_working_days(clock.today(), settings.income_notice_working_days), proposed_by_id=actor.person_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, "licence:divide", licence, received_fen=fen, costs_fen=costs, lines=row.lines)
    return row


def decide_division(session: Session, actor: Actor, licence: Licence, row_id: int, action: str, data: Mapping[str, Any]) -> None:
    """After its notice another person approves a division; then it is paid; before that it may be withdrawn."""
    policy.check(actor, "licence:books", licence)
    lock(session, licence)
    row = session.get(Distribution, row_id, populate_existing=True)
    if row is None or row.licence_id != licence.id:
        raise NotFound
    wanted = {"approve": ("PROPOSED", "APPROVED"), "pay": ("APPROVED", "PAID"), "withdraw": ("PROPOSED", "WITHDRAWN")}.get(action)
    if wanted is None or row.state != wanted[0]:
        raise Refused(N_("这份分配方案已经办到别的一步，请刷新后再看。"), code="division_moved_on")
    if action == "approve":
        _may_approve(actor, row)
        row.approved_by_id, row.approved_at = actor.person_id, clock.now()
    if action == "pay":
        reader = fields.Reader(data)
        row.paid_on = reader.day("paid_on", clock.local(row.approved_at).date() if row.approved_at else date.min, clock.today())
        reader.done()
    row.state = wanted[1]
    session.flush()
    audit.record(session, actor, f"licence:division_{action}", licence, division=row.id)


def _may_approve(actor: Actor, row: Distribution) -> None:
    if actor.person_id == row.proposed_by_id:
        raise Forbidden(N_("提出和批准收益分配要由不同的人来做。"), code="two_persons")
    if clock.today() <= row.notice_until:
        raise Refused(N_("分配方案公示到 %(day)s，期满后才能批准。"), code="division_on_notice", day=row.notice_until.isoformat())
