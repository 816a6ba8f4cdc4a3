"""Whether a company counts as medium, small or micro (工信部联企业〔2011〕300号), with every step of the calculation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from webapp.core.errors import N_, Invalid

ORDER = ("MICRO", "SMALL", "MEDIUM", "LARGE")
WAN = 1_000_000  # fen in 万元

# For each class its indicators with the least figure of a small, a medium and a large company; money in 万元.
Limits = tuple[int, int, int]
STANDARD: dict[str, dict[str, Limits]] = {
    "AGRICULTURE": {"revenue": (50, 500, 20_000)},
    "INDUSTRY": {"staff": (20, 300, 1000), "revenue": (300, 2000, 40_000)},
    "CONSTRUCTION": {"revenue": (300, 6000, 80_000), "assets": (300, 5000, 80_000)},
    "WHOLESALE": {"staff": (5, 20, 200), "revenue": (1000, 5000, 40_000)},
    "RETAIL": {"staff": (10, 50, 300), "revenue": (100, 500, 20_000)},
    "TRANSPORT": {"staff": (20, 300, 1000), "revenue": (200, 3000, 30_000)},
    "STORAGE": {"staff": (20, 100, 200), "revenue": (100, 1000, 30_000)},
    "POSTAL": {"staff": (20, 300, 1000), "revenue": (100, 2000, 30_000)},
    "LODGING": {"staff": (10, 100, 300), "revenue": (100, 2000, 10_000)},
    "CATERING": {"staff": (10, 100, 300), "revenue": (100, 2000, 10_000)},
    "INFORMATION": {"staff": (10, 100, 2000), "revenue": (100, 1000, 100_000)},
    "SOFTWARE": {"staff": (10, 100, 300), "revenue": (50, 1000, 10_000)},
    "REAL_ESTATE": {"revenue": (100, 1000, 200_000), "assets": (2000, 5000, 10_000)},
    "PROPERTY": {"staff": (100, 300, 1000), "revenue": (500, 1000, 5000)},
    "LEASING_BUSINESS": {"staff": (10, 100, 300), "assets": (100, 8000, 120_000)},
    "OTHER": {"staff": (10, 100, 300)},
}


@dataclass(frozen=True)
class Step:
    """One indicator: its figure (people, or fen), the least figures of the tiers above micro, and the tier it gives."""

    indicator: str
    figure: int
    small: int
    medium: int
    large: int
    tier: str


@dataclass(frozen=True)
class Calculation:
    """The tier of a company and how it came about: the lowest tier over its class's indicators."""

    size_class: str
    steps: tuple[Step, ...]
    tier: str

    @property
    def sme(self) -> bool:
        """Whether the company may use first and pay later."""
        return self.tier != "LARGE"

    def as_rows(self) -> list[dict[str, Any]]:
        """The steps as plain data, to be kept with the application."""
        return [asdict(step) for step in self.steps]


def _step(indicator: str, figure: int, limits: Limits) -> Step:
    small, medium, large = (limit if indicator == "staff" else limit * WAN for limit in limits)
    tier = ORDER[(figure >= small) + (figure >= medium) + (figure >= large)]
    return Step(indicator, figure, small, medium, large, tier)


def assess(size_class: str, staff: int | None = None, revenue_fen: int | None = None, assets_fen: int | None = None) -> Calculation:
    """Work out the tier; a figure the class needs and nobody gave is told at its field."""
    if size_class not in STANDARD:
        raise Invalid(fields={"size_class": N_("请选择企业所属行业。")})
    given = {"staff": staff, "revenue": revenue_fen, "assets": assets_fen}
    wanted = STANDARD[size_class]
    faults = {name: N_("这个行业按这项指标划型，请填写。") for name in wanted if given[name] is None}
    faults |= {name: N_("请填写不小于零的数。") for name in wanted if (given[name] or 0) < 0}
    if faults:
        raise Invalid(fields=faults)
    steps = tuple(_step(name, given[name] or 0, limits) for name, limits in wanted.items())
    return Calculation(size_class, steps, min((step.tier for step in steps), key=ORDER.index))


def needs(size_class: str) -> tuple[str, ...]:
    """The indicators a class is judged by."""
    return tuple(STANDARD.get(size_class, ()))
