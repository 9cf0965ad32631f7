"""Interval partition: overlapping slices spread over the fewest rows in which none overlap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]


def time_order(ts: Int64, dur: Int64) -> Int64:
    """Indices that sort slices by start, the longer first among equals, so that a caller stands before its callee."""
    if np.all(ts[1:] >= ts[:-1]):
        order = np.arange(len(ts))
    else:
        order = np.argsort(ts, kind="stable")
    starts, lengths = ts[order], dur[order]
    wrong = (starts[1:] == starts[:-1]) & (lengths[1:] > lengths[:-1])
    if wrong.any():
        tied = np.concatenate(([False], starts[1:] == starts[:-1]))
        tied[:-1] |= tied[1:]
        places = np.flatnonzero(tied)
        order[places] = order[places][np.lexsort((-lengths[places], starts[places]))]
    return order


def partition(starts: Int64, ends: Int64) -> Int32:
    """Row of every slice: no two slices of a row overlap, and there are as few rows as slices that run at once.

    Parameters
    ----------
    starts, ends : int64 arrays
        In `time_order`; every end lies after its start.

    Returns
    -------
    int32 array
        Row numbers from 0. Properly nested slices get their depth. When nothing runs, the next slice goes to row 0.

    Notes
    -----
    Greedy colouring of an interval graph in order of starts is optimal (Hashimoto and Stevens, DAC 1971). Any free
    row will do, so the one freed last is taken. Then the row of a slice that starts when d others run is the row of
    the slice whose end last took the number running from d + 1 to d; chains of these links are followed for all
    slices at once by doubling. O(n log n), no loop over slices.
    """
    rows = np.zeros(len(starts), np.int32)
    if np.all(starts[1:] >= ends[:-1]):
        return rows
    reach = np.maximum.accumulate(ends)
    alone = np.ones(len(starts), bool)
    alone[1:] = starts[1:] >= reach[:-1]
    cluster = np.cumsum(alone, dtype=np.int32)
    alone[:-1] &= alone[1:]
    crowd = np.flatnonzero(~alone)
    if len(crowd):
        rows[crowd] = _rows_of_crowd(starts[crowd], ends[crowd], cluster[crowd])
    return rows


def _rows_of_crowd(starts: Int64, ends: Int64, cluster: Int32) -> Int32:
    numbers = np.arange(len(starts), dtype=np.int32)
    by_end = np.argsort(ends, kind="stable").astype(np.int32)
    ended = np.searchsorted(ends[by_end], starts, side="right").astype(np.int32)
    level = numbers - ended
    link = _freed_before(level, ended, np.searchsorted(starts, ends[by_end], side="left").astype(np.int32), by_end)
    first = (link < 0) | (cluster[link] != cluster)
    return _follow(np.where(first, numbers, link), level)


def _freed_before(level: Int32, ended: Int32, begun: Int32, by_end: Int32) -> Int32:
    """For each start at level d, the slice whose end last brought the number running down to d; -1 without one.

    ``ended`` counts the ends not after each start, ``begun`` the starts before each end of ``by_end``: together they
    place all starts and ends in order of time, ends before starts at the same instant.
    """
    size = len(level)
    numbers = np.arange(size, dtype=np.int32)
    levels, who = np.empty(2 * size, np.int32), np.empty(2 * size, np.int32)
    levels[numbers + ended], who[numbers + ended] = level, -1 - numbers
    levels[numbers + begun], who[numbers + begun] = begun - numbers - 1, by_end
    # On one level starts and ends take turns, so what stands before a start is the end that is looked for.
    order = np.argsort(levels.astype(np.uint16) if int(levels.max()) < 1 << 16 else levels, kind="stable")
    who, levels = who[order], levels[order]
    starts = np.flatnonzero(who < 0)
    before = np.maximum(starts - 1, 0)
    freed = np.where((levels[before] == levels[starts]) & (before != starts), who[before], -1)
    link = np.empty(size, np.int32)
    link[-1 - who[starts]] = freed
    return link


def _follow(link: Int32, level: Int32) -> Int32:
    """Level of the first slice of each chain of links."""
    while True:
        further = link[link]
        if np.array_equal(further, link):
            return np.asarray(level[link], np.int32)
        link = further
