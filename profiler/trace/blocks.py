"""Long columns a block at a time, so that what is computed of a block stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator

#: Rows of a block: some arrays of 64-bit numbers of so many rows fit the second-level cache of a core.
BLOCK = 1 << 16


def blocks(size: int, block: int = BLOCK) -> Iterator[slice]:
    """The rows of a column of ``size`` rows, in order."""
    for start in range(0, size, block):
        yield slice(start, min(start + block, size))
