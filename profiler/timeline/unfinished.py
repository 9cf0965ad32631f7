"""Slices that began and never ended: they are in no count and no sum, and still to be seen where they began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.timeline.keys import HOST_KIND, LaneKind
from profiler.timeline.lanes import Lane
from profiler.trace.schema import DEVICE_CATEGORIES, MISSING
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]

#: What an import counts of them.
STAT = "never_completed"

#: No more of them are shown.
MOST = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Unfinished:
    """Rows of the trace and the number of the lane of each, by start."""

    rows: Int64
    starts: Int64
    lanes: Int64


def find_unfinished(trace: Trace, lanes: Sequence[Lane]) -> Unfinished:
    """The slices without an end whose thread or stream has a lane."""
    rows = np.flatnonzero(trace.dur == MISSING)[:MOST]
    rows = rows[np.argsort(trace.ts[rows], kind="stable")]
    by_stream = {
        (lane.device, lane.pid, lane.context, lane.stream): number
        for number, lane in enumerate(lanes)
        if lane.kind == LaneKind.STREAM
    }
    by_track = {(lane.kind, lane.track): number for number, lane in enumerate(lanes) if lane.kind > LaneKind.STREAM}
    found = np.full(len(rows), -1, np.int64)
    for place, row in enumerate(rows.tolist()):
        if trace.category[row] in DEVICE_CATEGORIES:
            device, pid, context, stream = (int(trace[name][row]) for name in ("device", "pid", "context", "stream"))
            found[place] = by_stream.get((device, pid, context, stream), -1)
        else:
            kind = LaneKind(int(HOST_KIND[trace.category[row]]))
            found[place] = by_track.get((kind, int(trace["track"][row])), -1)
    rows, found = rows[found >= 0], found[found >= 0]
    return Unfinished(rows, trace.ts[rows], found)
