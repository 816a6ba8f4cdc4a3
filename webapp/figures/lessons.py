"""What the engine learnt, as the quality page shows it, and the operator's choice of a version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.core import policy
from webapp.core.errors import NotFound
from webapp.core.policy import Actor
from webapp.matches import learning
from webapp.matches.models import Lesson


@dataclass(frozen=True)
class Row:
    """One version: how many verdicts it rests on and how well it foretold those held back."""

    id: int
    at: datetime
    verdicts: int
    unlearned: float | None
    learned: float | None
    state: str
    chosen_by: str

    @property
    def in_use(self) -> bool:
        """Whether the ranking stands on this version."""
        return self.state in ("CURRENT", "PINNED")


def listing(session: Session) -> list[Row]:
    """The latest versions, newest first."""
    return [
        Row(v.id, v.created_at, v.verdicts, v.unlearned, v.learned, v.state, v.chosen_by.name if v.chosen_by else "")
        for v in learning.versions(session)
    ]


def choose(session: Session, actor: Actor, lesson_id: int) -> None:
    """Use this version until somebody lets learning go on."""
    policy.check(actor, "match:lessons")
    lesson = session.get(Lesson, lesson_id) if 0 < lesson_id < 2**62 else None
    if lesson is None:
        raise NotFound
    learning.choose(session, actor, lesson)


def go_on(session: Session, actor: Actor) -> None:
    """Let learning go on by schedule."""
    learning.go_on(session, actor)
