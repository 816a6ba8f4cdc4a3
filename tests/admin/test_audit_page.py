"""The auditor's page: every event, filtered and paged, and as files; nobody else reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from tests import makers
from webapp.core import audit
from webapp.core.audit import AuditEvent
from webapp.core.db import Database
from webapp.core.policy import Actor


@pytest.fixture
def people(database: Database) -> dict[str, Any]:
    """An auditor, others, and a hundred events of a broker."""
    with database.transaction() as session:
        found: dict[str, Any] = {role: makers.person(session, role) for role in ("auditor", "operator", "admin", "company_user")}
        found["broker"] = makers.person(session, "broker", name="=王示例")
        actor = Actor(found["broker"].id, "x", found["broker"].memberships[0].organisation_id, "BROKER_FIRM", frozenset({"broker"}))
        for n in range(100):
            audit.record(session, actor, "match:review" if n % 2 else "nda:accept", found["broker"], n=n)
    return found


def test_only_the_auditor_reads_events(client: Any, people: dict[str, Any], sign_in: Callable[..., None]) -> None:
    for role in ("operator", "admin", "company_user", "broker"):
        sign_in(client, people[role])
        assert client.get("/admin/audit").status_code == 403
        assert client.get("/admin/audit.csv").status_code == 403
    sign_in(client, people["auditor"])
    assert client.get("/admin/audit").status_code == 200


def test_filters_narrow_and_pages_turn(client: Any, people: dict[str, Any], sign_in: Callable[..., None]) -> None:
    sign_in(client, people["auditor"])
    assert "100" in client.get("/admin/audit").text
    assert client.get("/admin/audit?area=nda").text.count("nda:accept") >= 50
    assert "match:review" not in client.get("/admin/audit?area=nda").text
    assert "nda:accept" not in client.get("/admin/audit?action=review&page=1").text.replace('placeholder="nda:accept"', "")
    assert client.get("/admin/audit?person=%E7%8E%8B%E7%A4%BA%E4%BE%8B&page=2").status_code == 200
    none = client.get("/admin/audit?until=2001-01-01").text
    assert "match:review" not in none


@pytest.mark.parametrize(
    "query", ["number=%F0%9F%98%80", "number=99999999999999999999", "since=rubbish", "area=rubbish", "action=%25_%27", "page=-1", "person=" + "x" * 500]
)
def test_rubbish_in_the_filters_breaks_nothing(client: Any, people: dict[str, Any], sign_in: Callable[..., None], query: str) -> None:
    sign_in(client, people["auditor"])
    assert client.get(f"/admin/audit?{query}").status_code == 200


def test_both_files_hold_what_was_asked_for_and_no_formula(
    client: Any, database: Database, people: dict[str, Any], sign_in: Callable[..., None]
) -> None:
    sign_in(client, people["auditor"])
    rows = list(csv.reader(io.StringIO(client.get("/admin/audit.csv?area=nda").data.decode("utf-8-sig"))))
    assert len(rows) == 51
    assert rows[1][2] == "'=王示例"
    sheet = load_workbook(io.BytesIO(client.get("/admin/audit.xlsx?area=nda").data)).active
    assert sheet.max_row == 51
    assert sheet["C2"].value == "'=王示例"
    assert client.get("/admin/audit.exe").status_code == 404
    with database.transaction(write=False) as session:
        taken = session.scalars(select(AuditEvent).where(AuditEvent.action == "audit:export").order_by(AuditEvent.id)).all()
        assert [(event.person_id, event.facts["kind"]) for event in taken] == [(people["auditor"].id, "csv"), (people["auditor"].id, "xlsx")]


def test_jobs_are_listed_by_state_and_parked_ones_run_again(
    client: Any, database: Database, people: dict[str, Any], sign_in: Callable[..., None]
) -> None:
    from webapp.core.outbox import Job

    with database.transaction() as session:
        session.add_all([Job(kind="index", model="result", row_id=n, state="PARKED", attempts=6, error="Traceback\nKaputt: grund") for n in (1, 2)])
        session.add(Job(kind="index", model="result", row_id=3, attempts=2, error="noch einmal"))
    sign_in(client, people["auditor"])
    page = client.get("/admin/jobs").text
    assert "Kaputt: grund" in page
    assert "/admin/jobs/retry" not in page
    assert client.post("/admin/jobs/retry").status_code == 403
    assert "noch einmal" in client.get("/admin/jobs?state=failed").text
    assert client.get("/admin/jobs?state=rubbish").status_code == 200
    sign_in(client, people["operator"])
    assert client.post("/admin/jobs/retry").status_code == 302
    with database.transaction(write=False) as session:
        assert session.scalars(select(Job).where(Job.state == "PARKED")).all() == []
        assert session.scalars(select(AuditEvent.action).where(AuditEvent.action == "job:retry_all")).all() == ["job:retry_all"]
