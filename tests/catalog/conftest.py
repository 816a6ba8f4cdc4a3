"""Fixtures of the catalog's tests."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

import webapp.catalog.jobs  # noqa: F401 - registers which rows leave jobs
from tests.catalog.world import World, build


@pytest.fixture
def world(session: Session) -> World:
    """A school, a company and the desk."""
    return build(session)
