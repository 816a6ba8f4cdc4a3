"""The rules of what is typed about payment: the model, its price, its parts, and its share of income."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from webapp.core.errors import N_
from webapp.licences import money, money_plan
from webapp.licences.fields import MOST_INSTALMENTS, MOST_PRICE, Reader
from webapp.licences.money_royalty import Royalty
from webapp.licences.values import ROYALTY_BASES, ROYALTY_PERIODS

MOST_STAGES = 12
MOST_TERM = 240  # months


@dataclass(frozen=True)
class Payment:
    """How a licence will be paid."""

    payment_model: str
    price_fen: int
    instalment_count: int
    payment_terms: dict[str, Any]


def payment(reader: Reader, models: Container[str]) -> Payment:
    """The model and everything it needs, faults left with the reader."""
    model = reader.choice("payment_model", models)
    count = reader.whole("instalment_count", 2, MOST_INSTALMENTS) if model == "INSTALMENT" else 1
    terms: dict[str, Any] = {}
    if model in money_plan.STAGED:
        terms["milestones"] = _stages(reader, needed=model == "MILESTONE")
        terms["entry_fen"] = max(0, reader.wan("entry", optional=True, most=MOST_PRICE)) if model == "HYBRID" else 0
    if model in money_plan.SHARING:
        terms["royalty"] = _royalty(reader).plain()
    return Payment(model, money_plan.price(model, _typed(reader, model, count), terms), count, terms)


def _typed(reader: Reader, model: str, count: int) -> int:
    """The price typed, where the model has one: every instalment at least a yuan; a deal to come may leave it open."""
    if model in money_plan.PRICED:
        return price(reader, count)
    return max(0, reader.wan("price", optional=True, most=MOST_PRICE)) if model in money_plan.BY_CONVERSION else 0


def price(reader: Reader, parts: int) -> int:
    """The whole fee, of which every instalment has at least one yuan."""
    fen = reader.wan("price", most=MOST_PRICE)
    if "price" not in reader.faults and fen < 100 * parts:
        reader.faults["price"] = N_("请填写许可费总额；每一期至少 1 元。")
    return fen


def _stages(reader: Reader, needed: bool) -> list[list[Any]]:
    """Stages, one a line: what is to be reached and, after a space, its sum in 万元."""
    found: list[list[Any]] = []
    lines = [line.strip() for line in str(reader.data.get("milestones") or "").splitlines() if line.strip()]
    for line in lines:
        name, _, amount = unicodedata.normalize("NFKC", line).rpartition(" ")
        fen = money.read_wan(amount)
        if not 2 <= len(name.strip()) <= 100 or not fen or fen < 100:
            reader.faults["milestones"] = N_("每行写一个阶段，先写达成什么，空一格再写金额（万元），例如：中试合格 20。")
            return []
        found.append([name.strip(), fen])
    if (needed and not found) or len(found) > MOST_STAGES:
        reader.faults["milestones"] = N_("请写明 1 到 12 个阶段和各自的金额。")
    elif sum(fen for _name, fen in found) > MOST_PRICE:
        reader.faults["milestones"] = N_("金额太大，请核对。")
    return found


def _royalty(reader: Reader) -> Royalty:
    base = reader.choice("royalty_base", ROYALTY_BASES)
    period = reader.choice("royalty_period", ROYALTY_PERIODS)
    floor, cap = reader.wan("royalty_floor", optional=True, most=MOST_PRICE), reader.wan("royalty_cap", optional=True, most=MOST_PRICE)
    term = reader.whole("royalty_months", 1, MOST_TERM)
    months = int(period) if period in ROYALTY_PERIODS else 12
    if "royalty_months" not in reader.faults and term < months:
        reader.faults["royalty_months"] = N_("提成期至少要有一个报告期。")
    if cap == 0 or (cap > 0 and cap < floor):
        reader.faults["royalty_cap"] = N_("封顶金额要大于零，且不小于每期保底金额；不封顶就不填。")
    return Royalty(base, _rate(reader, base), max(floor, 0), cap if cap > 0 else None, months, term)


def _rate(reader: Reader, base: str) -> int:
    """Per mille from a percentage with one place, or fen from yuan for each unit."""
    text = reader.raw("royalty_rate").removesuffix("%").removesuffix("元").strip()
    if base == "UNIT":
        fen = money.read_yuan(text)
        if not fen:
            reader.faults["royalty_rate"] = N_("按台数提成，请填写每台多少元。")
        return fen or 0
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9])?", text) or not 0 < Decimal(text) <= 100:
        reader.faults["royalty_rate"] = N_("请填写提成比例，0.1 到 100，最多一位小数。")
        return 0
    return int(Decimal(text) * 10)


def write_rate(plain: dict[str, Any]) -> str:
    """The rate as somebody would type it."""
    if plain["base"] == "UNIT":
        return money.write_yuan(plain["rate"])
    whole, tenth = divmod(plain["rate"], 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


def typed(terms: dict[str, Any]) -> dict[str, str]:
    """What somebody would have typed for these terms."""
    royalty = terms.get("royalty")
    found = {
        "entry": money.write_wan(terms.get("entry_fen") or None),
        "milestones": "\n".join(f"{name} {money.write_wan(fen)}" for name, fen in terms.get("milestones", ())),
    }
    if royalty:
        found |= {
            "royalty_base": royalty["base"], "royalty_rate": write_rate(royalty), "royalty_floor": money.write_wan(royalty["floor_fen"] or None),
            "royalty_cap": money.write_wan(royalty["cap_fen"]), "royalty_period": str(royalty["period_months"]),
            "royalty_months": str(royalty["term_months"]),
        }  # fmt: skip
    return found
