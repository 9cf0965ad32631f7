"""Long columns that lie in a file from the start: another process maps what a reader has read, and nothing is copied.

columns = ColumnFile(path)
read_trace(..., watch=Watch(columns=columns.empty))     readers that know the length of a trace fill these
write_shared(trace, path_of_the_rest, columns=columns)  writes of them only where they lie
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import COLUMNS

Array = npt.NDArray[Any]

#: Shorter columns are made in memory: they are copied in less time than a part of a file is mapped.
_SHORTEST = 1 << 20


class ColumnFile:
    """A file that columns are made in.

    Parameters
    ----------
    path : path
        Made with the first column. The file may be deleted as soon as it is mapped.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._size = 0
        self._places: dict[tuple[int, int], int] = {}

    def empty(self, rows: int, dtype: npt.DTypeLike) -> Array:
        """A column to be filled; in memory if it is short, or if the file has no room for it."""
        length = rows * np.dtype(dtype).itemsize
        if length >= _SHORTEST:
            with suppress(OSError):
                return self._mapped(length).view(dtype)
        return np.empty(rows, dtype)

    def place(self, column: Array) -> int | None:
        """Where in the file a column lies; None of one that does not."""
        if not column.flags.c_contiguous:
            return None
        return self._places.get((column.__array_interface__["data"][0], column.nbytes))

    def _mapped(self, length: int) -> npt.NDArray[np.uint8]:
        place = self._size
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Room is made sure of first: a full disk is an error here, and the end of the process in a mapped page.
            os.posix_fallocate(descriptor, place, length)
            found = np.frombuffer(mmap.mmap(descriptor, length, offset=place), np.uint8)
        finally:
            os.close(descriptor)
        self._size += -(-length // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
        self._places[found.__array_interface__["data"][0], length] = place
        return found


def open_columns(path: str | os.PathLike[str], places: Mapping[str, int], rows: int) -> dict[str, Array]:
    """Columns of `COLUMNS` that lie at these places of a file, mapped and not read.

    Raises
    ------
    OSError, ValueError, LookupError, TypeError
        There is no such file, it is too short, or it holds no such columns.
    """
    if not places:
        return {}
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return {name: np.frombuffer(mapped, COLUMNS[name][0], rows, place) for name, place in places.items()}
