"""Which sums a payment model plans at signature: of what kind, named how, and how much; they total the agreed price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.licences.money import split

# Models whose whole price is one figure, those that name their parts, those with a share of income, and those without a sum.
PRICED = ("DEFERRED_LUMP", "INSTALMENT", "CONDITIONAL")
STAGED = ("MILESTONE", "HYBRID")
SHARING = ("ROYALTY", "HYBRID")
BY_CONVERSION = {"EQUITY": "EQUITY", "TRANSFER": "TRANSFER"}


@dataclass(frozen=True)
class Part:
    """One planned sum."""

    kind: str
    fen: int
    name: str = ""


def parts(model: str, price_fen: int, count: int, terms: Mapping[str, Any]) -> list[Part]:
    """The sums planned under a model; a share of income plans none, it makes them due period by period."""
    if model in PRICED:
        return [Part("PRICE", fen) for fen in split(price_fen, count if model == "INSTALMENT" else 1)]
    if model not in STAGED:
        return []
    entry = [Part("ENTRY", terms["entry_fen"])] if terms.get("entry_fen") else []
    return entry + [Part("MILESTONE", fen, name) for name, fen in terms.get("milestones", ())]


def price(model: str, typed_fen: int, terms: Mapping[str, Any]) -> int:
    """The sum fixed at signature: as typed, or the total of the parts; nothing is fixed where only a share of income is paid."""
    if model in STAGED:
        return int(terms.get("entry_fen", 0)) + sum(int(fen) for _name, fen in terms.get("milestones", ()))
    return 0 if model in ("ROYALTY", "FREE") else typed_fen


def most(price_fen: int, terms: Mapping[str, Any]) -> int | None:
    """The most the deal can come to; None when a share of income has no upper limit."""
    royalty = terms.get("royalty")
    if not royalty:
        return price_fen
    return None if royalty["cap_fen"] is None else price_fen + int(royalty["cap_fen"])
