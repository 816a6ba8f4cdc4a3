"""Who may do what, worked out by asking the rules themselves; and why one person may or may not with one row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation, Person
from webapp.accounts.states import JOINING, VERIFICATION
from webapp.accounts.values import ROLE_KINDS, ROLES
from webapp.admin import samples
from webapp.catalog.states import LIFECYCLES
from webapp.core import policy
from webapp.core.errors import N_, Invalid
from webapp.core.policy import Actor
from webapp.core.states import Lifecycle
from webapp.licences.states import LICENCE
from webapp.matches.states import MATCH
from webapp.tasks.states import TASK

ASKERS = ("visitor", *ROLES)
NO, MINE, OURS, ALL, UNKNOWN = "no", "mine", "ours", "all", "unknown"
LIFES: tuple[Lifecycle, ...] = (*LIFECYCLES.values(), MATCH, TASK, LICENCE, JOINING, VERIFICATION)


@dataclass(frozen=True)
class Cell:
    """What one role may do with one action: how far it reaches, and whether only in some states."""

    reach: str
    partly: bool = False


def cell(action: str, role: str) -> Cell:
    """Ask the rule about every sample."""
    actor = samples.asker(role)
    answers: dict[str, list[bool]] = {}
    for near, row in samples.of(action, actor):
        answer = _asked(actor, action, row)
        if answer is not None:
            answers.setdefault(near, []).append(answer)
    if not answers:
        return Cell(UNKNOWN)
    for near, reach in ((samples.OTHERS, ALL), (samples.OURS, OURS), (samples.MINE, MINE)):
        if any(answers.get(near, ())):
            return Cell(reach, not all(answers[near]))
    return Cell(NO)


def _asked(actor: Actor, action: str, row: Any) -> bool | None:
    """The rule's answer, None where it is about another kind of row."""
    try:
        return policy.can(actor, action, row)
    except (AttributeError, KeyError, TypeError):
        return None


@cache
def matrix() -> list[tuple[str, dict[str, Cell]]]:
    """Every registered action with every role; rules do not change while the program runs, so they are asked once."""
    return [(action, {role: cell(action, role) for role in ASKERS}) for action in policy.actions()]


@dataclass(frozen=True)
class Reason:
    """A sentence with its values; `of` is translated before it is put in."""

    sentence: str
    of: str = ""


BECAUSE_ROLE = N_("因为有“%(of)s”身份")
BECAUSE_HOME = N_("因为代表的是这个单位")
BECAUSE_PERSON = N_("因为是本人经手的")
BECAUSE_VERIFIED = N_("因为所代表的单位已认证")
ANYBODY = N_("任何人都可以")
NEEDS_ROLE = N_("需要“%(of)s”身份")
NEEDS_HOME = N_("需要代表“%(of)s”")
NEEDS_OTHER = N_("要换一个人：经手过的人不能再办这一步")
NEEDS_VERIFIED = N_("需要所代表的单位通过认证")
NOBODY = N_("在现在的状态下谁都不能")
NEEDS_BOTH = N_("需要以“%(of)s”身份代表有关单位")


@dataclass(frozen=True)
class Answer:
    """One action, yes or no, and why."""

    action: str
    yes: bool
    reasons: tuple[Reason, ...]


Ask = Callable[[Actor], bool]


def why(actor: Actor, homes: list[Organisation], ask: Ask) -> tuple[bool, tuple[Reason, ...]]:
    """Change one thing about the person at a time, ask again, and tell what turned the answer."""
    yes = ask(actor)
    found = _for(actor, ask) if yes else _against(actor, homes, ask)
    return yes, tuple(dict.fromkeys(found)) or (Reason(ANYBODY if yes else NOBODY),)


def _for(actor: Actor, ask: Ask) -> Iterator[Reason]:
    for role in sorted(actor.roles):
        if not ask(replace(actor, roles=actor.roles - {role})):
            yield Reason(BECAUSE_ROLE, ROLES.get(role, role))
    if actor.organisation_id is not None and not ask(replace(actor, organisation_id=-1)):
        yield Reason(BECAUSE_HOME)
    if actor.person_id is not None and not ask(replace(actor, person_id=-1)):
        yield Reason(BECAUSE_PERSON)
    if actor.verified and not ask(replace(actor, verified=False)):
        yield Reason(BECAUSE_VERIFIED)


