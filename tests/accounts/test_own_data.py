"""Whatever names a person is in the export of their own data or left out for a reason; closing erases, and waits for open deals."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary, String, insert, select, text
from sqlalchemy.orm import Session

import webapp.models  # noqa: F401
from tests.matches.world import match
from webapp.accounts import owndata, service
from webapp.accounts.models import Person
from webapp.catalog.models import Draft
from webapp.core.db import Base, Database
from webapp.core.errors import Refused
from webapp.discovery.models import SavedSearch
from webapp.jobs import register
from webapp.matches.models import Match, Verdict
from webapp.messages.models import Message
from webapp.tasks.models import ContactConsent, Task

register()
Make = Callable[..., Any]
IN_OFFICE = "a decision in office about somebody else's row; it stands among the exported deeds"
LEFT_OUT = {
    "organisation.verified_by_id": IN_OFFICE, "verification.decided_by_id": IN_OFFICE, "joining.decided_by_id": IN_OFFICE,
    "report.decided_by_id": IN_OFFICE, "broker_certificate.verified_by_id": IN_OFFICE, "lesson.chosen_by_id": IN_OFFICE,
    "licence.endorsed_by_id": IN_OFFICE, "offer.set_by_id": IN_OFFICE, "eligibility.checked_by_id": IN_OFFICE,
    "eligibility.confirmed_by_id": IN_OFFICE, "objection.decided_by_id": IN_OFFICE, "distribution.approved_by_id": IN_OFFICE, "kpi_fact.person_id": IN_OFFICE,
}  # fmt: skip
# Exported by a collector of its own that names no column.
BY_HAND = {"saved_search.person_id": "searches"}


def naming_a_person() -> set[str]:
    """Every column of every table that points at a person, or is a number and called so."""
    found = set()
    for table in Base.metadata.tables.values():
        for column in table.columns:
            points = any(key.column.table.name == "person" for key in column.foreign_keys)
            called = isinstance(column.type, Integer) and column.name in {"person_id", "uploaded_by", "user_id"}
            if points or called:
                found.add(f"{table.name}.{column.name}")
    return found


def test_every_column_that_names_a_person_is_exported_or_left_out_for_a_reason() -> None:
    known = {*owndata.covered(), *LEFT_OUT, *BY_HAND}
    assert naming_a_person() - known == set(), "register it in the topic's owndata.py, or name it above with the reason"
    assert known - naming_a_person() - {"person.id"} == set(), "names a column that is gone"
    assert set(owndata.covered()) & set(LEFT_OUT) == set()


def filled(table: Any, marked: str, number: int) -> dict[str, Any]:
    """Values for every column of a table that must have one."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name == marked:
            values[column.name] = number
        elif not column.nullable and not (column.primary_key and isinstance(column.type, Integer)):
            values[column.name] = _some(column.type, table.name)
    return values


