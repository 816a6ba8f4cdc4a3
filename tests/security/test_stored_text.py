"""Hostile text in every column of text, and every page read by everybody: it stays text, on pages and in files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import String, Text, inspect, select
from sqlalchemy.orm import Session

from tests import makers
from tests.security import world as worlds
from webapp.access import ROUTES
from webapp.admin import audit as auditing
from webapp.core import audit
from webapp.core.db import Base, Database
from webapp.core.policy import Actor
from webapp.core.worker import Context
from webapp.discovery import jobs

HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}"
SIGNS = ("<img src=x", "<script>alert", "onerror=alert(1)>", ">49<")
# Columns whose words are the program's own, or keys something else is found by.
OWN_WORDS = (
    "state", "kind", "code", "role", "language", "password", "email", "uniquifier", "uscc", "sha256", "hash", "model", "digest", "previous",
    "source", "external_id", "submission", "stage", "form", "security", "trigger", "price_kind", "media_type", "token", "day_type", "size_class",
    "tier", "awaits", "side", "secret", "_type", "outcome", "visibility", "way", "held_from", "reason", "decision", "part", "before", "scheme",
    "version", "parent", "answer", "comparison", "note", "error", "action", "subject", "exclusivity", "landing", "nature", "standing", "kept",
    "ownership", "how", "primary_method", "asked_by", "zh", "en", "payment_model", "unit", "handle", "number", "preview",
)  # fmt: skip
TEXTS_AT_LEAST = 12


def _poison(session: Session) -> int:
    """Write the hostile text into every free column of every row; returns how many columns there are."""
    columns = 0
    for mapper in Base.registry.mappers:
        rows = session.scalars(select(mapper.class_)).unique().all()
        for column in inspect(mapper.class_).column_attrs:
            kind = column.columns[0].type
            free = isinstance(kind, String | Text) and not any(column.key.endswith(word) for word in OWN_WORDS)
            if not free or column.columns[0].unique or column.columns[0].primary_key or mapper.class_.__tablename__ == "audit_event":
                continue
            columns += bool(rows)
            for row in rows:
                setattr(row, column.key, HOSTILE[: getattr(kind, "length", None) or None])
    return columns


@pytest.mark.timeout(900)
def test_hostile_text_in_every_column_stays_text_on_every_page(
    app: Any, database: Database, sign_in: Callable[..., None]
) -> None:
    with database.transaction() as session:
        world = worlds.build(session)
        for row in (world.rows[worlds.Result], world.rows[worlds.Demand]):
            row.keywords, row.confidentiality = [HOSTILE], 0
        session.flush()
        assert _poison(session) >= TEXTS_AT_LEAST
    jobs.reindex(Context(app.settings, database, app.extensions["engines"]), [])
    names = ("visitor", "researcher", "tto", "company_user", "broker", "operator", "auditor", "admin", "company_user elsewhere")
    cookies = worlds.cookies(app, world, names, sign_in)
    app.database = worlds.Dry(database)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    faults = []
    for name in names:
        client = app.test_client()
        for path in _paths(app, world):
            client.set_cookie("sunmao", cookies[name])
            answer = client.get(path)
            body = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
            faults += [f"{path} as {name}: {sign}" for sign in SIGNS if sign in body]
            if answer.status_code == 500:
                faults.append(f"{path} as {name} broke")
    assert not faults, "\n".join(faults)


def _paths(app: Any, world: worlds.World) -> list[str]:
    """The address of every page that can be opened, and searches that answer with the hostile text itself."""
    found = ["/search?q=%3Cscript%3Ealert(2)%3C/script%3E", "/results?page=%3Cscript%3E", "/search?q=alert"]
    for rule in app.url_map.iter_rules():
        need = ROUTES[rule.endpoint]
        if "GET" not in (rule.methods or ()) or rule.endpoint in {"static", "security.static"}:
            continue
        found.append(worlds.address(rule, need, world.numbers))
    return found


FORMULAS = ("=HYPERLINK(\"http://evil.test\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1+1")


def test_an_export_of_the_audit_holds_no_formula(session: Session) -> None:
    for formula in FORMULAS:
        person = makers.person(session, "auditor", name=formula)
        actor = Actor(person.id, formula, person.memberships[0].organisation_id, "BUREAU", frozenset({"auditor"}))
        audit.record(session, actor, formula, None, note=formula)
    session.flush()
    rows = list(csv.reader(io.StringIO(auditing.as_csv(session, auditing.Wanted()).decode("utf-8-sig"))))[1:]
    assert len(rows) == len(FORMULAS)
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "＝"))] == []
    book = load_workbook(io.BytesIO(auditing.as_xlsx(session, auditing.Wanted())))
    assert {cell.data_type for row in book.active.iter_rows() for cell in row if cell.value is not None} <= {"s"}
