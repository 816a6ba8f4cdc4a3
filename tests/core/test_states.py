"""Lifecycles: a step is in the table and yours, or it is refused by name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from webapp.core.errors import Forbidden, Refused
from webapp.core.states import Lifecycle, moves

DOOR = Lifecycle(
    "door",
    {"OPEN": "open", "SHUT": "shut", "LOCKED": "locked"},
    moves(("OPEN", "shut", "guest owner", "SHUT"), (("OPEN", "SHUT"), "lock", "owner", "LOCKED")),
    frozenset({"LOCKED"}),
    "OPEN",
)


def test_a_step_of_the_table_moves_the_object() -> None:
    door = SimpleNamespace(state="OPEN")
    assert DOOR.step(door, "shut", {"guest"}).target == "SHUT"
    assert door.state == "SHUT"


def test_a_step_that_is_not_in_the_table_is_refused_by_name() -> None:
    with pytest.raises(Refused) as refused:
        DOOR.step(SimpleNamespace(state="LOCKED"), "shut", {"owner"})
    assert refused.value.code == "door_shut_from_locked"


def test_a_step_of_somebody_else_is_forbidden_and_changes_nothing() -> None:
    door = SimpleNamespace(state="OPEN")
    with pytest.raises(Forbidden):
        DOOR.step(door, "lock", {"guest"})
    assert door.state == "OPEN"


def test_actions_are_those_of_ones_parts() -> None:
    assert DOOR.actions("OPEN", {"guest"}) == ["shut"]
    assert DOOR.actions("OPEN", {"owner"}) == ["shut", "lock"]
    assert DOOR.actions("LOCKED", {"owner"}) == []
