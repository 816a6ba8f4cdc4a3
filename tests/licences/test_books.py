"""The books of licences: four sums kept apart, income divided to the last fen by two people, bank lines booked once."""

from __future__ import annotations

from typing import Any

import pytest

from tests import makers
from tests.licences.conftest import World
from tests.licences.story import Story
from webapp.accounts import service as accounts
from webapp.core import clock, policy
from webapp.core.errors import AppError, Forbidden, Invalid, NotFound, Refused
from webapp.core.policy import ANONYMOUS, Actor
from webapp.licences import service_bank, service_income, service_sums
from webapp.licences.models import SchoolRule
from webapp.licences.models_money import BankLine, Distribution

SHARES = {"team": 700, "faculty": 100, "school": 180, "broker": 20}


@pytest.fixture
def paid(world: World) -> Story:
    """A licence of 1,000,000.01 yuan in two parts, the first of them paid."""
    world.session.add(SchoolRule(organisation_id=world.school.id, shares=SHARES))
    world.session.flush()
    story = Story(world).evaluation(price="100.000001", instalment_count="2").do("company:continue")
    return story.schedule().pay()


def enter(story: Story, kind: str, amount: str, who: str = "tto") -> None:
    with story.now():
        data = {"kind": kind, "amount": amount, "known_on": clock.today(), "basis": "设备清单 1 号"}
        service_sums.add_amount(story.world.session, story.world.actor(who), story.licence, data)


def test_the_four_sums_are_told_apart(paid: Story) -> None:
    enter(paid, "NON_TECHNOLOGY", "200000")
    enter(paid, "NON_TECHNOLOGY", "-50000.50")
    enter(paid, "TECHNOLOGY_INCOME", "400000")
    sums = service_sums.four(paid.world.session, paid.licence.id)
    assert (sums.contract_value, sums.technology_value) == (100_000_001, 100_000_001 - 14_999_950)
    assert (sums.received, sums.technology_income) == (50_000_000, 40_000_000)


@pytest.mark.parametrize(("kind", "amount"), [("NON_TECHNOLOGY", "1000000.02"), ("NON_TECHNOLOGY", "-1"), ("TECHNOLOGY_INCOME", "500000.01"), ("CONTRACT_VALUE", "0"), ("RECEIVED", "5")])
def test_no_sum_exceeds_the_one_it_is_part_of(paid: Story, kind: str, amount: str) -> None:
    with pytest.raises(Invalid):
        enter(paid, kind, amount)


@pytest.mark.parametrize("who", ["company", "broker", "operator", "auditor", "researcher"])
def test_only_the_schools_office_keeps_the_books(paid: Story, who: str) -> None:
    with pytest.raises(Forbidden):
        enter(paid, "NON_TECHNOLOGY", "1", who)


@pytest.mark.parametrize(("who", "may"), [("tto", True), ("operator", True), ("researcher", True), ("auditor", True), ("company", False), ("broker", False), ("stranger", False)])
def test_who_reads_the_ledger(paid: Story, who: str, may: bool) -> None:
    assert policy.can(paid.world.actor(who), "licence:ledger", paid.licence) is may


def divide(story: Story, **data: Any) -> Distribution:
    with story.now():
        return service_sums.divide(story.world.session, story.world.actor("tto"), story.licence, data, story.world.settings)


def decide(story: Story, who: str, row: Distribution, action: str) -> None:
    with story.now():
        service_sums.decide_division(story.world.session, story.world.actor(who), story.licence, row.id, action, {"paid_on": clock.today()})


def test_income_is_divided_once_on_notice_and_by_two_people(paid: Story) -> None:
    row = divide(paid, costs="0.01", costs_note="手续费")
    assert row.lines == {"team": 34_999_999, "faculty": 5_000_000, "school": 9_000_000, "broker": 1_000_000}
    assert sum(row.lines.values()) == 50_000_000 - 1
    with pytest.raises(Refused):
        divide(paid)
    with pytest.raises(Forbidden):
        decide(paid, "tto", row, "approve")
    with pytest.raises(Refused) as error:
        decide(paid, "tto2", row, "approve")
    assert error.value.code == "division_on_notice"
    paid.day += 30
    with pytest.raises(Refused):
        decide(paid, "tto2", row, "pay")
    decide(paid, "tto2", row, "approve")
    decide(paid, "tto2", row, "pay")
    assert (row.state, service_sums.undivided(paid.world.session, paid.licence.id)) == ("PAID", 0)


def test_a_withdrawn_division_frees_the_money_for_another(paid: Story) -> None:
    decide(paid, "tto", divide(paid), "withdraw")
    assert service_sums.undivided(paid.world.session, paid.licence.id) == 50_000_000
    assert divide(paid).received_fen == 50_000_000


