"""Distinct rows of a few columns: blocks of a table have few, and telling them apart need not sort them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: Codes below this are looked up in a table of that size, which costs one pass; others are sorted.
_DENSE = 1 << 20
_WIDEST = 1 << 62


def distinct(*columns: Ints) -> tuple[Ints, Ints]:
    """The place of the first of each distinct row, and for each row the number of its like.

    Parameters
    ----------
    *columns : arrays of one length

    Returns
    -------
    first : array
        One place a distinct row, rows in ascending order of their columns.
    codes : array
        For each row the number of the distinct row in ``first``.
    """
    size = len(columns[0])
    if not size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    code, known = np.zeros(size, np.int64), 1
    for column in columns:
        low, high = int(column.min()), int(column.max())
        span = high - low + 1
        if span == 1:
            continue
        if span > _DENSE:
            values, column = np.unique(column, return_inverse=True)
            low, span = 0, len(values)
        if known * span >= _WIDEST:
            values, code = np.unique(code, return_inverse=True)
            known = len(values)
        code, known = code * span + (column - low), known * span
    if known > _DENSE:
        _, first, codes = np.unique(code, return_index=True, return_inverse=True)
        return first.astype(np.int64), codes.astype(np.int64)
    place = np.full(known, size, np.int64)
    # Of several values for one place the last stays, so the rows go backwards.
    place[code[::-1]] = np.arange(size - 1, -1, -1)
    used = np.flatnonzero(place < size)
    number = np.empty(known, np.int64)
    number[used] = np.arange(len(used))
    return place[used], number[code]
