"""Fixtures of the task tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.matches.world import World, build
from webapp.matches import answers, verdicts
from webapp.tasks import service
from webapp.tasks.clocks import Clocks
from webapp.tasks.models import Task

CLOCKS = Clocks()


@dataclass
class Job:
    """A task with everybody round it."""

    world: World
    task: Task

    @property
    def session(self) -> Session:
        """The test's session."""
        return self.world.session

    def act(self, who: str, action: str, **data: Any) -> None:
        """Let one of the people do something to the task."""
        service.act(self.session, self.world.actor(who), self.task, action, data, CLOCKS)

    def walk(self, *actions: str, who: str = "broker") -> None:
        """Take several steps as the broker."""
        for action in actions:
            self.act(who, action, note="说明", outcome="LICENSE", reason="PRICE_GAP")


def mutual(session: Session, **values: Any) -> World:
    """A match both sides agreed to."""
    world = build(session, **values)
    verdicts.judge(session, world.actor("broker"), world.match, "shortlist")
    answers.recommend(session, world.actor("broker"), world.match, 14)
    answers.answer(session, world.actor("company_user"), world.match, True)
    answers.answer(session, world.actor("researcher"), world.match, True)
    return world


@pytest.fixture
def job(session: Session) -> Job:
    """A task just assigned to the broker of its match."""
    world = mutual(session)
    task = service.open_for(session, world.match, CLOCKS)
    assert task is not None
    return Job(world, task)