def _some(kind: Any, word: str) -> Any:
    pairs = (
        (Boolean, True), (JSON, {"a": "b"}), (DateTime, datetime(2026, 1, 2, tzinfo=UTC)), (Date, date(2026, 1, 2)), (Float, 0.5),
        (LargeBinary, b"x"), (Integer, 7),
    )  # fmt: skip
    return next((value for type_, value in pairs if isinstance(kind, type_)), word[: getattr(kind, "length", None) or 40] if isinstance(kind, String) else datetime(2026, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize("column", sorted(set(owndata.covered()) - {"person.id"}))
def test_a_row_that_names_the_person_is_in_their_export_and_in_nobody_elses(
    session: Session, database: Database, make_person: Make, column: str
) -> None:
    name, (table_name, _, marked) = owndata.covered()[column], column.partition(".")
    table = Base.metadata.tables[table_name]
    mine, other = make_person(session, "broker"), make_person(session, "researcher")

    def counts() -> list[int]:
        exports = [owndata.export(session, service.actor_for(session, person, None), person) for person in (mine, other)]
        session.flush()
        json.dumps(exports)
        return [len(found[name]) for found in exports]

    before = counts()
    _without_keys(session, database)
    values = filled(table, marked, mine.id)
    if "organisation_id" in values:  # some show the organisation's name
        values["organisation_id"] = other.memberships[0].organisation_id
    session.execute(insert(table).values(**values))
    grown = [after - number for after, number in zip(counts(), before, strict=True)]
    exporting = 1 if name == "deeds" else 0  # exporting is a deed itself
    assert grown == [1 + exporting, exporting]


def _without_keys(session: Session, database: Database) -> None:
    """The rows these point at do not matter here."""
    if database.sqlite:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        session.execute(text("SET LOCAL session_replication_role = replica"))


def test_the_export_holds_words_written_in_tasks_verdicts_and_conversations(
    session: Session, make_person: Make, make_demand: Make, make_result: Make
) -> None:
    broker, other = make_person(session, "broker"), make_person(session, "broker")
    pair = match(session, make_demand(session), make_result(session), state="TASK_OPENED")
    pair.broker_id = broker.id
    task = Task(match=pair, broker=broker, state="ACCEPTED")
    session.add_all([task, Verdict(match=pair, person=broker, part="BROKER", decision="SHORTLIST", note="工况对得上", score=0.5, position=1, before="SUGGESTED")])
    session.flush()
    session.add(Message(subject_kind="task", subject_id=task.id, person_id=broker.id, side="broker", text="下周二看样"))
    session.flush()
    found = json.dumps(owndata.export(session, service.actor_for(session, broker, None), broker), ensure_ascii=False)
    assert "工况对得上" in found
    assert "下周二看样" in found
    assert "工况对得上" not in json.dumps(owndata.export(session, service.actor_for(session, other, None), other), ensure_ascii=False)


def closing(session: Session, person: Person) -> None:
    """Close the account as the person would."""
    owndata.close(session, service.actor_for(session, person, None), person)


def test_an_open_task_keeps_its_broker_and_a_side_that_is_one_person(session: Session, make_person: Make, make_demand: Make, make_result: Make) -> None:
    broker, company = make_person(session, "broker"), make_person(session, "company_admin")
    pair = match(session, make_demand(session, company.memberships[0].organisation), make_result(session), state="TASK_OPENED")
    task = Task(match=pair, broker=broker, state="ACCEPTED")
    session.add(task)
    session.flush()
    for person in (broker, company):
        with pytest.raises(Refused):
            closing(session, person)
    task.state = "CLOSED_FAILED"
    session.flush()
    for person in (broker, company):
        closing(session, person)
        assert not person.active


def test_matches_still_to_be_judged_are_free_again_and_recommended_ones_wait(session: Session, make_person: Make, make_demand: Make, make_result: Make) -> None:
    broker = make_person(session, "broker")
    held = match(session, make_demand(session), make_result(session), state="REVIEWING")
    asked = match(session, make_demand(session), make_result(session), state="RECOMMENDED")
    held.broker_id = asked.broker_id = broker.id
    session.flush()
    with pytest.raises(Refused):
        closing(session, broker)
    asked.broker_id = None
    session.flush()
    closing(session, broker)
    session.expire_all()
    assert session.get_one(Match, held.id).broker_id is None


def test_closing_erases_contact_details_drafts_and_watched_searches(session: Session, make_person: Make, make_demand: Make, make_result: Make) -> None:
    person = make_person(session, "company_user", phone="13800000000")
    colleague = make_person(session, "company_admin", person.memberships[0].organisation)
    row = make_demand(session, person.memberships[0].organisation, contact="示例 13800000000")
    kept = make_demand(session, colleague.memberships[0].organisation, contact="示例 0532-0000000")
    task = Task(match=match(session, row, make_result(session), state="TASK_OPENED"), state="CREATED")
    session.add(task)
    session.flush()
    session.add_all([
        ContactConsent(task_id=task.id, side="company", person_id=person.id, details="13800000000"),
        Draft(person_id=person.id, kind="demand", typed={"title": "没写完"}, saved_at=datetime(2026, 1, 2, tzinfo=UTC)),
        SavedSearch(person=person, name="防腐", address={"q": "防腐"}, fingerprint="0" * 64, since=datetime(2026, 1, 2, tzinfo=UTC)),
    ])  # fmt: skip
    session.flush()
    closing(session, person)
    session.expire_all()
    for model in (ContactConsent, Draft, SavedSearch):
        assert session.scalars(select(model)).all() == []
    assert (row.contact, kept.contact) == ("", "示例 0532-0000000")
