"""A passkey proved in a real browser: added, signed out, signed in with it alone; and as the second step after a password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import Visitor

pytestmark = pytest.mark.journey
Enter = Callable[..., Visitor]
DEVICE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}


def with_device(guest: Visitor) -> tuple[Any, str]:
    """Give the browser an authenticator like a laptop's fingerprint reader."""
    tools = guest.page.context.new_cdp_session(guest.page)
    tools.send("WebAuthn.enable")
    found = tools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | {"automaticPresenceSimulation": True}})
    return tools, found["authenticatorId"]


def add(guest: Visitor, name: str, usage: str) -> None:
    """Add a passkey on the account's page."""
    page = guest.go("/account/passkeys")
    page.fill("main input[name=name]", name)
    page.check(f"main input[name=usage][value={usage}]")
    page.click("main form >> nth=0 >> button[type=submit]")
    page.wait_for_url("**/account/passkeys")
    page.locator("main li", has_text=name).wait_for()


def leave(guest: Visitor) -> None:
    """Sign out by the button of the bar."""
    page = guest.go("/account/safety")
    page.evaluate("document.querySelector(\"form[action='/sign-out']\").submit()")
    page.wait_for_url(lambda url: "/account" not in url)


def test_a_passkey_is_added_and_signs_in_alone(visitor: Enter) -> None:
    guest = visitor("broker1")
    tools, device = with_device(guest)
    add(guest, "示例电脑", "first")
    kept = tools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [key["rpId"] for key in kept] == ["localhost"]
    leave(guest)
    page = guest.go("/sign-in")
    page.locator("form[action*='/sign-in/passkey'] button[type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    assert guest.go("/account/safety").locator("main").inner_text()
    used = tools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert used[0]["signCount"] > kept[0]["signCount"], "the device was asked"


def test_a_device_that_does_not_know_its_user_signs_nobody_in_without_a_password(visitor: Enter) -> None:
    guest = visitor("broker2")
    tools, device = with_device(guest)
    add(guest, "示例手机", "first")
    leave(guest)
    tools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page = guest.go("/sign-in")
    page.locator("form[action*='/sign-in/passkey'] button[type=submit]").click()
    page.locator("[data-sm-passkey-failed]").wait_for(state="visible")
    guest.page.goto(guest.site.address + "/account/safety")
    assert "/sign-in" in guest.page.url


def test_a_passkey_stands_behind_the_password_as_the_second_step(visitor: Enter) -> None:
    guest = visitor("tto-qut")
    with_device(guest)
    add(guest, "示例钥匙", "secondary")
    leave(guest)
    page = guest.go("/sign-in")
    page.fill("input[name=email]", "tto-qut@sunmao.example")
    page.fill("input[name=password]", guest.site.passwords["tto-qut@sunmao.example"])
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in/passkey" in url)
    page.click("main form >> nth=0 >> button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    assert guest.go("/account/safety").locator("main").inner_text()
