"""Records of deals end in time: closed ones lose people and words when they are due, open ones and younger ones keep everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.licences.conftest import World
from tests.matches.world import match
from webapp.accounts.models import Person
from webapp.accounts.upkeep import NOBODY
from webapp.config import Settings
from webapp.core import clock, policy, retention
from webapp.core.files import Attachment
from webapp.jobs import register
from webapp.licences.models import Licence, LicenceEvent
from webapp.licences.states import NOT_FINAL
from webapp.matches.models import Match, Verdict, Wish
from webapp.messages.models import Message
from webapp.tasks.models import ContactConsent, Task, TaskEntry, TaskReceipt

register()
Make = Callable[..., Any]
SETTINGS = Settings()


def ago(months: int) -> datetime:
    """A moment so many months back."""
    return clock.now() - timedelta(days=months * 31)


def run(session: Session) -> dict[str, int]:
    """Apply every rule; how many rows each ended."""
    session.flush()
    found = {rule.name: retention.run(session, SETTINGS, rule) for rule in retention.rules()}
    session.flush()
    session.expire_all()
    return found


def pair(session: Session, make_demand: Make, make_result: Make, broker: Person, state: str, at: datetime) -> Match:
    """A match somebody judged then, with a note and a wish."""
    row = match(session, make_demand(session), make_result(session), state=state)
    row.broker_id, row.reply_until, row.created_at, row.updated_at = broker.id, at, at, at
    verdict = Verdict(match=row, person=broker, part="BROKER", decision="REJECT", note="工况不符", score=0.5, position=1, before="SUGGESTED", created_at=at)
    session.add_all([verdict, Wish(match=row, part="company", person_id=broker.id, created_at=at)])
    session.flush()
    return row


def worked(session: Session, row: Match, broker: Person, state: str, closed: datetime | None, **values: Any) -> Task:
    """A task with a log, a conversation, contact details and a file."""
    task = Task(match=row, broker=broker, state=state, closed_at=closed, outcome_note="对方换了人", **values)
    session.add(task)
    session.flush()
    session.add_all([
        TaskEntry(task=task, person=broker, kind="CALL", happened_on=date(2020, 1, 1), people="示例甲", summary="谈了价格"),
        Message(subject_kind="task", subject_id=task.id, person_id=broker.id, side="broker", text="下周二看样"),
        ContactConsent(task_id=task.id, side="company", person_id=broker.id, details="13800000000"),
        Attachment(owner_kind="task", owner_id=task.id, name="x.pdf", media_type="application/pdf", size=1, sha256="0" * 64, uploaded_by=broker.id),
    ])  # fmt: skip
    session.flush()
    return task


def words(session: Session, task: Task) -> tuple[str, str, int, int]:
    """What still stands of a task: name, log, conversation, contact details."""
    entry = session.scalars(select(TaskEntry).where(TaskEntry.task_id == task.id)).one()
    said = session.scalars(select(Message).where(Message.subject_id == task.id)).all()
    given = session.scalars(select(ContactConsent).where(ContactConsent.task_id == task.id)).all()
    return task.broker.name if task.broker else "", entry.people + entry.summary, len(said), len(given)


def test_matches_that_ended_long_ago_keep_the_verdict_and_lose_who_gave_it(
    session: Session, make_person: Make, make_demand: Make, make_result: Make
) -> None:
    broker = make_person(session, "broker")
    limit = SETTINGS.keep_deal_months
    old = pair(session, make_demand, make_result, broker, "REJECTED", ago(limit + 1))
    young = pair(session, make_demand, make_result, broker, "REJECTED", ago(limit - 2))
    still = [pair(session, make_demand, make_result, broker, state, ago(limit + 1)) for state in ("SUGGESTED", "SHORTLISTED", "RECOMMENDED", "MUTUAL", "STALE")]
    assert run(session)["matches"] == 1
    gone = session.scalars(select(Verdict).where(Verdict.match_id == old.id)).one()
    assert (gone.decision, gone.note, gone.person.email) == ("REJECT", "", NOBODY)
    assert old.broker_id is None
    assert not session.scalars(select(Wish).where(Wish.match_id == old.id)).all()
    for row in (young, *still):
        kept = session.scalars(select(Verdict).where(Verdict.match_id == row.id)).one()
        assert (kept.note, kept.person_id, row.broker_id) == ("工况不符", broker.id, broker.id), row.state
    assert run(session)["matches"] == 0, "once is enough"


def test_tasks_without_a_deal_end_like_transactions_and_those_with_one_like_contracts(
    session: Session, make_person: Make, make_demand: Make, make_result: Make
) -> None:
    broker = make_person(session, "broker")
    deal, contract = SETTINGS.keep_deal_months, SETTINGS.keep_contract_months

    def task(state: str, months: int | None, **values: Any) -> Task:
        row = pair(session, make_demand, make_result, broker, "TASK_OPENED", ago(contract + 20))
        return worked(session, row, broker, state, None if months is None else ago(months), **values)

    failed, signed = task("CLOSED_FAILED", deal + 1), task("CLOSED_SUCCESS", deal + 1)
    young, undone = task("CLOSED_FAILED", deal - 2), task("CLOSED_FAILED", deal + 1, signed_on=date(2020, 1, 1))
    ancient = task("CLOSED_SUCCESS", contract + 1, contract_value_fen=100)
    session.add(TaskReceipt(task=ancient, amount_fen=100, received_on=date(2020, 1, 1), evidence="回单", person_id=broker.id))
    open_ = [task(state, None) for state in ("CREATED", "NEGOTIATING", "FOLLOW_UP", "ON_HOLD")]
    found = run(session)
    assert (found["tasks"], found["task_deals"]) == (1, 1)
    for row in (failed, ancient):
        assert words(session, row) == ("", "", 0, 0), row.state
        assert row.outcome_note == ""
        assert session.scalars(select(Verdict).where(Verdict.match_id == row.match_id)).one().person.email == NOBODY
        file = session.scalars(select(Attachment).where(Attachment.owner_id == row.id)).one()
        assert file.removed_at is not None
    receipt = session.scalars(select(TaskReceipt)).one()
    assert (receipt.amount_fen, receipt.evidence, receipt.person_id) == (100, "", None)
    assert ancient.contract_value_fen == 100
    for row in (signed, undone, young):
        assert words(session, row) == (broker.name, "示例甲谈了价格", 1, 0), "only contact details, which nobody sees any more"
    for row in open_:
        assert words(session, row) == (broker.name, "示例甲谈了价格", 1, 1), row.state


def finished(session: Session, state: str, months: int) -> tuple[World, Licence]:
    """A licence in this state whose last step lies so many months back."""
    world = World(session, SETTINGS)
    licence = world.apply()
    licence.state, licence.broker_id, licence.contract_text, licence.text_hash = state, world.people["broker"].id, "合同全文", "f" * 64
    session.flush()
    for event in licence.events:
        event.created_at = ago(months)
    session.flush()
    return world, licence


def test_a_licence_that_ended_long_ago_keeps_sums_and_loses_people_and_words(session: Session) -> None:
    limit = SETTINGS.keep_contract_months
    world, old = finished(session, "COMPLETED", limit + 1)
    price = old.price_fen
    assert run(session)["licences"] == 1
    assert (old.price_fen, old.text_hash, old.state) == (price, "f" * 64, "COMPLETED")
    assert (old.contract_text, old.plan, old.intended_use, old.broker_id, old.applicant.email) == ("", "", "", None, NOBODY)
    events = session.scalars(select(LicenceEvent).where(LicenceEvent.licence_id == old.id)).all()
    assert events
    assert {(event.person_id, event.reason) for event in events} == {(None, "")}
    assert run(session)["licences"] == 0
    shown = repr(policy.reveal(world.actor("tto"), old))
    assert world.people["company"].name not in shown


@pytest.mark.parametrize("state", [*NOT_FINAL, "COMPLETED"])
def test_a_licence_still_open_or_younger_keeps_everything(session: Session, state: str) -> None:
    limit = SETTINGS.keep_contract_months
    world, licence = finished(session, state, limit - 12 if state == "COMPLETED" else limit + 1)
    assert run(session)["licences"] == 0
    assert licence.contract_text == "合同全文"
    assert licence.applicant_id == world.people["company"].id
