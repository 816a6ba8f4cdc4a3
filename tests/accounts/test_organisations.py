"""Organisations are founded, verified by somebody else, joined by invitation or request, and left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import fields, joining, organisations, service
from webapp.accounts.models import Joining, Organisation, Person
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import AppError, Forbidden, Invalid, NotFound, Refused, Stale
from webapp.core.policy import Actor

Make = Callable[..., Any]
SETTINGS = Settings()
CODE = "91370211MAYYYY016U"


def loose(session: Session, make_person: Make, name: str = "示例") -> Actor:
    """Somebody signed in who belongs nowhere."""
    person = make_person(session, "company_user", name=name)
    person.memberships[0].active = False
    session.flush()
    return service.actor_for(session, person, None)


def again(session: Session, actor: Actor, home: Organisation) -> Actor:
    """The same person acting for an organisation, as the next page sees them."""
    return service.actor_for(session, session.get_one(Person, actor.person_id), home.id)


def company(session: Session, make_person: Make, **more: Any) -> tuple[Organisation, Actor]:
    """A founded company and its founder acting for it."""
    founder = loose(session, make_person)
    row = organisations.found(session, founder, "COMPANY", {"name": "示例新公司", "uscc": CODE} | more)
    return row, again(session, founder, row)


def test_a_founder_looks_after_the_company_but_an_operator_verifies_it(session: Session, make_person: Make, actor_of: Make) -> None:
    row, founder = company(session, make_person)
    assert founder.roles == {"company_admin"}
    assert not founder.verified
    entry = organisations.submit(session, founder, row, "营业执照见附件")
    with pytest.raises(Refused):
        organisations.submit(session, founder, row, "再来一次")
    operator = actor_of(session, "operator")
    with pytest.raises(Invalid):
        organisations.decide(session, operator, entry, False, " ")
    organisations.decide(session, operator, entry, True, "")
    assert row.verified_by_id == operator.person_id
    assert again(session, founder, row).verified
    with pytest.raises(AppError):
        organisations.decide(session, operator, entry, True, "")


def test_who_submitted_or_belongs_never_verifies(session: Session, make_person: Make, actor_of: Make, make_organisation: Make) -> None:
    operator = actor_of(session, "operator")
    row = organisations.found(session, operator, "COMPANY", {"name": "示例自家公司", "uscc": CODE})
    entry = organisations.submit(session, again(session, operator, row), row, "")
    for acting in (operator, again(session, operator, row)):
        with pytest.raises(Forbidden):
            organisations.decide(session, acting, entry, True, "")
    organisations.decide(session, actor_of(session, "operator"), entry, True, "")


@pytest.mark.parametrize(("kind", "role"), [("SCHOOL", "tto"), ("BROKER_FIRM", "broker")])
def test_trusted_roles_count_only_once_the_organisation_is_verified(
    session: Session, make_person: Make, actor_of: Make, kind: str, role: str
) -> None:
    founder = loose(session, make_person)
    row = organisations.found(session, founder, kind, {"name": f"示例{kind}"})
    acting = again(session, founder, row)
    assert acting.roles == frozenset()
    entry = organisations.submit(session, acting, row, "")
    organisations.decide(session, actor_of(session, "operator"), entry, True, "")
    assert again(session, founder, row).roles == {role}
    organisations.withdraw_verification(session, actor_of(session, "operator"), row, "证书过期")
    assert again(session, founder, row).roles == frozenset()


def test_two_organisations_share_neither_code_nor_name(session: Session, make_person: Make) -> None:
    company(session, make_person)
    with pytest.raises(Invalid) as refused:
        company(session, make_person)
    assert set(refused.value.fields) == {"uscc", "name"}


def test_every_fault_is_told_at_once_and_nothing_is_kept(session: Session, make_person: Make) -> None:
    with pytest.raises(Invalid) as refused:
        company(session, make_person, name="", uscc="91370211MAYYYY016V", staff="很多", revenue_fen="一百万", website="javascript:alert(1)")
    assert set(refused.value.fields) == {"name", "uscc", "staff", "revenue_fen", "website"}
    assert session.scalars(select(Organisation).where(Organisation.uscc.is_not(None))).first() is None


@pytest.mark.parametrize("typed", ["９１３７０２１１ＭＡＹＹＹＹ０１６Ｕ", " 91370211mayyyy016u ", "91370211-MAYYYY-016U"])
def test_codes_are_read_the_way_people_type_them(typed: str) -> None:
    assert fields.code(typed) == CODE


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(typed: str) -> None:
    for read in (fields.code, fields.website, fields.phone, lambda t: fields.whole("staff", t, 100), lambda t: fields.money("assets_fen", t)):
        try:
            found = read(typed)
        except Invalid:
            continue
        assert found is None or isinstance(found, str | int)


@given(st.integers(0, 10**9), st.integers(0, 9999))
def test_sums_in_wan_become_fen_exactly(whole: int, tail: int) -> None:
    if whole < 10**9:
        assert fields.money("revenue_fen", f"{whole}.{tail:04d}") == whole * 1_000_000 + tail * 100


def test_a_verified_organisation_keeps_its_name_and_code(session: Session, make_person: Make, actor_of: Make) -> None:
    row, founder = company(session, make_person)
    row.verified_at = clock.now()
    session.flush()
    values = {"name": "换个名字", "uscc": CODE}
    with pytest.raises(Invalid):
        organisations.edit(session, founder, row, values, row.version)
    organisations.edit(session, actor_of(session, "operator"), row, values, row.version)
    with pytest.raises(Stale):
        organisations.edit(session, founder, row, values, row.version - 1)


def test_an_invitation_lets_in_only_the_invited_address_and_once(session: Session, make_person: Make) -> None:
    row, admin = company(session, make_person)
    entry = joining.invite(session, admin, SETTINGS, row, "Gast@Example.com", "company_user", "研发部")
    secret = joining.renew_secret(entry)
    session.flush()
    assert secret not in str(entry.secret_hash)
    thief = loose(session, make_person)
    with pytest.raises(Refused):
        joining.answer_invitation(session, thief, secret, True)
    guest_person = make_person(session, "company_user", email="gast@example.com")
    guest = service.actor_for(session, guest_person, None)
    joining.answer_invitation(session, guest, secret, True)
    assert again(session, guest, row).roles == {"company_user"}
    with pytest.raises(NotFound):
        joining.answer_invitation(session, guest, secret, True)


def test_an_invitation_lapses_and_can_be_withdrawn(session: Session, make_person: Make) -> None:
    row, admin = company(session, make_person)
    first = joining.invite(session, admin, SETTINGS, row, "a@example.com", "company_user")
    with pytest.raises(Refused):
        joining.invite(session, admin, SETTINGS, row, "a@example.com", "company_user")
    second = joining.invite(session, admin, SETTINGS, row, "b@example.com", "company_user")
    secret = joining.renew_secret(second)
    joining.take_back(session, admin, second)
    session.flush()
    with pytest.raises(NotFound):
        joining.invited(session, secret)
    clock.set_offset(timedelta(days=SETTINGS.invite_days + 1))
    assert joining.expire(session) == 1
    assert first.state == "EXPIRED"


@pytest.mark.parametrize(
    ("role", "kind", "yes", "no"),
    [
        ("company_user", "COMPANY", "company_admin", "company_user"),
        ("researcher", "SCHOOL", "tto", "researcher"),
        ("tto", "SCHOOL", "tto", "researcher"),
        ("broker", "BROKER_FIRM", "operator", "broker"),
    ],
)
def test_who_lets_whom_in(
    session: Session, make_person: Make, make_organisation: Make, actor_of: Make, role: str, kind: str, yes: str, no: str
) -> None:
    home = make_organisation(session, kind)
    inside = {wanted: actor_of(session, wanted, home if wanted != "operator" else None) for wanted in (yes, no)}
    entry = joining.ask(session, loose(session, make_person), home, role, "我是新来的")
    with pytest.raises(Forbidden):
        joining.answer_request(session, inside[no], entry, True)
    joining.answer_request(session, inside[yes], entry, True)
    assert entry.state == "ACCEPTED"


def test_nobody_lets_themselves_in_and_an_empty_organisation_asks_the_operator(
    session: Session, make_person: Make, make_organisation: Make, actor_of: Make
) -> None:
    home = make_organisation(session, "SCHOOL")
    operator = actor_of(session, "operator")
    own = joining.ask(session, operator, home, "researcher", "")
    with pytest.raises(Forbidden):
        joining.answer_request(session, operator, own, True)
    joining.answer_request(session, actor_of(session, "operator"), own, True)
    office = actor_of(session, "tto", home)
    other = joining.ask(session, loose(session, make_person), home, "researcher", "")
    with pytest.raises(Forbidden):
        joining.answer_request(session, actor_of(session, "operator"), other, True)
    joining.answer_request(session, office, other, False, "不认识")
    assert other.decision_note == "不认识"


def test_the_last_administrator_stays_while_others_are_members(session: Session, make_person: Make) -> None:
    row, admin = company(session, make_person)
    entry = joining.ask(session, loose(session, make_person), row, "company_user", "")
    joining.answer_request(session, admin, entry, True)
    mine = service.memberships(session, admin.person_id or 0)[0]
    with pytest.raises(Refused):
        joining.end(session, admin, mine)
    guest = next(m for m in joining.members(session, row) if m.role == "company_user")
    joining.end(session, admin, guest)
    joining.end(session, admin, mine)
    assert service.memberships(session, admin.person_id or 0) == []


def test_a_role_of_another_kind_is_refused(session: Session, make_person: Make) -> None:
    row, admin = company(session, make_person)
    with pytest.raises(Invalid):
        joining.ask(session, loose(session, make_person), row, "operator", "")
    with pytest.raises(Invalid):
        joining.invite(session, admin, SETTINGS, row, "x@example.com", "broker")
    assert session.scalars(select(Joining)).first() is None


def test_an_operator_enters_a_carrier_that_its_circle_lists_and_nobody_else_may(
    database: Any, client: Any, make_person: Make, sign_in: Callable[..., None]
) -> None:
    from webapp.catalog.models import Cluster

    with database.transaction() as session:
        session.add(Cluster(code="upc", zh="石油大学圈", en="UPC circle", short_zh="石大", short_en="UPC"))
        operator, company = make_person(session, "operator"), make_person(session, "company_admin")
    typed = {"kind": "CARRIER", "name": "示例中试基地", "cluster_code": "upc", "services": "中试、场地", "industry_code": "", "size_class": ""}
    sign_in(client, company)
    client.post("/organisations/new", data=typed)
    sign_in(client, operator)
    assert "登记载体" in client.get("/organisations").text
    assert "请选载体所在的创新圈" in client.post("/organisations/new", data=typed | {"cluster_code": ""}).text
    with database.transaction(write=False) as session:
        assert session.scalars(select(Organisation).where(Organisation.kind == "CARRIER")).all() == []
    assert client.post("/organisations/new", data=typed).status_code == 302
    with database.transaction(write=False) as session:
        row = session.scalars(select(Organisation).where(Organisation.kind == "CARRIER")).one()
        assert (row.cluster_code, row.services, row.verified_by_id, row.memberships) == ("upc", ["中试", "场地"], operator.id, [])
    assert "示例中试基地" in client.get("/clusters/upc").text