def _against(actor: Actor, homes: list[Organisation], ask: Ask) -> Iterator[Reason]:
    if actor.person_id is not None and ask(replace(actor, person_id=-1)):
        yield Reason(NEEDS_OTHER)
        return
    if not actor.verified and ask(replace(actor, verified=True)):
        yield Reason(NEEDS_VERIFIED)
    at_home = [replace(actor, organisation_id=home.id, organisation_kind=home.kind, verified=True) for home in homes]
    moved = [(home, ask(other)) for home, other in zip(homes, at_home, strict=True)]
    yield from (Reason(NEEDS_HOME, home.name) for home, turned in moved if turned)
    for role in ROLES:
        kind = ROLE_KINDS[role]
        if role not in actor.roles and ask(replace(actor, person_id=-1, roles=actor.roles | {role}, organisation_kind=kind, verified=True)):
            yield Reason(NEEDS_ROLE, ROLES[role])
    if not any(turned for _, turned in moved):
        for role in ROLES:
            together = [replace(other, person_id=-1, roles=frozenset({role})) for other in at_home if other.organisation_kind == ROLE_KINDS[role]]
            if any(ask(other) for other in together):
                yield Reason(NEEDS_BOTH, ROLES[role])


def homes_of(session: Session, row: Any) -> list[Organisation]:
    """The organisations a row has to do with."""
    numbers: list[int] = []
    parts = [row, getattr(row, "match", None), getattr(row, "result", None), getattr(row, "demand", None)]
    parts += [getattr(row.match, "demand", None), getattr(row.match, "result", None)] if getattr(row, "match", None) else []
    for part in parts:
        numbers += [getattr(part, name) for name in ("organisation_id", "licensor_id", "licensee_id") if getattr(part, name, None)]
    if isinstance(row, Organisation):
        numbers.append(row.id)
    return [home for number in dict.fromkeys(numbers) if (home := session.get(Organisation, number))]


def people(session: Session, at_most: int = 500) -> list[tuple[str, str]]:
    """(e-mail, name) of the accounts, to choose from while one types."""
    return [(email, name) for email, name in session.execute(select(Person.email, Person.name).order_by(Person.name, Person.id).limit(at_most))]


def _person(session: Session, wanted: str) -> Person:
    """By e-mail, or by name where only one person has it."""
    wanted = wanted.strip()
    found = session.scalars(select(Person).where((Person.email == wanted.lower()) | (Person.name == wanted)).limit(2)).all()
    if not found:
        raise Invalid(fields={"email": N_("没有这个姓名或邮箱的账号。")})
    if len(found) > 1:
        raise Invalid(fields={"email": N_("有几个人叫这个名字，请填邮箱。")})
    return found[0]


def find(session: Session, email: str, organisation_id: int | None, kind: str, number: int) -> tuple[Person, Actor, Any]:
    """The person as who they act, and the row; told at the field what is missing."""
    person = _person(session, email)
    row = session.get(samples.MODELS[kind], number) if kind in samples.MODELS and 0 < number < 2**62 else None
    if row is None:
        raise Invalid(fields={"number": N_("没有这个编号。")})
    return person, accounts.actor_for(session, person, organisation_id), row


def explain(session: Session, actor: Actor, row: Any) -> list[Answer]:
    """For one person and one row: may they know of it, and every action, each with its reasons."""
    homes, model = homes_of(session, row), type(row)

    def sees(asking: Actor) -> bool:
        query = policy.visible(asking, model).where(model.id == row.id).with_only_columns(model.id)
        return session.scalars(query).first() is not None

    answers = [Answer("visible", *why(actor, homes, sees))]
    for action in samples.EVERY[model]:

        def ask(asking: Actor, action: str = action) -> bool:
            return policy.can(asking, action, row)

        answers.append(Answer(action, *why(actor, homes, ask)))
    return answers
