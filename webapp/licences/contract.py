"""The text of a licence contract, rendered plainly from its terms, and the hash both sides sign."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from webapp.licences import contract_payment, money
from webapp.licences.paper_blocks import typed
from webapp.licences.values import SECURITIES, TRIGGER_RULES, TRIGGERS

TEMPLATE = Path(__file__).with_name("contract.txt")
CLAUSES = Path(__file__).with_name("clauses.txt")  # clauses that stand only in some contracts, one a line: name, tab, text


@dataclass(frozen=True)
class Terms:
    """Everything the contract says."""

    code: str
    licensor: str
    licensor_uscc: str
    licensee: str
    licensee_uscc: str
    title: str
    result_code: str
    lead: str
    intended_use: str
    trial_months: int
    trigger: str
    trigger_text: str
    payment_model: str
    price_fen: int
    instalment_count: int
    security: str
    report_months: int
    report_grace_days: int
    contest_days: int
    choose_days: int
    first_due_days: int
    overdue_grace_days: int
    more_triggers: tuple[str, ...] = ()
    trigger_rule: str = "ANY"
    trigger_on: str = ""
    trigger_fen: int | None = None
    firm: str = ""
    firm_uscc: str = ""
    silence_confirms: bool = True
    deems_receipt: bool = False
    receipt_days: int = 10
    run_off_days: int = 30
    default_after_days: int = 60
    payment_terms: dict[str, Any] = field(default_factory=dict)
    late_fee_rate: int = 0
    statement_days: int = 30
    own_clauses: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _template() -> str:
    return TEMPLATE.read_text("utf-8")


@lru_cache(maxsize=1)
def _clauses() -> dict[str, str]:
    rows = (line.split("\t", 1) for line in CLAUSES.read_text("utf-8").splitlines() if line)
    return {name: text.replace("\\n", "\n") for name, text in rows}


def render(terms: Terms) -> str:
    """The contract in Chinese, the language it is signed in."""
    clause, own = _clauses(), terms.own_clauses
    values: dict[str, Any] = {name: value if value != "" else "—" for name, value in asdict(terms).items()}
    values |= {
        "trigger": _triggers(terms),
        "trigger_text": typed(terms.trigger_text, alone=False),
        "intended_use": typed(terms.intended_use, alone=False) or "—",
        "third_party": clause["third_party"].format(firm=terms.firm, uscc=terms.firm_uscc or "—") if terms.firm else "",
        "firm_duty": clause["firm_duty"] if terms.firm else "",
        "silence": clause["silence_confirms"] if terms.silence_confirms else clause["silence_disputes"],
        "receipt": clause["deemed"].format(days=terms.receipt_days) if terms.deems_receipt else "",
        **{name: own.get(name) or clause[name] for name in ("improvements", "secrecy", "dispute")},
        "more": clause["more"].format(text=own["more"]) if own.get("more") else "",
        "payment": contract_payment.render(terms, clause),
        "security": SECURITIES[terms.security],
        "late_fee": clause["late_fee"].format(rate=f"{terms.late_fee_rate / 10:g}") if terms.late_fee_rate else clause["late_no_fee"],
    }
    return _template().format(**values)


def _triggers(terms: Terms) -> str:
    details = {"FIXED_DATE": terms.trigger_on, "REVENUE_THRESHOLD": _clauses()["amount"].format(figures=money.figures(terms.trigger_fen or 0))}
    named = [TRIGGERS[code] + (f"（{details[code]}）" if code in details else "") for code in (terms.trigger, *terms.more_triggers)]
    rule = f"，{TRIGGER_RULES[terms.trigger_rule]}" if len(named) > 1 else ""
    return "；".join(named) + rule


def supplement(code: str, months: int, end: date) -> str:
    """The text of a supplementary agreement that extends a trial."""
    return _clauses()["supplement"].format(code=code, months=months, end=end.isoformat())


def consent(code: str, text_hash: str, name: str) -> str:
    """What somebody who signs consents to, in the language of the contract."""
    return _clauses()["consent"].format(code=code, hash=text_hash, name=name)


def text_hash(text: str) -> str:
    """The SHA-256 of the text as it is shown and signed."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest(document: Any) -> str:
    """The SHA-256 of plain data, the same for the same content."""
    plain = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
