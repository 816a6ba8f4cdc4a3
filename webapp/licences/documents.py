"""Public notices as the full-text index sees them: what was published, for everybody."""

from __future__ import annotations

from webapp.engines import kinds
from webapp.engines.index import SearchDocument
from webapp.engines.kinds import PUBLIC
from webapp.licences.models import PublicNotice


def key(row: PublicNotice) -> str:
    """The notice's id in the index."""
    return f"{row.__tablename__}:{row.id}"


def public_text(row: PublicNotice) -> str:
    """The words of a notice that everybody may read."""
    facts = row.facts
    words = (facts.get("summary"), facts.get("code"), facts.get("department"), facts.get("related_party"), facts.get("basis"))
    return "\n".join(str(word) for word in words if word)


def search_document(row: PublicNotice) -> SearchDocument:
    """The notice for the index, found by its title, its sides and its inventors; nothing of it is hidden."""
    facts = row.facts
    names = tuple(str(facts[name]) for name in ("licensor", "licensee", "lead") if facts.get(name))
    return kinds.versioned(
        SearchDocument(
            id=key(row), kind=row.__tablename__, title=str(facts.get("title", "")), text=public_text(row), names=names, access=(PUBLIC,),
            filters={"kind": row.__tablename__, "year": str(row.starts_on.year)}, date=row.starts_on.isoformat(),
        )
    )  # fmt: skip
