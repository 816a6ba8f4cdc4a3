"""The text of a licence contract, rendered plainly from its terms, and the hash both sides sign."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from webapp.licences import money
from webapp.licences.values import PAYMENT_MODELS, SECURITIES, TRIGGERS

TEMPLATE = Path(__file__).with_name("contract.txt")
LINE = "    （{position}）{figures} 元（大写：{capitals}）"  # part of a Chinese legal text, never translated


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


@lru_cache(maxsize=1)
def _template() -> str:
    return TEMPLATE.read_text("utf-8")


def render(terms: Terms) -> str:
    """The contract in Chinese, the language it is signed in."""
    values: dict[str, Any] = {name: value if value != "" else "—" for name, value in asdict(terms).items()}
    values |= {
        "trigger": TRIGGERS[terms.trigger],
        "trigger_text": terms.trigger_text,
        "payment_model": PAYMENT_MODELS[terms.payment_model],
        "security": SECURITIES[terms.security],
        "price_figures": _figures(terms.price_fen),
        "price_capitals": money.capitals(terms.price_fen),
        "instalments": _instalments(terms),
    }
    return _template().format(**values)


def _figures(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def _instalments(terms: Terms) -> str:
    sums = money.split(terms.price_fen, terms.instalment_count)
    return "\n".join(
        LINE.format(position=position, figures=_figures(fen), capitals=money.capitals(fen))
        for position, fen in enumerate(sums, 1)
    )


def text_hash(text: str) -> str:
    """The SHA-256 of the text as it is shown and signed."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest(document: Any) -> str:
    """The SHA-256 of plain data, the same for the same content."""
    plain = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
