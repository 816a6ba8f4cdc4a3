"""Second factor, recovery codes, sign-ins that can be ended, one's own data, closing: through the pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from passlib.totp import TOTP
from sqlalchemy import select

from tests.accounts.site import PASSWORD, Browser
from webapp.accounts import attempts, sign_ins
from webapp.accounts.models import Membership, Person, SignIn
from webapp.core.audit import AuditEvent

EMAIL = "lin@example.com"


def code(key: str, later: int = 0) -> str:
    """What an authenticator app shows for this key."""
    app = TOTP(key=key)
    return str(app.generate(time=int(__import__("time").time()) + later).token)


def set_up(site: Browser) -> str:
    """Sign in and turn the second factor on; returns the key that stands on the page."""
    site.sign_in(EMAIL)
    page = site.post("/account/second-factor", {"setup": "authenticator"})
    key = re.search(r"<code[^>]*>([A-Z2-7-]+)</code>", page.text)
    action = re.search(r'action="(/account/second-factor/[^"]+)"', page.text)
    assert key
    assert action, page.text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[0]
    done = site.client.post(action[1], data={"csrf_token": token, "code": code(key[1].replace("-", ""), -30)})
    assert done.status_code == 302, done.text
    return key[1].replace("-", "")


def test_with_a_second_factor_the_password_alone_opens_nothing(site: Browser) -> None:
    key = set_up(site)
    other = site.fresh()
    assert other.sign_in(EMAIL).headers["Location"].startswith("/second-factor")
    assert other.get("/notices").status_code == 302
    used = code(key)
    assert other.post("/second-factor", {"code": used}).status_code == 302
    assert other.get("/notices").status_code == 200
    replay = site.fresh()
    replay.sign_in(EMAIL)
    assert replay.post("/second-factor", {"code": used}).status_code == 200, "a code works once"
    assert replay.get("/notices").status_code == 302


def test_guessing_codes_is_paused(site: Browser) -> None:
    key = set_up(site)
    other = site.fresh()
    other.sign_in(EMAIL)
    for number in range(4):
        other.post("/second-factor", {"code": f"00000{number}"})
    answer = other.post("/second-factor", {"code": code(key)})
    assert answer.status_code == 200
    assert "暂停" in answer.text


def test_a_recovery_code_works_once(site: Browser) -> None:
    set_up(site)
    page = site.post("/account/recovery-codes", {"generate_new_codes": "1"})
    codes = re.findall(r"<li>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</li>", page.text)
    assert len(codes) == 10
    with site.database.transaction(write=False) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "second_factor:recovery_codes")).all()
    for wanted in (302, 200):
        other = site.fresh()
        other.sign_in(EMAIL)
        assert other.post("/second-factor/recovery", {"code": codes[0]}).status_code == wanted


def test_recovery_codes_and_keys_do_not_lie_readable_in_the_database(site: Browser) -> None:
    key = set_up(site)
    page = site.post("/account/recovery-codes", {"generate_new_codes": "1"})
    codes = re.findall(r"<li>([0-9a-f-]{14})</li>", page.text)
    with site.database.transaction(write=False) as session:
        person = session.scalars(select(Person).where(Person.email == EMAIL)).one()
        assert key not in str(person.tf_totp_secret)
        assert codes[0] not in str(person.mf_recovery_codes)


def test_sign_ins_are_listed_and_one_is_ended_from_another_browser(site: Browser) -> None:
    site.sign_in(EMAIL)
    other = site.fresh()
    other.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
    other.sign_in(EMAIL)
    page = site.get("/account/safety").text
    assert "Firefox · Windows" in page
    ending = re.findall(r'action="(/account/sign-ins/\d+/end)"', page)
    assert len(ending) == 1, "the one of this browser has no button"
    site.post(ending[0], form_on="/account/safety")
    assert other.get("/notices").status_code == 302
    assert site.get("/notices").status_code == 200


def test_nobody_ends_the_sign_ins_of_others(site: Browser, make_person: Any) -> None:
    site.sign_in(EMAIL)
    with site.database.transaction() as session:
        row = SignIn(
            person_id=make_person(session, "broker").id, secret_hash="x", seen_at=attempts.real_now(), expires_at=attempts.real_now()
        )
        session.add(row)
        session.flush()
        number = row.id
    assert site.post(f"/account/sign-ins/{number}/end", form_on="/account/safety").status_code == 404


def test_a_stolen_cookie_is_worthless_after_signing_out_and_after_a_changed_password(site: Browser) -> None:
    site.sign_in(EMAIL)
    stolen = site.fresh()
    cookie = site.client.get_cookie("sunmao").value
    site.post("/sign-out", form_on="/account/safety")
    stolen.client.set_cookie("sunmao", cookie)
    assert stolen.get("/notices").status_code == 302, "signing out ends the sign-in, not only the cookie"
    site.sign_in(EMAIL)
    other = site.fresh()
    other.sign_in(EMAIL)
    new = {"password": PASSWORD, "new_password": "another long secret", "new_password_confirm": "another long secret"}
    assert site.post("/account/password", new).status_code == 302
    assert site.get("/notices").status_code == 200
    assert other.get("/notices").status_code == 302
    with site.database.transaction(write=False) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "person:password")).all()


def test_a_sign_in_ends_when_idle_and_when_its_time_is_over(site: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    real = attempts.real_now
    site.sign_in(EMAIL)
    monkeypatch.setattr(sign_ins, "real_now", lambda: real() + timedelta(hours=13))
    assert site.get("/notices").status_code == 302
    site.sign_in(EMAIL, remember="y")
    monkeypatch.setattr(sign_ins, "real_now", lambda: real() + timedelta(days=2))
    assert site.get("/notices").status_code == 200, "asked to stay"
    monkeypatch.setattr(sign_ins, "real_now", lambda: real() + timedelta(days=6))
    assert site.get("/notices").status_code == 302, "idle too long"


def test_moving_the_demonstrations_clock_signs_nobody_out(site: Browser) -> None:
    from webapp.core import clock

    site.sign_in(EMAIL)
    clock.set_offset(timedelta(days=400))
    assert site.get("/notices").status_code == 200


def test_ones_own_data_is_one_file_and_holds_no_secret(site: Browser) -> None:
    set_up(site)
    answer = site.post("/account/data/export", form_on="/account/data")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    found = json.loads(answer.text)
    assert found["account"]["email"] == EMAIL
    assert found["memberships"][0]["role"] == "broker"
    assert found["sign_ins"]
    assert {"notices", "mails"} <= set(found)
    assert not re.search(r"argon2|totp|uniquifier", answer.text)


def test_a_closed_account_leaves_no_name_address_or_way_in(site: Browser) -> None:
    site.sign_in(EMAIL)
    assert site.post("/account/close", {"sure": ""}).status_code == 200
    assert site.post("/account/close", {"sure": "y"}).status_code == 302
    assert site.get("/notices").status_code == 302
    assert site.sign_in(EMAIL).status_code == 200
    with site.database.transaction(write=False) as session:
        person = session.scalars(select(Person)).one()
        assert "lin" not in person.email
        assert "林" not in person.name
        assert person.password is None
        assert not person.active
        assert not session.scalars(select(Membership)).one().active


def test_sensitive_pages_ask_for_the_password_again(site: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    site.sign_in(EMAIL)
    with site.client.session_transaction() as cookie:
        cookie["fs_paa"] -= 7200
    for path in ("/account/close", "/account/second-factor", "/account/passkeys", "/account/recovery-codes"):
        assert site.get(path).headers.get("Location", "").startswith("/account/verify"), path
    answer = site.post("/account/verify?next=/account/close", {"password": PASSWORD})
    assert answer.headers["Location"].endswith("/account/close")
    assert site.get("/account/close").status_code == 200


def test_a_new_address_counts_once_it_is_confirmed(site: Browser) -> None:
    site.sign_in(EMAIL)
    site.post("/account/email", {"email": "lin.new@example.com"})
    assert site.fresh().sign_in("lin.new@example.com").status_code == 200
    site.get(site.link("lin.new@example.com", "/account/email/"))
    assert site.fresh().sign_in("lin.new@example.com").status_code == 302


def test_the_operator_hands_on_confirmations_but_never_reads_links_that_open_an_account(
    site: Browser, make_person: Any, sign_in: Any, client: Any
) -> None:
    site.fresh().post("/forgotten-password", {"email": EMAIL})
    site.fresh().register("new@example.com")
    with site.database.transaction() as session:
        operator, broker = make_person(session, "operator"), make_person(session, "broker")
    sign_in(client, broker)
    assert client.get("/mails").status_code == 403
    sign_in(client, operator)
    page = client.get("/mails").text
    assert "重设密码" in page
    opening = re.findall(r'action="(/mails/(\d+)/open)"', page)
    assert len(opening) == 1
    assert "/confirm/" in client.post(opening[0][0]).text
    secret = next(mail.id for mail in site.mails(EMAIL))
    assert client.post(f"/mails/{secret}/open").status_code == 403
    with site.database.transaction(write=False) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "mail:read")).one().person_id == operator.id
