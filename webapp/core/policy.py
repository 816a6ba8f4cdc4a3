"""The machinery of permissions: who asks (Actor), and the three questions can, visible and reveal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.core.errors import Forbidden, NotFound

Rule = Callable[["Actor", Any], bool]
Filter = Callable[["Actor", Select[Any]], Select[Any]]
View = Callable[["Actor", Any], Any]

_rules: dict[str, Rule] = {}
_filters: dict[type, Filter] = {}
_views: dict[type, View] = {}
_sentences: dict[str, Callable[[Actor, Any], str]] = {}


@dataclass(frozen=True)
class Actor:
    """Who acts: a person in one organisation with that membership's roles."""

    person_id: int | None = None
    name: str = ""
    organisation_id: int | None = None
    organisation_kind: str = ""
    roles: frozenset[str] = frozenset()
    verified: bool = False
    language: str = "zh_CN"

    @property
    def signed_in(self) -> bool:
        """Whether a person stands behind this actor."""
        return self.person_id is not None

    def has(self, *roles: str) -> bool:
        """Whether the actor holds any of these roles."""
        return bool(self.roles & set(roles))

    @property
    def role(self) -> str:
        """The role to write into events: the first by name, `visitor` for nobody."""
        return min(self.roles) if self.roles else "visitor"


ANONYMOUS = Actor()
SYSTEM = Actor(name="system", roles=frozenset({"system"}))


def rule(action: str) -> Callable[[Rule], Rule]:
    """Register the answer to `can(actor, action, obj)`; actions are named `area:action`."""

    def register(function: Rule) -> Rule:
        _rules[action] = function
        return function

    return register


def filters(model: type) -> Callable[[Filter], Filter]:
    """Register which rows of `model` an actor may see."""

    def register(function: Filter) -> Filter:
        _filters[model] = function
        return function

    return register


def views(model: type) -> Callable[[View], View]:
    """Register which fields of a row of `model` an actor may see."""

    def register(function: View) -> View:
        _views[model] = function
        return function

    return register


def says(action: str) -> Callable[[Callable[[Actor, Any], str]], Callable[[Actor, Any], str]]:
    """Register what a refusal of this action says to people, where it is not simply their role; empty for the usual sentence."""

    def register(function: Callable[[Actor, Any], str]) -> Callable[[Actor, Any], str]:
        _sentences[action] = function
        return function

    return register


def actions() -> list[str]:
    """Every registered permission."""
    return sorted(_rules)


def can(actor: Actor, action: str, obj: Any = None) -> bool:
    """May this actor do this? An action nobody registered is a programming error and raises KeyError."""
    return _rules[action](actor, obj)


def check(actor: Actor, action: str, obj: Any = None) -> None:
    """Raise Forbidden unless `can`."""
    if not can(actor, action, obj):
        sentence = _sentences[action](actor, obj) if action in _sentences else ""
        raise Forbidden(sentence or None, code=f"forbidden_{action.replace(':', '_')}")


def visible(actor: Actor, model: type) -> Select[Any]:
    """A query for the rows of `model` this actor may see."""
    return _filters[model](actor, select(model))


def reveal(actor: Actor, obj: Any) -> Any:
    """What this actor may read of `obj`; templates, exports, mails, snippets and reasons are fed only from here."""
    return _views[type(obj)](actor, obj)


def find(session: Session, actor: Actor, model: type, row_id: int) -> Any:
    """The row if this actor may see it, else NotFound: a refused row and a missing one look the same."""
    if not 0 < row_id < 2**62:
        raise NotFound
    row = session.scalars(visible(actor, model).where(model.id == row_id)).unique().one_or_none()  # type: ignore[attr-defined]
    if row is None:
        raise NotFound
    return row
