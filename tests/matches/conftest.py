"""Fixtures of the match tests."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.matches.world import World, build


@pytest.fixture
def world(session: Session) -> World:
    """One suggested match with everybody round it."""
    return build(session)
