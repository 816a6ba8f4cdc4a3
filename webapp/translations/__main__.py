"""`python -m webapp.translations`: compile the catalogues when they changed; --update collects the texts again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent


def compile_catalogues() -> int:
    """Write each .mo beside its .po unless it is newer already; returns how many were written."""
    written = 0
    for source in HERE.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        with target.open("wb") as out:
            write_mo(out, catalogue)
        written += 1
    return written


def update() -> None:
    """Collect every text of the program into the English catalogue; unused ones are dropped, new ones left empty."""
    template = PROJECT / "var" / "messages.pot"
    template.parent.mkdir(exist_ok=True)
    babel = [sys.executable, "-m", "babel.messages.frontend"]
    collect = ["extract", "-F", str(HERE / "babel.cfg"), "--ignore-dirs", ".* __pycache__", "-k", "_l", "-k", "N_", "-k", "lazy_gettext", "--no-location", "--sort-output"]
    subprocess.run([*babel, *collect, "--project=Sunmao", "-o", str(template), "webapp"], cwd=PROJECT, check=True)
    merge = ["update", "-i", str(template), "-d", str(HERE), "-l", "en", "--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date"]
    if not (HERE / "en").exists():
        merge = ["init", "-i", str(template), "-d", str(HERE), "-l", "en"]
    subprocess.run([*babel, *merge], cwd=PROJECT, check=True)


if __name__ == "__main__":
    if "--update" in sys.argv:
        update()
    compile_catalogues()
