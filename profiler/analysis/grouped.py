"""Unions and order statistics of many groups of slices at once, exact and without one Python step a group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.analysis.intervals import Int64
from profiler.trace.ranks import joint_ranks


@dataclass(frozen=True, eq=False)
class Grouped:
    """Slices sorted by group, then start, then end.

    Attributes
    ----------
    order : int64 array, shape (n,)
        Places of the slices in the arrays that were given.
    group, start, end : int64 arrays, shape (n,)
        In that order; groups are numbered 0, 1, 2 ... without holes.
    first : int64 array, shape (groups,)
        Where each group begins.
    """

    order: Int64
    group: Int64
    start: Int64
    end: Int64
    first: Int64

    @property
    def sizes(self) -> Int64:
        """Slices in each group."""
        return np.diff(np.append(self.first, len(self.group)))

    def reach(self) -> Int64:
        """Latest end seen so far in the group, for each slice."""
        by_end = np.argsort(self.end, kind="stable")
        size = len(by_end)
        rank = np.empty(size, np.int64)
        rank[by_end] = np.arange(size)
        highest = np.maximum.accumulate(self.group * size + rank)
        return self.end[by_end[highest - self.group * size]]

    def union_ns(self) -> Int64:
        """Nanoseconds covered by at least one slice, for each group."""
        if not len(self.group):
            return np.zeros(len(self.first), np.int64)
        before = np.empty_like(self.start)
        reach = self.reach()
        before[1:] = reach[:-1]
        before[self.first] = self.start[self.first]
        return np.add.reduceat(reach - np.maximum(before, np.minimum(self.start, reach)), self.first)


def grouped(
    group: npt.NDArray[np.integer], start: Int64, end: Int64, ties: tuple[npt.NDArray[np.integer], ...] = ()
) -> Grouped:
    """Slices sorted into their groups; ``group`` numbers them 0, 1, 2 ... without holes.

    Slices that agree in group, start and end are put in the order of the columns in ``ties``, first column first, so
    that the result does not depend on the order in which they were given.
    """
    order = np.lexsort((end, start, group))
    if ties:
        _settle_ties(order, (group, start, end), ties)
    ordered = np.asarray(group[order], np.int64)
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    return Grouped(order, ordered, start[order], end[order], first)


def _settle_ties(
    order: Int64, keys: tuple[npt.NDArray[np.integer], ...], ties: tuple[npt.NDArray[np.integer], ...]
) -> None:
    same = np.ones(max(len(order) - 1, 0), np.bool_)
    for key in keys:
        same &= key[order[1:]] == key[order[:-1]]
    if not same.any():
        return
    run = np.cumsum(np.concatenate(([True], ~same)))
    places = np.flatnonzero(np.concatenate((same, [False])) | np.concatenate(([False], same)))
    tied = order[places]
    order[places] = tied[np.lexsort((*(column[tied] for column in reversed(ties)), run[places]))]


def codes(*columns: npt.NDArray[np.integer]) -> tuple[Int64, Int64]:
    """Number of the combination of values each row has, and one row of each combination.

    Combinations are numbered in the rising order of their values, first column first.
    """
    code, example = joint_ranks(columns)
    return code.astype(np.int64), example


def halves_to_even(total: Int64) -> Int64:
    """Half of each number, a remaining half rounded to the even neighbour."""
    half = total // 2
    odd = total % 2
    return half + (odd & half)
