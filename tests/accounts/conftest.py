"""Fixtures of the accounts' tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import webapp.accounts.jobs  # noqa: F401 - registers which rows leave jobs
from tests.accounts.site import PASSWORD, Browser
from webapp import create_app
from webapp.config import Settings
from webapp.core.db import Database
from webapp.users import hasher


@pytest.fixture
def site(settings: Settings, database: Database, make_person: Callable[..., Any]) -> Browser:
    """The application as it is served, with one broker, lin@example.com; a pause comes after four failures."""
    own = replace(settings, lock_after=4, rate_sign_in="1000 per minute")
    with database.transaction() as session:
        make_person(session, "broker", email="lin@example.com", name="林示例", password=hasher(own)(PASSWORD))
    app = create_app(own)
    app.database.dispose()
    app.database = database
    return Browser(app.test_client(), database)
