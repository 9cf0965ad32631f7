"""A column that grows block by block: one buffer, no copy at the end, and no memory while it holds one value."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.growing_bytes import GrowingBytes
from profiler.trace.tables import TextColumn

Array = npt.NDArray[Any]


class GrowingColumn:
    """Values of one dtype, appended in blocks.

    The buffer grows in place, so that a finished column never exists twice, as it would while blocks are concatenated.

    Parameters
    ----------
    dtype : dtype
        Of the finished column; values outside its range are refused.
    """

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        self._limits = np.iinfo(self._dtype) if self._dtype.kind in "iu" else None
        self._size = 0
        self._constant: Any = None
        self._data: GrowingBytes | None = None

    def __len__(self) -> int:
        return self._size

    def append(self, values: Array | int | float, size: int) -> None:
        """Add ``size`` values: an array of that length, or one value repeated.

        Raises
        ------
        ValueError
            A value does not fit the dtype, or the array has another length.
        """
        if size == 0:
            return
        if np.ndim(values) == 0:
            self._append_constant(values, size)
            return
        array = np.asarray(values)
        if array.shape != (size,):
            raise ValueError(f"a block of {size} values has shape {array.shape}")
        self._check(array)
        if self._may_be_constant() and bool((array == array[0]).all()):
            self._append_constant(array[0], size)
            return
        self._buffer().append(np.ascontiguousarray(array, self._dtype))
        self._size += size

    def copied(self, first: int) -> Array:
        """A copy of the values from place ``first`` on, while the column still grows."""
        if self._data is None:
            return np.full(self._size - first, 0 if self._constant is None else self._constant, self._dtype)
        return np.frombuffer(self._data.copied(first * self._dtype.itemsize), self._dtype)

    def finish(self) -> Array:
        """The column; a stride-0 view of one value where all are the same. The object is not to be used again."""
        if self._data is None:
            value = 0 if self._constant is None else self._constant
            return np.broadcast_to(np.array(value, self._dtype), (self._size,))
        return np.frombuffer(self._data.finish(), self._dtype)

    def _append_constant(self, value: Any, size: int) -> None:
        self._check(np.asarray(value))
        if self._may_be_constant() and (self._constant is None or self._constant == value):
            self._constant = value
        else:
            self._buffer().append(np.full(size, value, self._dtype))
        self._size += size

    def _may_be_constant(self) -> bool:
        # Equal floats need not be the same bits (0.0 and -0.0), so only whole numbers are folded.
        return self._data is None and self._limits is not None

    def _buffer(self) -> GrowingBytes:
        if self._data is None:
            self._data = GrowingBytes()
            if self._size:
                self._data.append(np.full(self._size, self._constant, self._dtype))
        return self._data

    def _check(self, array: Array) -> None:
        if self._limits is None or array.dtype == self._dtype:
            return
        low, high = int(array.min()), int(array.max())
        if low < self._limits.min or high > self._limits.max:
            raise ValueError(f"{low if low < self._limits.min else high} does not fit {self._dtype}")


class GrowingText:
    """One text a row, appended in blocks of bytes with their lengths."""

    def __init__(self) -> None:
        self._offsets = GrowingColumn(np.int64)
        self._offsets.append(0, 1)
        self._data = GrowingBytes()

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def append(self, data: bytes | memoryview, lengths: npt.NDArray[np.int64]) -> None:
        """Add ``len(lengths)`` texts that lie one after another in ``data`` (UTF-8)."""
        self._offsets.append(len(self._data) + np.cumsum(lengths), len(lengths))
        self._data.append(data)

    def append_empty(self, size: int) -> None:
        """Add ``size`` empty texts."""
        self._offsets.append(len(self._data), size)

    def finish(self) -> TextColumn | None:
        """The column, or ``None`` where every text is empty. The object is not to be used again."""
        if not len(self._data):
            return None
        return TextColumn(self._offsets.finish(), self._data.finish().toreadonly())
