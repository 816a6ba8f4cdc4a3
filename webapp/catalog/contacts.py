"""Who reads the contact details of a posting: its own people, the desk that checks it, and whoever works on an open task about it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session, object_session

from webapp.catalog.models import Demand, Result
from webapp.catalog.states import DESK_WORK
from webapp.core.policy import Actor

Posting = Result | Demand
Working = Callable[[Session, Actor, Posting], bool]
_working: list[Working] = []


def working(function: Working) -> Working:
    """Register who works on an open task about a row, which a topic above knows."""
    _working.append(function)
    return function


def readable(actor: Actor, row: Posting, mine: bool) -> bool:
    """Never the public, nor a guest or a broker without an open task; `mine` says that the row is the actor's organisation's."""
    if mine or actor.has("operator"):
        return True
    if actor.has("broker") and isinstance(row, Demand) and row.state in DESK_WORK:
        return True  # to check a demand somebody must be able to ask about it
    session = object_session(row)
    return actor.signed_in and session is not None and any(function(session, actor, row) for function in _working)
