"""Sentences in a person's language for code that runs outside a page: mail, jobs and the command line."""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("zh_CN", "en")
FOLDER = Path(__file__).parent.parent / "translations"


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("messages", FOLDER, [language], fallback=True)


def translate(language: str, message: str, **params: Any) -> str:
    """The sentence in `language`; Chinese is the source language and needs no catalogue."""
    text = message if language == "zh_CN" or not message else _catalogue(language).gettext(message)
    return text % params if params else text
