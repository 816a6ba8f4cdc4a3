"""What a batch has freed goes back to the machine."""

import sys
from pathlib import Path

import pytest

from webapp.core.memory import give_back


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts pages as Linux does")
def test_small_things_freed_below_one_that_stays_are_given_back() -> None:
    freed = [bytes(4000) for _ in range(20_000)]
    stays = bytes(4000)
    before = resident()
    freed.clear()
    give_back()
    assert resident() < before - 10_000 and stays
