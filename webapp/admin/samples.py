"""Sample rows the rules are asked about for the table of rights: each in three nearnesses to the asker, in every state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from webapp.accounts.models import Expert, Joining, Membership, Organisation, Person, Verification
from webapp.accounts.values import ROLE_KINDS
from webapp.brokers.models import Visit
from webapp.catalog.models import Demand, Result
from webapp.catalog.states import LIFECYCLES
from webapp.core import clock
from webapp.core.policy import Actor
from webapp.licences.models import Licence
from webapp.licences.states import LICENCE
from webapp.matches.models import Match
from webapp.matches.states import MATCH
from webapp.messages.models import Mail
from webapp.tasks.models import Task
from webapp.tasks.states import TASK

MINE, OURS, OTHERS = "mine", "ours", "others"  # by the asker, by a colleague, by strangers
ME, COLLEAGUE, STRANGER = 1, 2, 3
HOME, ELSEWHERE = 1, 9
Sample = tuple[str, Any]


def asker(role: str) -> Actor:
    """Somebody with this role in a verified organisation; `visitor` is nobody."""
    if role == "visitor":
        return Actor()
    return Actor(ME, "", HOME, ROLE_KINDS[role], frozenset({role}), True)


def _organisation(number: int, kind: str, verified: bool = True) -> Organisation:
    row = Organisation(id=number, kind=kind, name="", founder_id=STRANGER)
    row.verified_at = clock.now() if verified else None
    return row


def _near(near: str, actor: Actor) -> tuple[int, int]:
    """Whose organisation, and which person, a row of this nearness belongs to."""
    home = ELSEWHERE if near == OTHERS else (actor.organisation_id or HOME)
    return home, {MINE: ME, OURS: COLLEAGUE, OTHERS: STRANGER}[near]


def _posting(model: Any, kind: str, near: str, actor: Actor, state: str) -> Any:
    home, person = _near(near, actor)
    row = model(id=1, state=state, confidentiality=1, organisation=_organisation(home, kind), created_by_id=person, organisation_id=home)
    row.published_at = clock.now()
    return row


def _nearnesses() -> tuple[str, ...]:
    return (MINE, OURS, OTHERS)


def postings(actor: Actor) -> Iterator[Sample]:
    """Results and demands in every state."""
    for near in _nearnesses():
        for model, kind in ((Result, "SCHOOL"), (Demand, "COMPANY")):
            for state in LIFECYCLES[model.__tablename__].states:
                yield near, _posting(model, kind, near, actor, state)


def matches(actor: Actor) -> Iterator[Sample]:
    """Pairs in every state; both sides near or far alike."""
    for near in _nearnesses():
        for state in MATCH.states:
            demand = _posting(Demand, "COMPANY", near, actor, "OPEN")
            yield near, Match(id=1, state=state, demand=demand, result=_posting(Result, "SCHOOL", near, actor, "PUBLISHED"))


def tasks(actor: Actor) -> Iterator[Sample]:
    """Tasks led by the asker, a colleague, a stranger."""
    for near in _nearnesses():
        _, person = _near(near, actor)
        match = next(row for found, row in matches(actor) if found == near)
        for state in TASK.states:
            yield near, Task(id=1, state=state, broker_id=person, match=match)


def licences(actor: Actor) -> Iterator[Sample]:
    """Licences between two organisations, or foreign ones."""
    for near in _nearnesses():
        home, person = _near(near, actor)
        for state in LICENCE.states:
            result = _posting(Result, "SCHOOL", near, actor, "PUBLISHED")
            yield near, Licence(id=1, state=state, licensor_id=home, licensee_id=home, broker_id=person, applicant_id=person, result=result)


def results(actor: Actor) -> Iterator[Sample]:
    """Published results."""
    for near in _nearnesses():
        yield near, _posting(Result, "SCHOOL", near, actor, "PUBLISHED")


def organisations(actor: Actor) -> Iterator[Sample]:
    """One's own organisation and another of each kind, verified and not."""
    for near in (OURS, OTHERS):
        for kind in [actor.organisation_kind] if near == OURS and actor.organisation_kind else ["COMPANY", "SCHOOL", "BROKER_FIRM"]:
            for verified in (True, False):
                yield near, _organisation(_near(near, actor)[0], kind, verified)


def verifications(actor: Actor) -> Iterator[Sample]:
    """Requests of the asker, of the asker's organisation, of strangers."""
    for near in _nearnesses():
        home, person = _near(near, actor)
        yield near, Verification(id=1, state="SUBMITTED", organisation=_organisation(home, "COMPANY", False), submitted_by_id=person)


