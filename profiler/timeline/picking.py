"""Which slice lies under a point, and which is next to another in its row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.timeline.model import Timeline
from profiler.timeline.pixels import DrawnRow
from profiler.timeline.viewport import Viewport


def slice_at(
    timeline: Timeline, rows: Sequence[DrawnRow], viewport: Viewport, x: float, y: float, *, reach_px: float = 3.0
) -> int | None:
    """The row of the trace of the slice at a point: the one there, else the nearest within ``reach_px``."""
    drawn = next((row for row in rows if row.y <= y < row.y + row.h), None)
    if drawn is None:
        return None
    time, reach = viewport.time_at(x), max(int(reach_px * viewport.ns_per_px), 1)
    mipmap = timeline.mipmap
    first, last = mipmap.visible(drawn.number, time - reach, time + reach)
    if first == last:
        return None
    # Of a crowd under one pixel the longest is meant; looking at more than some thousands would take too long.
    last = min(last, first + 5_000)
    starts = mipmap.maps[drawn.number].starts[first:last]
    lengths = mipmap.lengths(drawn.number, first, last)
    away = np.maximum(np.maximum(starts - time, time - (starts + lengths - 1)), 0)
    nearest = np.lexsort((-lengths, away))[0]
    return int(mipmap.maps[drawn.number].rows[first + nearest])


def neighbour(timeline: Timeline, row: int, step: int, *, prefer: Sequence[int] = ()) -> int | None:
    """The slice ``step`` places later (before, when below 0) in the row of a lane; None beyond its ends."""
    at = timeline.number_of(row, prefer=prefer)
    if at is None:
        return None
    rows = timeline.mipmap.maps[at[0]].rows
    place = at[1] + step
    return int(rows[place]) if 0 <= place < len(rows) else None
