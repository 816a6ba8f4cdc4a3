"""Tells a text file's encoding; a file that is almost UTF-8, or Western, is refused rather than read as Chinese nonsense."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from webapp.core.errors import N_, Invalid

CHUNK = 1 << 20
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
HIGH = re.compile(rb"[\x80-\xff]")
# In Chinese text high bytes come in pairs; a Western letter with an accent stands alone between plain ones.
LONELY = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")


def encoding(path: Path, head: bytes) -> str:
    """The name of the encoding, or Invalid with advice."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name if _decodes(path, name) else _refuse()
    if b"\x00" in head:
        _refuse()
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _almost_utf8(path):
        raise Invalid(N_("文件是 UTF-8 编码，但有损坏的字符，请从原来的系统重新导出。"), code="file_encoding")
    return "gb18030" if not _western(path) and _decodes(path, "gb18030") else _refuse()


def _refuse() -> str:
    raise Invalid(N_("认不出文件的编码，请在 Excel 里另存为 “CSV UTF-8” 再导入。"), code="file_encoding")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _almost_utf8(path: Path) -> bool:
    """Whether far more signs are whole than broken; Chinese text of another encoding makes nearly none by chance."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    whole = broken = 0
    for chunk in _chunks(path):
        text = decoder.decode(chunk)
        marks = text.count("\ufffd")
        broken += marks
        whole += len(text.encode("utf-16-le")) // 2 - len(text.encode("ascii", "ignore")) - marks
    return whole > 4 * broken


def _western(path: Path) -> bool:
    high = lonely = 0
    for chunk in _chunks(path):
        high += len(HIGH.findall(chunk))
        lonely += len(LONELY.findall(chunk))
    return lonely * 2 > high