def joinings(actor: Actor) -> Iterator[Sample]:
    """Requests for every role, by the asker, at the asker's organisation, elsewhere."""
    for near in _nearnesses():
        home, person = _near(near, actor)
        for role, kind in ROLE_KINDS.items():
            if near == OTHERS or kind == actor.organisation_kind:
                yield near, Joining(id=1, kind="REQUEST", state="WAITING", role=role, person_id=person, organisation=_organisation(home, kind))


def memberships(actor: Actor) -> Iterator[Sample]:
    """Memberships of the asker, of colleagues, of strangers."""
    for near in _nearnesses():
        home, person = _near(near, actor)
        kind = actor.organisation_kind if near != OTHERS and actor.organisation_kind else "COMPANY"
        yield near, Membership(id=1, person_id=person, organisation=_organisation(home, kind), role="company_user", active=True)


def visits(actor: Actor) -> Iterator[Sample]:
    """Visits by the asker, a colleague, a stranger."""
    for near in _nearnesses():
        yield near, Visit(id=1, person_id=_near(near, actor)[1])


def people(_actor: Actor) -> Iterator[Sample]:
    """The asker and somebody else."""
    yield MINE, Person(id=ME, name="")
    yield OTHERS, Person(id=STRANGER, name="")


def mails(_actor: Actor) -> Iterator[Sample]:
    """A confirmation and a reset."""
    for kind in ("confirm", "account"):
        yield OTHERS, Mail(id=1, kind=kind)


def kinds(_actor: Actor) -> Iterator[Sample]:
    """What files may hold."""
    yield OTHERS, "results"
    yield OTHERS, "demands"


def models(_actor: Actor) -> Iterator[Sample]:
    """Which rows an import publishes."""
    yield OTHERS, Result
    yield OTHERS, Demand


def nothing(_actor: Actor) -> Iterator[Sample]:
    """Rules that ask for no row."""
    yield OTHERS, None


Maker = Callable[[Actor], Iterator[Sample]]
# What each rule is asked about; others are asked about the rows of their area, and the tests notice a rule that none of these fits.
OF: dict[str, Maker] = {
    "catalog:approve": postings, "catalog:details": postings, "catalog:edit": postings, "catalog:import_published": models,
    "figures:organisation": organisations, "figures:broker": people, "imports:kind": kinds, "joining:admit": joinings, "licence:apply": results, "licence:figures": licences, "licence:ledger": licences, "licence:books": licences, "licence:diligence": licences,
    "licence:offer": results, "licence:texts": licences,
    "match:answer": matches, "match:judge": matches, "match:own": postings, "match:pass_on": matches, "match:recommend": matches, "membership:end": memberships,
    "message:read_mail": mails, "organisation:edit": organisations, "organisation:join": organisations,
    "organisation:people": organisations, "organisation:submit": organisations, "organisation:unverify": organisations,
    "organisation:verify": verifications, "person:read": people, "person:suspend": people, "rivalry:declare": organisations,
    "secrecy:accept": postings, "secrecy:layers": postings, "secrecy:seen": postings,
    "task:assign": tasks, "task:lead": tasks, "task:log": tasks, "visit:invite": visits,
}  # fmt: skip
AREAS: dict[str, Maker] = {
    "catalog": postings, "match": matches, "task": tasks, "licence": licences, "organisation": organisations, "person": people,
    "demand": postings, "result": postings, "secrecy": postings, "message": mails, "attachments": postings, "broker": people,
}  # fmt: skip


def of(action: str, actor: Actor) -> Iterator[Sample]:
    """The rows a rule is asked about: those named for it, else none at all and those of its area."""
    if action in OF:
        yield from OF[action](actor)
        return
    yield from nothing(actor)
    yield from AREAS.get(action.partition(":")[0], nothing)(actor)


MODELS: dict[str, Any] = {
    "result": Result, "demand": Demand, "match": Match, "task": Task, "licence": Licence, "organisation": Organisation, "expert": Expert,
}  # fmt: skip
EVERY: dict[type, tuple[str, ...]] = {
    Result: ("catalog:approve", "catalog:details", "catalog:edit", "licence:apply"),
    Demand: ("catalog:approve", "catalog:details", "catalog:edit"),
    Match: ("match:judge", "match:pass_on", "match:recommend", "match:answer"),
    Task: ("task:lead", "task:log", "task:assign"),
    Licence: ("licence:texts", "licence:figures"),
    Organisation: ("organisation:edit", "organisation:people", "organisation:join", "organisation:submit", "rivalry:declare"),
    Expert: (),
}  # fmt: skip
