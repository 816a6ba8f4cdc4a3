"""What the matching desk holds of a person, for the export of one's own data, and what goes or hinders when an account is closed."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.accounts.owndata import erases, holds, lists
from webapp.core.errors import N_
from webapp.matches.models import Match, Preference, SavedFilter, Verdict, Wish
from webapp.matches.states import ON_DESK, WAITING

lists("matches_held", Match.broker_id, Match.id, Match.state, Match.grade, Match.reviewed_at, Match.recommended_at)
lists(
    "verdicts", Verdict.person_id, Verdict.match_id, Verdict.part, Verdict.decision, Verdict.reason, Verdict.note, Verdict.share_note,
    Verdict.created_at, Verdict.undone_at,
)  # fmt: skip
lists("wishes", Wish.person_id, Wish.match_id, Wish.part, Wish.created_at, Wish.ended_at)
lists("queue_filters", SavedFilter.person_id, SavedFilter.name, SavedFilter.query, SavedFilter.created_at)
lists("desk_preferences", Preference.person_id, Preference.keys, Preference.personal)


@holds
def _recommended(session: Session, person: Person) -> str:
    """Both sides were asked by this broker and wait for what follows."""
    asked = select(Match.id).where(Match.broker_id == person.id, Match.state.in_(("SHORTLISTED", *WAITING, "MUTUAL"))).limit(1)
    return N_("您经手的匹配还在等答复，请先转交给别的经纪人。") if session.scalars(asked).first() else ""


@erases
def _forget(session: Session, person: Person) -> None:
    """Filters and preferences go, matches still to be judged are free again; verdicts stay, since the ranking learnt from them."""
    for model in (SavedFilter, Preference):
        session.execute(delete(model).where(model.person_id == person.id))
    held = update(Match).where(Match.broker_id == person.id, Match.state.in_(ON_DESK))
    session.execute(held.values(broker_id=None, held_until=None, version=Match.version + 1))
