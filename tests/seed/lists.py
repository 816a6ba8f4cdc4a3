"""What the seed's own files say, for the tests beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import seed

FOLDER = Path(seed.__file__).parent


def rows(file: str) -> list[dict[str, Any]]:
    """One data file of the seed."""
    found: list[dict[str, Any]] = json.loads((FOLDER / file).read_text("utf-8"))
    return found


def codes(name: str) -> list[str]:
    """The codes of a list in their order."""
    return [row["code"] for row in rows(f"lists/{name}.json")]


def examples(kind: str) -> list[dict[str, Any]]:
    """All examples of `results` or `demands`."""
    files = sorted((FOLDER / "examples").glob(f"{kind}*.json"))
    return [row for file in files for row in json.loads(file.read_text("utf-8"))]
