"""Example brokers at work: profiles, certificates, training, a rate table and a visit with a draft demand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.brokers import service as brokers
from webapp.brokers import visits
from webapp.config import Settings
from webapp.core import clock
from webapp.core.policy import Actor
from webapp.tasks import fees

FILE = Path(__file__).parent / "examples" / "brokers.json"
Home = Callable[[str], Organisation]


def load(session: Session, address: Callable[[str], str], home: Home) -> None:
    """Everything of the file, each through the use case a person would take."""
    rows: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text("utf-8"))
    operator = accounts.person_as(session, address("operator"))
    for row in rows["profiles"]:
        brokers.save_profile(session, _actor(session, address, row), row | {"is_public": True})
    for row in rows["certificates"]:
        brokers.verify(session, operator, brokers.add_certificate(session, _actor(session, address, row), row))
    for row in rows["training"]:
        brokers.add_training(session, _actor(session, address, row), row | {"ended_on": _ago(row)})
    for row in rows["fees"]:
        fees.add_rule(session, operator, row | {"valid_from": clock.today().replace(month=1, day=1)})
    for row in rows["visits"]:
        data = row | {"organisation_id": home(row["company"]).id, "visited_on": _ago(row)}
        visits.record(session, _actor(session, address, row), data, Settings())


def _actor(session: Session, address: Callable[[str], str], row: dict[str, Any]) -> Actor:
    return accounts.person_as(session, address(row["login"]))


def _ago(row: dict[str, Any]) -> Any:
    return clock.today() - timedelta(days=row["days_ago"])
