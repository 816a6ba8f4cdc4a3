"""The word lists beside this file: domain dictionary, stop words and synonyms."""

import hashlib
from functools import lru_cache
from pathlib import Path

from matching.folding import fold

_FOLDER = Path(__file__).parent
# Raise this whenever the tokenizer itself changes, so that stored indexes know they are outdated.
_TOKENIZER_EDITION = "2"


def _lines(name: str) -> list[str]:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@lru_cache(maxsize=1)
def dictionary() -> dict[str, int]:
    """Domain words that a general dictionary cuts apart, with the frequency that keeps them whole."""
    rows = (line.split() for line in _lines("dictionary.txt"))
    return {row[0]: int(row[1]) if len(row) > 1 else 2000 for row in rows}


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words that say nothing about a subject."""
    return frozenset(fold(word) for line in _lines("stopwords.txt") for word in line.split())


@lru_cache(maxsize=1)
def synonyms() -> dict[str, tuple[str, ...]]:
    """For each folded term the other terms that mean the same."""
    found: dict[str, list[str]] = {}
    for line in _lines("synonyms.txt"):
        group = [fold(term.strip()) for term in line.split("=") if term.strip()]
        for term in group:
            others = found.setdefault(term, [])
            others.extend(other for other in group if other != term and other not in others)
    return {term: tuple(others) for term, others in found.items()}


@lru_cache(maxsize=1)
def version() -> str:
    """Changes whenever a list or the tokenizer changes."""
    digest = hashlib.sha256(_TOKENIZER_EDITION.encode())
    for name in ("dictionary.txt", "stopwords.txt", "synonyms.txt"):
        digest.update((_FOLDER / name).read_bytes())
    return digest.hexdigest()[:16]
