"""Ten thousand tries to sign in: the right password is never reached, the site stays answering, and nobody is locked out for good."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask_security import hash_password

from tests import makers
from webapp import create_app
from webapp.accounts import attempts
from webapp.config import Settings
from webapp.core.db import Database

# All of them take a minute or two; a tenth of them shows the same. TEST_FLOOD=10000 runs the whole flood.
TRIES = int(os.environ.get("TEST_FLOOD", "1000"))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Rates as they are on a site, counted in this process."""
    return replace(settings, rate_storage="memory://")


@pytest.fixture
def app(settings: Settings, database: Database) -> Any:
    """The application with passwords kept as on a site."""
    application = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    application.database.dispose()
    application.database = database
    return application


def _victim(app: Any, database: Database) -> str:
    """An operator's address; the password is `the right one`, which does sign in."""
    with app.app_context():
        secret = hash_password("the right one")
    with database.transaction() as session:
        makers.person(session, "operator", email="victim@example.com", password=secret)
    assert _guess(app, "the right one", "192.0.2.1") == 302
    return "victim@example.com"


def _guess(app: Any, password: str, address: str) -> int:
    answer = app.test_client().post(
        "/sign-in", data={"email": "victim@example.com", "password": password}, environ_base={"REMOTE_ADDR": address}
    )
    return int(answer.status_code)


def test_a_flood_of_guesses_reaches_nothing(app: Any, database: Database, settings: Settings) -> None:
    victim = _victim(app, database)
    client, answers = app.test_client(), Counter[int]()
    for n in range(TRIES):
        password = "the right one" if n == TRIES - 1 else f"guess-{n}"  # the last one is right
        answers[client.post("/sign-in", data={"email": victim, "password": password}).status_code] += 1
    assert set(answers) <= {200, 429}
    assert answers[429] > TRIES * 0.5
    assert client.get("/mine").status_code == 302
    assert client.get("/results").status_code == 200


def test_from_many_addresses_one_account_is_still_not_guessed_and_opens_again(
    app: Any, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _victim(app, database)
    tries = max(settings.lock_after * 3, 60)
    for n in range(tries):
        assert _guess(app, f"guess-{n}", f"203.0.113.{n % 250}") == 200
    assert _guess(app, "the right one", "198.51.100.7") == 200  # even the right one waits
    later = attempts.real_now() + timedelta(minutes=settings.lock_minutes + 1)
    monkeypatch.setattr(attempts, "real_now", lambda: later)
    assert _guess(app, "the right one", "198.51.100.8") == 302
