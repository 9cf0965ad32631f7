"""Small interval arithmetic on sorted numpy arrays: half-open spans ``[start, end)`` in int64 ns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

#: Starts and ends of spans.
Spans = tuple[Int64, Int64]


def union(starts: Int64, ends: Int64) -> Spans:
    """Sorted spans, no two of which touch, that cover the same time. Empty spans cover nothing.

    Notes
    -----
    A span starts a new piece where it starts after the running maximum of the ends before it.
    """
    keep = ends > starts
    starts, ends = starts[keep], ends[keep]
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    first = np.ones(len(starts), bool)
    first[1:] = starts[1:] > reach[:-1]
    heads = np.flatnonzero(first)
    return starts[heads], reach[np.append(heads[1:], len(starts)) - 1] if len(heads) else reach


def covered_before(spans: Spans, times: Int64) -> Int64:
    """Nanoseconds that disjoint sorted ``spans`` cover before each of ``times``, exact."""
    starts, ends = spans
    total = np.concatenate(([0], np.cumsum(ends - starts)))
    index = np.searchsorted(starts, times, side="right")
    past = np.zeros(len(times), np.int64)
    if len(starts):
        past = np.where(index > 0, np.maximum(ends[np.maximum(index - 1, 0)] - times, 0), 0)
    return np.asarray(total[index] - past, np.int64)


def intersect(spans: Spans, others: Spans) -> tuple[Int64, Int64, Int64]:
    """Pieces common to two lists of disjoint sorted spans.

    Returns
    -------
    starts, ends : int64 arrays
        Sorted, disjoint, none empty.
    owner : int64 array
        The number of the span in ``spans`` that each piece was cut from.
    """
    first = np.searchsorted(others[1], spans[0], side="right")
    last = np.searchsorted(others[0], spans[1], side="left")
    count = np.maximum(last - first, 0)
    owner = np.repeat(np.arange(len(count)), count)
    other = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    starts = np.maximum(spans[0][owner], others[0][other])
    ends = np.minimum(spans[1][owner], others[1][other])
    keep = ends > starts
    return starts[keep], ends[keep], owner[keep]


def complement(spans: Spans, start: int, end: int) -> Spans:
    """What disjoint sorted ``spans`` leave free of ``[start, end)``."""
    gap_starts = np.concatenate(([start], spans[1]))
    gap_ends = np.concatenate((spans[0], [end]))
    gap_starts, gap_ends = np.clip(gap_starts, start, end), np.clip(gap_ends, start, end)
    keep = gap_ends > gap_starts
    return gap_starts[keep].astype(np.int64), gap_ends[keep].astype(np.int64)
