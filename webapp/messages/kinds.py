"""The sentence of every kind of notice; topics register theirs."""

from __future__ import annotations

SENTENCES: dict[str, str] = {}


def register(kind: str, sentence: str) -> None:
    """Name the sentence (a translatable msgid with %(name)s places) of a kind of notice."""
    SENTENCES[kind] = sentence
