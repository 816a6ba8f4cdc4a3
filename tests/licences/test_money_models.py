"""Royalties, shares, transfers, late fees and bank lines: whatever the figures, no fen is lost and none appears."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.licences import money_bank, money_late, money_plan, money_royalty, money_split
from webapp.licences.money_royalty import Royalty

FEN = st.integers(0, 10**13)
SALES = Royalty("NET_SALES", 30, 0, None, 3, 24)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@st.composite
def whole_shares(draw: st.DrawFn) -> dict[str, int]:
    """Shares in per mille that total the whole."""
    marks = sorted(draw(st.lists(st.integers(0, 1000), min_size=3, max_size=3)))
    return dict(zip(money_split.SHARERS, [b - a for a, b in zip([0, *marks], [*marks, 1000], strict=True)], strict=True))


@st.composite
def royalties(draw: st.DrawFn) -> Royalty:
    period = draw(st.sampled_from(money_royalty.PERIODS))
    cap = draw(st.none() | st.integers(0, 10**10))
    return Royalty(draw(st.sampled_from(money_royalty.BASES)), draw(st.integers(0, 1000)), draw(st.integers(0, 10**7)), cap, period, draw(st.integers(1, 60)))


@given(FEN, whole_shares())
def test_income_is_divided_to_the_last_fen_and_nobody_is_off_by_one(fen: int, shares: dict[str, int]) -> None:
    found = money_split.divide(fen, shares)
    assert sum(found.values()) == fen
    assert all(abs(found[name] * 1000 - fen * share) < 1000 for name, share in shares.items())
    assert all(found[name] == 0 for name, share in shares.items() if not share)


@pytest.mark.parametrize(
    ("shares", "wrong"),
    [
        ({"team": 700, "faculty": 100, "school": 180, "broker": 20}, ""), ({"team": 500, "school": 500}, ""),
        ({"team": 499, "school": 501}, "team"), ({"team": 700, "school": 299}, "total"), ({"team": 700, "school": 301}, "total"),
        ({"team": 1100, "school": -100}, "negative"), ({"team": 700, "dean": 300}, "unknown"), ({}, "total"),
    ],
)  # fmt: skip
def test_shares_total_a_hundred_per_cent_and_the_team_has_at_least_half(shares: dict[str, int], wrong: str) -> None:
    assert money_split.problem(shares) == wrong


def test_shares_that_do_not_total_the_whole_are_never_applied() -> None:
    with pytest.raises(ValueError, match="total"):
        money_split.divide(100, {"team": 999})


@given(FEN, st.lists(FEN, max_size=12))
def test_a_transfer_pays_open_sums_in_order_and_the_rest_is_kept(fen: int, lefts: list[int]) -> None:
    parts, rest = money_split.allocate(fen, lefts)
    assert sum(parts) + rest == fen
    assert all(0 <= part <= left for part, left in zip(parts, lefts, strict=True))
    for index, (part, left) in enumerate(zip(parts, lefts, strict=True)):
        assert part == left or not any(parts[index + 1 :])
    assert rest == 0 or parts == lefts


@given(royalties(), st.lists(st.integers(0, 10**11), min_size=1, max_size=30))
def test_a_royalty_keeps_to_floor_and_cap_over_the_whole_term(terms: Royalty, reports: list[int]) -> None:
    paid = 0
    for figure in reports:
        due = money_royalty.due(terms, figure, paid)
        assert due.due_fen >= 0
        if not due.capped:
            assert due.due_fen == max(due.computed_fen, terms.floor_fen)
        paid += due.due_fen
        assert terms.cap_fen is None or paid <= terms.cap_fen
    if terms.cap_fen is None:
        assert paid >= terms.floor_fen * len(reports)


@given(FEN, FEN, st.integers(0, 1000))
def test_more_sales_never_make_less_royalty(one: int, other: int, rate: int) -> None:
    terms = Royalty("NET_SALES", rate, 0, None, 3, 12)
    low, high = sorted((one, other))
    assert money_royalty.by_rate(terms, low) <= money_royalty.by_rate(terms, high)


@pytest.mark.parametrize(
    ("terms", "figure", "before", "expected"),
    [
        (SALES, 100_000_00, 0, (3_000_00, False, False)),
        (SALES, 16, 0, (0, False, False)), (SALES, 17, 0, (1, False, False)),  # 0.48 and 0.51 fen: rounded half up
        (Royalty("NET_SALES", 30, 5_000_00, None, 3, 24), 100_000_00, 0, (5_000_00, True, False)),
        (Royalty("NET_SALES", 30, 5_000_00, None, 3, 24), 0, 0, (5_000_00, True, False)),
        (Royalty("NET_SALES", 30, 0, 10_000_00, 3, 24), 100_000_00, 8_000_00, (2_000_00, False, True)),
        (Royalty("NET_SALES", 30, 5_000_00, 10_000_00, 3, 24), 0, 9_000_00, (1_000_00, True, True)),
        (Royalty("NET_SALES", 30, 0, 10_000_00, 3, 24), 100_000_00, 10_000_00, (0, False, True)),
        (Royalty("UNIT", 250, 0, None, 6, 24), 40, 0, (100_00, False, False)),
    ],
)  # fmt: skip
def test_royalties_worked_by_hand(terms: Royalty, figure: int, before: int, expected: tuple[int, bool, bool]) -> None:
    due = money_royalty.due(terms, figure, before)
    assert (due.due_fen, due.floored, due.capped) == expected


def test_a_negative_report_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        money_royalty.due(SALES, -1, 0)


@given(royalties(), DAYS)
def test_reporting_periods_cover_the_term_without_gap_or_overlap(terms: Royalty, start: date) -> None:
    found = money_royalty.periods(terms, start)
    assert found[0][0] == start
    assert all(last >= first for first, last in found)
    assert all(b[0] - a[1] == timedelta(days=1) for a, b in pairwise(found))
    assert len(found) == -(-terms.term_months // terms.period_months)


def test_a_term_that_begins_on_29_february_ends_on_the_last_day_before() -> None:
    found = money_royalty.periods(Royalty("PROFIT", 1, 0, None, 12, 24), date(2024, 2, 29))
    assert found == [(date(2024, 2, 29), date(2025, 2, 27)), (date(2025, 2, 28), date(2026, 2, 27))]


@pytest.mark.parametrize(("base", "rate", "above"), [("NET_SALES", 200, False), ("NET_SALES", 201, True), ("PROFIT", 400, False), ("PROFIT", 401, True), ("UNIT", 10**6, False)])
def test_a_rate_above_the_guide_is_only_marked(base: str, rate: int, above: bool) -> None:
    assert money_royalty.above_advice(Royalty(base, rate, 0, None, 3, 12)) is above


@pytest.mark.parametrize(
    ("paid", "until", "fen"),
    [
        ([], 0, 0), ([], 10, 50_00), ([(10, 1_000_000)], 10, 50_00), ([(-3, 1_000_000)], 10, 0), ([(0, 1_000_000)], 30, 0),
        ([(10, 500_000)], 20, 75_00), ([(10, 500_000), (20, 500_000)], 90, 75_00),
    ],
)  # fmt: skip
def test_late_fees_worked_by_hand(paid: list[tuple[int, int]], until: int, fen: int) -> None:
    due = date(2026, 3, 1)  # 10,000 yuan at five ten-thousandths a day: 5 yuan a day
    payments = [(due + timedelta(days=day), part) for day, part in paid]
    assert money_late.fee(1_000_000, due, payments, due + timedelta(days=until), 50) == fen


@given(FEN, st.integers(0, 3000), st.integers(0, 100), st.data())
def test_a_part_paid_early_never_raises_the_fee(fen: int, days: int, rate: int, data: st.DataObject) -> None:
    due = date(2026, 1, 1)
    part, early = data.draw(st.integers(0, fen)), data.draw(st.integers(0, days))
    end = due + timedelta(days=days)
    whole = money_late.fee(fen, due, [(end, fen)], end, rate)
    split = money_late.fee(fen, due, [(due + timedelta(days=early), part), (end, fen - part)], end, rate)
    assert 0 <= split <= whole
    exact = (part * early + (fen - part) * days) * rate
    assert abs(split * money_late.BASE - exact) <= money_late.BASE // 2 + 1


@given(st.sampled_from((*money_plan.PRICED, *money_plan.STAGED)), st.integers(100, 10**12), st.integers(1, 24), st.lists(st.integers(1, 10**10), max_size=6), FEN)
def test_planned_sums_total_the_price_whatever_the_model(model: str, typed: int, count: int, stages: list[int], entry: int) -> None:
    terms = {"entry_fen": entry if model == "HYBRID" else 0, "milestones": [[f"阶段 {n}", fen] for n, fen in enumerate(stages)]}
    price = money_plan.price(model, typed, terms)
    assert sum(part.fen for part in money_plan.parts(model, price, count, terms)) == price


@pytest.mark.parametrize("model", ["ROYALTY", "FREE", "EQUITY", "TRANSFER"])
def test_models_without_a_fixed_sum_plan_none(model: str) -> None:
    assert money_plan.parts(model, money_plan.price(model, 500, {}), 3, {}) == []


STATEMENT = """账户名称：示例海洋大学,,,,,
交易日期,贷方金额（元）,借方金额,交易流水号,对方户名,附言,币种
2026-03-02,"10,000.00",,b2026001,示例海工有限公司,SM-L-2026-0001 首期,人民币
2026/03/03,,500.00,B2026002,示例供电公司,电费,CNY
20260304,10000.00,,B2026003,示例外贸公司,货款,USD
昨天,1.00,,B2026004,某人,,CNY
2026-03-05,壹佰,,B2026005,某人,,CNY
2026-03-06,88.8,,,某人,,CNY
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_bank_statement_is_read_as_banks_write_it(encoding: str) -> None:
    lines = money_bank.read(money_bank.decode(STATEMENT.encode(encoding)))
    assert [(line.reference, line.fen, line.fault) for line in lines] == [
        ("B2026001", 1_000_000, ""), ("B2026003", 1_000_000, "currency"), ("B2026004", 100, "day"), ("B2026005", 0, "amount"), ("", 8880, "reference"),
    ]
    assert (lines[0].on, lines[0].payer) == (date(2026, 3, 2), "示例海工有限公司")