def test_a_division_is_announced_to_everybody_by_its_parts_and_days_and_never_by_its_sums(paid: Story) -> None:
    row = divide(paid)
    session = paid.world.session
    assert session.scalars(service_income.divisions(ANONYMOUS)).unique().all() == [row]
    with paid.now():
        told = policy.reveal(ANONYMOUS, row)
        assert (told.code, told.title, told.shares, told.ends_on) == (paid.licence.code, paid.licence.result.title, SHARES, row.notice_until)
        assert told.running
    assert not any(str(sum_) in repr(told) for sum_ in (row.received_fen, *row.lines.values()))
    assert paid.world.company.name not in repr(told)
    paid.day += 30
    with paid.now():
        assert not policy.reveal(ANONYMOUS, row).running
    decide(paid, "tto", row, "withdraw")
    assert session.scalars(service_income.divisions(ANONYMOUS)).unique().all() == []
    with pytest.raises(NotFound):
        policy.find(session, ANONYMOUS, Distribution, row.id)


@pytest.mark.parametrize("data", [{"costs": "600000", "costs_note": "税费"}, {"costs": "5"}, {"costs": "-5", "costs_note": "税费"}])
def test_costs_are_plain_and_no_more_than_the_income(paid: Story, data: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        divide(paid, **data)


def test_without_decided_shares_nothing_is_divided(world: World) -> None:
    story = Story(world).evaluation().do("company:continue").schedule().pay()
    with pytest.raises(Refused) as error:
        divide(story)
    assert error.value.code == "no_shares"


def statement(story: Story, amount: str = "500000.01", currency: str = "CNY", reference: str = "BANK77") -> bytes:
    with story.now():
        day = clock.today().isoformat()
    payer = story.licence.licensee.name
    return f"交易日期,收入金额,交易流水号,对方户名,附言,币种\n{day},{amount},{reference},{payer},{story.licence.code},{currency}\n".encode("gb18030")


def load(story: Story, content: bytes, actor: Actor | None = None) -> service_bank.Imported:
    return service_bank.load(story.world.session, actor or story.world.actor("tto"), content)


def waiting(story: Story) -> list[BankLine]:
    return list(story.world.session.scalars(service_bank.lines(story.world.actor("tto"))))


def test_a_bank_line_is_imported_once_suggested_and_booked_once(paid: Story) -> None:
    assert load(paid, statement(paid)).kept == 1
    assert load(paid, statement(paid)) == service_bank.Imported(0, ((2, "again"),))
    assert load(paid, statement(paid, "5")) == service_bank.Imported(0, ((2, "changed"),))
    tto, session = paid.world.actor("tto"), paid.world.session
    (line,) = waiting(paid)
    (likely,) = service_bank.suggested(line, service_bank.choices(session, tto))
    assert (likely.code, likely.left_fen) == (paid.licence.code, 50_000_001)
    with paid.now():
        service_bank.book(session, tto, line.id, {"instalment_id": str(likely.instalment_id)}, paid.world.settings)
        with pytest.raises(Refused):
            service_bank.book(session, tto, line.id, {"instalment_id": str(likely.instalment_id)}, paid.world.settings)
    assert (line.state, paid.licence.state) == ("BOOKED", "COMPLETED")
    assert service_sums.received(session, paid.licence.id) == 100_000_001


def test_foreign_money_is_told_and_not_kept(paid: Story) -> None:
    assert load(paid, statement(paid, currency="USD")) == service_bank.Imported(0, ((2, "currency"),))


def test_a_line_already_written_down_by_hand_is_not_booked_a_second_time(paid: Story) -> None:
    row = paid.licence.instalments[1]
    with paid.now():
        paid.do("tto:receipt", instalment_id=row.id, amount="500000.01", received_on=clock.today(), reference="BANK77")
    load(paid, statement(paid))
    with paid.now():
        service_bank.book(paid.world.session, paid.world.actor("tto"), waiting(paid)[0].id, {"instalment_id": str(row.id)}, paid.world.settings)
    assert service_sums.received(paid.world.session, paid.licence.id) == 100_000_001


def test_another_schools_office_sees_neither_lines_nor_sums(paid: Story) -> None:
    load(paid, statement(paid))
    other = makers.person(paid.world.session, "tto", makers.organisation(paid.world.session, "SCHOOL"))
    actor = accounts.actor_for(paid.world.session, other, None)
    assert list(paid.world.session.scalars(service_bank.lines(actor))) == []
    assert service_bank.choices(paid.world.session, actor) == []
    with pytest.raises(NotFound):
        service_bank.ignore(paid.world.session, actor, waiting(paid)[0].id)
    with pytest.raises(AppError):
        load(paid, statement(paid), paid.world.actor("company"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", "日期,金额\n2026-01-01,5\n".encode()])
def test_a_file_that_is_no_statement_is_told(paid: Story, content: bytes) -> None:
    with pytest.raises(Invalid) as error:
        load(paid, content)
    assert set(error.value.fields) == {"file"}


