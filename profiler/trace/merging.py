"""The union of slices, which every figure about time is made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]


def merged(start: Int64, end: Int64) -> tuple[Int64, Int64]:
    """Starts and ends of the union of slices, rising; intervals of no length may be among them.

    O(n log n), and nearly O(n) where slices come lane by lane: a stable sort merges the runs it finds. A new interval
    begins where a start passes the running maximum of the ends before it.
    """
    if not len(start):
        return start, end
    if (start[1:] < start[:-1]).any():
        order = np.argsort(start, kind="stable")
        start, end = start[order], end[order]
    reach = np.maximum.accumulate(end)
    first = np.ones(len(start), np.bool_)
    np.greater(start[1:], reach[:-1], out=first[1:])
    begins = np.flatnonzero(first)
    lasts = np.append(begins[1:], len(start)) - 1
    return start[begins], reach[lasts]
