"""Flow arrows of a Chrome trace as edges between slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

_START, _STEP, _END = (ord(letter) for letter in "stf")
_RANK = np.zeros(256, np.int8)
_RANK[[_STEP, _END]] = 1, 2


@dataclass(slots=True)
class FlowPoints:
    """Ends and steps of flows.

    Attributes
    ----------
    phase : uint8 array
        ``s``, ``t`` or ``f``.
    ts, lane, flow : arrays
        Time in ns, where it lies, and which flow it belongs to.
    correlation : int64 array
        Correlation id of the slice it points at, -1 where the file does not say.
    enclosing : bool array
        An end that binds to the slice around it; else it binds to the next slice that starts on its lane.
    """

    phase: Array
    ts: Array
    lane: Array
    flow: Array
    correlation: Array
    enclosing: Array

    def __len__(self) -> int:
        return len(self.phase)


@dataclass(slots=True)
class BoundSlices:
    """Slices that flows may bind to, with their rows in the trace."""

    row: Rows
    lane: Array
    ts: Array
    dur: Array
    correlation: Array


def bind(points: FlowPoints, slices: BoundSlices) -> Rows:
    """The row of the slice each point lies on, -1 where there is none.

    First by lane, time and correlation id, which is exact; then by time, the innermost slice around the point.
    """
    rows = _by_correlation(points, slices)
    left = np.flatnonzero(rows < 0)
    kept = np.flatnonzero(np.isin(slices.lane, np.unique(points.lane[left])))
    if len(kept):
        rows[left] = _by_time(points, left, slices, kept)
    return rows


def arrows(points: FlowPoints, rows: Rows) -> tuple[Rows, Rows, int]:
    """Rows at both ends of each arrow, and how many ends or steps have no start.

    A step or an end comes from the last start or step of its flow; where clocks disagree and it lies before all of
    them, from the first start.
    """
    order = np.lexsort((_RANK[points.phase], points.ts, points.flow))
    flow, leaves = points.flow[order], points.phase[order] != _END
    place = np.arange(len(order))
    last = np.maximum.accumulate(np.where(leaves, place, -1))
    before = np.concatenate(([-1], last[:-1])) if len(last) else last
    first = np.searchsorted(flow, flow)
    starts = np.flatnonzero(points.phase[order] == _START)
    of_flow = np.searchsorted(flow[starts], flow)
    has_start = of_flow < len(starts)
    has_start[has_start] = flow[starts[of_flow[has_start]]] == flow[has_start]
    source = np.where(before >= first, before, -1)
    late = (source < 0) & has_start
    source[late] = starts[of_flow[late]]
    arrives = points.phase[order] != _START
    lonely = int(np.count_nonzero(arrives & (source < 0)))
    used = np.flatnonzero(arrives & (source >= 0))
    return rows[order[source[used]]], rows[order[used]], lonely


def _by_correlation(points: FlowPoints, slices: BoundSlices) -> Rows:
    """Slices of the point's correlation id that start on its lane at its time; -1 elsewhere."""
    rows = np.full(len(points), -1, np.int64)
    asked = np.flatnonzero(points.correlation >= 0)
    known = np.flatnonzero(slices.correlation >= 0)
    if not len(asked) or not len(known):
        return rows
    wanted = _keys(points.lane[asked], points.ts[asked], points.correlation[asked])
    offered = _keys(slices.lane[known], slices.ts[known], slices.correlation[known])
    _, codes = np.unique(np.concatenate((offered, wanted)), return_inverse=True)
    first = np.full(int(codes.max()) + 1, -1, np.int64)
    first[codes[: len(known)][::-1]] = slices.row[known][::-1]
    rows[asked] = first[codes[len(known) :]]
    return rows


def _keys(lane: Array, ts: Array, correlation: Array) -> Array:
    keys = np.empty(len(lane), np.dtype([("lane", np.int64), ("ts", np.int64), ("correlation", np.int64)]))
    keys["lane"], keys["ts"], keys["correlation"] = lane, ts, correlation
    return keys


def _by_time(points: FlowPoints, asked: Rows, slices: BoundSlices, kept: Rows) -> Rows:
    """The innermost slice around each asked point, or the next one for ends that bind so; -1 for none."""
    order = kept[np.lexsort((-slices.dur[kept], slices.ts[kept], slices.lane[kept]))]
    lane, ts, end = slices.lane[order], slices.ts[order], slices.ts[order] + slices.dur[order]
    parent = _parents(lane, ts, end)
    found = np.full(len(asked), -1, np.int64)
    following = (points.phase[asked] == _END) & ~points.enclosing[asked]
    for number in np.unique(points.lane[asked]):
        low, high = np.searchsorted(lane, (number, number + 1))
        here = points.lane[asked] == number
        around, after = np.flatnonzero(here & ~following), np.flatnonzero(here & following)
        at = np.searchsorted(ts[low:high], points.ts[asked[after]]) + low
        found[after[at < high]] = order[at[at < high]]
        at = np.searchsorted(ts[low:high], points.ts[asked[around]], side="right") + low - 1
        at[at < low] = -1
        found[around] = np.where((at := _enclosing(at, points.ts[asked[around]], end, parent)) >= 0, order[at], -1)
    return np.where(found >= 0, slices.row[found], -1)


def _enclosing(at: Rows, ts: Array, end: Array, parent: Rows) -> Rows:
    """From the last slice that starts by ``ts``, outwards to the first that has not ended; -1 for none."""
    while len(ended := np.flatnonzero((at >= 0) & (end[at] < ts))):
        at[ended] = parent[at[ended]]
    return at


def _parents(lane: Array, ts: Array, end: Array) -> Rows:
    """For slices sorted by lane and start: the last earlier one that had not ended when each starts, -1 for none."""
    parents = np.full(len(lane), -1, np.int64)
    stack: list[int] = []
    ends = end.tolist()
    current = None
    for place, (number, start) in enumerate(zip(lane.tolist(), ts.tolist(), strict=True)):
        if number != current:
            stack, current = [], number
        while stack and ends[stack[-1]] < start:
            stack.pop()
        if stack:
            parents[place] = stack[-1]
        stack.append(place)
    return parents
