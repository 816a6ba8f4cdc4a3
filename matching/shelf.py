"""Large arrays in nameless files while a fit runs and afterwards, so that memory holds only the pages somebody reads."""

import mmap
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

SMALL = 1 << 16
A = TypeVar("A", bound=npt.NDArray[Any])


class Shelf:
    """A folder for arrays; without one they stay in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def put(self, array: A) -> A:
        """The same array, read from a file that is gone as soon as nobody holds the array."""
        if self.folder is None or array.nbytes < SMALL:
            return array
        with tempfile.TemporaryFile(dir=self.folder) as file:
            array.tofile(file)
            file.flush()
            # Copy on write, which nobody does: compiled helpers refuse arrays that are read-only.
            return np.asarray(np.memmap(file, dtype=array.dtype, mode="c", shape=array.shape))  # type: ignore[return-value]


def rest(arrays: Iterable[npt.NDArray[Any]]) -> None:
    """Let go of the pages of arrays that lie in files; they are read again when somebody asks."""
    for array in arrays:
        whole: Any = array
        while whole is not None and not isinstance(whole, np.memmap):
            whole = getattr(whole, "base", None)
        pages = getattr(whole, "_mmap", None)
        if isinstance(pages, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            pages.madvise(mmap.MADV_DONTNEED)
