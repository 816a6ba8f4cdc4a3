"""Rows an installation exported are recognised when they come back: by their own number and this installation's mark."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.config import Settings, secret_key

CODE = re.compile(r"SM-[RD]-\d{4}-(\d{1,15})")


def platform(settings: Settings) -> str:
    """The mark exports of this installation carry; another installation has rows with the same numbers."""
    digest = hashlib.sha256(b"sunmao platform " + secret_key(settings).encode()).hexdigest()
    return f"sunmao-{digest[:12]}"


def known_by_code(session: Session, model: Any, codes: Iterable[str]) -> dict[str, Any]:
    """Rows of this installation by their own number."""
    wanted = {int(found[1]) for code in codes if (found := CODE.fullmatch(code))}
    if not wanted:
        return {}
    rows = session.scalars(select(model).where(model.id.in_(wanted))).unique()
    return {row.code: row for row in rows if row.code in set(codes)}
