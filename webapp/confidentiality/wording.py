"""The text of the non-disclosure agreement; the Chinese one binds, the English one helps to read it."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def _filled(name: str, code: str, reader: str) -> str:
    return (HERE / name).read_text("utf-8").format(code=code, reader=reader)


def text(code: str, reader: str) -> str:
    """The text an organisation accepts for one posting."""
    return _filled("agreement_zh.txt", code, reader)


def reading_copy(code: str, reader: str) -> str:
    """The same in English."""
    return _filled("agreement_en.txt", code, reader)
