"""Makes a licence's documents as its steps are taken, keeps their texts, and gathers the file that shows due diligence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.core import clock, policy
from webapp.core.errors import N_, NotFound, Refused
from webapp.core.languages import translate
from webapp.core.policy import Actor
from webapp.licences import contract, outlook_money, paper_values, papers
from webapp.licences.models import Licence, LicenceEvent
from webapp.licences.models_papers import Paper
from webapp.licences.papers import Sheet
from webapp.licences.service_common import listeners
from webapp.licences.values import PARTS, SIGN_METHODS


def keep(session: Session, licence: Licence, kind: str, text: str, about: str = "") -> Paper:
    """A document's text, fixed: the same text again is the same document, another one its next version."""
    query = select(Paper).where(Paper.licence_id == licence.id, Paper.kind == kind, Paper.about == about)
    last, sha256 = session.scalars(query.order_by(Paper.version.desc())).first(), contract.text_hash(text)
    if last and last.sha256 == sha256:
        return last
    row = Paper(
        licence_id=licence.id, kind=kind, about=about, version=last.version + 1 if last else 1, text=text, sha256=sha256,
        number=f"{licence.code}-{papers.SHORT[kind]}" + (f"-{about}" if about else ""),
    )  # fmt: skip
    session.add(row)
    return row


def after(session: Session, licence: Licence, event: LicenceEvent) -> None:
    """The documents a step makes."""
    person = session.get(Person, event.person_id) if event.person_id else None
    for kind in papers.MADE_BY.get(event.action, ()):
        values = paper_values.values(licence, event, person.name if person else "")
        keep(session, licence, kind, papers.fill(kind, values), about_of(kind, event))


def about_of(kind: str, event: LicenceEvent) -> str:
    """What tells two documents of a kind apart: a report's period, a demand's day."""
    if kind == "REPORT":
        return str(event.facts.get("period_end", ""))
    return clock.local(event.created_at or clock.now()).date().isoformat() if kind in {"DEMAND", "SUPPLEMENT"} else ""


def listed(session: Session, actor: Actor, licence: Licence) -> list[Paper]:
    """The documents of a licence this actor may read, in the order they were made."""
    if not policy.can(actor, "licence:texts", licence):
        return []
    rows = session.scalars(select(Paper).where(Paper.licence_id == licence.id).order_by(Paper.id))
    return [row for row in rows if row.kind not in papers.WITH_FIGURES or policy.can(actor, "licence:figures", licence)]


def find(session: Session, actor: Actor, licence: Licence, paper_id: int) -> Paper:
    """One document the actor may read."""
    found = next((row for row in listed(session, actor, licence) if row.id == paper_id), None)
    if found is None:
        raise NotFound
    return found


def sheet(licence: Licence, row: Paper, language: str) -> Sheet:
    """A document ready to print; the contract with who signed this very text, and how."""
    signed: Iterable[tuple[str, str, str, str]] = ()
    if row.kind == "CONTRACT":
        signed = (
            (translate(language, PARTS[item.side]), item.person.name, clock.local(item.created_at).strftime("%Y-%m-%d %H:%M"), translate(language, SIGN_METHODS[item.method]))
            for item in licence.signatures if item.text_hash == row.sha256
        )  # fmt: skip
    return Sheet(row.number, row.version, row.text, row.sha256, labels(language), tuple(signed))


def labels(language: str) -> dict[str, Any]:
    """The words printed round a document's text."""
    return {
        "number": translate(language, N_("编号")), "version": translate(language, N_("版本")), "hash": translate(language, N_("文本 SHA-256")),
        "signatures": translate(language, N_("签署记录")), "columns": [translate(language, text) for text in COLUMNS],
    }  # fmt: skip


listeners.append(after)

COLUMNS = (N_("签署方"), N_("姓名"), N_("时间"), N_("方式"))


def diligence(session: Session, actor: Actor, licence: Licence, language: str) -> list[Sheet]:
    """The file for auditors: a checklist of how the decision was made, every step with its hash, and every document."""
    policy.check(actor, "licence:diligence", licence)
    if licence.effective_on is None:
        raise Refused(N_("签约后才能生成尽职免责档案。"), code="not_signed_yet")
    rows = list(session.scalars(select(Paper).where(Paper.licence_id == licence.id).order_by(Paper.id)))
    text = papers.fill("DILIGENCE", paper_values.diligence(licence, rows, held=outlook_money.held_fen(licence)))
    first = Sheet(f"{licence.code}-JZ", 1, text, contract.text_hash(text), labels(language))
    return [first, *(sheet(licence, row, language) for row in rows)]
