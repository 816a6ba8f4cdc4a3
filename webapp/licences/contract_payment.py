"""The clauses of a contract that say how it is paid, model by model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.licences import fields_payment, money, money_plan
from webapp.licences.values import PAYMENT_MODELS, ROYALTY_BASES, ROYALTY_PERIODS

if TYPE_CHECKING:
    from webapp.licences.contract import Terms


PHRASES = Path(__file__).with_name("phrases.txt")  # part of Chinese documents, never translated


def render(terms: Terms, clause: Mapping[str, str]) -> str:
    """Clauses 4.1 and 4.2 for the model agreed."""
    model = terms.payment_model
    common = {"model": PAYMENT_MODELS[model], "days": terms.first_due_days, "contest_days": terms.contest_days, **_sum(terms.price_fen), "royalty": _royalty(terms, clause)}
    if model in money_plan.PRICED:
        lump = clause["lump"].format(days=terms.first_due_days) if model == "DEFERRED_LUMP" else ""
        return clause["pay_priced"].format(**common, count=terms.instalment_count, lump=lump, lines=_lines(terms, clause))
    if model in money_plan.STAGED and (terms.payment_terms.get("milestones") or terms.payment_terms.get("entry_fen")):
        entry = clause["pay_entry"].format(days=terms.first_due_days) if terms.payment_terms.get("entry_fen") else ""
        return clause["pay_staged"].format(**common, entry=entry, lines=_lines(terms, clause))
    if model in money_plan.SHARING:
        return clause["pay_royalty"].format(**common)
    guide = clause["guide"].format(**common) if terms.price_fen else ""
    return clause[f"pay_{model}"].format(guide=guide)


def _sum(fen: int) -> dict[str, str]:
    return {"figures": money.figures(fen), "capitals": money.capitals(fen)}


def _lines(terms: Terms, clause: Mapping[str, str]) -> str:
    names = {"ENTRY": "entry_name", "MILESTONE": "stage_name"}
    parts = money_plan.parts(terms.payment_model, terms.price_fen, terms.instalment_count, terms.payment_terms)
    return "\n".join(
        clause["pay_line"].format(position=position, name=clause[names[part.kind]].format(name=part.name) if part.kind in names else "", **_sum(part.fen))
        for position, part in enumerate(parts, 1)
    )


def _royalty(terms: Terms, clause: Mapping[str, str]) -> str:
    plain: dict[str, Any] | None = terms.payment_terms.get("royalty")
    if not plain:
        return ""
    unit = plain["base"] == "UNIT"
    return clause["royalty"].format(
        months=plain["term_months"], base=ROYALTY_BASES[plain["base"]], rate=clause["rate_unit" if unit else "rate_share"].format(rate=fields_payment.write_rate(plain)),
        period=ROYALTY_PERIODS[str(plain["period_months"])], statement=terms.statement_days, days=terms.first_due_days,
        floor=clause["floor"].format(**_sum(plain["floor_fen"])) if plain["floor_fen"] else "",
        cap=clause["cap"].format(**_sum(plain["cap_fen"])) if plain["cap_fen"] is not None else "",
    )  # fmt: skip


@lru_cache(maxsize=1)
def phrases() -> dict[str, str]:
    """Short pieces of Chinese documents, by name."""
    return dict(line.split("\t", 1) for line in PHRASES.read_text("utf-8").splitlines() if line)
