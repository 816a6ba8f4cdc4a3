"""Names of what is imported, of the fields' rules an import bends, and of the source rows are recognised by."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from webapp.core.errors import N_

KINDS = {"results": N_("成果"), "demands": N_("需求")}
MODELS = {"results": "result", "demands": "demand"}
OWNER_KINDS = {"results": "SCHOOL", "demands": "COMPANY"}
HOLDING_NAME = "导入数据（待认领）"
HOLDING_NAME_EN = "Imported data (to be claimed)"
LINE, REASON = N_("原行号"), N_("未导入原因")
REFUSED_SUFFIX = "-refused"
LONGEST_SOURCE = 40
# Names rows of other origin carry: a file of that name must not be taken for them.
RESERVED = {"web", "example", "import"}
COPY = re.compile(rf"(\s*[(（]\d{{1,3}}[)）]|\s*-?\s*副本|\s*-?\s*copy|{REFUSED_SUFFIX})$", re.IGNORECASE)


def source_name(name: str, prefix: str = "") -> str:
    """The source a file or a person names, short enough to store; a copy and the mended refusals of a file are the same source."""
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    while (shorter := COPY.sub("", text)) and shorter != text:
        text = shorter
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C") or "file"
    if text.lower() in RESERVED:
        text = f"file-{text}"
    room = LONGEST_SOURCE - len(prefix)
    if len(text) > room:
        text = f"{text[: room - 9]}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return prefix + text
