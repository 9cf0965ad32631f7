"""Whether columns of a native file fit into memory, told from its footer before any is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from profiler.errors import TraceReadError
from profiler.io.memory import require_memory
from profiler.trace.schema import COLUMNS

AGAIN = "Record or convert it again."
LOOK_AT_A_PART = "Look at a part of it: lanescope analyze --window A:B."

#: Columns take at most so much memory, and so many times the file's size beside: a trace of ten million slices as alike
#: as a simulation without jitter makes them takes 400 times its size.
_FREE_BYTES, _MOST_GROWTH = 64 << 20, 800


def bytes_of(metadata: Any, columns: Sequence[str], groups: Sequence[int], *, sealed: bool) -> int:
    """Memory that columns of row groups take, about: as long as they are in the file, or as rows times width.

    Parameters
    ----------
    metadata : pyarrow.parquet.FileMetaData
    columns : sequence of str
    groups : sequence of int
    sealed : bool
        Whether the footer is the one that Lanescope wrote: columns of any other are not asked for their size, since
        one that lies about them ends the process inside Arrow.
    """
    wanted = [n for n in range(metadata.num_columns) if metadata.schema.column(n).path in columns]
    widths = sum(np.dtype(COLUMNS[name][0]).itemsize if name in COLUMNS else 8 for name in columns)
    total = 0
    for number in groups:
        group = metadata.row_group(number)
        if sealed:
            stored = sum(group.column(n).total_uncompressed_size for n in wanted)
        else:
            stored = max(group.total_byte_size, 0)
        total += group.num_rows * widths + stored
    return total


def check_size(needed: int, size: int) -> None:
    """Refuse columns that do not fit into memory, or that take far more than a file of this size holds.

    Parameters
    ----------
    needed : int
        Bytes they take in memory.
    size : int
        Bytes of the file.

    Raises
    ------
    TraceReadError
        With what is wrong; the caller adds the place.
    """
    require_memory(needed, LOOK_AT_A_PART)
    if needed > _FREE_BYTES + _MOST_GROWTH * size:
        raise TraceReadError(
            f"grows to more than {_MOST_GROWTH} times its size ({size:,} bytes) when unpacked, as no trace does",
            remedy=AGAIN,
        )
