"""`python -m webapp.translations`: compile the catalogues when they changed; --update collects the texts again."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
ENGLISH = HERE / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "N_": None, "lazy_gettext": None}


def compile_catalogues() -> int:
    """Write each .mo beside its .po unless it is newer already; returns how many were written."""
    written = 0
    for source in HERE.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with target.open("wb") as out:
            write_mo(out, catalogue(source))
        written += 1
    return written


def catalogue(source: Path) -> Catalog:
    """The catalogue in a .po file; its folder names the language."""
    with source.open("rb") as file:
        return read_po(file, locale=source.parent.parent.name)


def collected() -> Catalog:
    """Every text of the program.

    Folders are left out by our own rule: Babel's passes over those that begin with an underscore, and with them the shared macros.
    """
    with (HERE / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog(project="Sunmao")
    texts = extract_from_dir(
        HERE.parent, methods, options, KEYWORDS, directory_filter=lambda folder: not Path(folder).name.startswith(".")
    )
    for _file, _line, message, _comments, context in texts:
        found.add(message, context=context)
    return found


def update() -> None:
    """Bring the English catalogue up to the program: unused texts are dropped, new ones left empty."""
    english = catalogue(ENGLISH)
    english.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    with ENGLISH.open("wb") as out:
        write_po(out, english, no_location=True, sort_output=True, ignore_obsolete=True)


if __name__ == "__main__":
    if "--update" in sys.argv:
        update()
    compile_catalogues()
