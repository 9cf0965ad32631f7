"""Which slice lies under a point, and which is next to another in its row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.timeline.model import Timeline
from profiler.timeline.pixels import DrawnRow
from profiler.timeline.viewport import Viewport

_MOST_LOOKED_AT = 5_000


def drawn_at(rows: Sequence[DrawnRow], y: float) -> DrawnRow | None:
    """The drawn row at a height."""
    return next((row for row in rows if row.y <= y < row.y + row.h), None)


def slice_in(timeline: Timeline, number: int, viewport: Viewport, x: float, *, reach_px: float = 3.0) -> int | None:
    """The row of the trace of the slice at ``x`` in a mipmap row: the one there, else the nearest in ``reach_px``."""
    time, reach = viewport.time_at(x), max(int(reach_px * viewport.ns_per_px), 1)
    mipmap = timeline.mipmap
    first, last = mipmap.visible(number, time - reach, time + reach)
    if first == last:
        return None
    # Of a crowd under one pixel the longest is meant; looking at more than some thousands would take too long.
    last = min(last, first + _MOST_LOOKED_AT)
    starts, lengths = mipmap.maps[number].starts[first:last], mipmap.lengths(number, first, last)
    away = np.maximum(np.maximum(starts - time, time - (starts + lengths - 1)), 0)
    away[away <= viewport.ns_per_px / 2] = 0
    nearest = np.lexsort((-lengths, away))[0]
    return int(mipmap.maps[number].rows[first + nearest])


def neighbour(timeline: Timeline, row: int, step: int, *, number: int | None = None) -> int | None:
    """The slice ``step`` places later (before, when below 0) in a row of a lane; None beyond its ends.

    ``number`` is the mipmap row to stay in; by default the last that holds the slice, which for work of a device is
    that of its stream.
    """
    if number is None:
        number = max(timeline.numbers_of(row), default=-1)
    place = timeline.place_in(number, row) if number >= 0 else None
    if place is None:
        return None
    rows = timeline.mipmap.maps[number].rows
    return int(rows[place + step]) if 0 <= place + step < len(rows) else None
