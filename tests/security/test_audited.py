"""Every form of every page, filled in and sent by whoever sees it: whatever changes data leaves an audit event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import lxml.html
import pytest

from tests.security import world as worlds
from webapp.access import ROUTES
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.worker import Context
from webapp.discovery import jobs

NAMES = ("researcher", "tto", "company_admin", "company_user", "broker", "operator", "admin", "auditor", "person without a role", "company_user elsewhere", "visitor")
# Tables that are machinery: waiting work, what was seen or read, sign-ins (whose begin and end are events), and tries counted.
MACHINERY = {"outbox_job", "job", "audit_event", "sign_in", "attempt", "sight", "read_mark", "mail", "notice", "search_find"}
# Routes that change something of their person's own comfort, or nothing that anybody else could ask about.
NOT_AUDITED = {
    "messages.read": "one's own notices as read",
    "messages.settings": "how one wants to be told",
    "matches.preferences": "how one's own pages behave",
    "matches.save_filter": "a filter of one's own queue",
    "matches.drop_filter": "a filter of one's own queue",
    "catalog.list_keep": "a filter of one's own lists",
    "catalog.list_forget": "a filter of one's own lists",
    "discovery.change_search": "a search of one's own: as opened, or told of or not; saving and deleting one are events",
    "catalog.result_draft": "what one is typing, seen by nobody else",
    "catalog.demand_draft": "what one is typing, seen by nobody else",
    "catalog.draft_drop": "what one was typing, seen by nobody else",
}
# These ask for the right password, which the walk does not know: tests/accounts look for their events.
ASK_A_PASSWORD = {"security.verify", "security.change_password", "security.login"}
LEAST_WRITING = 30  # routes that were seen to change data; falls when somebody narrows the test


@dataclass
class Walk:
    """What was sent, and what came of it, by route."""

    wrote: dict[str, set[str]] = field(default_factory=dict)
    silent: dict[str, set[str]] = field(default_factory=dict)
    broke: list[str] = field(default_factory=list)


def filled(form: Any) -> list[dict[str, Any]]:
    """What a person could send with this form: once with each of its buttons."""
    values: dict[str, Any] = {}
    buttons: list[tuple[str, str]] = []
    for one in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name] | .//button[@name]"):
        name, kind = one.get("name"), (one.get("type") or one.tag).lower()
        if one.tag == "button":
            buttons.append((name, one.get("value") or ""))
        elif one.tag == "select":
            options = [option.get("value") or "" for option in one.xpath(".//option[not(@disabled)]")]
            values[name] = next((option for option in options if option not in {"", "0"}), "")
        elif kind in {"checkbox", "radio"}:
            values.setdefault(name, one.get("value") or "y")
        elif kind != "file":
            values[name] = one.get("value") or one.text or _typed(name, kind)
    return [values | {name: value} for name, value in buttons] or [values]


def _typed(name: str, kind: str) -> str:
    today = clock.today()
    if kind == "date" or name.endswith(("_on", "valid_until", "deadline")):
        return today.isoformat()
    if kind == "datetime-local" or name.endswith("starts_at"):
        return f"{clock.add_days(today, 3).isoformat()}T10:00"
    if kind == "email" or "email" in name:
        return "example.person@example.test"
    if kind == "number" or name.endswith(("minutes", "months", "days", "hours", "permille", "amount", "price", "capacity", "amount_fen")):
        return "10"
    return "示例文字，写得足够长，好让规则满意：第一季度涂装，其后每季度检查附着力。"


def walk(app: Any, dry: worlds.Dry, world: worlds.World, cookies: dict[str, str]) -> Walk:
    """Open every page as everybody and send every form on it that was not yet seen to change data."""
    found, map_ = Walk(), app.url_map.bind("localhost")
    for name in NAMES:
        client = app.test_client()
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in {"static", "security.static"}:
                continue
            client.set_cookie("sunmao", cookies[name])
            place = worlds.address(rule, ROUTES[rule.endpoint], world.numbers)
            answer = client.get(place)
            if answer.mimetype != "text/html" or answer.status_code >= 300 or not answer.data:
                continue
            for form in lxml.html.document_fromstring(answer.get_data(as_text=True)).xpath("//form"):
                if (form.get("method") or "").lower() == "post":
                    _send(client, dry, map_, cookies[name], form.get("action") or place, form, found)
    return found


def _send(client: Any, dry: worlds.Dry, map_: Any, cookie: str, action: str, form: Any, found: Walk) -> None:
    path = action.partition("?")[0]
    try:
        endpoint, values = map_.match(path, method="POST")
    except Exception:
        return
    deed = f"{endpoint}:{values.get('action') or values.get('deed') or ''}".rstrip(":")
    if deed in found.wrote or endpoint in ASK_A_PASSWORD:
        return
    for data in filled(form):
        client.set_cookie("sunmao", cookie)
        dry.written = set()
        status = client.post(action, data=data).status_code
        if status >= 500:
            found.broke.append(f"{action} {data}")
        changed = dry.written - MACHINERY
        if status < 400 and changed:
            (found.wrote if "audit_event" in dry.written else found.silent).setdefault(deed, set()).update(changed)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whatever_changes_data_leaves_an_event(app: Any, database: Database, sign_in: Callable[..., None]) -> None:
    with database.transaction() as session:
        world = worlds.build(session)
    cookies = worlds.cookies(app, world, NAMES, sign_in)
    jobs.reindex(Context(app.settings, database, app.extensions["engines"]), [])
    app.database = dry = worlds.Dry(database)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    found = walk(app, dry, world, cookies)
    assert not found.broke, "\n".join(found.broke)
    unexpected = {deed: tables for deed, tables in found.silent.items() if deed.partition(":")[0] not in NOT_AUDITED}
    assert not unexpected, f"these change data and leave no event: {unexpected}"
    assert set(NOT_AUDITED) <= set(ROUTES), "names a route that is gone"
    assert len(found.wrote) >= LEAST_WRITING, sorted(found.wrote)
