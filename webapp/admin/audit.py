"""The auditor's look at every event: filters, order, and a table to take along that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from openpyxl import Workbook
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation, Person
from webapp.core import audit, clock
from webapp.core.audit import AuditEvent, AuditSeal
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.imports.cells import guarded

# The first word of an action, as people call what was done to.
AREAS = {
    "result": N_("成果"), "demand": N_("需求"), "match": N_("匹配"), "task": N_("对接任务"), "licence": N_("先用后付"),
    "grant": N_("开放与收回"), "secrecy": N_("查看受控内容"), "nda": N_("保密承诺"), "attachment": N_("附件"), "import": N_("批量导入"),
    "person": N_("人员"), "organisation": N_("单位"), "membership": N_("角色"), "account": N_("账号"), "audit": N_("留痕"),
    "index": N_("索引"), "job": N_("后台任务"), "clock": N_("时钟"), "retention": N_("保存期限"), "notice": N_("通知"),
}  # fmt: skip
COLUMNS = ("id", "at", "person", "person_id", "organisation", "organisation_id", "role", "action", "subject", "subject_id", "facts", "seal")
MOST_EXPORTED = 200_000


@dataclass(frozen=True)
class Wanted:
    """What the auditor asked for; rubbish is left out."""

    area: str = ""
    action: str = ""
    person: str = ""
    organisation: str = ""
    kind: str = ""
    number: int | None = None
    since: date | None = None
    until: date | None = None

    def query(self) -> dict[str, str]:
        """The same as arguments of an address."""
        found = {"area": self.area, "action": self.action, "person": self.person, "organisation": self.organisation, "kind": self.kind}
        found |= {"number": str(self.number or ""), "since": str(self.since or ""), "until": str(self.until or "")}
        return {name: value for name, value in found.items() if value}


def read(given: Mapping[str, str]) -> Wanted:
    """The filters in an address."""
    number = given.get("number", "").strip()
    return Wanted(
        area=given.get("area", "") if given.get("area") in AREAS else "", action=given.get("action", "").strip()[:80],
        person=given.get("person", "").strip()[:80], organisation=given.get("organisation", "").strip()[:120],
        kind=given.get("kind", "").strip()[:40],
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 18 else None,
        since=_day(given.get("since", "")), until=_day(given.get("until", "")),
    )  # fmt: skip


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        return None


def events(wanted: Wanted) -> Select[AuditEvent]:
    """The events asked for, newest first."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc())
    if wanted.area:
        query = query.where(AuditEvent.action.startswith(f"{wanted.area}:", autoescape=True))
    if wanted.action:
        query = query.where(AuditEvent.action.contains(wanted.action, autoescape=True))
    if wanted.kind:
        query = query.where(AuditEvent.subject_kind == wanted.kind)
    if wanted.number is not None:
        query = query.where(AuditEvent.subject_id == wanted.number)
    if wanted.since:
        query = query.where(AuditEvent.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(AuditEvent.at < _midnight(wanted.until + timedelta(days=1)))
    return _by_whom(query, wanted)


def _by_whom(query: Select[AuditEvent], wanted: Wanted) -> Select[AuditEvent]:
    if wanted.person:
        like = Person.name.contains(wanted.person, autoescape=True) | Person.email.contains(wanted.person.lower(), autoescape=True)
        query = query.where(AuditEvent.person_id.in_(select(Person.id).where(like)))
    if wanted.organisation:
        homes = select(Organisation.id).where(Organisation.name.contains(wanted.organisation, autoescape=True))
        query = query.where(AuditEvent.organisation_id.in_(homes))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.ZONE)


@dataclass(frozen=True)
class Names:
    """Names of the people and organisations of some events."""

    people: dict[int, str]
    organisations: dict[int, str]


def names(session: Session, found: Iterable[AuditEvent]) -> Names:
    """Looked up once for a page or a slice."""
    rows = list(found)
    people = {row.person_id for row in rows if row.person_id}
    homes = {row.organisation_id for row in rows if row.organisation_id}
    return Names(
        dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all()),
        dict(session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(homes))).all()),
    )


def facts(event: AuditEvent) -> str:
    """The facts as one line."""
    return json.dumps(event.facts, ensure_ascii=False, sort_keys=True) if event.facts else ""


def _rows(session: Session, wanted: Wanted) -> Iterator[list[str]]:
    last: int | None = None
    left = MOST_EXPORTED
    while left > 0:
        query = events(wanted).limit(min(1000, left))
        slice_ = list(session.scalars(query if last is None else query.where(AuditEvent.id < last)))
        if not slice_:
            return
        known = names(session, slice_)
        yield from (_row(event, known) for event in slice_)
        last, left = slice_[-1].id, left - len(slice_)
        session.expunge_all()


def _row(event: AuditEvent, known: Names) -> list[str]:
    cells = (
        event.id, clock.local(event.at).isoformat(timespec="seconds"), known.people.get(event.person_id or 0, ""), event.person_id,
        known.organisations.get(event.organisation_id or 0, ""), event.organisation_id, event.role, event.action, event.subject_kind,
        event.subject_id, facts(event), event.seal_id,
    )  # fmt: skip
    return [guarded("" if cell is None else str(cell)) for cell in cells]


def as_csv(session: Session, wanted: Wanted) -> bytes:
    """The events asked for as CSV, with the mark Excel knows UTF-8 by."""
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(session, wanted))
    return ("\ufeff" + body.getvalue()).encode()


def as_xlsx(session: Session, wanted: Wanted) -> bytes:
    """The same as a workbook."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("audit")
    sheet.append(list(COLUMNS))
    for row in _rows(session, wanted):
        sheet.append(row)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def export(session: Session, actor: Actor, wanted: Wanted, kind: str) -> bytes:
    """A file of the events asked for; taking it along is an event too."""
    body = {"csv": as_csv, "xlsx": as_xlsx}[kind](session, wanted)
    audit.record(session, actor, "audit:export", kind=kind, filters=wanted.query())
    return body


@dataclass(frozen=True)
class Seals:
    """How far the seals reach."""

    seals: int
    sealed: int
    unsealed: int
    last: AuditSeal | None


def seals(session: Session) -> Seals:
    """For the head of the page."""
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()
    count = session.scalar(select(func.count()).select_from(AuditSeal)) or 0
    sealed = session.scalar(select(func.coalesce(func.sum(AuditSeal.events), 0))) or 0
    return Seals(count, sealed, audit.unsealed(session), last)
