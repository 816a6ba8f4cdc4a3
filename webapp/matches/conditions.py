"""What each side asks and offers beside the text: maturity, money, ways of working together, use first; and how far apart they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.catalog.values import MODES
from webapp.core import filters
from webapp.core.errors import N_
from webapp.core.languages import translate
from webapp.core.policy import Actor


@dataclass(frozen=True)
class Spec:
    """One target of the demand against what the result states; `gap` is how much is missing, in the target's unit.

    `mention` is what the text says of it where the table of figures says nothing: for the broker to check.
    """

    label: str
    must: bool
    required: str
    actual: str
    verdict: str
    gap: str = ""
    mention: str = ""


def conditions(actor: Actor, demand: Any, result: Any) -> list[Spec]:
    """Maturity, money, ways of working together and use first: what each side asks and offers, and how far apart they are.

    A side this reader may not see has none of these fields filled, so nothing is said of it.
    """
    rows = [_trl(demand, result), _money(actor, demand, result), _modes(actor, demand, result), _use_first(actor, demand, result)]
    return [row for row in rows if row is not None]


def _trl(demand: Any, result: Any) -> Spec | None:
    if not demand.min_trl:
        return None
    gap = demand.min_trl - result.trl if result.trl else 0
    verdict = "unknown" if not result.trl else "miss" if gap > 0 else "ok"
    actual = f"TRL {result.trl}" if result.trl else ""
    return Spec(N_("成熟度"), False, f"TRL ≥ {demand.min_trl}", actual, verdict, f"{gap} TRL" if gap > 0 else "")


def _money(actor: Actor, demand: Any, result: Any) -> Spec | None:
    """The lowest price against the highest budget."""
    budget = demand.price_max_fen or demand.price_min_fen
    price = result.price_min_fen or result.price_max_fen
    if not budget:
        return None
    gap = price - budget if price else 0
    verdict = "unknown" if not price else "miss" if gap > 0 else "ok"
    shown = [filters.wan(fen, actor.language) if fen else "" for fen in (budget, price, max(gap, 0))]
    return Spec(N_("价格与预算"), False, f"≤ {shown[0]}", shown[1], verdict, shown[2])


def _modes(actor: Actor, demand: Any, result: Any) -> Spec | None:
    wanted, offered = ([mode for mode in side.modes if mode in MODES and mode != "USE_FIRST"] for side in (demand, result))
    if not wanted:
        return None
    verdict = "unknown" if not offered else "ok" if set(wanted) & set(offered) else "miss"
    said = [" / ".join(translate(actor.language, MODES[mode]) for mode in modes) for modes in (wanted, offered)]
    return Spec(N_("合作方式"), False, said[0], said[1], verdict)


def _use_first(actor: Actor, demand: Any, result: Any) -> Spec | None:
    if not demand.wants_use_first:
        return None
    months = translate(actor.language, N_("可先用 %(n)s 个月"), n=result.trial_months or "—") if result.use_first else ""
    return Spec(N_("先用后付"), False, translate(actor.language, N_("愿意")), months, "ok" if result.use_first else "miss")
