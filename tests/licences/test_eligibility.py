"""The size of a company: the example cases, every class against the literal text of the rule, and bad figures."""

from __future__ import annotations

import itertools

import pytest

from webapp.core.errors import Invalid
from webapp.licences.eligibility import STANDARD, WAN, assess, needs
from webapp.licences.values import SIZE_CLASSES

# The clauses as the rule states them: P people, Y revenue and Z assets in 万元.
# class -> letters, (below any of these: small or medium), (at least all of these: medium), (at least all of these: small)
CLAUSES: dict[str, tuple[str, tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "AGRICULTURE": ("Y", (20000,), (500,), (50,)),
    "INDUSTRY": ("PY", (1000, 40000), (300, 2000), (20, 300)),
    "CONSTRUCTION": ("YZ", (80000, 80000), (6000, 5000), (300, 300)),
    "WHOLESALE": ("PY", (200, 40000), (20, 5000), (5, 1000)),
    "RETAIL": ("PY", (300, 20000), (50, 500), (10, 100)),
    "TRANSPORT": ("PY", (1000, 30000), (300, 3000), (20, 200)),
    "STORAGE": ("PY", (200, 30000), (100, 1000), (20, 100)),
    "POSTAL": ("PY", (1000, 30000), (300, 2000), (20, 100)),
    "LODGING": ("PY", (300, 10000), (100, 2000), (10, 100)),
    "CATERING": ("PY", (300, 10000), (100, 2000), (10, 100)),
    "INFORMATION": ("PY", (2000, 100000), (100, 1000), (10, 100)),
    "SOFTWARE": ("PY", (300, 10000), (100, 1000), (10, 50)),
    "REAL_ESTATE": ("YZ", (200000, 10000), (1000, 5000), (100, 2000)),
    "PROPERTY": ("PY", (1000, 5000), (300, 1000), (100, 500)),
    "LEASING_BUSINESS": ("PZ", (300, 120000), (100, 8000), (10, 100)),
    "OTHER": ("P", (300,), (100,), (10,)),
}
NAMES = {"P": "staff", "Y": "revenue_fen", "Z": "assets_fen"}


def literal(size_class: str, figures: tuple[int, ...]) -> str:
    """The tier as the text reads, clause by clause; money figures in fen."""
    letters, below, medium, small = CLAUSES[size_class]
    units = [1 if letter == "P" else WAN for letter in letters]

    def reaches(limits: tuple[int, ...]) -> bool:
        return all(figure >= limit * unit for figure, limit, unit in zip(figures, limits, units, strict=True))

    if not any(figure < limit * unit for figure, limit, unit in zip(figures, below, units, strict=True)):
        return "LARGE"
    return "MEDIUM" if reaches(medium) else "SMALL" if reaches(small) else "MICRO"


def corners(letter: str, *limits: int) -> list[int]:
    """Nothing, and each limit with the smallest step below and above it."""
    unit = 1 if letter == "P" else WAN
    return sorted({0, *(limit * unit + step for limit in limits for step in (-1, 0, 1))})


@pytest.mark.parametrize(
    ("size_class", "staff", "revenue", "assets", "tier"),
    [
        ("INDUSTRY", 1500, 39999, None, "MEDIUM"),
        ("INDUSTRY", 1000, 40000, None, "LARGE"),
        ("INDUSTRY", 19, 50000, None, "MICRO"),
        ("SOFTWARE", 100, 999, None, "SMALL"),
        ("CONSTRUCTION", None, 80000, 79999, "MEDIUM"),
        ("AGRICULTURE", None, 20000, None, "LARGE"),
    ],
)
def test_the_example_cases_come_out_as_the_rule_says(
    size_class: str, staff: int | None, revenue: int | None, assets: int | None, tier: str
) -> None:
    fen = [None if amount is None else amount * WAN for amount in (revenue, assets)]
    assert assess(size_class, staff, *fen).tier == tier


@pytest.mark.parametrize("size_class", list(CLAUSES))
def test_every_class_agrees_with_the_literal_text_at_and_around_every_limit(size_class: str) -> None:
    letters, below, medium, small = CLAUSES[size_class]
    grid = [corners(letter, *limits) for letter, *limits in zip(letters, below, medium, small, strict=True)]
    seen = set()
    for figures in itertools.product(*grid):
        given = {NAMES[letter]: figure for letter, figure in zip(letters, figures, strict=True)}
        found = assess(size_class, **given)
        assert found.tier == literal(size_class, figures), figures
        assert found.sme == (found.tier != "LARGE")
        seen.add(found.tier)
    assert seen == {"MICRO", "SMALL", "MEDIUM", "LARGE"}


def test_all_sixteen_classes_have_a_name_a_standard_and_a_clause() -> None:
    assert set(STANDARD) == set(SIZE_CLASSES) == set(CLAUSES)
    assert len(STANDARD) == 16


def test_one_fen_below_a_limit_stays_below_it() -> None:
    assert assess("AGRICULTURE", revenue_fen=500 * WAN - 1).tier == "SMALL"
    assert assess("AGRICULTURE", revenue_fen=500 * WAN).tier == "MEDIUM"


def test_the_steps_show_each_figure_its_limits_and_its_tier() -> None:
    found = assess("INDUSTRY", 80, 2500 * WAN)
    assert [(step.indicator, step.figure, step.tier) for step in found.steps] == [
        ("staff", 80, "SMALL"), ("revenue", 2500 * WAN, "MEDIUM"),
    ]  # fmt: skip
    assert (found.steps[0].small, found.steps[0].medium, found.steps[0].large) == (20, 300, 1000)
    assert found.as_rows()[1]["large"] == 40_000 * WAN


def test_a_figure_the_class_needs_is_asked_for_and_others_are_not() -> None:
    with pytest.raises(Invalid) as error:
        assess("LEASING_BUSINESS", staff=20, revenue_fen=100)
    assert set(error.value.fields) == {"assets"}
    assert assess("OTHER", staff=9).tier == "MICRO"
    assert needs("LEASING_BUSINESS") == ("staff", "assets")


@pytest.mark.parametrize(("size_class", "staff"), [("", 5), ("FINANCE", 5), ("OTHER", -1)])
def test_an_unknown_class_or_a_negative_figure_is_refused(size_class: str, staff: int) -> None:
    with pytest.raises(Invalid):
        assess(size_class, staff=staff)
