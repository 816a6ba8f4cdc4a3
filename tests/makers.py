"""Small makers of rows for tests, with running numbers instead of a factory library."""

from __future__ import annotations

import itertools
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts import nda
from webapp.accounts import service as accounts
from webapp.accounts.models import Membership, Organisation, Person
from webapp.accounts.nda import NdaAcceptance
from webapp.accounts.values import ROLE_KINDS
from webapp.catalog.models import Classification, Demand, Result
from webapp.core import clock
from webapp.core.policy import Actor

_numbers = itertools.count(1)


def organisation(session: Session, kind: str = "COMPANY", **values: Any) -> Organisation:
    """A verified organisation; companies are small industrial firms unless said otherwise."""
    number = next(_numbers)
    defaults: dict[str, Any] = {"name": f"示例{kind}{number}", "verified_at": clock.now()}
    if kind == "COMPANY":
        defaults |= {
            "industry_code": "marine", "size_class": "INDUSTRY", "staff": 80, "revenue_fen": 3_000_000_00,
            "assets_fen": 2_000_000_00, "figures_year": clock.today().year - 1,
        }  # fmt: skip
    row = Organisation(kind=kind, **(defaults | values))
    session.add(row)
    session.flush()
    return row


def person(session: Session, role: str, at: Organisation | None = None, **values: Any) -> Person:
    """A person with a role in an organisation of the fitting kind; the password is `password`."""
    number = next(_numbers)
    home = at or organisation(session, ROLE_KINDS[role])
    defaults: dict[str, Any] = {
        "email": f"person{number}@example.test", "name": f"示例{number}", "password": "password",
        "fs_uniquifier": secrets.token_hex(32), "confirmed_at": clock.now(),
    }  # fmt: skip
    row = Person(**(defaults | values))
    session.add(row)
    session.flush()
    session.add(Membership(person=row, organisation=home, role=role))
    session.flush()
    return row


def actor(session: Session, role: str, at: Organisation | None = None) -> Actor:
    """The actor of a fresh person with this role."""
    return accounts.actor_for(session, person(session, role, at), None)


def result(session: Session, school: Organisation | None = None, **values: Any) -> Result:
    """A published result."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "title": f"示例成果{number}：海工防腐涂层", "summary": "用于海洋平台的防腐涂层，盐雾试验三千小时无起泡。",
        "details": f"配方秘密{number}", "keywords": ["防腐", "涂层"], "industry_code": "marine", "cluster_code": "upc",
        "state": "PUBLISHED", "published_at": clock.now(), "confirmed_at": clock.now(), "trl": 6, "stage": "PILOT",
        "modes": ["LICENSE", "USE_FIRST"], "use_first_offered": True, "trial_months": 12,
        "non_secret": True, "ownership_clear": True, "inventors_agree": True,
        "price_kind": "FIXED", "price_min_fen": 300_000_00, "price_max_fen": 300_000_00,
    }  # fmt: skip
    home = school or organisation(session, "SCHOOL", cluster_code="upc")
    row = Result(organisation=home, **(defaults | values))
    session.add(row)
    session.flush()
    return row


def demand(session: Session, company: Organisation | None = None, **values: Any) -> Demand:
    """An open demand."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "title": f"示例需求{number}：长效防腐涂层", "summary": "寻找海洋平台用防腐涂层，盐雾试验不少于三千小时。",
        "details": f"船坞编号{number}", "keywords": ["防腐"], "industry_code": "marine", "kind": "TACKLE",
        "state": "OPEN", "published_at": clock.now(), "confidentiality": 1, "modes": ["LICENSE"],
        "deadline": clock.today() + timedelta(days=200), "min_trl": 5, "wants_use_first": True,
        "price_kind": "RANGE", "price_min_fen": 200_000_00, "price_max_fen": 500_000_00,
    }  # fmt: skip
    home = company or organisation(session, "COMPANY")
    row = Demand(organisation=home, **(defaults | values))
    session.add(row)
    session.flush()
    return row


def industry(session: Session, code: str = "marine", zh: str = "船舶海工", en: str = "Marine and offshore") -> Classification:
    """One entry of the list of industries."""
    row = Classification(scheme="industry", code=code, version="2024-06", zh=zh, en=en)
    session.add(row)
    session.flush()
    return row


def agreement(session: Session, reader: Organisation, subject: Any) -> NdaAcceptance:
    """A non-disclosure agreement this organisation has accepted for the object."""
    by = person(session, "company_user" if reader.kind == "COMPANY" else "researcher", reader)
    row = NdaAcceptance(
        organisation_id=reader.id, person_id=by.id, subject_kind=subject.__tablename__, subject_id=subject.id, text="承诺",
        text_hash=nda.digest("承诺"), accepted_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row
