"""Whatever people try and however time passes, a licence stays inside its procedure."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from tests.licences.conftest import ANSWERS, ONE_DATABASE, START, World
from webapp.core import clock, policy
from webapp.core.errors import AppError
from webapp.core.policy import ANONYMOUS
from webapp.licences import outlook, outlook_money, service
from webapp.licences.models import Licence
from webapp.licences.states import FINALS, LICENCE
from webapp.licences.values import DECISIONS

PEOPLE = ("company", "tto", "tto2", "broker", "operator", "researcher", "auditor", "stranger")
STEPS = {(move.source, move.action): move.target for move in LICENCE.moves} | {(state, "remind"): state for state in LICENCE.states}
ENDING = ("cancel", "reject", "send_back", "terminate", "ask_exit")
KINDS = ("offered", "offered", "offered", "offered", "any", "time", "time")


def answers(licence: Licence, action: str, dice: random.Random) -> dict[str, Any]:
    """Ordinary answers for a step, with those that depend on the licence."""
    due = next(iter(outlook_money.open_instalments(licence)), None)
    undecided = [row.id for notice in licence.notices for row in notice.objections if not row.decision]
    left = due.amount_fen - due.received_fen if due else 100
    paid = dice.choice((left, max(1, left // 2), left + 1))
    more: dict[str, dict[str, Any]] = {
        "decide": {
            "objection_id": undecided[0] if undecided else 1, "decision": dice.choice([*DECISIONS, "RESUME", "RERUN", "RESUME"]), "decision_text": "经核实不影响许可。",
        },
        "sign": {"text_hash": licence.text_hash}, "report": {"period_end": outlook.next_period(licence) or clock.today()},
        "schedule": {"first_due": service.first_due(licence), "months": "1"},
        "receipt": {
            "instalment_id": due.id if due else 1, "amount": f"{paid // 100}.{paid % 100:02d}", "received_on": clock.today(),
            "reference": f"REF{dice.randrange(10**9)}",
        },
        "deliver": {"security_reference": "BH-1"}, "confirm_exit": {"note": "资料已返还。"},
    }  # fmt: skip
    return ANSWERS.get(action, {}) | more.get(action, {})


def move(world: World, licence: Licence, dice: random.Random, shunned: tuple[str, ...]) -> None:
    """One thing that happens: somebody does what the page offers, somebody tries anything, a visitor objects, or time runs."""
    kind, who = dice.choice(KINDS), dice.choice(PEOPLE)
    if kind == "time":
        world.tick(licence)
    elif licence.notices and dice.random() < 0.05:
        data = {"name": "示例异议人", "contact": "0532-0000", "text": f"异议内容第 {dice.random()} 条。", "challenged": "RESULT"}
        service.object_to(world.session, ANONYMOUS, licence.notices[-1], data, world.settings)
    elif licence.state == "DRAFT":
        world.apply(trigger=dice.choice(("TRIAL_END", "FIRST_REVENUE")))
    else:
        rare = dice.random() < 0.02
        shown = [(who, name) for who in PEOPLE for name in policy.reveal(world.actor(who), licence).actions if rare or name not in shunned]
        action = dice.choice(list(service.DEEDS))
        if kind == "offered" and shown:
            who, name = dice.choice(shown)
            action = "decide" if name == "resume" else name
        world.act(licence, who, action, **answers(licence, action, dice))


def sound(world: World, licence: Licence) -> None:
    """What is true of every licence at every moment."""
    for event in licence.events:
        assert STEPS[event.from_state, event.action] == event.to_state
    if licence.state in FINALS:
        assert (licence.awaits, licence.due_on) == ("", None)
    else:
        assert licence.awaits, licence.state
        assert licence.due_on is not None
    received = sum(row.received_fen for row in licence.instalments)
    assert received <= licence.price_fen
    assert all(row.received_fen <= row.amount_fen for row in licence.instalments)
    assert (licence.state == "COMPLETED") == (received == licence.price_fen > 0)
    for who in PEOPLE:
        policy.reveal(world.actor(who), licence)


@ONE_DATABASE
@pytest.mark.parametrize("seed", range(12))
def test_a_licence_never_leaves_its_procedure(world: World, seed: int) -> None:
    dice, day = random.Random(seed), 0
    with clock.frozen(START):
        licence = world.apply(trigger=dice.choice(("TRIAL_END", "ACCEPTANCE_TEST_PASS", "ACCEPTANCE_TEST_PASS")), trigger_text="盐雾试验合格。", instalment_count="2")
    for _ in range(120):
        day += dice.choice((0, 0, 0, 1, 7, 60))
        with clock.frozen(START + timedelta(days=day)):
            savepoint = world.session.begin_nested()
            try:
                move(world, licence, dice, ENDING if seed % 2 else (*ENDING, "claim"))
                savepoint.commit()
            except AppError:
                savepoint.rollback()
            sound(world, licence)
        if licence.state in FINALS:
            break
