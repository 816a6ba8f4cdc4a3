"""From stranger to acting for a verified company: register, confirm, found, verify, invite, in a real browser."""

from __future__ import annotations

import email
import re
import time
from collections.abc import Callable
from email.policy import default
from typing import Any

import pytest

from tests.journeys.conftest import Site, Visitor

pytestmark = pytest.mark.journey
Enter = Callable[..., Visitor]
PASSWORD = "harbour lantern seven oaks"
CODE = "91370211MAYYYY9P3C"


def mailed(site: Site, recipient: str, pattern: str, seconds: float = 60) -> str:
    """The link of a mail to this address, waited for in the folder where mails land without a mail server."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path in sorted((site.var / "mail").glob("*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=default)
            found = re.search(pattern, message.get_content()) if message["To"] == recipient else None
            if found:
                return found[0].removeprefix(site.address)
        time.sleep(0.5)
    raise AssertionError(f"no mail to {recipient} with {pattern}")


def register(guest: Visitor, address: str, name: str) -> None:
    """Register, open the link in the mail, sign in."""
    page = guest.go("/register")
    page.fill("input[name=name]", name)
    page.fill("input[name=email]", address)
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=password_confirm]", PASSWORD)
    page.check("input[name=agree]")
    page.click("main button[type=submit]")
    page.wait_for_url("**/sign-in*")
    guest.go(mailed(guest.site, address, r"http\S+/confirm/\S+"))
    sign_in(guest, address)


def sign_in(guest: Visitor, address: str) -> None:
    """Type address and password."""
    page = guest.go("/sign-in")
    page.fill("input[name=email]", address)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form >> nth=0 >> button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def send(page: Any, label: str) -> None:
    """Press the button of this name and wait for the page it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=label, exact=True).first.click()


def test_a_stranger_registers_founds_a_company_is_verified_and_acts(visitor: Enter, site: Site) -> None:
    founder = visitor()
    register(founder, "founder@newcompany.example.com", "秦示例")
    assert "您还不属于任何单位" in founder.page.inner_text("main")

    page = founder.go("/organisations/new")
    page.fill("input[name=name]", "示例新材料（青岛）有限公司")
    page.fill("input[name=uscc]", "91370211MAYYYY9P3A")
    send(page, "登记")
    assert "最后一位是校验位" in page.inner_text("main"), "a wrong check digit is told"
    assert page.input_value("input[name=name]") == "示例新材料（青岛）有限公司"
    page.fill("input[name=uscc]", CODE)
    send(page, "登记")
    page.fill("textarea[name=note]", "营业执照见附件")
    page.set_input_files("input[type=file]", {"name": "licence.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 example"})
    send(page, "提交认证")
    assert "等运营方答复" in page.inner_text("main")

    home = page.url.removeprefix(site.address)
    page = founder.go(home + "/invite")
    page.fill("input[name=email]", "colleague@newcompany.example.com")
    page.select_option("select[name=role]", "company_user")
    send(page, "寄出邀请")

    operator = visitor("operator")
    page = operator.go("/verifications")
    send(page.locator("section, .sm-panel", has_text="示例新材料").first.page, "核对无误，认证")

    founder.until(home, lambda shown: "已认证" in shown.inner_text("main"))
    colleague = visitor()
    register(colleague, "colleague@newcompany.example.com", "温示例")
    page = colleague.go(mailed(site, "colleague@newcompany.example.com", r"http\S+/invitations/\S+"))
    send(page, "接受邀请")
    assert colleague.go("/demands/new").locator("input[name=title]").count() == 1, "acts for the company"
    assert "温示例" in founder.go(home).inner_text("main")
