"""Bytes that grow at their end without ever being there twice."""

from __future__ import annotations

import mmap
import sys
from typing import Any

#: From this size on the bytes lie in pages of their own. Below, a mapping each would cost more than it saves.
_OWN_PAGES = 1 << 17


class GrowingBytes:
    """A buffer that is appended to.

    Large ones move to pages of their own, which the kernel extends in place or moves without a copy: on the heap
    each growth would leave a hole behind it, and a file's columns would take twice their size.
    """

    def __init__(self) -> None:
        self._data: bytearray | mmap.mmap = bytearray()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, data: Any) -> None:
        """Add the bytes of a contiguous buffer."""
        with memoryview(data).cast("B") as new:
            size = self._size + len(new)
            if isinstance(self._data, bytearray) and (size < _OWN_PAGES or sys.platform != "linux"):
                self._data += new
            elif len(new):
                pages = self._pages(size)
                pages[self._size : size] = new
            self._size = size

    def copied(self, first: int) -> bytes:
        """A copy of the bytes from ``first`` on."""
        return bytes(self._data[first : self._size])

    def finish(self) -> memoryview:
        """All bytes. The object is not to be used again."""
        if isinstance(self._data, mmap.mmap):
            self._data.resize(self._size)
        return memoryview(self._data)[: self._size]

    def _pages(self, size: int) -> mmap.mmap:
        """The bytes in pages of their own, with room for ``size``."""
        try:
            if isinstance(self._data, bytearray):
                pages = mmap.mmap(-1, 2 * size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
                pages[: self._size] = self._data
                self._data = pages
            elif size > len(self._data):
                self._data.resize(size + size // 2)
        except OSError as error:
            raise MemoryError(f"no room for {size} bytes") from error
        return self._data
