"""A walk as a stranger, and as a guest before any agreement, who try to get at a demand of level 3: every page, list, search, file and export."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.matches.world import match
from tests.security.world import address
from webapp.access import ROUTES
from webapp.accounts import service as accounts
from webapp.attachments import service as attachments
from webapp.catalog.models import Demand, Result
from webapp.core.db import Database
from webapp.core.files import Attachment
from webapp.core.policy import SYSTEM
from webapp.core.worker import Context
from webapp.discovery import jobs
from webapp.matches.models import Match
from webapp.messages.models import Notice

SECRETS = ("船坞耐压壳", "三号船坞", "配方三比七", "密钥词", "图纸甲")


@pytest.fixture
def place(app: Any, database: Database) -> dict[str, Any]:
    """A demand of level 3 with a secret in every field and a file, matched to a guest's result."""
    with database.transaction() as session:
        makers.industry(session)
        company, school = makers.organisation(session, "COMPANY"), makers.organisation(session, "SCHOOL")
        owner = makers.person(session, "company_user", company)
        row = makers.demand(
            session, company, confidentiality=3, title=f"题{SECRETS[0]}", summary=SECRETS[1], details=SECRETS[2], keywords=[SECRETS[3]],
            created_by=owner, location=SECRETS[1],
        )  # fmt: skip
        guest = makers.person(session, "researcher", school)
        result = makers.result(session, school, created_by=guest)
        pair = match(session, row, result, state="TASK_OPENED")
        accounts.grant(session, SYSTEM, school.id, row, "match:1")
        kept = attachments.add(session, accounts.actor_for(session, owner, None), app.settings, row, f"{SECRETS[4]}.pdf", io.BytesIO(b"%PDF-1.4\n"), 3)
        people = {"visitor": None, "guest": guest, "stranger": makers.person(session, "company_user"), "school": makers.person(session, "tto")}
        people |= {role: makers.person(session, role) for role in ("auditor", "admin")}
        rows = {Demand: row.id, Result: result.id, Match: pair.id, Attachment: kept.id}
    jobs.reindex(Context(app.settings, database, app.extensions["engines"]), [])
    return {"people": people, "rows": rows, "code": row.code}


def _addresses(app: Any, rows: dict[type[Any], int]) -> list[str]:
    """Every page of the map about this demand, its file and its match, every list, and searches for each secret word."""
    found = [f"/search?q={word}" for word in SECRETS] + [f"/search/suggest?q={word}" for word in SECRETS]
    found += [f"/demands?q={word}" for word in SECRETS] + [f"/results/new?title={rows[Demand]}"]
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in {"static", "security.static"}:
            continue
        need = ROUTES[rule.endpoint]
        found.append(address(rule, need, rows))
    return found


@pytest.mark.parametrize("who", ["visitor", "stranger", "school", "guest", "auditor", "admin"])
def test_nobody_comes_by_a_word_of_it(app: Any, database: Database, place: dict[str, Any], sign_in: Callable[..., None], who: str) -> None:
    client = app.test_client()
    if place["people"][who] is not None:
        sign_in(client, place["people"][who])
    leaks = []
    for page in _addresses(app, place["rows"]):
        answer = client.get(page)
        # A search page repeats what was asked; that tells nothing.
        body = answer.get_data(as_text=True) if answer.mimetype.startswith(("text/", "application/json")) else ""
        for word in SECRETS:
            if word in body and f"q={word}" not in page:
                leaks.append(f"{page}: {word}")
        # A page that is not there leads back, after signing in, to the address that was asked for; that tells nothing either.
        asked = answer.status_code == 404 and page == f"/demands/{place['rows'][Demand]}"
        if f"/demands/{place['rows'][Demand]}\"" in body and not asked and who not in {"guest"}:
            leaks.append(f"{page}: a link to it")
    rows = place["rows"]
    for place_, data in (
        (f"/demands/{rows[Demand]}/edit", {"title": "x"}), (f"/demands/{rows[Demand]}/act/confirm", {}), (f"/demands/{rows[Demand]}/layers", {"details": "0"}),
        (f"/attachments/{rows[Attachment]}/level", {"level": "0"}), (f"/attachments/demand/{rows[Demand]}", {"level": "0"}),
    ):  # fmt: skip
        assert client.post(place_, data=data).status_code in (302, 403, 404)
    assert client.get(f"/attachments/{rows[Attachment]}").status_code == 404
    assert leaks == []
    with database.transaction(write=False) as session:
        row = session.get_one(Demand, rows[Demand])
        assert (row.title, row.field_levels) == (f"题{SECRETS[0]}", {})
        told = session.scalars(select(Notice).where(Notice.person_id.in_([p.id for p in place["people"].values() if p])))
        assert not any(word in str(notice.params) for notice in told for word in SECRETS)
