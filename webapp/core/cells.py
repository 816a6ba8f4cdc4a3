"""Text that no spreadsheet takes for a formula."""

from __future__ import annotations

import re

# A spreadsheet runs what begins like this; a quotation mark before it keeps it text.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def harmless(value: str) -> str:
    """The text as a cell may hold it."""
    return f"'{value}" if FORMULA.match(value) else value
