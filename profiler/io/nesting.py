"""Slices of a track laid into lanes in which they nest, as a format of begins and ends needs them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from profiler.trace.tables import Trace

#: Slices without an end that share a lane: each stands inside the one before it, and readers limit the depth.
_OPEN_DEPTH = 128


def lanes_of(trace: Trace) -> npt.NDArray[np.int32]:
    """The lane of each slice within its track.

    In a lane two slices are apart, or one holds the other. A slice without an end lies in a lane after those.
    """
    lanes = np.zeros(len(trace), np.int32)
    order = np.lexsort((np.arange(len(trace)), -trace.dur, trace.ts, trace["track"]))
    tracks = trace["track"][order]
    for rows in np.split(order, np.flatnonzero(np.diff(tracks)) + 1):
        _lay(trace, rows, lanes)
    return lanes


def _lay(trace: Trace, rows: npt.NDArray[np.int64], lanes: npt.NDArray[np.int32]) -> None:
    """Lay the slices of one track, which come by start and, of one start, longest first."""
    stacks: list[list[int]] = []
    unfinished: list[int] = []
    for row, ts, dur in zip(rows.tolist(), trace.ts[rows].tolist(), trace.dur[rows].tolist(), strict=True):
        if dur < 0:
            unfinished.append(row)
            continue
        lanes[row] = _first_lane(stacks, ts, ts + dur)
    for place, row in enumerate(unfinished):
        lanes[row] = len(stacks) + place // _OPEN_DEPTH


def _first_lane(stacks: list[list[int]], start: int, end: int) -> int:
    """The first lane in which the slice nests; ``stacks`` holds the ends of the slices that are open in each."""
    for lane, stack in enumerate(stacks):
        while stack and stack[-1] <= start:
            stack.pop()
        if not stack or stack[-1] >= end:
            stack.append(end)
            return lane
    stacks.append([end])
    return len(stacks) - 1


def begins_and_ends(trace: Trace, lanes: npt.NDArray[np.int32]) -> Iterator[tuple[int, int, bool]]:
    """Time, row and whether it begins, for the begin and end of each slice, in order of time.

    At one time ends stand before begins in a lane, but for a slice without length; inner ends before outer ones.
    """
    open_in: dict[tuple[int, int], list[tuple[int, int]]] = {}
    found: list[tuple[int, int, bool]] = []
    order = np.lexsort((np.arange(len(trace)), -trace.dur, trace.ts))
    columns = (trace.ts[order], trace.dur[order], trace["track"][order], lanes[order])
    for row, ts, dur, track, lane in zip(order.tolist(), *(column.tolist() for column in columns), strict=True):
        stack = open_in.setdefault((track, lane), [])
        while stack and stack[-1][0] <= ts:
            end, closed = stack.pop()
            found.append((end, closed, False))
        found.append((ts, row, True))
        if dur >= 0:
            stack.append((ts + dur, row))
    for stack in open_in.values():
        while stack:
            end, closed = stack.pop()
            found.append((end, closed, False))
    # Of one lane they are in order already, and a stable sort keeps the order of equal times.
    times = np.array([time for time, _, _ in found], np.int64)
    return (found[place] for place in np.argsort(times, kind="stable").tolist())
