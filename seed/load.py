"""Loads the lists, and for a demonstration the example organisations, people, results and demands; repeating it changes nothing."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from seed import brokers
from webapp.accounts import service as accounts
from webapp.accounts.models import Membership, Organisation, Person
from webapp.catalog import service as catalog
from webapp.catalog.models import Classification, Cluster, Demand, Result
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.policy import SYSTEM
from webapp.figures.models import KpiTarget

FOLDER = Path(__file__).parent
SOURCE = "example"
DOMAIN = "sunmao.example"
Hash = Callable[[str], str]


def read(name: str) -> list[dict[str, Any]]:
    """One of the data files beside this module."""
    return list(json.loads((FOLDER / name).read_text("utf-8")))


def load_lists(session: Session) -> None:
    """Industries, fields, circles, institutions and targets; entries already there are left alone."""
    for scheme, file in (("industry", "lists/industries.json"), ("field", "lists/fields.json")):
        _classifications(session, scheme, read(file))
    for position, row in enumerate(read("lists/clusters.json")):
        if session.get(Cluster, row["code"]) is None:
            wanted = {key: row[key] for key in ("code", "zh", "en", "short_zh", "short_en", "summary_zh", "summary_en", "focus")}
            session.add(Cluster(**wanted, position=row.get("position", position)))
    for row in read("lists/institutions.json"):
        _organisation(session, row["code"], row["kind"], row["zh"], name_en=row["en"], cluster_code=row.get("cluster"))
    for position, row in enumerate(read("lists/targets.json")):
        if session.get(KpiTarget, row["code"]) is None:
            wanted = {key: value for key, value in row.items() if hasattr(KpiTarget, key)}
            session.add(KpiTarget(**(wanted | {"position": position, "as_of": date.fromisoformat(row["as_of"])})))


def _classifications(session: Session, scheme: str, rows: list[dict[str, Any]]) -> None:
    known = set(session.execute(select(Classification.code, Classification.version).where(Classification.scheme == scheme)).tuples())
    for row in rows:
        version = row.get("version", "1")
        if (row["code"], version) not in known:
            start = row.get("valid_from")
            session.add(
                Classification(
                    scheme=scheme, code=row["code"], version=version, zh=row["zh"], en=row["en"], parent=row.get("group", ""),
                    position=row["position"], valid_from=date.fromisoformat(start) if start else None,
                )
            )  # fmt: skip


def _organisation(session: Session, code: str, kind: str, name: str, **values: Any) -> Organisation:
    found = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    return found or accounts.add_organisation(session, SYSTEM, kind, name, code=code, verified_at=clock.now(), **values)


def load_examples(session: Session, hash_password: Hash) -> dict[str, str]:
    """Example organisations, people, results and demands; returns the new accounts' passwords by address."""
    homes = _example_organisations(session)
    passwords = _people(session, homes, hash_password)
    authors = _authors(session)
    more = json.loads((FOLDER / "examples/more.json").read_text("utf-8"))
    for row in _files("results"):
        _store(session, Result, homes[row["cluster"]], row, _result(row) | more.get(row["external_id"], {}), authors)
    for row in reversed(list(_files("demands"))):  # the first file's marine demands end up newest, on the home page
        _store(session, Demand, homes[row["company"]], row, _demand(row) | more.get(row["external_id"], {}), authors)
    session.flush()
    _aged(session)
    brokers.load(session, lambda login: f"{login}@{DOMAIN}", homes.__getitem__)
    return passwords


def _store(
    session: Session, model: type[Result] | type[Demand], home: Organisation, row: dict[str, Any], values: dict[str, Any],
    authors: dict[int, int],
) -> None:  # fmt: skip
    author = authors.get(home.id)
    number = row["external_id"]
    catalog.store(session, SYSTEM, model, home.id, SOURCE, number, values, publish=True, author_id=author, is_example=True)


def _aged(session: Session) -> None:
    """Some examples have stood for a while: one is stale, and one's validity soon ends, so that its owner is asked."""
    stale = session.scalars(select(Result).where(Result.source == SOURCE, Result.external_id.in_(("ex-r-003", "ex-r-005", "ex-r-006")))).unique()
    for row in stale:
        row.published_at = row.confirmed_at = clock.now() - timedelta(days=290)
    ending = session.scalars(select(Result).where(Result.source == SOURCE, Result.external_id == "ex-r-006")).unique().one()
    ending.valid_until = clock.today() + timedelta(days=21)


def _authors(session: Session) -> dict[int, int]:
    """By organisation: the example person its examples are written by."""
    query = select(Membership.organisation_id, Membership.person_id).where(Membership.role.in_(("researcher", "company_user", "company_admin")))
    return dict(session.execute(query.order_by(Membership.id.desc())).tuples().all())


