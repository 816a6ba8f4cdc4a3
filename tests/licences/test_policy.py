"""Who sees a licence, what of it, and who may take its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.licences.conftest import ONE_DATABASE, World
from tests.licences.story import Story
from webapp.core import policy
from webapp.core.errors import Forbidden, NotFound, Refused
from webapp.core.policy import ANONYMOUS
from webapp.licences import service
from webapp.licences.models import Licence
from webapp.licences.shown import Words
from webapp.messages.models import Notice

SECRETS = ("intended_use", "plan", "contract_text", "delivery_list")


def sees(world: World, who: str, licence: Licence) -> bool:
    try:
        return bool(policy.find(world.session, world.actor(who), Licence, licence.id))
    except NotFound:
        return False


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("company", True), ("tto", True), ("tto2", True), ("researcher", True), ("broker", True), ("operator", True), ("auditor", True),
        ("broker2", False), ("stranger", False), ("admin", False),
    ],
)  # fmt: skip
def test_a_licence_is_seen_by_its_parties_its_broker_operators_and_auditors_only(
    world: World, trial: Licence, who: str, expected: bool
) -> None:
    assert sees(world, who, trial) is expected
    listed = world.session.scalars(service.licences(world.actor(who))).unique().all()
    assert (trial in listed) is expected, "a list never shows what the page refuses"


def test_visitors_other_schools_and_other_researchers_see_nothing(world: World, trial: Licence) -> None:
    world.people["rival"] = makers.person(world.session, "tto")
    world.people["colleague"] = makers.person(world.session, "researcher", world.school)
    assert not sees(world, "rival", trial)
    assert not sees(world, "colleague", trial)
    with pytest.raises(NotFound):
        policy.find(world.session, ANONYMOUS, Licence, trial.id)


def test_a_new_application_is_seen_by_every_broker_until_one_takes_it(world: World) -> None:
    licence = world.apply()
    assert sees(world, "broker", licence)
    assert sees(world, "broker2", licence)
    world.act(licence, "broker", "check")
    assert sees(world, "broker", licence)
    assert not sees(world, "broker2", licence)


def test_the_auditor_sees_states_and_not_texts(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    with at(100):
        world.act(trial, "company", "report", period_end="2025-06-24", sales="3")
        world.act(trial, "tto", "claim")
    view = policy.reveal(world.actor("auditor"), trial)
    assert view.state == "TRIAL"
    assert view.stages
    assert len(view.timeline) >= len(trial.events)
    assert [getattr(view, name) for name in SECRETS] == [""] * 4
    assert (view.reports, view.evidence, view.reason, view.actions) == ((), "", "", ())
    assert view.size is not None
    assert (view.size.steps, view.size.evidence) == ((), "")
    assert not any(line.reason or line.who for line in view.timeline)


@pytest.mark.parametrize(("who", "figures"), [("company", True), ("broker", True), ("operator", True), ("tto", True), ("researcher", False)])
def test_the_companys_figures_are_for_those_who_judge_them(world: World, trial: Licence, who: str, figures: bool) -> None:
    view = policy.reveal(world.actor(who), trial)
    assert view.contract_text == trial.contract_text
    assert view.size is not None
    assert bool(view.size.steps) is figures
    assert view.size.tier == "SMALL"


def test_the_team_reads_and_takes_no_steps(world: World, trial: Licence) -> None:
    assert policy.reveal(world.actor("researcher"), trial).actions == ()


def test_steps_are_offered_only_to_those_who_can_take_them(world: World, at: Callable[[int], Any]) -> None:
    def offered(who: str) -> set[str]:
        return set(policy.reveal(world.actor(who), licence).actions)

    licence = world.apply()
    assert offered("broker") == {"check", "send_back"}
    assert offered("operator") == {"send_back", "reject", "terminate"}
    assert offered("company") == {"cancel"}
    assert offered("tto") == set()
    world.act(licence, "broker", "check")
    assert offered("broker") == {"send_back"}
    assert offered("operator") == {"confirm", "send_back", "reject", "terminate"}
    world.act(licence, "operator", "confirm")
    assert offered("tto") == {"approve", "endorse", "send_back", "reject"}
    assert offered("operator") == {"terminate"}


@ONE_DATABASE
@pytest.mark.parametrize("who", ["stranger", "broker2", "auditor", "admin", "researcher"])
def test_what_is_not_offered_is_refused(world: World, trial: Licence, who: str) -> None:
    for action in ("report", "claim", "ask_exit", "cancel", "terminate", "receipt"):
        with pytest.raises((Forbidden, Refused)):
            world.act(trial, who, action)
    assert trial.state == "TRIAL"


def test_the_waiting_list_holds_what_waits_for_me(world: World, signed: Licence, at: Callable[[int], Any]) -> None:
    def waiting(who: str) -> list[Licence]:
        return list(world.session.scalars(service.licences(world.actor(who), waiting_for_me=True)).unique())

    assert (waiting("tto"), waiting("company"), waiting("researcher"), waiting("auditor")) == ([signed], [], [], [])
    with at(21):
        world.act(signed, "tto", "deliver")
        assert (waiting("tto"), waiting("company")) == ([], [signed])
        world.act(signed, "company", "receive")
        assert waiting("company") == [], "a report due in three months is nothing to do yet"
    with at(100):
        assert waiting("company") == [signed]


def test_mails_and_notices_name_no_confidential_title(world: World) -> None:
    world.result.confidentiality, world.result.title = 2, "秘密配方名称"
    world.apply()
    told = list(world.session.scalars(select(Notice)))
    assert told
    assert all("秘密配方名称" not in str(notice.params) for notice in told)


@pytest.mark.parametrize("consents", [True, False])
def test_what_happens_without_an_answer_is_told_as_the_contract_has_it(world: World, consents: bool) -> None:
    rule = {"notice_days": "15", "notice_day_type": "calendar", "silence_confirms": consents, "deems_receipt": not consents}
    service.set_rule(world.session, world.actor("tto"), rule)
    story = Story(world).to("DELIVERING", trigger="ACCEPTANCE_TEST_PASS", trigger_text="盐雾试验 5000 小时无起泡。")

    def consequence() -> str:
        with story.now():
            return Words("zh_CN").next_step(policy.reveal(world.actor("operator"), story.licence))[1]

    assert ("视为已收到" in consequence()) is not consents
    story.do("company:receive", "tto:claim")
    assert ("视为触发条件成就" in consequence()) is consents
    assert ("不视为同意" in consequence()) is not consents
