"""The only bridge to the matching and search libraries."""

from __future__ import annotations

from typing import Any

from webapp.config import Settings


def connect(settings: Settings) -> dict[str, Any]:
    """The engines a process may use, by name; each opens its files only when first asked."""
    from webapp.engines.index import SearchEngine
    from webapp.engines.matcher import Matcher

    return {"index": SearchEngine(settings), "matcher": Matcher(settings)}
