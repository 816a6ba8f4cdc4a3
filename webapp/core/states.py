"""Lifecycles as tables: (state, action, who, state); `step()` moves an object or refuses by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from webapp.core.errors import N_, Forbidden, Refused


@dataclass(frozen=True)
class Move:
    """One allowed step; `who` names the parts (owner, tto, broker, system …) that may take it."""

    source: str
    action: str
    who: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class Lifecycle:
    """The states of one kind of object with their names for people, and every allowed step."""

    name: str
    states: dict[str, str]
    moves: tuple[Move, ...]
    finals: frozenset[str]
    start: str
    shapes: dict[str, str] = field(default_factory=dict)
    # The same rows by where they begin: a page asks for every step of every licence on it.
    _by_source: dict[tuple[str, str], Move] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_source", {(m.source, m.action): m for m in reversed(self.moves)})

    def move(self, state: str, action: str) -> Move | None:
        """The step `action` from `state`, if the table has it."""
        return self._by_source.get((state, action))

    def actions(self, state: str, parts: Iterable[str]) -> list[str]:
        """What somebody with these parts may do from `state`, in table order."""
        mine = set(parts)
        return [m.action for m in self.moves if m.source == state and mine & set(m.who)]

    def step(self, obj: Any, action: str, parts: Iterable[str]) -> Move:
        """Move `obj.state`; raises Refused when the table has no such step, Forbidden when it is somebody else's."""
        move = self.move(obj.state, action)
        if move is None:
            raise Refused(code=f"{self.name}_{action}_from_{obj.state}".lower())
        if not set(parts) & set(move.who):
            raise Forbidden(N_("这一步要由别的角色来做。"), code=f"{self.name}_{action}_not_yours")
        obj.state = move.target
        return move


def moves(*rows: tuple[str | tuple[str, ...], str, str, str]) -> tuple[Move, ...]:
    """Rows (state or states, action, 'who who', state) as steps; an empty target means the state stays."""
    out = []
    for sources, action, who, target in rows:
        for source in (sources,) if isinstance(sources, str) else sources:
            out.append(Move(source, action, tuple(who.split()), target or source))
    return tuple(out)
