"""Interval partition: overlapping slices spread over the fewest rows in which none overlap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from profiler.trace.blocks import BLOCK
from profiler.trace.order import by_time_and_rank, stable_order

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]


def time_order(ts: Int64, dur: Int64) -> Int64:
    """Indices that sort slices by start, the longer first among equals, so that a caller stands before its callee."""
    order = np.arange(len(ts)) if np.all(ts[1:] >= ts[:-1]) else stable_order(ts)
    starts, lengths = ts[order], dur[order]
    wrong = (starts[1:] == starts[:-1]) & (lengths[1:] > lengths[:-1])
    if wrong.any():
        tied = np.concatenate(([False], starts[1:] == starts[:-1]))
        tied[:-1] |= tied[1:]
        places = np.flatnonzero(tied)
        order[places] = order[places][np.lexsort((-lengths[places], starts[places]))]
    return order


def partition(starts: Int64, ends: Int64, *, calls: bool = False, block: int = BLOCK) -> Int32:
    """Row of every slice: no two slices of a row overlap, and there are as few rows as slices that run at once.

    Parameters
    ----------
    starts, ends : int64 arrays
        In `time_order`; every end lies after its start.
    calls : bool
        The slices are calls of a thread: where one ends a little after its caller, as clocks of few digits have it,
        the next call still stands below its own caller. Takes a loop over the calls around such places.
    block : int
        Slices taken at once, more where as many run without a moment of rest. The rows do not depend on it.

    Returns
    -------
    int32 array
        Row numbers from 0. Properly nested slices get their depth. When nothing runs, the next slice goes to row 0.

    Notes
    -----
    Greedy colouring of an interval graph in order of starts is optimal (Hashimoto and Stevens, DAC 1971). Any free
    row will do, so the one freed last is taken. Then the row of a slice that starts when d others run is the row of
    the slice whose end last took the number running from d + 1 to d; chains of these links are followed for all
    slices at once by doubling. O(n log n), no loop over slices. Rows given out so stay exchanged after two slices
    that do not nest, until nothing runs; ``calls`` takes the first free row below the caller there, be it one more.
    """
    rows = np.zeros(len(starts), np.int32)
    if np.all(starts[1:] >= ends[:-1]):
        return rows
    rests = np.flatnonzero(starts[1:] >= np.maximum.accumulate(ends)[:-1]) + 1
    for first, last in _blocks(rests, len(starts), block):
        if last - first > 1 and np.any(starts[first + 1 : last] < ends[first : last - 1]):
            rows[first:last] = _rows_of_block(starts[first:last], ends[first:last], calls=calls)
    return rows


def _blocks(rests: Int64, size: int, block: int) -> Iterator[tuple[int, int]]:
    """Stretches of about ``block`` slices that begin at the start or at one of ``rests``, where nothing runs."""
    after = np.searchsorted(rests, np.arange(block, size, block))
    cuts = [0, *np.unique(rests[after[after < len(rests)]]).tolist(), size]
    yield from pairwise(cuts)


def _rows_of_block(starts: Int64, ends: Int64, *, calls: bool) -> Int32:
    size = len(starts)
    # Starts and ends in order of time, ends before starts at the same instant: even numbers are ends, odd are starts.
    numbers = np.arange(size, dtype=np.int64)
    events = by_time_and_rank(np.concatenate((ends, starts)), np.concatenate((numbers << 1, (numbers << 1) | 1)))
    begins = (events & 1).astype(np.int32)
    # Running before a start, or after an end.
    level = np.cumsum(2 * begins - 1, dtype=np.int32) - begins
    # On one level starts and ends take turns, and every slice of the block ends in it.
    order = np.argsort(level.astype(np.uint16) if int(level.max()) < 1 << 16 else level, kind="stable")
    who, level = (events >> 1).take(order), level.take(order)
    begun, freed, levels = who[0::2], who[1::2], level[0::2]
    level_of = np.empty(size, np.int32)
    level_of[begun] = levels
    cluster = np.cumsum(level_of == 0, dtype=np.int32)
    if calls:
        return _rows_of_calls(events, ends, level_of, cluster, begun[begun != freed])
    same = (levels[1:] == levels[:-1]) & (cluster.take(begun[1:]) == cluster.take(freed[:-1]))
    link = numbers
    link[begun[1:]] = np.where(same, freed[:-1], begun[1:])
    return _follow(link, level_of)


def _follow(link: Int64, level: Int32) -> Int32:
    """Level of the first slice of each chain of links."""
    while True:
        further = link.take(link)
        if np.array_equal(further, link):
            return level.take(link)
        link = further


def _rows_of_calls(events: Int64, ends: Int64, level_of: Int32, cluster: Int32, crossing: Int64) -> Int32:
    """Depths of calls; where some cross, all that run between two moments of rest are given rows one by one."""
    rows = level_of
    if len(crossing):
        crossed = np.zeros(int(cluster[-1]) + 1, bool)
        crossed[cluster[crossing]] = True
        chosen = events[crossed[cluster.take(events >> 1)]]
        numbers, found = _below_callers(chosen, ends)
        rows[numbers] = found
    return rows


def _below_callers(events: Int64, ends: Int64) -> tuple[list[int], list[int]]:
    """Slices of these starts and ends in order of start, and the first free row below the caller of each."""
    numbers, rows = [], []
    running: dict[int, tuple[int, int]] = {}
    taken: set[int] = set()
    for event, end in zip(events.tolist(), ends.take(events >> 1).tolist(), strict=True):
        number = event >> 1
        if event & 1:
            row = next((row for until, row in reversed(running.values()) if until >= end), -1) + 1
            while row in taken:
                row += 1
            taken.add(row)
            running[number] = end, row
            numbers.append(number)
            rows.append(row)
        else:
            taken.remove(running.pop(number)[1])
    return numbers, rows
