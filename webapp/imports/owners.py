"""Whose rows imported rows are: the batch's organisation, the one a row names, or the one that holds unclaimed rows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
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


def named(session: Session, kind: str, name: str) -> Organisation | None:
    """The one organisation of the fitting kind with exactly this name; where two share it, none can be meant."""
    query = select(Organisation).where(Organisation.kind == OWNER_KINDS[kind], Organisation.name == name)
    found = list(session.scalars(query.limit(2)))
    return found[0] if len(found) == 1 and found[0].code != f"import-{kind}" else None


class Owners:
    """Finds owners for the rows of one batch, asking the database once per name."""

    def __init__(self, session: Session, actor: Actor, kind: str, fixed: Organisation | None) -> None:
        self.session, self.actor, self.kind, self.fixed = session, actor, kind, fixed
        self._by_name: dict[str, Organisation | None] = {}

    def of(self, draft: Draft) -> Organisation:
        """The owner of a new row."""
        return self.fixed or self._named(draft.organisation) or holding(self.session, self.actor, self.kind)

    def _named(self, name: str) -> Organisation | None:
        if name and name not in self._by_name:
            self._by_name[name] = named(self.session, self.kind, name)
        return self._by_name.get(name)

    def keep_name(self, draft: Draft, owner: Organisation) -> None:
        """A unit that is not the owner is still told: as the department of a result, in the unpublished contact of a demand."""
        if not draft.organisation or draft.organisation == owner.name:
            return
        field = "department" if self.kind == "results" else "contact"
        whole = " ".join(part for part in (draft.organisation, draft.values.get(field)) if part)
        draft.values[field] = whole if len(whole) <= LONGEST[field] else draft.values.get(field) or draft.organisation[: LONGEST[field]]
