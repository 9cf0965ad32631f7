"""Which rows lie in which row group, so that a window of time lies in few of them.

A row group holds the rows that start in one stretch of time, in the order of the trace: neighbours of one lane stay
neighbours, whose differences pack well. Slices longer than such a stretch come first, in groups of their own; elsewhere
they would let every group reach into every window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]

#: Rows of a group: a hundredth of ten million rows lies in two or three. Larger traces get larger groups.
ROWS_PER_GROUP = 1 << 16
_MOST_ROWS_PER_GROUP = 1 << 20
_GROUPS = 1 << 10

_CELLS = 16
_U64 = (1 << 64) - 1


@dataclass(frozen=True, eq=False)
class Layout:
    """Rows in the order of the file.

    Attributes
    ----------
    order : int64 array or None
        Row of the trace for each row of the file; ``None`` where they are the same.
    bounds : int64 array
        Where each group begins, and the end of the last.
    """

    order: Int64 | None
    bounds: Int64

    def rows(self, group: int) -> Int64 | slice:
        """Rows of the trace that lie in a group, rising."""
        here = slice(int(self.bounds[group]), int(self.bounds[group + 1]))
        return here if self.order is None else self.order[here]

    @property
    def groups(self) -> int:
        """How many there are."""
        return len(self.bounds) - 1


def lay_out(trace: Trace) -> Layout:
    """The groups that a trace is written in."""
    size = len(trace)
    most = min(max(size // _GROUPS, ROWS_PER_GROUP), max(_MOST_ROWS_PER_GROUP, ROWS_PER_GROUP))
    if size <= most:
        return Layout(None, np.array([0, size] if size else [0], np.int64))
    groups = -(-size // most)
    ts = np.ascontiguousarray(trace.ts)
    long = trace.dur > (int(ts.max()) - int(ts.min())) // groups
    some_long = bool(long.any())
    if not some_long and bool((ts[1:] >= ts[:-1]).all()):
        return Layout(None, np.append(np.arange(0, size, most), size))
    bucket = _buckets(ts, most)
    if some_long:
        bucket += 1
        bucket[long] = 0
    order = np.argsort(bucket, kind="stable")
    sizes = np.bincount(bucket)
    return _split(order, np.cumsum(sizes[sizes > 0]), ts, most)


def _buckets(ts: Int64, most: int) -> npt.NDArray[Any]:
    """A number for each row that rises with its start, about ``most`` rows to a number."""
    low = int(ts.min())
    shift = max(0, (int(ts.max()) - low).bit_length() - _CELLS)
    cell = ((ts.view(np.uint64) - np.uint64(low & _U64)) >> np.uint64(shift)).astype(np.uint16)
    counts = np.bincount(cell, minlength=1 << _CELLS)
    # Sorting numbers of 16 bits takes one pass over each of their bytes.
    table = ((np.cumsum(counts) - counts) // most).astype(np.uint16 if len(ts) // most < 1 << 15 else np.uint32)
    buckets: npt.NDArray[Any] = table[cell]
    return buckets


def _split(order: Int64, ends: Int64, ts: Int64, most: int) -> Layout:
    """Groups of at most twice as many rows as wanted: larger ones, whose rows start close together, are cut up."""
    bounds = [0]
    for end in ends.tolist():
        start = bounds[-1]
        if end - start > 2 * most:
            rows = order[start:end]
            rows = rows[np.argsort(ts[rows], kind="stable")]
            for piece in np.split(rows, range(most, end - start, most)):
                first = bounds[-1]
                bounds.append(first + len(piece))
                order[first : bounds[-1]] = np.sort(piece)
        else:
            bounds.append(end)
    return Layout(order, np.array(bounds, np.int64))
