"""Slices put together by name and category, quick also where there are ten million of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.analysis.grouped import codes, halves_to_even
from profiler.analysis.intervals import Int64
from profiler.trace.tables import Trace


@dataclass(frozen=True, slots=True, eq=False)
class NameTable:
    """One entry a name and category, in the order of their numbers.

    Attributes
    ----------
    name, category : int64 arrays
    count, sum_ns, union_ns, min_ns, median_ns, max_ns, size_bytes : int64 arrays
        The median is the mean of the middle two, a half to even; unknown sizes count as 0.
    first_row : int64 array
        The slice that starts first.
    """

    name: Int64
    category: Int64
    count: Int64
    sum_ns: Int64
    union_ns: Int64
    min_ns: Int64
    median_ns: Int64
    max_ns: Int64
    size_bytes: Int64
    first_row: Int64

    def __len__(self) -> int:
        return len(self.name)


def name_table(trace: Trace, rows: Int64, start: Int64, end: Int64) -> NameTable:
    """Figures of every name among ``rows``, whose times may be clipped to a window.

    Parameters
    ----------
    rows : int64 array
    start, end : int64 arrays
        Their times; none ends before it starts.
    """
    if not len(rows):
        return NameTable(*(np.empty(0, np.int64) for _ in range(10)))
    names, categories = trace["name"][rows], trace.category[rows]
    code, example = codes(names, categories)
    order = _by_group(code, start)
    code, start, end = code[order], start[order], end[order]
    first = np.flatnonzero(np.diff(code, prepend=-1))
    length = end - start
    sizes = np.maximum(trace["size_bytes"][rows[order]], 0)
    shortest, median, longest = _ordered(code, length, first)
    return NameTable(
        name=names[example].astype(np.int64),
        category=categories[example].astype(np.int64),
        count=np.diff(np.append(first, len(code))),
        sum_ns=np.add.reduceat(length, first),
        union_ns=_unions(code, start, end, first),
        min_ns=shortest,
        median_ns=median,
        max_ns=longest,
        size_bytes=np.add.reduceat(sizes, first),
        first_row=rows[order[first]],
    )


def _by_group(code: Int64, start: Int64) -> Int64:
    """Order by group, then start. Numbers of two bytes are sorted digit by digit, much faster than by comparing."""
    by_start = np.arange(len(start)) if (start[1:] >= start[:-1]).all() else np.argsort(start, kind="stable")
    ordered = code[by_start]
    small = ordered.astype(np.uint16) if int(ordered.max()) < 1 << 16 else ordered
    order: Int64 = by_start[np.argsort(small, kind="stable")]
    return order


def _ordered(code: Int64, length: Int64, first: Int64) -> tuple[Int64, Int64, Int64]:
    """Shortest, median and longest of each group."""
    bits = int(length.max()).bit_length()
    if int(code[-1]).bit_length() + bits < 63:
        # One number for both sorts at once.
        length = np.sort((code << bits) | length) & ((1 << bits) - 1)
    else:
        length = length[np.lexsort((length, code))]
    last = np.append(first[1:], len(code)) - 1
    size = last - first
    middle = length[first + size // 2] + length[first + (size + 1) // 2]
    return length[first], halves_to_even(middle), length[last]


def _unions(code: Int64, start: Int64, end: Int64, first: Int64) -> Int64:
    """Nanoseconds covered by at least one slice of each group."""
    before = np.empty_like(end)
    before[1:] = _reach(code, start, end, first)[:-1]
    before[first] = start[first]
    return np.add.reduceat(np.maximum(end - np.maximum(start, before), 0), first)


def _reach(code: Int64, start: Int64, end: Int64, first: Int64) -> Int64:
    """Latest end so far in the group."""
    origin = int(start.min())
    span = int(end.max()) - origin + 1
    groups = int(code[-1]) + 1
    if groups * span < 1 << 62:
        # Each group on a stretch of its own, so that the maximum starts anew where a group does.
        return np.maximum.accumulate(end - origin + code * span) - code * span + origin
    reach: npt.NDArray[np.int64] = np.empty_like(end)
    for begin, stop in zip(first.tolist(), [*first[1:].tolist(), len(end)], strict=True):
        np.maximum.accumulate(end[begin:stop], out=reach[begin:stop])
    return reach
