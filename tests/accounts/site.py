"""A browser on the application as it is served, for tests of sign-in: tokens are sent, mails are read, codes are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp.core.db import Database
from webapp.messages.models import Mail

PASSWORD = "correct horse battery"


def token(page: str) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]


@dataclass
class Browser:
    """A test client that sends forms the way a person does."""

    client: Any
    database: Database

    def get(self, path: str) -> Any:
        """Open a page."""
        return self.client.get(path)

    def post(self, path: str, data: dict[str, Any] | None = None, form_on: str | None = None, **more: Any) -> Any:
        """Fill in the form of a page and send it."""
        page = self.client.get(form_on or path, follow_redirects=True)
        return self.client.post(path, data={"csrf_token": token(page.text)} | (data or {}), **more)

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> Any:
        """Type address and password."""
        return self.post("/sign-in", {"email": email, "password": password} | more)

    def register(self, email: str, name: str = "林示例", password: str = PASSWORD, **more: Any) -> Any:
        """Fill in the registration."""
        return self.post("/register", {"email": email, "name": name, "password": password, "password_confirm": password, "agree": "y"} | more)

    def mails(self, email: str = "") -> list[Mail]:
        """What was mailed, oldest first."""
        with self.database.transaction(write=False) as session:
            query = select(Mail).order_by(Mail.id)
            return list(session.scalars(query.where(Mail.recipient == email) if email else query))

    def link(self, email: str, path: str) -> str:
        """The path of the link to `path` in the last mail to an address."""
        found = re.findall(rf"http://localhost:8000({path}\S*)", self.mails(email)[-1].body)
        assert found, self.mails(email)[-1].body
        return str(found[0])

    def fresh(self) -> Browser:
        """Another browser on the same site."""
        return Browser(self.client.application.test_client(), self.database)
