"""Matching of research results and enterprise demands: fast, explained, and free of any web or database code."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matching.engine import Engine
    from matching.learning_trial import Trial
    from matching.ranking import Explanation
    from matching.store import SnapshotError
    from matching.types import Document, Facts, Figure, Reason, Scored, Verdict
    from matching.weights import Weights

__all__ = [
    "Document", "Engine", "Explanation", "Facts", "Figure", "Reason", "Scored", "SnapshotError", "Trial", "Verdict", "Weights",
]  # fmt: skip

# Loaded when first used: whoever needs the tokenizer alone should not wait for the numeric libraries.
_HOMES = {
    "Engine": "engine",
    "Explanation": "ranking",
    "SnapshotError": "store",
    "Trial": "learning_trial",
    "Weights": "weights",
    **dict.fromkeys(("Document", "Facts", "Figure", "Reason", "Scored", "Verdict"), "types"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'matching' has no attribute {name!r}")
    return getattr(import_module(f"matching.{_HOMES[name]}"), name)