def _files(kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted((FOLDER / "examples").glob(f"{kind}_*.json")):
        yield from json.loads(path.read_text("utf-8"))


def _example_organisations(session: Session) -> dict[str, Organisation]:
    """By code: the example companies and firms, and by circle and institution the example school that stands for it."""
    homes: dict[str, Organisation] = {}
    for row in read("lists/clusters.json"):
        zh, en = f"示例高校（{row['short_zh']}）", f"Example University ({row['short_en']})"
        school = _organisation(session, f"ex-{row['code']}", "SCHOOL", zh, name_en=en, cluster_code=row["code"], is_example=True)
        homes[row["code"]] = school
    for row in read("lists/institutions.json"):
        homes.setdefault(row["code"], homes[row["cluster"]]) if row.get("cluster") else None
    for row in read("examples/companies.json"):
        homes[row["code"]] = _organisation(session, row["code"], "COMPANY", row["name_zh"], **_company(row))
    for row in read("examples/carriers.json"):
        told = {"name_en": row["en"], "cluster_code": row["cluster"], "services": row["services"], "summary": row["summary"], "is_example": True}
        _organisation(session, row["code"], "CARRIER", row["zh"], **told)
    people = json.loads((FOLDER / "examples/people.json").read_text("utf-8"))
    for row in people["organisations"]:
        homes[row["code"]] = _organisation(session, row["code"], row["kind"], row["zh"], name_en=row["en"], is_example=True)
    return homes


def _company(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name_en": row["name_en"], "uscc": row["uscc"], "industry_code": row["industry"], "size_class": row["size_class"],
        "staff": row["staff"], "revenue_fen": row["revenue_yuan"] * 100, "assets_fen": row["assets_yuan"] * 100,
        "figures_year": clock.today().year - 1, "badges": row["badges"], "address": row["address"],
        "founded": row["established"], "products": row["main_products"], "is_example": True,
    }  # fmt: skip


def _people(session: Session, homes: dict[str, Organisation], hash_password: Hash) -> dict[str, str]:
    passwords: dict[str, str] = {}
    people = json.loads((FOLDER / "examples/people.json").read_text("utf-8"))["people"]
    for row in people:
        email = f"{row['login']}@{DOMAIN}"
        if session.scalars(select(Person.id).where(Person.email == email)).first():
            continue
        passwords[email] = secrets.token_urlsafe(9)
        person = accounts.add_person(session, SYSTEM, email, row["name"], hash_password(passwords[email]), row["language"])
        accounts.join(session, SYSTEM, person, homes[row["organisation"]], row["role"])
    return passwords


def _price(row: dict[str, Any], name: str) -> str:
    """The price as people write it, so that it goes through the same reader."""
    low, high = row.get(f"{name}_min_yuan"), row.get(f"{name}_max_yuan")
    if row[f"{name}_kind"] == "NEGOTIABLE" or low is None or high is None:
        return "面议"
    return f"{low}元" if low == high else f"{low}-{high}元"


def _common(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("title", "details", "keywords")} | {
        "field_code": row["field"],
        "industry_code": row["industry"],
    }


def _result(row: dict[str, Any]) -> dict[str, Any]:
    return _common(row) | {
        "summary": row["summary"], "cluster_code": row["cluster"], "department": row["department"], "lead": row["lead"],
        "trl": row["trl"], "stage": row["stage"], "modes": row["transfer_modes"], "use_first_offered": row["use_first_offered"],
        "trial_months": row.get("trial_months") or None, "indicators": row["indicators"], "price": _price(row, "price"),
    }  # fmt: skip


def _demand(row: dict[str, Any]) -> dict[str, Any]:
    return _common(row) | {
        "summary": row["public_summary"], "kind": row["kind"], "targets": row["targets"], "min_trl": row["min_trl"],
        "modes": row["cooperation_modes"], "deadline": clock.today() + timedelta(days=row["deadline_days"]),
        "confidentiality": row["confidentiality"], "wants_use_first": row["wants_use_first"], "location": row["location"],
        "price": _price(row, "budget"),
    }  # fmt: skip


def write_accounts(path: Path, passwords: dict[str, str]) -> None:
    """Add new demo accounts to the file only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        for email, password in passwords.items():
            file.write(f"{email}\t{password}\n")
    path.chmod(0o600)


def loaded(session: Session) -> bool:
    """Whether the examples are in the database already."""
    return session.scalars(select(Demand.id).where(Demand.source == SOURCE)).first() is not None


def load(database: Database, hash_password: Hash | None) -> dict[str, str]:
    """Lists, and with a password hasher the examples, in one transaction; returns new passwords."""
    with database.transaction() as session:
        load_lists(session)
        if hash_password is None or loaded(session):
            return {}
        return load_examples(session, hash_password)
