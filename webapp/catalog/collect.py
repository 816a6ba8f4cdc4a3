"""Demands a broker drafts for a company after a visit: the company's own drafts, which only the company can submit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.catalog.fields import rules
from webapp.catalog.laying import lay
from webapp.catalog.models import Demand
from webapp.catalog.service import lists
from webapp.config import Settings
from webapp.core import audit, policy
from webapp.core.policy import Actor


def draft(session: Session, actor: Actor, company: Organisation, values: Mapping[str, Any], settings: Settings) -> Demand:
    """A draft in the company's name by what was said; anonymous in public until the company says otherwise."""
    policy.check(actor, "catalog:collect", company)
    start = {"industry_code": company.industry_code, "confidentiality": 1}
    given = {name: value for name, value in start.items() if value is not None} | dict(values)
    columns = rules("demand", lists(session), settings).read(given, organisation=company.name)
    row = Demand(state="DRAFT", organisation=company, created_by_id=actor.person_id)
    lay(row, columns)
    row.changed_by = actor.name
    session.add(row)
    session.flush()
    audit.record(session, actor, "demand:collect", row, organisation=company.id)
    return row
