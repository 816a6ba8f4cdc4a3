"""The rows a batch refused as a CSV file: as they came, with line and reason in front, to be mended and imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from webapp.core.languages import LANGUAGES, translate
from webapp.imports.cells import guarded
from webapp.imports.models import ImportRefusal
from webapp.imports.service import reason
from webapp.imports.values import LINE, REASON

BOM = "\ufeff"
NOTES = {translate(language, name) for language in LANGUAGES for name in (LINE, REASON)}


def lines(header: Iterable[str], refusals: Iterable[ImportRefusal], language: str) -> Iterator[str]:
    """The file's lines; notes of an earlier round are not carried along."""
    kept = list(refusals)
    names = list(dict.fromkeys([*header, *(name for refusal in kept for name in refusal.raw)]))
    names = [name for name in names if name not in NOTES]
    yield BOM + _line([translate(language, LINE), translate(language, REASON), *names])
    for refusal in kept:
        yield _line([str(refusal.line), reason(refusal, language), *(refusal.raw.get(name, "") for name in names)])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([guarded(cell) for cell in cells])
    return out.getvalue()
