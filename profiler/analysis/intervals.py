"""Sets of half-open time intervals ``[start, end)`` in exact integer nanoseconds.

Everything said about overlap is said with these sets: a slice that is counted twice, or a gap that is counted as
work, is a wrong union. Zero-length slices cover nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from profiler.trace.merging import merged

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

NONE = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Intervals:
    """Disjoint intervals that neither touch nor are empty, in rising order. Made by `union`, not by hand.

    Attributes
    ----------
    start, end : int64 arrays of one length
        Nanoseconds; ``start < end`` and ``end[i] < start[i + 1]``.
    """

    start: Int64
    end: Int64

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def empty(cls) -> Intervals:
        """No time at all."""
        return cls(NONE, NONE)

    @cached_property
    def total_ns(self) -> int:
        """Nanoseconds covered."""
        return int((self.end - self.start).sum())

    @cached_property
    def _before(self) -> Int64:
        """Time covered by the first k intervals, for k = 0 ... n."""
        sums = np.zeros(len(self.start) + 1, np.int64)
        np.cumsum(self.end - self.start, out=sums[1:])
        return sums

    def covered(self, t: Int64) -> Int64:
        """Nanoseconds of the set that lie before each instant of ``t``.

        ``covered(b) - covered(a)`` is the part of ``[a, b)`` that lies in the set: one function answers every window
        and every "how much of this slice".
        """
        if not len(self):
            return np.zeros(len(t), np.int64)
        place = np.searchsorted(self.start, t, side="right")
        beyond = self.end[np.maximum(place - 1, 0)] - t
        beyond[(beyond < 0) | (place == 0)] = 0
        return self._before[place] - beyond

    def inside_ns(self, start: int, end: int) -> int:
        """Nanoseconds of the set in ``[start, end)``: the total of `clip`, found without it."""
        if end <= start:
            return 0
        before, after = self.covered(np.array([start, end], np.int64)).tolist()
        return int(after - before)

    def indexed(self) -> Intervals:
        """This set, what `covered` looks up worked out already, so that it is stored with the set."""
        _ = self._before
        return self

    def within(self, start: Int64, end: Int64) -> Int64:
        """Nanoseconds of the set inside each slice ``[start, end)``; slices may overlap and come in any order."""
        return self.covered(end) - self.covered(start)

    def contains(self, t: Int64) -> Bool:
        """Whether each instant lies in the set."""
        if not len(self):
            return np.zeros(len(t), np.bool_)
        place = np.searchsorted(self.start, t, side="right") - 1
        return (place >= 0) & (t < self.end[np.maximum(place, 0)])

    def overlap_ns(self, other: Intervals) -> int:
        """Nanoseconds in both sets."""
        few, many = (self, other) if len(self) < len(other) else (other, self)
        return int(many.within(few.start, few.end).sum())

    def intersect(self, other: Intervals) -> Intervals:
        """The time in both sets."""
        _, start, end = pieces_inside(self.start, self.end, other)
        return Intervals(start, end)

    def subtract(self, other: Intervals) -> Intervals:
        """The time in this set and not in the other."""
        if not len(self):
            return self
        return self.intersect(other.complement(int(self.start[0]), int(self.end[-1])))

    def complement(self, start: int, end: int) -> Intervals:
        """The time of ``[start, end)`` that is not in this set."""
        inside = self.clip(start, end)
        starts = np.concatenate(([start], inside.end)).astype(np.int64)
        ends = np.concatenate((inside.start, [end])).astype(np.int64)
        return _not_empty(starts, ends)

    def clip(self, start: int, end: int) -> Intervals:
        """The part of the set inside ``[start, end)``."""
        first = int(np.searchsorted(self.end, start, side="right"))
        last = int(np.searchsorted(self.start, end, side="left"))
        return _not_empty(np.maximum(self.start[first:last], start), np.minimum(self.end[first:last], end))


def union(start: Int64, end: Int64) -> Intervals:
    """The time covered by at least one slice.

    Parameters
    ----------
    start, end : int64 arrays, shape (n,)
        Slices in any order; they may overlap, nest, touch or have no length.

    Raises
    ------
    ValueError
        A slice ends before it starts.
    """
    if not len(start):
        return Intervals.empty()
    if (start > end).any():
        raise ValueError("a slice ends before it starts")
    return _not_empty(*merged(start, end))


def union_of(sets: Sequence[Intervals]) -> Intervals:
    """The time in at least one of the sets."""
    if len(sets) == 1:
        return sets[0]
    return union(
        np.concatenate([NONE, *(one.start for one in sets)]), np.concatenate([NONE, *(one.end for one in sets)])
    )


def union_ns(ts: Int64, dur: Int64) -> int:
    """Nanoseconds covered by at least one slice of the given starts and lengths."""
    return union(ts, ts + dur).total_ns


def pieces_inside(start: Int64, end: Int64, inside: Intervals) -> tuple[Int64, Int64, Int64]:
    """Every slice cut down to the set.

    Returns
    -------
    owner, start, end : int64 arrays
        Number of the slice each piece comes from, in the order of the slices, and the piece itself. No piece is empty.
    """
    first = np.searchsorted(inside.end, start, side="right")
    last = np.maximum(np.searchsorted(inside.start, end, side="left"), first)
    owner, member = expand_ranges(first, last)
    return owner, np.maximum(start[owner], inside.start[member]), np.minimum(end[owner], inside.end[member])


def cut(start: Int64, end: Int64, times: Int64) -> tuple[Int64, Int64, Int64]:
    """Every slice cut at the given instants.

    Parameters
    ----------
    start, end : int64 arrays
        Slices that are not empty.
    times : int64 array
        Instants in any order, repeated ones allowed.

    Returns
    -------
    owner, start, end : int64 arrays
        Number of the slice each piece comes from, in the order of the slices, and the piece itself.
    """
    times = distinct(times)
    first = np.searchsorted(times, start, side="right")
    last = np.maximum(np.searchsorted(times, end, side="left"), first)
    owner, place = expand_ranges(first, last + 1)
    begins = np.where(place == first[owner], start[owner], _at(times, place - 1))
    ends = np.where(place == last[owner], end[owner], _at(times, place))
    return owner, begins, ends


def distinct(values: Int64) -> Int64:
    """The different values, rising. Numpy's own ``unique`` hashes first, which takes ten times as long on times."""
    values = np.sort(values, kind="stable")
    first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return values[first]


def expand_ranges(first: npt.NDArray[np.integer], last: npt.NDArray[np.integer]) -> tuple[Int64, Int64]:
    """All ranges ``first[i] ... last[i] - 1`` one after the other: the i of each number, and the number."""
    counts = last - first
    owner = np.repeat(np.arange(len(counts)), counts)
    offset = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - np.repeat(offset - first, counts)


def _at(values: Int64, place: Int64) -> Int64:
    if not len(values):
        return np.zeros(len(place), np.int64)
    return values[np.clip(place, 0, len(values) - 1)]


def _not_empty(start: Int64, end: Int64) -> Intervals:
    keep = end > start
    return Intervals(start, end) if keep.all() else Intervals(start[keep], end[keep])
