"""Who may import what, who sees which batches, and what is shown of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, false, or_, select

from webapp.accounts.models import Membership
from webapp.catalog.models import Demand, Result
from webapp.core import clock, policy
from webapp.core.policy import Actor
from webapp.imports.models import ImportBatch
from webapp.imports.values import KINDS

USERS = ("operator", "tto", "company_admin", "broker")
MODELS: dict[str, type[Result] | type[Demand]] = {"results": Result, "demands": Demand}


@policy.rule("imports:use")
def use(actor: Actor, _obj: Any) -> bool:
    """Bulk import is for transfer offices, company administrators, brokers and operators."""
    return actor.has(*USERS)


@policy.rule("imports:kind")
def import_kind(actor: Actor, kind: Any) -> bool:
    """Results come from their school or the operator, demands from their company, a broker or the operator."""
    own = (kind == "results" and actor.has("tto")) or (kind == "demands" and actor.has("company_admin"))
    return kind in KINDS and (own or actor.has("operator", "system") or (kind == "demands" and actor.has("broker")))


@policy.rule("export:use")
def take_along(actor: Actor, _obj: Any) -> bool:
    """Whoever is signed in may take along what they see."""
    return actor.signed_in


def kinds(actor: Actor) -> list[str]:
    """What this actor may import."""
    return [kind for kind in KINDS if policy.can(actor, "imports:kind", kind)]


def publishes(actor: Actor, kind: str) -> bool:
    """Whether rows this actor imports go live at once, or stay drafts until somebody approves them."""
    return policy.can(actor, "catalog:import_published", MODELS[kind])


def owner_id(actor: Actor) -> int | None:
    """The organisation imported rows belong to: schools and companies import for themselves, others for whom a row names."""
    return actor.organisation_id if actor.has("tto", "company_admin") else None


@policy.filters(ImportBatch)
def visible_batches(actor: Actor, query: Select[Any]) -> Select[Any]:
    """Operators see every batch, others those of their organisation and of its people."""
    if actor.has("operator"):
        return query
    if not actor.has(*USERS) or actor.organisation_id is None:
        return query.where(false())
    people = select(Membership.person_id).where(Membership.organisation_id == actor.organisation_id)
    unowned = and_(ImportBatch.organisation_id.is_(None), ImportBatch.created_by_id.in_(people))
    return query.where(or_(ImportBatch.organisation_id == actor.organisation_id, unowned))


@dataclass(frozen=True)
class BatchView:
    """What is shown of a batch: how far it is, what came of it, and how long it may still take."""

    id: int
    kind: str
    file_name: str
    source: str
    state: str
    message: str
    total: int
    done: int
    created: int
    updated: int
    unchanged: int
    refused: int
    owner: str
    by: str
    created_at: datetime
    finished_at: datetime | None
    seconds_left: int | None
    quiet: bool
    drafts: bool

    @property
    def percent(self) -> int:
        """How much of the file has been read, in whole per cent."""
        return self.done * 100 // self.total if self.total else 0

    @property
    def waiting(self) -> bool:
        """Whether the worker still has to do something about it."""
        return self.state in {"QUEUED", "RUNNING"}


@policy.views(ImportBatch)
def view(_actor: Actor, batch: ImportBatch) -> BatchView:
    """A batch the actor may see is seen whole."""
    return BatchView(
        id=batch.id, kind=batch.kind, file_name=batch.file_name, source=batch.source.rpartition("/")[2], state=batch.state,
        message=batch.message, total=batch.total, done=batch.cursor, created=batch.created, updated=batch.updated,
        unchanged=batch.unchanged, refused=batch.refused, owner=batch.organisation.name if batch.organisation else "",
        by=batch.created_by.name if batch.created_by else "", created_at=batch.created_at, finished_at=batch.finished_at,
        seconds_left=seconds_left(batch), quiet=(clock.now() - batch.updated_at).total_seconds() > QUIET_SECONDS,
        drafts=not batch.mapping.get("publish", True),
    )  # fmt: skip


QUIET_SECONDS = 300


def seconds_left(batch: ImportBatch) -> int | None:
    """An estimate from the pace so far, None before there is any."""
    started = batch.mapping.get("started_at")
    if batch.state != "RUNNING" or not started or not batch.cursor:
        return None
    taken = (batch.updated_at - datetime.fromisoformat(started)).total_seconds()
    return max(1, round(taken / batch.cursor * (batch.total - batch.cursor)))
