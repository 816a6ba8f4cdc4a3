"""Brokers' fees: a rate table applied to what really came in, with a cap a task, shared among brokers to the last fen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid
from webapp.core.money import read_wan
from webapp.core.policy import Actor
from webapp.tasks.models import Fee, FeeRule, FeeShare, Task, TaskReceipt, TaskShare
from webapp.tasks.values import SUCCESSES

WHOLE = 1000  # shares and rates are counted in thousandths


def add_rule(session: Session, actor: Actor, data: dict[str, Any]) -> FeeRule:
    """A line of the rate table; what was accrued under older lines stays as it was."""
    policy.check(actor, "fee:rules")
    faults: dict[str, str] = {}
    outcome, rate = str(data.get("outcome") or ""), data.get("rate_permille")
    start, end = data.get("valid_from"), data.get("valid_until")
    if outcome and outcome not in SUCCESSES:
        faults["outcome"] = N_("请从列表里选。")
    if not isinstance(rate, int) or not 0 <= rate <= WHOLE:
        faults["rate_permille"] = N_("费率请填 0 到 1000 之间的整数（‰）。")
    if start is None:
        faults["valid_from"] = N_("请填开始日期。")
    elif end and end < start:
        faults["valid_until"] = N_("结束日期不能早于开始日期。")
    cap_text = str(data.get("cap") or "").strip()
    cap = read_wan(cap_text) if cap_text else None
    if cap_text and cap is None:
        faults["cap"] = N_("请填以万元计的金额，例如 12.5。")
    if faults:
        raise Invalid(fields=faults)
    row = FeeRule(outcome=outcome, rate_permille=rate, cap_fen=cap, valid_from=start, valid_until=end)
    session.add(row)
    session.flush()
    audit.record(session, actor, "fee:rule", row, outcome=outcome, rate=rate, cap=cap)
    return row


def end_rule(session: Session, actor: Actor, rule: FeeRule) -> None:
    """From tomorrow on a line counts no more."""
    policy.check(actor, "fee:rules")
    if rule.valid_until is None or rule.valid_until > clock.today():
        rule.valid_until = clock.today()
        session.flush()
        audit.record(session, actor, "fee:rule_end", rule)


def rules(session: Session) -> list[FeeRule]:
    """The rate table, newest lines first."""
    return list(session.scalars(select(FeeRule).order_by(FeeRule.valid_from.desc(), FeeRule.id.desc())))


def in_force(session: Session, day: date) -> list[FeeRule]:
    """The lines of the rate table valid on a day, newest first."""
    return [rule for rule in rules(session) if rule.valid_from <= day and (rule.valid_until is None or day <= rule.valid_until)]


def applying(session: Session, day: date) -> list[FeeRule]:
    """The one line that applies to each outcome on a day; the line for all outcomes last."""
    found: dict[str, FeeRule] = {}
    for rule in in_force(session, day):
        found.setdefault(rule.outcome, rule)
    return sorted(found.values(), key=lambda rule: (not rule.outcome, list(SUCCESSES).index(rule.outcome) if rule.outcome else 0))


def rule_for(session: Session, outcome: str, day: date) -> FeeRule | None:
    """The line in force on a day: one for this very outcome before one for all, the newest first."""
    valid = in_force(session, day)
    return next((r for r in valid if r.outcome == outcome and outcome), None) or next((r for r in valid if not r.outcome), None)


def due(rate_permille: int, cap_fen: int | None, before_fen: int, amount_fen: int, charged_fen: int) -> int:
    """The fee on a receipt: rate times all that came in, at most the cap, less what was charged; never negative."""
    whole = (before_fen + amount_fen) * rate_permille // WHOLE
    return max((whole if cap_fen is None else min(whole, cap_fen)) - charged_fen, 0)


def split(amount_fen: int, parts: list[int]) -> list[int]:
    """An amount by thousandths that total 1000: nothing lost, the largest remainders get the odd fen, earlier ones first."""
    if sum(parts) != WHOLE or any(part < 0 for part in parts):
        raise ValueError("shares must total 1000")
    exact = [amount_fen * part for part in parts]
    made = [value // WHOLE for value in exact]
    order = sorted(range(len(parts)), key=lambda n: (-(exact[n] % WHOLE), n))
    for n in order[: amount_fen - sum(made)]:
        made[n] += 1
    return made


def accrue(session: Session, actor: Actor, task: Task, receipt: TaskReceipt) -> Fee | None:
    """The fee of one receipt, once; None when no line of the table applies or nobody led the task."""
    if session.scalars(select(Fee.id).where(Fee.receipt_id == receipt.id)).first():
        return None
    rule = rule_for(session, task.outcome, receipt.received_on)
    shares = shares_of(session, task)
    if rule is None or not shares:
        return None
    before = session.scalar(_earlier(task, receipt)) or 0
    charged = session.scalar(select(func.coalesce(func.sum(Fee.amount_fen), 0)).where(Fee.task_id == task.id)) or 0
    fee = Fee(
        task_id=task.id, receipt_id=receipt.id, rule_id=rule.id, base_fen=receipt.amount_fen,
        amount_fen=due(rule.rate_permille, rule.cap_fen, before, receipt.amount_fen, charged),
    )  # fmt: skip
    session.add(fee)
    session.flush()
    for (person_id, _), amount in zip(shares, split(fee.amount_fen, [part for _, part in shares]), strict=True):
        session.add(FeeShare(fee_id=fee.id, person_id=person_id, amount_fen=amount))
    session.flush()
    audit.record(session, actor, "fee:accrue", task, fee=fee.id, amount=fee.amount_fen, rule=rule.id)
    return fee


def _earlier(task: Task, receipt: TaskReceipt) -> Select[Any]:
    return select(func.coalesce(func.sum(TaskReceipt.amount_fen), 0)).where(TaskReceipt.task_id == task.id, TaskReceipt.id < receipt.id)


def shares_of(session: Session, task: Task) -> list[tuple[int, int]]:
    """Who shares the fee of a task in which thousandths; without an agreement all goes to its broker."""
    rows = session.scalars(select(TaskShare).where(TaskShare.task_id == task.id).order_by(TaskShare.id)).all()
    if rows:
        return [(row.person_id, row.permille) for row in rows]
    return [(task.broker_id, WHOLE)] if task.broker_id else []


def agree(session: Session, actor: Actor, task: Task, parts: Iterable[tuple[int, int]]) -> None:
    """An operator writes down how brokers share a task's fee; it holds for receipts from now on and must total 1000."""
    policy.check(actor, "fee:share", task)
    wanted = [(person, part) for person, part in parts if part]
    known = {person.id for person in accounts.people_with(session, "broker")}
    if sum(part for _, part in wanted) != WHOLE or any(part < 0 for _, part in wanted):
        raise Invalid(fields={"shares": N_("各经纪人的份额合计要正好 1000‰。")})
    if len({person for person, _ in wanted}) != len(wanted) or not {person for person, _ in wanted} <= known:
        raise Invalid(fields={"shares": N_("请选不同的技术经纪人。")})
    for row in session.scalars(select(TaskShare).where(TaskShare.task_id == task.id)):
        session.delete(row)
    session.flush()
    session.add_all(TaskShare(task_id=task.id, person_id=person, permille=part) for person, part in wanted)
    session.flush()
    audit.record(session, actor, "fee:share", task, shares=wanted)


def statement(actor: Actor) -> Select[Any]:
    """What each broker earned by which receipt: the own lines, for operators all, newest first."""
    query: Any = (
        select(FeeShare, Fee, TaskReceipt, Task)
        .join(Fee, FeeShare.fee_id == Fee.id)
        .join(TaskReceipt, Fee.receipt_id == TaskReceipt.id)
        .join(Task, Fee.task_id == Task.id)
        .order_by(TaskReceipt.received_on.desc(), FeeShare.id.desc())
    )
    found: Select[Any] = query if actor.has("operator") else query.where(FeeShare.person_id == actor.person_id)
    return found
