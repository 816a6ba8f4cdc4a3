"""One licence from the application to the last receipt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from tests.licences.conftest import World
from webapp.core import audit, clock
from webapp.licences import service
from webapp.licences.models import Licence


def test_a_licence_goes_from_application_to_completed(world: World, trial: Licence, at: Callable[[int], Any]) -> None:
    assert (trial.state, trial.trial_end) == ("TRIAL", clock.add_months(trial.trial_start, 12))
    end = (trial.trial_end - trial.trial_start).days + 21
    with at(end + 1):
        world.tick(trial)
        assert (trial.state, trial.claimed_side, trial.awaits) == ("TRIAL", "system", "company")
        world.act(trial, "company", "confirm_trigger")
        assert (trial.state, trial.awaits) == ("PAYABLE", "tto")
        first = service.first_due(trial)
        world.act(trial, "tto", "schedule", first_due=first, months="3", invoice="示例发票 001")
    assert trial.state == "PAYING"
    assert [row.amount_fen for row in trial.instalments] == [33_333_333, 33_333_333, 33_333_334]
    with at(end + 30):
        for number, row in enumerate(trial.instalments):
            amount = f"{row.amount_fen / 100:.2f}"
            data = {"instalment_id": row.id, "amount": amount, "received_on": clock.today(), "reference": f"BK2025{number}"}
            world.act(trial, "tto", "receipt", **data)
    assert trial.state == "COMPLETED"
    assert [row.state for row in trial.instalments] == ["PAID"] * 3
    assert trial.awaits == ""
    assert trial.due_on is None


def test_every_step_leaves_an_event_and_an_audit_entry(world: World, trial: Licence) -> None:
    actions = [event.action for event in reversed(trial.events)]
    assert actions == [
        "apply", "open_check", "check", "confirm", "approve", "end_notice", "sign", "seal", "deliver", "receive",
    ]  # fmt: skip
    logged = world.session.scalars(
        select(audit.AuditEvent.action).where(audit.AuditEvent.subject_kind == "licence").order_by(audit.AuditEvent.id)
    )
    assert list(logged) == [f"licence:{action}" for action in actions]
    roles = {event.action: event.role for event in trial.events}
    assert (roles["check"], roles["confirm"], roles["approve"], roles["end_notice"]) == ("broker", "operator", "tto", "system")
    hashes = {event.action: event.document_hash for event in trial.events}
    assert hashes["sign"] == hashes["seal"] == trial.text_hash
    assert hashes["apply"] == hashes["open_check"] != ""
