"""Whose rows imported rows are: the batch's organisation, the one a row names, or the one that holds unclaimed rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.catalog.models import Classification
from webapp.core.policy import Actor
from webapp.imports.rows import Draft
from webapp.imports.values import HOLDING_NAME, HOLDING_NAME_EN, OWNER_KINDS

LONGEST = {"department": 120, "contact": 200}


def holding(session: Session, actor: Actor, kind: str) -> Organisation:
    """The organisation for rows nobody has claimed; made when first needed, never verified."""
    code = f"import-{kind}"
    found = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    return found or accounts.add_organisation(
        session, actor, OWNER_KINDS[kind], HOLDING_NAME, code=code, name_en=HOLDING_NAME_EN, verified_at=None
    )


def named(session: Session, kind: str, names: Iterable[str]) -> dict[str, Organisation]:
    """Organisations of the fitting kind with exactly these names, now or earlier; where two share a name, neither can be meant."""
    wanted = {name for name in names if name}
    query = select(Organisation).where(Organisation.kind == OWNER_KINDS[kind], Organisation.name.in_(wanted))
    rows = [row for row in session.scalars(query) if row.code != f"import-{kind}"]
    counts = Counter(row.name for row in rows)
    earlier = _once(session, wanted - set(counts)) if kind == "results" else {}
    return earlier | {row.name: row for row in rows if counts[row.name] == 1}


def _once(session: Session, names: set[str]) -> dict[str, Organisation]:
    """Schools by a name the list of institutions had for them in an earlier version."""
    entry = (Classification.scheme == "institution", Classification.zh.in_(names))
    query = select(Classification.zh, Organisation).join(Organisation, Organisation.code == Classification.code).where(*entry)
    found = session.execute(query.where(Organisation.kind == OWNER_KINDS["results"])).all() if names else []
    counts = Counter(name for name, _ in {(name, row.id) for name, row in found})
    return {name: row for name, row in found if counts[name] == 1}


class Owners:
    """Finds owners for the rows of one slice; names are looked up together, before anything is stored."""

    def __init__(self, session: Session, actor: Actor, kind: str, fixed: Organisation | None) -> None:
        self.session, self.actor, self.kind, self.fixed = session, actor, kind, fixed
        self._by_name: dict[str, Organisation] = {}

    def look_up(self, drafts: Iterable[Draft]) -> None:
        """Ask once for all units these rows name."""
        if self.fixed is None:
            self._by_name = named(self.session, self.kind, (draft.organisation for draft in drafts))

    def of(self, draft: Draft) -> Organisation:
        """The owner of a new row."""
        return self.fixed or self._by_name.get(draft.organisation) or self._holding

    @cached_property
    def _holding(self) -> Organisation:
        return holding(self.session, self.actor, self.kind)

    def keep_name(self, draft: Draft, owner: Organisation) -> None:
        """A unit that is not the owner is still told: as the department of a result, in the unpublished contact of a demand."""
        if not draft.organisation or draft.organisation == owner.name:
            return
        field = "department" if self.kind == "results" else "contact"
        whole = " ".join(part for part in (draft.organisation, draft.values.get(field)) if part)
        draft.values[field] = whole if len(whole) <= LONGEST[field] else draft.values.get(field) or draft.organisation[: LONGEST[field]]
