"""Files on results and demands: how open they may be beside their row, and which of their words the index holds where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from webapp.attachments import policy as attachments
from webapp.attachments.values import BROKERS, NDA, PUBLIC, VERIFIED
from webapp.catalog import layers, policy
from webapp.catalog.models import Demand, Result
from webapp.catalog.policy import Posting
from webapp.catalog.states import EDITABLE
from webapp.catalog.values import ANONYMOUS
from webapp.core.policy import Actor

Found = Iterable[tuple[int, str]]


def _guarded(row: Posting) -> bool:
    """A file would give away the unnamed company, or the invention nobody has filed yet."""
    return row.confidentiality == ANONYMOUS or (isinstance(row, Result) and row.unfiled)


def level(row: Posting, given: int) -> int:
    """Never more open than the row, and never open where the row hides its owner or its technique."""
    return max(given, row.confidentiality, NDA if _guarded(row) else PUBLIC)


def levels(row: Posting) -> tuple[int, ...]:
    """What may be chosen for a new file; the most open first."""
    return tuple(one for one in (PUBLIC, VERIFIED, NDA, BROKERS) if level(row, one) == one)


def opens(actor: Actor, row: Posting, wanted: int) -> bool:
    """Whether an actor who sees the row reads its files of this level."""
    if wanted == PUBLIC:
        return True
    if policy.own(actor, row) or actor.has(*policy.DESK):
        return policy.reads(actor, row)
    if wanted == VERIFIED:
        return policy.verified_reader(actor)
    return wanted == NDA and policy.reads(actor, row) and layers.bound(actor, row)


def may_change(actor: Actor, row: Posting) -> bool:
    """Whoever may edit the row adds and removes its files."""
    return "owner" in policy.parts(actor, row) and row.state in EDITABLE[row.__tablename__]


def searched(row: Posting, found: Found) -> tuple[str, str]:
    """Words of files that all readers of the row may read, and words only its confidential layer holds.

    What is for brokers alone is left out where guests share that layer: nobody finds a row by what they may not read.
    """
    shown, kept = [], []
    for given, text in found:
        counts = level(row, given)
        if counts == row.confidentiality and counts < NDA and not _guarded(row):
            shown.append(text)
        elif counts < BROKERS or row.confidentiality == BROKERS:
            kept.append(text)
    return "\n".join(shown), "\n".join(kept)


def register() -> None:
    """Results and demands may have attachments."""
    for model in (Result, Demand):
        rules: dict[str, Any] = {"may_change": may_change, "level": level, "opens": opens, "levels": levels}
        attachments.register(attachments.Owner(model, **rules))


register()
