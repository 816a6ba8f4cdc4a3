"""Layers of confidentiality: which fields of a row have a level of their own, how far a reader comes, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import object_session

from webapp.accounts import nda
from webapp.accounts.models import Grant
from webapp.accounts.policy import belongs
from webapp.catalog.models import Demand, Result
from webapp.catalog.values import BROKERS, NDA, VERIFIED
from webapp.core import clock
from webapp.core.errors import N_
from webapp.core.files import Attachment
from webapp.core.policy import Actor

Posting = Result | Demand
View = TypeVar("View")
GUESTS = ("researcher", "tto", "company_user", "company_admin", "broker", "operator")
DESK = ("broker", "operator")

# Fields that may be kept closer than their row: what people call them, and what is left of each in a view that must not hold it.
FIELDS: dict[str, str] = {
    "summary": N_("公开摘要"), "keywords": N_("关键词"), "price": N_("价格或预算"), "figures": N_("技术指标"),
    "location": N_("落地地点"), "team": N_("团队"), "details": N_("详细内容"),
}  # fmt: skip
BLANKS: dict[str, dict[str, Any]] = {
    "summary": {"summary": ""}, "keywords": {"keywords": ()}, "price": {"price_min_fen": None, "price_max_fen": None},
    "figures": {"figures": ()}, "location": {"location": ""}, "team": {"department": "", "lead": "", "members": ()},
    "details": {"details": "", "background": "", "present": "", "scope": "", "conditions": ""},
}  # fmt: skip
ONLY = {"location": "demand", "team": "result"}
LEVELS: dict[int, str] = {0: N_("和整条一样"), VERIFIED: N_("实名认证后可见"), NDA: N_("签保密承诺后可见"), BROKERS: N_("仅技术经纪人和运营方")}


def names(kind: str) -> list[str]:
    """The fields of a result or a demand that may have a level of their own."""
    return [name for name in FIELDS if ONLY.get(name, kind) == kind]


def level_of(row: Posting, name: str) -> int:
    """The level of one field; 0 where it follows its row."""
    found = (row.field_levels or {}).get(name, 0)
    return found if isinstance(found, int) else BROKERS


def closed_fields(row: Posting, reach: int) -> tuple[str, ...]:
    """The fields of the row that a reader who comes this far may not read."""
    return tuple(name for name in names(row.__tablename__) if level_of(row, name) > reach)


def let_in(actor: Actor, row: Posting) -> bool:
    """Whether the actor's organisation was given a grant that still stands; nobody is let in to level 4."""
    session = object_session(row)
    if actor.organisation_id is None or session is None or row.confidentiality >= BROKERS or not actor.has(*GUESTS):
        return False
    query = select(Grant.id).where(
        Grant.organisation_id == actor.organisation_id, Grant.subject_kind == row.__tablename__, Grant.subject_id == row.id,
        Grant.ended_at.is_(None), or_(Grant.until.is_(None), Grant.until > clock.now()),
    )  # fmt: skip
    with session.no_autoflush:
        return session.scalar(query.limit(1)) is not None


def bound(actor: Actor, row: Posting) -> bool:
    """Whether the actor's organisation has accepted the non-disclosure agreement for this row."""
    session = object_session(row)
    if session is None or actor.organisation_id is None:
        return False
    with session.no_autoflush:
        return nda.accepted(session, actor.organisation_id, row) is not None


def reach(actor: Actor, row: Posting) -> int:
    """How far the actor comes with this row: the highest level they read."""
    inside = belongs(actor, row.organisation_id) and actor.has(*GUESTS)
    if inside or actor.has(*DESK):
        return BROKERS
    if let_in(actor, row):
        return NDA if bound(actor, row) else VERIFIED
    return VERIFIED if actor.signed_in and actor.verified and actor.has(*GUESTS) else 1


def must_accept(actor: Actor, row: Posting) -> bool:
    """Whether a guest of this row finds something in it only after accepting the agreement."""
    if actor.has(*DESK) or belongs(actor, row.organisation_id) or not let_in(actor, row) or bound(actor, row):
        return False
    return row.confidentiality == NDA or NDA in (row.field_levels or {}).values() or _has_files(row)


def _has_files(row: Posting) -> bool:
    session = object_session(row)
    files = select(Attachment.id).where(Attachment.owner_kind == row.__tablename__, Attachment.owner_id == row.id, Attachment.removed_at.is_(None))
    return session is not None and session.scalar(files.limit(1)) is not None


def veil(actor: Actor, row: Posting, view: View) -> View:
    """The view without the fields this reader does not come as far as."""
    if not row.field_levels:
        return view
    closed = closed_fields(row, reach(actor, row))
    changes = {key: blank for name in closed for key, blank in BLANKS[name].items() if hasattr(view, key)}
    return replace(view, **changes, veiled=closed) if closed else view  # type: ignore[type-var]


def guests(row: Posting, let: Iterable[int]) -> list[int]:
    """Those of these organisations that may find the row by its hidden words: where an agreement is asked for, after it."""
    invited = set(let)
    session = object_session(row)
    closer = row.confidentiality >= NDA or NDA in (row.field_levels or {}).values()
    if not invited or session is None or not (closer or _has_files(row)):
        return sorted(invited)
    signed = session.execute(nda.bound(row.__tablename__).where(nda.NdaAcceptance.subject_id == row.id))
    return sorted(invited & {who for _, who in signed})


class _Outer:
    """A row without its closed fields, for those who only read."""

    def __init__(self, row: Posting, blank: dict[str, Any]) -> None:
        self._row, self._blank = row, blank

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # type: ignore[override]
        return self._row.__class__

    def __getattr__(self, name: str) -> Any:
        return self._blank[name] if name in self._blank else getattr(self._row, name)


COLUMNS: dict[str, dict[str, Any]] = {
    "summary": {"summary": ""}, "keywords": {"keywords": []}, "price": {"price_min_fen": None, "price_max_fen": None},
    "figures": {"indicators": [], "targets": []}, "location": {"location": ""}, "team": {"department": "", "lead": "", "members": []},
    "details": {},  # hidden text already
}  # fmt: skip


def split(row: Posting, most: int = BROKERS) -> tuple[Posting, str]:
    """The row as all its readers may read it, and the words of its closer fields up to level `most`: they count, but are never quoted.

    Where guests share the hidden words, level 4 stays out of them: nobody finds a row by what they may not read.
    """
    closed = closed_fields(row, max(1, row.confidentiality))
    if not closed:
        return row, ""
    blank = {key: value for name in closed for key, value in COLUMNS[name].items()}
    if "details" in closed and level_of(row, "details") > most:
        blank |= BLANKS["details"]
    words = [_words(row, name) for name in closed if level_of(row, name) <= most]
    return cast(Posting, _Outer(row, blank)), "\n".join(word for word in words if word)


def _words(row: Posting, name: str) -> str:
    if name == "figures":
        return "；".join(figure.name for figure in (row.indicators if isinstance(row, Result) else row.targets))
    return {"summary": row.summary, "keywords": " ".join(row.keywords)}.get(name, "")
