"""Registering, confirming, forgetting: whoever asks learns nothing about who has an account."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.accounts.site import PASSWORD, Browser
from webapp import create_app
from webapp.accounts import attempts
from webapp.accounts.models import Person
from webapp.accounts.passwords import guessable
from webapp.config import Settings
from webapp.core import clock


def shown(answer: object) -> str:
    """A page without what differs each time: tokens and the address that was typed."""
    text = re.sub(r'value="[^"]*"', "", answer.text)  # type: ignore[attr-defined]
    return re.sub(r"[\w.]+@example\.com", "", text)


def test_a_new_person_confirms_the_address_and_signs_in(site: Browser) -> None:
    answer = site.register("new@example.com", "新示例")
    assert answer.status_code == 302, answer.text
    assert "/start" not in site.sign_in("new@example.com").headers.get("Location", ""), "not confirmed yet"
    link = site.link("new@example.com", "/confirm/")
    assert site.get(link).status_code == 302
    assert site.sign_in("new@example.com").headers["Location"] == "/start"
    assert site.get("/start").headers["Location"] == "/account/organisations"
    with site.database.transaction(write=False) as session:
        person = session.scalars(select(Person).where(Person.email == "new@example.com")).one()
        assert person.name == "新示例"
        assert person.agreed_at
        assert person.confirmed_at


def test_registering_a_known_and_an_unknown_address_look_the_same(site: Browser) -> None:
    pages = []
    for email in ("lin@example.com", "nobody@example.com"):
        browser = site.fresh()
        answer = browser.register(email)
        pages.append((answer.status_code, answer.headers.get("Location"), shown(browser.client.get("/sign-in"))))
    assert pages[0] == pages[1]
    known = site.mails("lin@example.com")[-1]
    assert "已经有账号" in known.body
    assert "/forgotten-password/" in known.body


def test_forgetting_and_asking_again_look_the_same_for_known_and_unknown_addresses(site: Browser) -> None:
    for path in ("/forgotten-password", "/confirm"):
        answers = [site.fresh().post(path, {"email": email}, follow_redirects=True) for email in ("lin@example.com", "nobody@example.com")]
        assert answers[0].status_code == answers[1].status_code
        assert shown(answers[0]) == shown(answers[1])
    assert site.mails("nobody@example.com") == []


def test_a_forgotten_password_is_set_anew_once_and_ends_every_sign_in(site: Browser) -> None:
    site.sign_in("lin@example.com")
    other = site.fresh()
    other.post("/forgotten-password", {"email": "lin@example.com"})
    link = other.link("lin@example.com", "/forgotten-password/")
    new = {"password": "another long secret", "password_confirm": "another long secret"}
    assert other.post(link, new).status_code == 302
    assert site.get("/notices").status_code == 302, "the old sign-in is over"
    assert other.sign_in("lin@example.com", PASSWORD).status_code == 200
    assert other.sign_in("lin@example.com", "another long secret").headers["Location"] == "/start"
    again = site.fresh().client.get(link, follow_redirects=True)
    assert "新密码" not in re.sub(r"<title>.*?</title>", "", again.text) or again.request.path == "/forgotten-password"


def test_links_in_mails_lead_to_the_sites_own_address_whatever_host_was_asked(site: Browser) -> None:
    page = site.client.get("/forgotten-password", headers={"Host": "evil.example"})
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    site.client.post("/forgotten-password", data={"email": "lin@example.com", "csrf_token": token[1]}, headers={"Host": "evil.example"})
    assert all("evil" not in mail.body for mail in site.mails())


@pytest.mark.parametrize("password", ["short", "password123", "12345678", "abcabcabc", "lin12345", "qwertyuiop", "ｐａｓｓｗｏｒｄ１２３"])
def test_easily_guessed_passwords_are_refused_and_nothing_typed_is_lost(site: Browser, password: str) -> None:
    answer = site.register("lin2@example.com", "林二", password)
    assert answer.status_code == 200
    assert 'value="林二"' in answer.text
    assert site.mails("lin2@example.com") == []


@pytest.mark.parametrize("password", ["correct horse battery", "海边的三棵老槐树", "sunmao-tree-harbour", "x7#kQ2!pLm9v"])
def test_long_and_odd_passwords_are_taken(password: str) -> None:
    assert not guessable(password, "lin@example.com", "林示例")


def test_without_consent_nobody_is_registered(site: Browser) -> None:
    assert site.register("new@example.com", agree="").status_code == 200
    assert site.mails("new@example.com") == []


def test_mass_assignment_reaches_nothing_but_the_fields_of_the_form(site: Browser) -> None:
    site.register("new@example.com", active="", confirmed_at="2020-01-01", fs_uniquifier="x", tf_primary_method="authenticator", id="1")
    with site.database.transaction(write=False) as session:
        person = session.scalars(select(Person).where(Person.email == "new@example.com")).one()
        assert person.active
        assert person.confirmed_at is None
        assert person.fs_uniquifier != "x"
        assert person.tf_primary_method is None


def test_after_too_many_failures_even_the_right_password_waits_and_unknown_addresses_wait_alike(site: Browser) -> None:
    for email in ("lin@example.com", "nobody@example.com"):
        browser = site.fresh()
        answers = [browser.sign_in(email, "wrong horse") for _ in range(4)]
        assert "暂停" not in answers[2].text
        assert "暂停" in answers[3].text
        waiting = browser.sign_in(email)
        assert waiting.status_code == 200
        assert "暂停" in waiting.text


def test_the_pause_ends_by_itself(site: Browser, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        site.sign_in("lin@example.com", "wrong horse")
    real = attempts.real_now
    monkeypatch.setattr(attempts, "real_now", lambda: real() + clock.timedelta(minutes=settings.lock_minutes + 1))
    assert site.fresh().sign_in("lin@example.com").headers["Location"] == "/start"


def test_too_many_tries_from_one_address_are_told_to_wait(settings: Settings, site: Browser) -> None:
    app = create_app(replace(settings, rate_mail="3 per hour"))
    app.database.dispose()
    app.database = site.database
    browser = Browser(app.test_client(), site.database)
    answers = [browser.post("/forgotten-password", {"email": f"n{n}@example.com"}) for n in range(4)]
    assert [answer.status_code for answer in answers][-2:] == [200, 429] or answers[-1].status_code == 429
    assert "太频繁" in answers[-1].text
