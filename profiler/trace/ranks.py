"""Numbers for the distinct values of columns, in rising order: by counting where values lie close together.

Sorting ten million values to number a dozen streams takes a second; a table of which values occur takes a twentieth.
Rows are worked on a block at a time, so that what is computed of them stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.blocks import BLOCK, blocks

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]

#: A range of values up to this is counted in a table, a wider one is sorted.
_TABLE_LIMIT = 1 << 20

#: Entries that a table may have however short the columns are.
_TABLE_LEAST = 1 << 12

#: Distinct values up to which a wide range is searched for in their list.
_FEW = 1 << 10


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A column whose values are ``low`` to ``low + width - 1``."""

    column: Array
    low: int
    width: int


def ranks(column: Array) -> tuple[Int32, int]:
    """Rank of every value among the distinct values, and how many of these there are."""
    found, firsts = joint_ranks([column])
    return found, len(firsts)


def joint_ranks(columns: Sequence[Array]) -> tuple[Int32, Int64]:
    """A number for each distinct tuple of values, ascending by value, and the first place of each tuple.

    Parameters
    ----------
    columns : sequence of arrays of whole numbers
        Of one length, the first of which weighs most.
    """
    size = len(columns[0])
    limit = min(_TABLE_LIMIT, max(_TABLE_LEAST, 4 * size))
    kept: list[_Part] = []
    for column in columns:
        part = _part(column, limit)
        if part is not None:
            kept = [*_fewer(kept, part.width, size, limit), part]
        if len(kept) == 2 and _entries(kept) > limit:
            kept = [_sorted_pairs(*kept)]
    return _counted(kept, size)


def renumbered(codes: Int32, number_of: Int32) -> npt.NDArray[np.integer]:
    """``number_of[codes]``, in 16 bits where the numbers fit."""
    narrow = len(number_of) < 1 << 15
    numbers = number_of.astype(np.int16) if narrow else number_of
    result = np.empty(len(codes), numbers.dtype)
    for rows in blocks(len(codes)):
        result[rows] = numbers.take(codes[rows])
    return result


def _part(column: Array, limit: int) -> _Part | None:
    """A column as it can be counted; None where it holds one value."""
    if not len(column) or column.strides == (0,) or (low := int(column.min())) == (high := int(column.max())):
        return None
    width = high - low + 1
    return _Part(column, low, width) if width <= limit else _by_value(column)


def _by_value(column: Array) -> _Part:
    """Ranks of a column whose values lie far apart."""
    values = _few_values(column)
    if values is None:
        values, found = np.unique(column, return_inverse=True)
        return _Part(found.astype(np.int32), 0, len(values))
    found = np.empty(len(column), np.int32)
    for rows in blocks(len(column)):
        found[rows] = values.searchsorted(column[rows])
    return _Part(found, 0, len(values))


def _few_values(column: Array) -> Array | None:
    """The distinct values in rising order, None where there are many."""
    values = column[:0]
    for rows in blocks(len(column)):
        values = np.unique(np.concatenate((values, np.unique(column[rows]))))
        if len(values) > _FEW:
            return None
    return values


def _entries(parts: Sequence[_Part]) -> int:
    entries = 1
    for part in parts:
        entries *= part.width
    return entries


def _fewer(parts: list[_Part], width: int, size: int, limit: int) -> list[_Part]:
    """Several parts as one where a table would have too many entries with one more of ``width``."""
    if len(parts) < 2 or _entries(parts) * width <= limit:
        return parts
    codes, firsts = _counted(parts, size)
    return [_Part(codes, 0, len(firsts))]


def _sorted_pairs(first: _Part, second: _Part) -> _Part:
    pairs = (first.column.astype(np.int64) - first.low) * second.width + (second.column.astype(np.int64) - second.low)
    return _by_value(pairs)


def _counted(parts: Sequence[_Part], size: int) -> tuple[Int32, Int64]:
    """`joint_ranks` of parts with few entries."""
    codes = np.zeros(size, np.int32)
    seen = np.zeros(_entries(parts), np.bool_)
    first = np.empty(len(seen), np.int64)
    offset = np.empty(min(size, BLOCK), np.int32)
    for rows in blocks(size):
        block = codes[rows]
        for part in parts:
            offsets = offset[: len(block)]
            # Both are cut to 32 bits; their difference fits, so it comes out right all the same.
            np.copyto(offsets, part.column[rows], casting="unsafe")
            offsets -= _cut(part.low)
            block *= part.width
            block += offsets
        known = seen.take(block)
        if not known.all():
            new = np.flatnonzero(~known)[::-1]
            first[block[new]] = new + rows.start
            seen[block[new]] = True
    if seen.all():
        return codes, first
    rank = np.cumsum(seen, dtype=np.int32) - 1
    for rows in blocks(size):
        codes[rows] = rank.take(codes[rows])
    return codes, first[seen]


def _cut(value: int) -> np.int32:
    return np.int32(np.array([value], np.int64).astype(np.int32)[0])


def picked(column: npt.NDArray[Any], rows: Int64) -> npt.NDArray[Any]:
    """The column's values of some rows; of a column that holds one value nothing is copied."""
    if column.strides == (0,) and len(column):
        return np.broadcast_to(column[:1], rows.shape)
    return column[rows]
