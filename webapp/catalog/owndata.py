"""What the catalogue holds of a person, for the export of one's own data, and what goes when an account is closed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.accounts.owndata import erases, lists
from webapp.catalog.models import Demand, Draft, Report, Result, Revision, SavedList

for _name, _model in (("results", Result), ("demands", Demand)):
    _row: Any = _model
    lists(_name, _row.created_by_id, _row.id, _row.title, _row.state, _row.contact, _row.created_at, _row.published_at)
lists("changes", Revision.person_id, Revision.kind, Revision.row_id, Revision.version, Revision.action, Revision.at)
lists("drafts", Draft.person_id, Draft.kind, Draft.row_id, Draft.typed, Draft.saved_at)
lists("saved_lists", SavedList.person_id, SavedList.page, SavedList.name, SavedList.query, SavedList.created_at)
lists("reports", Report.reporter_id, Report.kind, Report.row_id, Report.reason, Report.text, Report.contact, Report.state, Report.created_at)


@erases
def _forget(session: Session, person: Person) -> None:
    """Drafts and lists go; postings stay with the organisation, without the person's address or telephone."""
    for model in (Draft, SavedList):
        session.execute(delete(model).where(model.person_id == person.id))
    session.execute(update(Report).where(Report.reporter_id == person.id).values(contact=""))
    session.execute(update(Revision).where(Revision.person_id == person.id).values(name=""))
    ways = [word for word in (person.email, person.phone, person.name) if word]
    for posting in (Result, Demand):
        row: Any = posting
        named = or_(*(row.contact.contains(word, autoescape=True) for word in ways))
        for found in session.scalars(select(row).where(named)).unique():
            found.contact = ""
