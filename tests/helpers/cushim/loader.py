"""Launches kernels on the processor, over memory whose surroundings are watched."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.workload.model import Dim3
from tests.helpers.cushim.build import build

#: Bytes on either side of an array that no kernel may touch.
MARGIN = 4096

#: As a float it is not a number, so a read outside an array shows in the result too.
GUARD = 0xFF


class Guarded:
    """An array for kernels to work on, between two guards.

    Parameters
    ----------
    array : ndarray
        First content; ``array`` of the result is the memory itself.
    offset : int
        Bytes by which the array's address misses a boundary of 64.
    """

    def __init__(self, array: npt.NDArray[Any], offset: int = 0) -> None:
        start = MARGIN + offset
        self._memory = np.full(array.nbytes + 2 * MARGIN + 128, GUARD, np.uint8)
        start += -self._memory.ctypes.data % 64
        self._inside = slice(start, start + array.nbytes)
        self.array: npt.NDArray[Any] = np.frombuffer(
            self._memory.data, array.dtype, array.size, self._inside.start
        ).reshape(array.shape)
        self.array[...] = array

    @property
    def address(self) -> int:
        """Where the array starts."""
        return int(self._memory.ctypes.data) + self._inside.start

    def check(self) -> None:
        """Fail if something was written outside the array."""
        before, behind = self._memory[: self._inside.start], self._memory[self._inside.stop :]
        assert (before == GUARD).all(), "written before the array"
        assert (behind == GUARD).all(), "written behind the array"


class CpuKernels:
    """All kernels of the project, built as they are asked for.

    Parameters
    ----------
    folder : Path
        Keeps what is built.
    use_mma, use_dp4a : bool
        See `build`.
    """

    def __init__(self, folder: Path, *, use_mma: bool = False, use_dp4a: bool = True) -> None:
        self._folder, self._use_mma, self._use_dp4a = folder, use_mma, use_dp4a
        self._library = lru_cache(maxsize=None)(self._loaded)

    def launch(
        self, source: str, name: str, grid: Dim3, block: Dim3, values: Sequence[Any], *, reverse: bool = False
    ) -> None:
        """Run kernel ``name`` of ``kernels/<source>``; ``values`` are ctypes objects, one an argument."""
        library = self._library(source)
        assert self.sizes(source, name) == tuple(ctypes.sizeof(value) for value in values), f"arguments of {name}"
        pointers = (ctypes.c_void_p * len(values))(*(ctypes.addressof(value) for value in values))
        three = ctypes.c_uint * 3
        status = library[f"cushim_launch_{name}"](three(*grid), three(*block), pointers, int(reverse))
        assert status == 0, f"{name}: some threads wait at a barrier that the others never reach"

    def sizes(self, source: str, name: str) -> tuple[int, ...]:
        """Bytes of each argument of a kernel."""
        room = (ctypes.c_size_t * 32)()
        count = self._library(source)[f"cushim_sizes_{name}"](room)
        return tuple(room[:count])

    def _loaded(self, source: str) -> ctypes.CDLL:
        path, _ = build(source, self._folder, use_mma=self._use_mma, use_dp4a=self._use_dp4a)
        return ctypes.CDLL(str(path))
