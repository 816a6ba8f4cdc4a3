"""No account reads or posts without end: the settings' rates hold for each person alone, and leave visitors and files of the site be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from webapp import create_app
from webapp.config import Settings
from webapp.core.db import Database


@pytest.fixture
def settings(tmp_path: Any, database: Database) -> Settings:
    """Rates that a test can reach."""
    base = Settings(var=tmp_path / "var", database_url=database.url, secret_key="not-secret", web_workers=1)
    return replace(base, rate_read="4 per hour", rate_post="2 per hour")


def test_one_person_reads_and_posts_within_the_rates_and_another_is_not_hindered(
    app: Any, database: Database, make_person: Callable[..., Any], sign_in: Callable[..., None]
) -> None:
    with database.transaction() as session:
        people = [make_person(session, "broker") for _ in range(2)]
    first, other = app.test_client(), app.test_client()
    sign_in(first, people[0])
    sign_in(other, people[1])
    assert [first.get("/notices").status_code for _ in range(5)] == [200] * 4 + [429]
    assert [first.post("/notices/read").status_code < 400 for _ in range(3)] == [True, True, False]
    refused = first.get("/notices")
    assert refused.status_code == 429
    assert "稍后再试" in refused.text or "太快" in refused.text or "频繁" in refused.text
    assert first.get("/static/css/tokens.css").status_code == 200
    assert other.get("/notices").status_code == 200


def test_visitors_share_a_network_address_and_are_not_counted_together(app: Any) -> None:
    client = app.test_client()
    assert {client.get("/results").status_code for _ in range(8)} == {200}


def test_the_rates_as_delivered_are_far_from_what_a_person_does(tmp_path: Any) -> None:
    delivered = Settings()
    assert int(delivered.rate_read.split()[0]) >= 600
    assert int(delivered.rate_post.split()[0]) >= 120
    create_app(replace(delivered, var=tmp_path, secret_key="x"))
