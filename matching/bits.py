"""An ascending set of numbers in a bit each: whether it has a number, and how many smaller ones, takes two reads."""

from typing import Any

import numpy as np
import numpy.typing as npt

STEP = 6  # 64 numbers a block
_ONE = np.uint64(1)
Blocks = npt.NDArray[Any]  # whole numbers of any kind
Ones = npt.NDArray[np.uint64]


def split(numbers: npt.NDArray[Any]) -> tuple[Blocks, Ones]:
    """The block of each number, and its bit there."""
    return numbers >> STEP, _ONE << (numbers & ((1 << STEP) - 1)).astype(np.uint64)


def blocks_of(size: int) -> int:
    """Blocks for numbers below a size, and an empty one for all that are above."""
    return ((size + (1 << STEP) - 1) >> STEP) + 1


class Bits:
    """A set of different numbers, kept as bits with a running count."""

    def __init__(self, numbers: npt.NDArray[Any], blocks: int) -> None:
        self._bits = np.zeros(blocks, dtype=np.uint64)
        at, ones = split(numbers)
        np.add.at(self._bits, at, ones)  # each once, so adding is the same as setting
        self._before = np.zeros(blocks, dtype=np.int32)
        np.cumsum(np.bitwise_count(self._bits[:-1]), dtype=np.int32, out=self._before[1:])

    def find(self, blocks: Blocks, ones: Ones) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """For each number asked for how many of the set are smaller, and whether the set has it."""
        here = self._bits[blocks]
        smaller: npt.NDArray[np.int32] = self._before[blocks] + np.bitwise_count(here & (ones - _ONE))
        return smaller, (here & ones) != 0
