"""Numbers for the distinct values of columns, in rising order: by counting where values lie close together.

Sorting ten million values to number a dozen streams takes a second; a table of which values occur takes a tenth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]

#: A range of values up to this is counted in a table, a wider one is sorted.
_TABLE_LIMIT = 1 << 20


def ranks(column: npt.NDArray[Any]) -> tuple[Int32, int]:
    """Rank of every value among the distinct values, and how many of these there are."""
    if not len(column) or column.strides == (0,) or (low := int(column.min())) == (high := int(column.max())):
        return np.zeros(len(column), np.int32), min(len(column), 1)
    if high - low >= _TABLE_LIMIT:
        values, found = np.unique(column, return_inverse=True)
        return found.astype(np.int32), len(values)
    offsets = np.subtract(column, low, dtype=np.int64).astype(np.int32)
    present = np.bincount(offsets) > 0
    return (np.cumsum(present) - 1).astype(np.int32)[offsets], int(present.sum())


def joint_ranks(columns: Sequence[npt.NDArray[Any]]) -> tuple[Int32, Int64]:
    """A number for each distinct tuple of values, ascending by value, and the first place of each tuple.

    Parameters
    ----------
    columns : sequence of arrays
        Of one length, the first of which weighs most.
    """
    combined, total = np.zeros(len(columns[0]), np.int32), 1
    for column in columns:
        found, count = ranks(column)
        if count > 1:
            combined, total = (found, count) if total == 1 else ranks(combined.astype(np.int64) * count + found)
    firsts = np.empty(int(combined.max(initial=-1)) + 1, np.int64)
    firsts[combined[::-1]] = np.arange(len(combined) - 1, -1, -1)
    return combined, firsts


def picked(column: npt.NDArray[Any], rows: Int64) -> npt.NDArray[Any]:
    """The column's values of some rows; of a column that holds one value nothing is copied."""
    if column.strides == (0,) and len(column):
        return np.broadcast_to(column[:1], rows.shape)
    return column[rows]