@pytest.mark.parametrize(("text", "column"), [("", "on"), ("日期,金额\n2026-01-01,5", "reference"), ("a,b,c\n1,2,3", "on")])
def test_a_file_without_the_needed_columns_names_the_missing_one(text: str, column: str) -> None:
    with pytest.raises(money_bank.Unreadable) as error:
        money_bank.read(text)
    assert error.value.args[0] == column


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(money_bank.Unreadable):
        money_bank.decode(b"\xff\xfe\x00\x80\xff")


def test_the_likeliest_sum_is_suggested_first_and_without_a_hint_none() -> None:
    line = money_bank.Line(1, date(2026, 3, 2), 1000, "R001", "示例海工有限公司", "sm-l-2026-0007 首期", "")
    opens = [
        money_bank.Open(1, 1000, "别的公司", ("SM-L-2026-0001",)), money_bank.Open(2, 5000, "示例海工有限公司", ("SM-L-2026-0007",)),
        money_bank.Open(3, 1000, "示例海工有限公司", ("SM-L-2026-0009",)), money_bank.Open(4, 7, "别的公司", ("SM-L-2026-0002",)),
    ]  # fmt: skip
    assert [number for number, _points in money_bank.suggest(line, opens)] == [2, 3, 1]
    assert money_bank.suggest(money_bank.Line(1, None, 5, "R001", "", "", ""), opens) == []
