"""Sign-in and out through the pages, with CSRF tokens and real password hashes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from webapp import create_app
from webapp.accounts.models import Person
from webapp.config import Settings
from webapp.core.db import Database
from webapp.users import hasher

Make = Callable[..., Any]


@pytest.fixture
def browser(settings: Settings, database: Database, make_person: Make) -> Any:
    """A browser on the application as it is served: CSRF tokens wanted, passwords hashed with argon2."""
    with database.transaction() as session:
        make_person(session, "broker", email="lin@example.com", name="林示例", password=hasher(settings)("correct horse"))
    app = create_app(settings)
    app.database.dispose()
    app.database = database
    return app.test_client()


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def _sign_in(browser: Any, password: str, **more: str) -> Any:
    token = _token(browser.get("/sign-in").text)
    return browser.post("/sign-in", data={"email": "lin@example.com", "password": password, "csrf_token": token} | more)


def test_the_right_password_leads_to_the_desk(browser: Any, database: Database) -> None:
    answer = _sign_in(browser, "correct horse")
    assert answer.status_code == 302
    assert browser.get("/start").headers["Location"] == "/matches"
    assert browser.get("/notices").status_code == 200
    with database.transaction(write=False) as session:
        assert session.query(Person).one().login_count == 1


def test_a_wrong_password_and_an_unknown_address_look_the_same(browser: Any) -> None:
    wrong = _sign_in(browser, "wrong horse")
    unknown = _sign_in(browser, "correct horse", email="nobody@example.com")
    assert wrong.status_code == unknown.status_code
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)
    assert browser.get("/notices").status_code == 302


def test_a_form_without_its_token_is_refused_with_a_way_out(browser: Any) -> None:
    answer = browser.post("/sign-in", data={"email": "lin@example.com", "password": "correct horse"})
    assert answer.status_code == 400
    assert browser.get("/notices").status_code == 302


def test_signing_out_ends_the_session(browser: Any) -> None:
    _sign_in(browser, "correct horse")
    assert browser.get("/sign-out").status_code in {404, 405}
    browser.post("/sign-out", data={"csrf_token": _token(browser.get("/notices").text)})
    assert browser.get("/notices").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(browser: Any, target: str) -> None:
    token = _token(browser.get("/sign-in").text)
    data = {"email": "lin@example.com", "password": "correct horse", "csrf_token": token}
    answer = browser.post("/sign-in", query_string={"next": target}, data=data)
    location = answer.headers.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_a_page_that_needs_sign_in_leads_back_to_itself(browser: Any) -> None:
    answer = browser.get("/notices")
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_language_and_theme_are_remembered_and_lead_back_to_this_site_only(browser: Any) -> None:
    token = _token(browser.get("/sign-in").text)
    answer = browser.post("/language", data={"language": "en", "next": "//evil.example", "csrf_token": token})
    assert answer.headers["Location"] == "/"
    assert 'lang="en"' in browser.get("/").text
    browser.post("/theme", data={"theme": "dark", "csrf_token": token})
    assert 'data-bs-theme="dark"' in browser.get("/").text


def test_every_answer_carries_a_strict_policy(browser: Any) -> None:
    for address in ("/", "/nowhere", "/healthz"):
        policy = browser.get(address).headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_a_pause_is_a_line_of_the_log(browser: Any, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(Settings().lock_after):
        answer = _sign_in(browser, f"wrong horse {number}")
    assert "暂停" in answer.text
    assert "sign-in paused" in caplog.text
    assert "lin@example.com" not in caplog.text
