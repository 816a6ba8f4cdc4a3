"""Memory that work has freed goes back to the machine: glibc would keep it for the process, above all that of a thread."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], Any]:
    try:
        found: Callable[[int], Any] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, or another system
        return lambda _keep: 0
    return found


def give_back() -> None:
    """Hand free memory back; a few thousandths of a second."""
    _trim()(0)
