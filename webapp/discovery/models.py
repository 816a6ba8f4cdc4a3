"""Tables of saved searches, and of what was found for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.core.db import Base, BigId, Row


class SavedSearch(Row, Base):
    """A search somebody watches, in the organisation they acted for."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("person_id", "fingerprint"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[dict[str, Any]]  # the parameters of the search page
    fingerprint: Mapped[str] = mapped_column(String(64))
    watching: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime]  # saved or resumed: what was there then is no news
    known: Mapped[list[str] | None]  # what was there then; none where that was too much to keep
    told_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")


class SearchFind(Base):
    """A row that began to fit a saved search; told once."""

    __tablename__ = "search_find"
    __table_args__ = (UniqueConstraint("search_id", "row_key"), Index("ix_search_find_told", "told_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"))
    row_key: Mapped[str] = mapped_column(String(80))
    found_at: Mapped[datetime]
    told_at: Mapped[datetime | None]

    search: Mapped[SavedSearch] = relationship()
