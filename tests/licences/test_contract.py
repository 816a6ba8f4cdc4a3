"""The contract text and its signatures: one hash for both sides, two persons, delivery with security."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from tests.licences.conftest import World
from webapp.accounts import service as accounts
from webapp.accounts.models import Grant, Membership
from webapp.core import policy
from webapp.core.errors import Invalid, Refused
from webapp.licences import contract, service
from webapp.licences.models import Licence
from webapp.licences.service_contract import terms


@pytest.fixture
def signing(world: World, at: Callable[[int], Any]) -> Licence:
    """A licence whose notice has ended on day 20."""
    with at(0):
        licence = world.apply(intended_use="试用于 {平台} 的钢桩，100% 覆盖。", security="GUARANTEE")
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    with at(20):
        world.tick(licence)
    return licence


def test_the_text_says_the_terms_and_the_sum_in_figures_and_capitals(signing: Licence) -> None:
    text = signing.contract_text
    for part in (
        signing.licensor.name, signing.licensee.name, signing.code, signing.result.title, "12 个月", "1,000,000.00 元",
        "壹佰万元整", "333,333.34 元（大写：叁拾叁万叁仟叁佰叁拾叁元叁角肆分）", "试用于 {平台} 的钢桩，100% 覆盖。", "保函或担保", "试用期满",
    ):  # fmt: skip
        assert part in text
    assert signing.text_hash == hashlib.sha256(text.encode()).hexdigest()


def test_where_the_brokers_firm_stands_in_the_contract_it_is_named_has_its_duty_and_signs(world: World, at: Callable[[int], Any]) -> None:
    with at(0):
        licence = world.apply()
        world.act(licence, "broker", "check", third_party=True)
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    with at(20):
        world.tick(licence)
        text = licence.contract_text
        assert licence.firm is not None
        assert f"技术转移机构（丙方）：{licence.firm.name}" in text
        assert "5.3 丙方负责核验资格、跟踪试用" in text
        for who in ("company", "tto"):
            world.act(licence, who, "sign", text_hash=licence.text_hash)
        assert licence.state == "SIGNING", "two of three sides are no contract"
        world.act(licence, "broker", "sign", text_hash=licence.text_hash)
    assert licence.state == "SIGNED"


def test_another_sum_gives_another_hash(world: World, signing: Licence) -> None:
    agreed = contract.render(terms(signing, world.settings))
    signing.price_fen += 1
    assert contract.text_hash(contract.render(terms(signing, world.settings))) != contract.text_hash(agreed)


def test_both_sides_sign_the_same_text(world: World, signing: Licence, at: Callable[[int], Any]) -> None:
    with at(21):
        world.act(signing, "tto", "sign", text_hash=signing.text_hash)
        assert (signing.state, signing.awaits, signing.effective_on) == ("SIGNING", "company", None)
        world.act(signing, "company", "sign", text_hash=signing.text_hash)
    assert (signing.state, signing.effective_on) == ("SIGNED", date(2025, 3, 24))
    assert {row.side: row.text_hash for row in signing.signatures} == dict.fromkeys(("tto", "company"), signing.text_hash)
    assert [row.state for row in signing.instalments] == ["SCHEDULED"] * 3


def test_one_side_signing_twice_does_not_make_a_contract(world: World, signing: Licence, at: Callable[[int], Any]) -> None:
    with at(21):
        world.act(signing, "tto", "sign", text_hash=signing.text_hash)
        for who in ("tto", "tto2"):
            with pytest.raises(Refused):
                world.act(signing, who, "sign", text_hash=signing.text_hash)
    assert signing.state == "SIGNING"
    assert len(signing.signatures) == 1


def test_one_person_does_not_sign_for_both_sides(world: World, signing: Licence, at: Callable[[int], Any]) -> None:
    both = world.people["tto"]
    world.session.add(Membership(person=both, organisation=world.company, role="company_user"))
    world.session.flush()
    data = {"text_hash": signing.text_hash, "authorised": True}
    with at(21):
        world.act(signing, "tto", "sign", text_hash=signing.text_hash)
        company_side = accounts.actor_for(world.session, both, world.company.id)
        with pytest.raises(Refused) as error:
            service.act(world.session, company_side, signing, "sign", data, settings=world.settings)
    assert error.value.code == "two_persons"


def test_a_text_that_is_not_the_one_shown_is_not_signed(world: World, signing: Licence, at: Callable[[int], Any]) -> None:
    with at(21), pytest.raises(Refused) as error:
        world.act(signing, "company", "sign", text_hash="0" * 64)
    assert error.value.code == "text_changed"
    with at(21), pytest.raises(Invalid):
        world.act(signing, "company", "sign", text_hash=signing.text_hash, authorised=False)


def test_the_signing_limit_does_not_start_again_with_the_first_signature(
    world: World, signing: Licence, at: Callable[[int], Any]
) -> None:
    due = signing.due_on
    with at(40):
        world.act(signing, "tto", "sign", text_hash=signing.text_hash)
    assert signing.due_on == due


def test_delivery_asks_for_the_security_agreed_on(world: World, signing: Licence, at: Callable[[int], Any]) -> None:
    with at(21):
        world.sign(signing)
        with pytest.raises(Invalid) as error:
            world.act(signing, "tto", "deliver")
        assert set(error.value.fields) == {"security_reference", "security_until"}
        world.act(signing, "tto", "deliver", security_reference="BH-2025-001", security_until="2027-01-01")
    assert (signing.state, signing.awaits) == ("DELIVERING", "company")


def test_the_company_sees_the_details_from_delivery_to_the_end(world: World, signing: Licence, at: Callable[[int], Any]) -> None:
    def sees() -> bool:
        return bool(policy.reveal(world.actor("company"), signing.result).details)

    with at(21):
        world.sign(signing)
        assert not sees()
        world.act(signing, "tto", "deliver", security_reference="BH-2025-001", security_until="2027-01-01")
        assert sees()
        world.act(signing, "company", "receive")
        world.act(signing, "company", "ask_exit")
        assert sees()
        world.act(signing, "tto", "confirm_exit")
        assert not sees()
    grant = world.session.scalars(select(Grant)).one()
    assert grant.ended_at is not None


def test_the_trial_begins_when_the_company_has_everything(world: World, signing: Licence, at: Callable[[int], Any]) -> None:
    with at(21):
        world.sign(signing)
        world.act(signing, "tto", "deliver", security_reference="BH-2025-001", security_until="2027-01-01")
    with at(25):
        with pytest.raises(Invalid):
            world.act(signing, "company", "receive", complete=False)
        world.act(signing, "company", "receive")
    assert (signing.trial_start, signing.trial_end) == (date(2025, 3, 28), date(2026, 3, 28))
