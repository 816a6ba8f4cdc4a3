"""Watched searches of the example people, kept before their rows are indexed, so that a demonstration has news to show."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.config import Settings
from webapp.discovery import watching
from webapp.engines.index import SearchEngine

WATCHED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("co-offshore", {"q": "防腐", "kind": ["result"]}, "防腐 · 成果"),
    ("co-offshore", {"q": "焊接 机器人", "kind": ["result"], "use_first": ["yes"]}, "焊接 机器人 · 可先用后付"),
    ("tto-upc", {"q": "腐蚀", "kind": ["demand"]}, "腐蚀 · 需求"),
)


def load(session: Session, engine: SearchEngine, settings: Settings, domain: str) -> int:
    """Save each for its person; saving again changes nothing. Returns how many there are."""
    for login, address, name in WATCHED:
        watching.save(session, accounts.person_as(session, f"{login}@{domain}"), engine, settings, address, name)
    return len(WATCHED)
