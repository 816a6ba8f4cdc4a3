"""Who sees and reads what: every role against every level and state, on lists, single rows and views alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import makers
from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.catalog import policy as rights
from webapp.catalog.models import Demand, Indicator, Result, Target
from webapp.catalog.policy import Posting
from webapp.catalog.states import DESK_WORK, LIFECYCLES, LIVE, PRIVATE
from webapp.core import clock, policy
from webapp.core.policy import ANONYMOUS, SYSTEM, Actor

SECRET, CONTACT, COMPANY_NAME = "合金配比三比七", "电话示例", "示例深海重工有限公司"
DESK = {"broker", "operator"}
OUTSIDERS = {"visitor", "unverified", "auditor", "admin"}
VERIFIED = {"researcher", "company", "guest"}
EVERYBODY = OUTSIDERS | VERIFIED | DESK | {"own"}
LEVELS = range(5)


@dataclass(frozen=True)
class World:
    """Everybody who may look, and one row of each kind for each level and state."""

    actors: dict[str, Actor]
    rows: dict[tuple[str, int, str], Posting]


@pytest.fixture
def world(session: Session) -> World:
    makers.industry(session)
    school, company = makers.organisation(session, "SCHOOL"), makers.organisation(session, "COMPANY", name=COMPANY_NAME)
    guest = makers.organisation(session, "COMPANY")
    actors = {
        "visitor": ANONYMOUS, "unverified": makers.actor(session, "company_user", makers.organisation(session, "COMPANY", verified_at=None)),
        "researcher": makers.actor(session, "researcher"), "company": makers.actor(session, "company_user"),
        "guest": makers.actor(session, "company_user", guest), "own-school": makers.actor(session, "tto", school),
        "own-company": makers.actor(session, "company_user", company),
        **{role: makers.actor(session, role) for role in ("broker", "operator", "auditor", "admin")},
    }  # fmt: skip
    rows = {}
    for kind, home in (("result", school), ("demand", company)):
        for level in LEVELS:
            for state in LIFECYCLES[kind].states:
                rows[kind, level, state] = _row(session, kind, home, level, state)
                accounts.grant(session, SYSTEM, guest.id, rows[kind, level, state], "task:1")
                makers.agreement(session, guest, rows[kind, level, state])
    session.flush()
    return World(actors, rows)


def _row(session: Session, kind: str, home: Organisation, level: int, state: str) -> Posting:
    make: Callable[..., Any] = makers.result if kind == "result" else makers.demand
    published = None if state in PRIVATE | {"SUBMITTED"} else clock.now()
    row = make(session, home, confidentiality=level, state=state, published_at=published, details=SECRET, contact=CONTACT)
    figure = Indicator if kind == "result" else Target
    own = row.indicators if kind == "result" else row.targets
    own.append(figure(name="附着力", comparison="GE", value=10, unit="MPa"))
    return row  # type: ignore[no-any-return]


def who_sees(kind: str, level: int, state: str) -> set[str]:
    """The rule of confidentiality as the domain's text states it, written a second time."""
    if state in PRIVATE:
        return {"own"}
    if state == "SUBMITTED":
        return {"own"} | (DESK if kind == "demand" else set())
    if state not in LIVE[kind]:
        return {"own"} | DESK | ({"guest"} if level < 4 else set())
    if level <= 1:
        return EVERYBODY
    if level == 2:
        return {"own"} | DESK | VERIFIED
    return {"own"} | DESK | ({"guest"} if level == 3 else set())


def who_reads(kind: str, level: int, state: str) -> set[str]:
    return who_sees(kind, level, state) & ({"own"} | DESK | ({"guest"} if level < 4 else set()))


def who_gets_contacts(kind: str, level: int, state: str) -> set[str]:
    """Without an open task nobody but its own people, the operator, and brokers while they check a demand."""
    checking = {"broker"} if kind == "demand" and state in DESK_WORK else set()
    return who_reads(kind, level, state) & ({"own", "operator"} | checking)


def role_of(name: str, kind: str) -> str:
    own, other = ("own-school", "own-company") if kind == "result" else ("own-company", "own-school")
    return "own" if name == own else {"own-school": "researcher", "own-company": "company"}[other] if name == other else name


def test_lists_single_rows_and_views_keep_to_the_table_of_roles_levels_and_states(session: Session, world: World) -> None:
    for name, actor in world.actors.items():
        listed = {kind: set(session.scalars(policy.visible(actor, model)).unique()) for kind, model in (("result", Result), ("demand", Demand))}
        for (kind, level, state), row in world.rows.items():
            case, role = (name, kind, level, state), role_of(name, kind)
            assert (row in listed[kind]) == (role in who_sees(kind, level, state)), case
            assert rights.sees(actor, row) == (row in listed[kind]), case
            view = policy.reveal(actor, row)
            reading = role in who_reads(kind, level, state)
            assert view.reads == reading == rights.reads(actor, row) == policy.can(actor, "catalog:details", row), case
            assert view.details == (SECRET if reading else ""), case
            assert view.contact == (CONTACT if role in who_gets_contacts(kind, level, state) else ""), case
            assert view.hidden == (not reading and rights.sees(actor, row)), case


def _all_words(view: Any) -> str:
    return repr([getattr(view, field.name) for field in fields(view)])


def test_a_view_of_a_row_one_may_not_see_holds_nothing_but_its_number(world: World) -> None:
    for name, actor in world.actors.items():
        for row in world.rows.values():
            if not rights.sees(actor, row):
                view = policy.reveal(actor, row)
                words = _all_words(view)
                assert row.code in words and view.owner_name == ""
                for secret in (row.title, row.summary, row.organisation.name, SECRET, CONTACT, "附着力"):
                    assert secret not in words, (name, row.__tablename__, row.state, row.confidentiality)


