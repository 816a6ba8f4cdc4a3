"""Filings after signing: registration of the technology contract and the patent office's record, with their packs and reminders."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, NotFound, Stale
from webapp.core.languages import translate
from webapp.core.policy import Actor
from webapp.core.states import Lifecycle, moves
from webapp.licences import (
    contract,
    fields,
    filing_fields,
    paper_docx,
    paper_pdf,
    papers,
    service_papers,
    service_sums,
)
from webapp.licences.models import Licence, LicenceEvent
from webapp.licences.models_papers import Filing, Paper
from webapp.licences.papers import Sheet
from webapp.licences.service_common import listeners as hearers
from webapp.licences.service_common import lock, people, send
from webapp.licences.values import FILING_STATES

CNIPA_MONTHS = 3
REMIND_BEFORE = (30, 7, 0)
FILING = Lifecycle(
    name="filing", states=FILING_STATES, start="NOT_FILED", finals=frozenset({"CANCELLED", "NOT_RECOGNISED"}),
    shapes={"NOT_FILED": "draft", "RETURNED": "blocked", "RECOGNISED": "done", "NOT_RECOGNISED": "off", "CANCELLED": "off"},
    moves=moves(
        (("NOT_FILED", "RETURNED"), "file", "tto", "FILED"),
        ("FILED", "return", "tto", "RETURNED"), ("FILED", "accept", "tto", "ACCEPTED"),
        (("FILED", "ACCEPTED"), "recognise", "tto", "RECOGNISED"), (("FILED", "ACCEPTED"), "refuse", "tto", "NOT_RECOGNISED"),
        (("RECOGNISED", "AMENDED"), "amend", "tto", "AMENDED"), (("NOT_FILED", "FILED", "RETURNED", "ACCEPTED", "RECOGNISED", "AMENDED"), "cancel", "tto", "CANCELLED"),
    ),
)  # fmt: skip
OPEN = ("NOT_FILED", "RETURNED")


def open_filings(session: Session, licence: Licence, event: LicenceEvent) -> None:
    """With the last signature both filings are to be made; the patent office wants its own within three months."""
    if event.action == "seal" and event.to_state == "SIGNED":
        today = clock.today()
        session.add(Filing(licence_id=licence.id, kind="REGISTRATION"))
        session.add(Filing(licence_id=licence.id, kind="CNIPA", due_on=clock.add_months(today, CNIPA_MONTHS)))


hearers.append(open_filings)


def filings(session: Session, licence_id: int) -> list[Filing]:
    """The filings of a licence, the registration first."""
    return list(session.scalars(select(Filing).where(Filing.licence_id == licence_id).order_by(Filing.id)))


def find(session: Session, licence: Licence, kind: str) -> Filing:
    """One filing of a licence."""
    found = next((row for row in filings(session, licence.id) if row.kind == kind), None)
    if found is None:
        raise NotFound
    return found


def suggested(session: Session, licence: Licence, row: Filing) -> dict[str, str]:
    """The form's fields as far as the platform knows them, under what was typed before."""
    return filing_fields.known(licence, service_sums.four(session, licence.id)) | dict(row.fields)


def write(session: Session, actor: Actor, licence: Licence, kind: str, data: Mapping[str, Any], version: int | None = None) -> Filing:
    """Keep the fields of the registration form."""
    row = _mine(session, actor, licence, kind, version)
    row.fields = filing_fields.read(data)
    session.flush()
    audit.record(session, actor, "licence:filing_fields", licence, kind=kind)
    return row


def _mine(session: Session, actor: Actor, licence: Licence, kind: str, version: int | None) -> Filing:
    policy.check(actor, "licence:books", licence)
    lock(session, licence)
    row = find(session, licence, kind)
    session.refresh(row, with_for_update=True)
    if version is not None and version != row.version:
        raise Stale(who="")
    return row


def step(session: Session, actor: Actor, licence: Licence, kind: str, action: str, data: Mapping[str, Any], version: int | None = None) -> Filing:
    """One step of a filing; recognition of a contract brings its 16-digit number."""
    row = _mine(session, actor, licence, kind, version)
    reader, today = fields.Reader(data), clock.today()
    on = reader.day("on", licence.effective_on or today, today)
    note = reader.text("note", least=5 if action in {"return", "refuse", "amend", "cancel"} else 0, most=2000)
    number = reader.raw("number")
    if action == "recognise" and not re.fullmatch(NUMBERS[kind], number):
        reader.faults["number"] = N_("请填写登记机构给的编号：合同登记 16 位数字，备案号 6 到 20 位字母或数字。")
    reader.done()
    FILING.step(row, action, ("tto",))
    row.note = note or row.note
    if action == "file":
        row.filed_on = on
    if action in {"recognise", "refuse", "amend"}:
        row.decided_on, row.number = on, number or row.number
    session.flush()
    audit.record(session, actor, f"licence:filing_{action}", licence, kind=kind, state=row.state)
    return row


NUMBERS = {"REGISTRATION": r"[0-9]{16}", "CNIPA": r"[0-9A-Za-z]{6,20}"}


def pack(session: Session, actor: Actor, licence: Licence, row: Filing, language: str) -> bytes:
    """What goes to the authority, as a zip: the form as PDF and Word, its fields as CSV, and the contract that was signed."""
    policy.check(actor, "licence:ledger", licence)
    values = suggested(session, licence, row)
    labels = filing_fields.table(values)
    text = papers.fill(f"FILING_{row.kind}", {"code": licence.code, "today": clock.today(), "lines": filing_fields.lines(values)})
    signed = session.scalars(select(Paper).where(Paper.licence_id == licence.id, Paper.kind == "CONTRACT", Paper.sha256 == licence.text_hash)).first()
    sheets = [service_papers.sheet(licence, signed, language)] if signed else []
    head = service_papers.labels(language)
    form = Sheet(f"{licence.code}-{row.kind}", row.version, text, contract.text_hash(text), head)
    table = io.StringIO()
    csv.writer(table).writerows(labels)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("form.pdf", paper_pdf.pdf([form]))
        archive.writestr("form.docx", paper_docx.docx(form))
        archive.writestr("form.csv", "\ufeff" + table.getvalue())
        for sheet in sheets:
            archive.writestr("contract.pdf", paper_pdf.pdf([sheet]))
            archive.writestr("contract.txt", sheet.text)
    return target.getvalue()


def remind(session: Session, settings: Settings) -> int:
    """Tell the school of filings that come due, once for each mark, and once when overdue; returns how many were told."""
    today, told = clock.today(), 0
    query = select(Filing).where(Filing.state.in_(OPEN), Filing.due_on <= today + timedelta(days=REMIND_BEFORE[0])).order_by(Filing.id)
    for row in session.scalars(query):
        marks = _marks(row.due_on, today)
        if marks > row.reminded:
            row.reminded = marks
            send(session, row.licence, people(session, row.licence, ("tto",)), "licence_remind_filing", by=row.due_on)
            told += 1
    session.flush()
    return told


def _marks(due_on: date | None, today: date) -> int:
    left = (due_on - today).days if due_on else 10**6
    return sum(left <= days for days in REMIND_BEFORE) + (left < 0)


def label(language: str, row: Filing) -> str:
    """The state of a filing in the reader's words."""
    return translate(language, FILING_STATES[row.state])
