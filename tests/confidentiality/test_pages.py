"""The pages of confidentiality: the agreement before level 3, the levels of fields, and who has looked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from webapp.accounts import service as accounts
from webapp.accounts.models import Grant
from webapp.accounts.nda import NdaAcceptance, digest
from webapp.catalog.models import Demand
from webapp.confidentiality import service
from webapp.core.audit import AuditEvent
from webapp.core.db import Database
from webapp.core.outbox import Job
from webapp.core.policy import SYSTEM
from webapp.messages.models import Notice

SECRET = "船坞机密配方"


@pytest.fixture
def deal(database: Database) -> dict[str, Any]:
    """A demand of level 3 that was opened to a school."""
    with database.transaction() as session:
        company, school = makers.organisation(session, "COMPANY"), makers.organisation(session, "SCHOOL")
        row = makers.demand(session, company, confidentiality=3, title=f"题{SECRET}", details=SECRET)
        accounts.grant(session, SYSTEM, school.id, row, "match:1")
        return {
            "row": row.id, "guest": makers.person(session, "researcher", school), "owner": makers.person(session, "company_user", company),
            "stranger": makers.person(session, "researcher"), "broker": makers.person(session, "broker"), "school": school.id, "code": row.code,
        }  # fmt: skip


def _hash(page: str) -> str:
    found = re.search(r'name="text_hash"[^>]*value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_a_guest_reads_nothing_before_accepting_and_everything_after(
    client: Any, database: Database, deal: dict[str, Any], sign_in: Callable[..., None]
) -> None:
    sign_in(client, deal["guest"])
    before = client.get(f"/demands/{deal['row']}").text
    assert SECRET not in before
    assert f"/demands/{deal['row']}/nda" in before
    page = client.get(f"/demands/{deal['row']}/nda").text
    assert deal["code"] in page
    assert SECRET not in page
    refused = client.post(f"/demands/{deal['row']}/nda", data={"text_hash": _hash(page)})
    assert refused.status_code == 422
    stale = client.post(f"/demands/{deal['row']}/nda", data={"text_hash": "0" * 64, "agreed": "y"})
    assert stale.status_code == 409
    done = client.post(f"/demands/{deal['row']}/nda", data={"text_hash": _hash(page), "agreed": "y"})
    assert done.headers["Location"] == f"/demands/{deal['row']}"
    assert SECRET in client.get(f"/demands/{deal['row']}").text
    with database.transaction(write=False) as session:
        entry = session.scalars(select(NdaAcceptance)).one()
        assert (entry.person_id, entry.organisation_id, entry.text_hash) == (deal["guest"].id, deal["school"], digest(entry.text))
        assert session.scalars(select(AuditEvent.action).where(AuditEvent.action == "nda:accept")).all() == ["nda:accept"]


def test_a_later_look_shows_what_was_accepted_by_whom(client: Any, deal: dict[str, Any], sign_in: Callable[..., None]) -> None:
    sign_in(client, deal["guest"])
    page = client.get(f"/demands/{deal['row']}/nda").text
    for _ in range(2):  # the second click changes nothing
        client.post(f"/demands/{deal['row']}/nda", data={"text_hash": _hash(page), "agreed": "y"})
    again = client.get(f"/demands/{deal['row']}/nda").text
    assert deal["guest"].name in again
    assert _hash(page) in again
    assert 'name="agreed"' not in again


def test_only_a_guest_comes_to_the_agreement(client: Any, deal: dict[str, Any], sign_in: Callable[..., None]) -> None:
    for who, status in (("stranger", 404), ("owner", 403), ("broker", 403)):
        sign_in(client, deal[who])
        assert client.get(f"/demands/{deal['row']}/nda").status_code == status
        assert client.post(f"/demands/{deal['row']}/nda", data={"agreed": "y"}).status_code == status


def test_the_owner_sees_who_was_let_in_who_accepted_and_who_looked(
    client: Any, database: Database, deal: dict[str, Any], sign_in: Callable[..., None]
) -> None:
    sign_in(client, deal["guest"])
    page = client.get(f"/demands/{deal['row']}/nda").text
    client.post(f"/demands/{deal['row']}/nda", data={"text_hash": _hash(page), "agreed": "y"})
    client.get(f"/demands/{deal['row']}")
    sign_in(client, deal["owner"])
    seen = client.get(f"/demands/{deal['row']}/seen").text
    assert deal["guest"].name in seen
    with database.transaction(write=False) as session:
        looks = session.scalars(select(AuditEvent).where(AuditEvent.action == "secrecy:look")).all()
        assert [(look.person_id, look.facts) for look in looks] == [(deal["guest"].id, {"level": 3})]
    sign_in(client, deal["guest"])
    assert client.get(f"/demands/{deal['row']}/seen").status_code == 403


def test_the_owner_keeps_a_field_closer(client: Any, database: Database, deal: dict[str, Any], sign_in: Callable[..., None]) -> None:
    sign_in(client, deal["owner"])
    page = client.get(f"/demands/{deal['row']}/layers").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    client.post(f"/demands/{deal['row']}/layers", data={"version": version[1], "price": "4", "summary": "0"})
    with database.transaction(write=False) as session:
        assert session.get_one(Demand, deal["row"]).field_levels == {"price": 4}
        assert session.scalars(select(AuditEvent.action).where(AuditEvent.action == "demand:layers")).all() == ["demand:layers"]
    stale = client.post(f"/demands/{deal['row']}/layers", data={"version": version[1], "price": "0"})
    assert stale.status_code == 409
    wrong = client.post(f"/demands/{deal['row']}/layers", data={"version": "99", "price": "7"})
    assert wrong.status_code in (409, 422)


def test_a_new_guest_is_told_that_an_agreement_comes_first(database: Database, deal: dict[str, Any]) -> None:
    with database.transaction(write=False) as session:
        assert session.scalars(select(Job).where(Job.kind == service.ASKED)).one().row_id == deal["row"]
    with database.transaction() as session:
        service.ask(session, "demand", deal["row"])
        service.ask(session, "demand", 999)
    with database.transaction(write=False) as session:
        notice = session.scalars(select(Notice).where(Notice.person_id == deal["guest"].id)).one()
        assert (notice.kind, notice.params) == ("demand_nda_ask", {"code": deal["code"]})
        assert session.scalars(select(Grant)).one().ended_at is None