def test_an_anonymous_demand_names_its_company_only_to_those_who_read_it_all(world: World) -> None:
    for state in LIVE["demand"]:
        row = world.rows["demand", 1, state]
        for name, actor in world.actors.items():
            view = policy.reveal(actor, row)
            if rights.reads(actor, row):
                assert view.owner_name == COMPANY_NAME and view.organisation_id == row.organisation_id
            else:
                assert view.owner_name == "某船舶海工企业", name
                assert view.organisation_id is None and COMPANY_NAME not in _all_words(view)


def test_an_unnamed_company_without_an_industry_is_just_some_company(session: Session) -> None:
    row = makers.demand(session, makers.organisation(session, "COMPANY", industry_code=None), industry_code=None)
    assert policy.reveal(ANONYMOUS, row).owner_name == "某企业"


def test_an_unfiled_invention_shows_the_public_one_sentence_and_no_figures(session: Session) -> None:
    school = makers.organisation(session, "SCHOOL")
    row = makers.result(session, school, unfiled=True, summary="一种防腐涂层。关键在于锌粉占百分之三十；再加石墨烯。")
    row.indicators.append(Indicator(name="锌粉含量", comparison="EQ", value=30, unit="%"))
    session.flush()
    public = policy.reveal(makers.actor(session, "company_user"), row)
    assert public.summary == "一种防腐涂层。" and public.figures == () and public.hidden
    inside = policy.reveal(makers.actor(session, "researcher", school), row)
    assert inside.summary == row.summary and [figure.name for figure in inside.figures] == ["锌粉含量"]


@pytest.mark.parametrize(
    ("text", "first"),
    [("一句。两句。", "一句。"), ("没有标点", "没有标点"), ("第一；第二", "第一"), ("", ""), ("长" * 200, "长" * 80), ("问？答", "问？")],
)
def test_the_first_sentence_is_short_whatever_the_text(text: str, first: str) -> None:
    assert rights.first_sentence(text) == first


def test_a_grant_that_ended_or_ran_out_opens_nothing(session: Session) -> None:
    guest = makers.actor(session, "company_user")
    for end in ("ended", "until"):
        row = makers.demand(session, confidentiality=3)
        grant = accounts.grant(session, SYSTEM, guest.organisation_id or 0, row, "task:7")
        session.flush()
        assert rights.sees(guest, row) and not rights.reads(guest, row)  # the agreement comes first
        makers.agreement(session, session.get_one(Organisation, guest.organisation_id), row)
        assert rights.sees(guest, row) and rights.reads(guest, row)
        if end == "ended":
            grant.ended_at = clock.now()
        else:
            grant.until = clock.now()
        session.flush()
        assert not rights.sees(guest, row) and not rights.reads(guest, row)


def test_who_posts_what(session: Session) -> None:
    may = {
        role: {kind for kind in ("result", "demand") if policy.can(makers.actor(session, role), f"catalog:post_{kind}")}
        for role in ("researcher", "tto", "company_user", "company_admin", "broker", "operator", "auditor", "admin")
    }
    assert {role for role, kinds in may.items() if kinds == {"result"}} == {"researcher", "tto"}
    assert {role for role, kinds in may.items() if kinds == {"demand"}} == {"company_user", "company_admin"}
    assert not policy.can(ANONYMOUS, "catalog:post_result") and not policy.can(ANONYMOUS, "catalog:post_demand")


def test_only_the_author_or_the_office_edits_a_result_and_only_while_it_may_change(session: Session) -> None:
    school = makers.organisation(session, "SCHOOL")
    author, colleague = makers.actor(session, "researcher", school), makers.actor(session, "researcher", school)
    office, elsewhere, broker = makers.actor(session, "tto", school), makers.actor(session, "tto"), makers.actor(session, "broker")
    row = makers.result(session, school, created_by_id=author.person_id)
    may = {"author": author, "colleague": colleague, "office": office, "elsewhere": elsewhere, "broker": broker}
    assert {name for name, actor in may.items() if policy.can(actor, "catalog:edit", row)} == {"author", "office"}
    row.state = "CONVERTED"
    assert not any(policy.can(actor, "catalog:edit", row) for actor in may.values())


def test_nobody_is_offered_to_approve_what_they_wrote(session: Session) -> None:
    school = makers.organisation(session, "SCHOOL")
    writer, second = makers.actor(session, "tto", school), makers.actor(session, "tto", school)
    row = makers.result(session, school, state="SUBMITTED", published_at=None, created_by_id=writer.person_id)
    assert "approve" not in policy.reveal(writer, row).actions and "return" in policy.reveal(writer, row).actions
    assert "approve" in policy.reveal(second, row).actions


def test_a_notice_may_name_only_what_everybody_reads(session: Session) -> None:
    names = {level: rights.public_title(makers.demand(session, confidentiality=level, title="示例标题")) for level in LEVELS}
    assert [level for level, name in names.items() if name == "示例标题"] == [0, 1]
    assert all(name.startswith("SM-D-") for level, name in names.items() if level >= 2)


def test_the_owner_name_follows_the_readers_language(session: Session) -> None:
    makers.industry(session)
    school = makers.organisation(session, "SCHOOL", name="示例大学", name_en="Example University")
    row = makers.result(session, school)
    assert policy.reveal(ANONYMOUS, row).owner_name == "示例大学"
    assert policy.reveal(replace(ANONYMOUS, language="en"), row).owner_name == "Example University"
