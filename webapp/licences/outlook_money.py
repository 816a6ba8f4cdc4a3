"""What is still to come of a licence's money: open sums, statements not yet handed in, stages not yet reached."""

from __future__ import annotations

from datetime import date, timedelta

from webapp.core import clock
from webapp.licences import money_royalty
from webapp.licences.models import Instalment, Licence
from webapp.licences.states import OPEN_INSTALMENTS

CLAIMS = {"OPEN": "CLAIMED", "DISPUTED": "DISPUTED"}
SETTLED = ("PAID", "WAIVED", "WRITTEN_OFF")


def open_instalments(licence: Licence) -> list[Instalment]:
    """Instalments with money still to come, the earliest first."""
    rows = [row for row in licence.instalments if row.state in OPEN_INSTALMENTS]
    return sorted(rows, key=lambda row: (row.due_on or date.max, row.position))


def next_instalment(licence: Licence) -> Instalment | None:
    """The instalment that is paid next."""
    rows = open_instalments(licence)
    return rows[0] if rows else None


def royalty(licence: Licence) -> money_royalty.Royalty | None:
    """The share of income agreed, if there is one."""
    return money_royalty.read(licence.payment_terms.get("royalty") or {})


def charged(licence: Licence) -> int:
    """What statements and their audits have made due so far."""
    return sum(row.due_fen + row.added_fen for row in licence.statements)


def missing_periods(licence: Licence) -> list[tuple[date, date]]:
    """Royalty periods without a statement, the first one first; none once the cap is reached."""
    terms = royalty(licence)
    if terms is None or licence.royalty_from is None or (terms.cap_fen is not None and charged(licence) >= terms.cap_fen):
        return []
    handed_in = {row.period_to for row in licence.statements}
    return [period for period in money_royalty.periods(terms, licence.royalty_from) if period[1] not in handed_in]


def expected(licence: Licence) -> list[Instalment]:
    """Stages not yet reached, with the day each is expected."""
    return [row for row in licence.instalments if row.state == "SCHEDULED" and row.kind == "MILESTONE"]


def claimed(licence: Licence, state: str = "") -> list[Instalment]:
    """Stages the school says are reached and nobody has decided about yet: all, or those open to an answer or in dispute."""
    return [row for row in expected(licence) if row.stage_claim and row.stage_claim == (state or row.stage_claim)]


def held_fen(licence: Licence) -> int:
    """Money beyond what was open that is still held."""
    return sum(row.held_fen for row in licence.overpayments)


def next_payment(licence: Licence, statement_days: int) -> tuple[str, date | None]:
    """What comes next while a licence is being paid, finer than its state, and its day."""
    found: list[tuple[date, str]] = []
    if row := next_instalment(licence):
        found.append((row.due_on or date.max, "PAYING"))
    if periods := missing_periods(licence):
        found.append((periods[0][1] + timedelta(days=statement_days), "PAYING_STATE"))
    found += [(row.due_on or clock.today(), "PAYING_REACH") for row in expected(licence) if not row.stage_claim]
    found += [(row.claim_until or clock.today(), f"PAYING_{CLAIMS[row.stage_claim]}") for row in claimed(licence)]
    if not found:
        return ("PAYING_REFUND", None) if held_fen(licence) else ("PAYING", None)
    day, now = min(found)
    return now, None if day == date.max else day


def paid_up(licence: Licence) -> bool:
    """Whether nothing is to come any more: every sum settled, every statement in, nothing held back."""
    return {row.state for row in licence.instalments} <= set(SETTLED) and not missing_periods(licence) and not held_fen(licence)
