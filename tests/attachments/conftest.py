"""A site with a school, a company and the desk, and a worker that looks through attachments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.catalog.test_pages import Site
from webapp.attachments import jobs, service
from webapp.core.db import Database
from webapp.core.files import Attachment
from webapp.core.worker import Context


@pytest.fixture
def site(app: Any, database: Database, sign_in: Callable[..., None]) -> Site:
    return Site(app, database, sign_in)


@pytest.fixture
def examine(site: Site) -> Callable[[], None]:
    """Let the worker look through all new attachments."""

    def run() -> None:
        with site.database.transaction(write=False) as session:
            ids = [row_id for (row_id,) in session.query(Attachment.id)]
        jobs.examine(Context(site.app.settings, site.database, {}), [(service.JOB, row_id) for row_id in ids])

    return run
