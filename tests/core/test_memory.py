"""What a batch has freed goes back to the machine."""

import sys
from pathlib import Path

from webapp.core.memory import give_back


def resident() -> int:
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) if pages.exists() else 0


def test_small_things_freed_below_one_that_stays_are_given_back() -> None:
    freed = [bytes(4000) for _ in range(20_000)]
    stays = bytes(4000)
    before = resident()
    freed.clear()
    give_back()
    assert stays
    if sys.platform.startswith("linux"):  # elsewhere there is nothing to give and nothing to count by
        assert resident() < before - 10_000
