"""Money people type, as whole fen."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

WAN = 1_000_000
MOST_FEN = 10**15  # ten trillion yuan: above any price, well inside a 64-bit column


def read_wan(text: str) -> int | None:
    """Fen from an amount typed in 万元; None when it is no amount, is negative or finer than a fen."""
    return _read(text, ("万元", "万"), WAN, 6)


def read_yuan(text: str) -> int | None:
    """Fen from an amount typed in 元, as on a bank statement; None when it is no such amount."""
    return _read(text, ("元",), 100, 2)


def _read(text: str, units: tuple[str, ...], size: int, places: int) -> int | None:
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "")
    for unit in units:
        plain = plain.removesuffix(unit).strip()
    if not re.fullmatch(rf"[0-9]{{1,15}}(\.[0-9]{{1,{places}}})?", plain):
        return None
    fen = int(Decimal(plain) * size)
    return fen if fen <= MOST_FEN else None


def write_wan(fen: int | None) -> str:
    """The exact amount in 万元 as somebody would type it, empty for none."""
    if fen is None:
        return ""
    whole, rest = divmod(fen, WAN)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
