"""What goes of watched searches when an account is closed: nobody is left to be told."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.accounts.owndata import erases
from webapp.discovery.models import SavedSearch


@erases
def _forget(session: Session, person: Person) -> None:
    """Searches go with what was found for them."""
    for row in session.scalars(select(SavedSearch).where(SavedSearch.person_id == person.id)):
        session.delete(row)
