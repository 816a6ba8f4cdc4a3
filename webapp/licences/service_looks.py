"""The look of a school's Word files: kept by its content, used for every document of its licences."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core.errors import N_, Invalid
from webapp.core.files import Store
from webapp.licences import paper_docx, service_offer
from webapp.licences.models import Licence, SchoolRule


def store(settings: Settings) -> Store:
    """Where looks lie, by their content."""
    return Store(settings.var / "files" / "looks")


def keep_look(row: SchoolRule, data: Mapping[str, Any], settings: Settings) -> None:
    """A new look, checked before it is kept; or back to the platform's."""
    file = data.get("look")
    if data.get("drop_look"):
        row.look_sha256 = ""
    elif file and file.filename:
        content = file.stream.read(paper_docx.MOST_LOOK + 1)
        paper_docx.check(content)
        row.look_sha256, _size = store(settings).put(io.BytesIO(content), settings.upload_max_mb)


def look(session: Session, settings: Settings, licence: Licence) -> bytes | None:
    """The look of the school that licenses, if it has one of its own."""
    rule = service_offer.rule(session, licence.licensor_id)
    if rule is None or not rule.look_sha256:
        return None
    path = store(settings).path(rule.look_sha256)
    if not path.exists():
        raise Invalid(N_("本单位的版式文件不在了，请重新上传。"), code="look_missing")
    return path.read_bytes()
