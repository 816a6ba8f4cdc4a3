"""What licences add to the history of an organisation: the ones it took or gave, as the reader may see them."""

from __future__ import annotations

from sqlalchemy import or_
from sqlalchemy.orm import Session

from webapp.catalog.models import Result
from webapp.core import policy
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.licences.models import Licence
from webapp.licences.states import LICENCE
from webapp.matches import history
from webapp.matches.history import Line


def lines(session: Session, actor: Actor, organisation_id: int, most: int) -> list[Line]:
    """The latest use-first licences of a company or a school."""
    theirs = or_(Licence.licensee_id == organisation_id, Licence.licensor_id == organisation_id)
    rows = session.scalars(
        policy.visible(actor, Licence).where(theirs).order_by(Licence.updated_at.desc(), Licence.id.desc()).limit(most)
    ).unique()
    return [
        Line(N_("先用后付"), row.updated_at, _title(session, actor, row), LICENCE.states[row.state], f"/licences/{row.id}") for row in rows
    ]


def _title(session: Session, actor: Actor, row: Licence) -> str:
    title: str = policy.reveal(actor, session.get_one(Result, row.result_id)).title
    return title


history.register("licence", lines)
