"""Signing: a code sent to the person who signs as second factor, a scan of a sealed copy, or a provider's seal, all over one hash."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation, Person
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.files import Attachment
from webapp.core.languages import translate
from webapp.core.policy import Actor
from webapp.licences import contract, fields, outlook, policy, seals
from webapp.licences.models import Licence
from webapp.licences.models_papers import SigningCode
from webapp.messages import service as messages

CODE_MINUTES = 15
MOST_TRIES = 5
METHODS = ("CODE", "SCAN", "ESEAL")
MAIL_SUBJECT = N_("签署验证码 %(code)s")
MAIL_BODY = N_("您正在签署 %(contract)s。验证码：%(secret)s，%(minutes)s 分钟内有效。文本 SHA-256：%(hash)s。不是您本人操作，请不要把验证码告诉任何人。")


def ask_code(session: Session, actor: Actor, licence: Licence) -> str:
    """Mail a fresh code for this text to whoever is about to sign, and return it; an earlier one falls away."""
    policy.check(actor, licence, "sign")
    person = session.get_one(Person, actor.person_id)
    for row in _waiting(session, actor, licence):
        row.used_at = clock.now()
    secret = f"{secrets.randbelow(10**6):06d}"
    session.add(SigningCode(
        licence_id=licence.id, person_id=person.id, text_hash=licence.text_hash, code_hash=_hashed(secret, licence),
        expires_at=clock.now() + timedelta(minutes=CODE_MINUTES),
    ))  # fmt: skip
    language = actor.language
    body = translate(language, MAIL_BODY, contract=licence.code, secret=secret, minutes=CODE_MINUTES, hash=licence.text_hash)
    messages.post_plain(session, person.id, person.email, "signing_code", translate(language, MAIL_SUBJECT, code=licence.code), body)
    return secret


def _hashed(secret: str, licence: Licence) -> str:
    return contract.text_hash(f"{licence.id}:{licence.text_hash}:{secret}")


def _waiting(session: Session, actor: Actor, licence: Licence) -> list[SigningCode]:
    query = select(SigningCode).where(SigningCode.licence_id == licence.id, SigningCode.person_id == actor.person_id, SigningCode.used_at.is_(None))
    return list(session.scalars(query.order_by(SigningCode.id.desc())))


def proof(session: Session, actor: Actor, licence: Licence, side: str, data: Mapping[str, Any], settings: Settings) -> tuple[str, str]:
    """How this side signs and what shows it; raises when the proof does not hold for this very text."""
    reader = fields.Reader({"method": "CODE"} | {name: value for name, value in data.items() if value not in (None, "")})
    method = reader.choice("method", METHODS)
    reader.done()
    if method == "CODE":
        return method, _by_code(session, actor, licence, reader.raw("code")) if settings.signing_code else ""
    return method, (_by_scan(session, licence, reader.raw("scan")) if method == "SCAN" else _by_seal(session, licence, side, reader.raw("seal")))


def _by_code(session: Session, actor: Actor, licence: Licence, typed: str) -> str:
    row = next((row for row in _waiting(session, actor, licence) if row.text_hash == licence.text_hash), None)
    if row is None or row.expires_at < clock.now() or row.tries >= MOST_TRIES:
        raise Invalid(fields={"code": N_("验证码已失效，请重新获取。")})
    if not hmac.compare_digest(row.code_hash, _hashed(typed, licence)):
        raise WrongCode(row.id)
    row.used_at = clock.now()
    return f"code:{row.id}"


class WrongCode(Invalid):
    """A wrong code; the try is counted by the door, outside the work that is undone."""

    def __init__(self, number: int) -> None:
        super().__init__(fields={"code": N_("验证码不对，请核对邮件。")})
        self.number = number


def count_try(session: Session, number: int) -> None:
    """One more wrong try of a code."""
    row = session.get_one(SigningCode, number)
    row.tries += 1
    session.flush()


def scans(session: Session, licence: Licence) -> list[Attachment]:
    """Files uploaded to the licence, one of which may be the sealed copy."""
    query = select(Attachment).where(Attachment.owner_kind == "licence", Attachment.owner_id == licence.id, Attachment.removed_at.is_(None))
    return list(session.scalars(query.order_by(Attachment.id.desc())))


def _by_scan(session: Session, licence: Licence, typed: str) -> str:
    row = next((row for row in scans(session, licence) if str(row.id) == typed), None)
    if row is None:
        raise Invalid(fields={"scan": N_("请先在本页上传盖章的扫描件，再选中它。")})
    return f"sha256:{row.sha256}"


def _by_seal(session: Session, licence: Licence, side: str, reference: str) -> str:
    if not seals.available():
        raise Refused(N_("本平台没有接入电子签章服务。"), code="no_seal_provider")
    party = session.get_one(Organisation, {"company": licence.licensee_id, "tto": licence.licensor_id}.get(side, licence.firm_id or 0))
    if not 3 <= len(reference) <= 100 or not seals.sealed(reference, licence.text_hash, party.uscc or ""):
        raise Invalid(fields={"seal": N_("签章服务没有查到本单位对这一文本的签章。")})
    return f"seal:{reference}"


def consent(side: str, licence: Licence) -> str:
    """The words of consent kept with a signature."""
    return contract.consent(licence.code, licence.text_hash, outlook.signing_name(licence, side))
