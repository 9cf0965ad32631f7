"""Exact times of lanes in a stretch: what the pixels must add up to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.timeline.model import Timeline
from profiler.timeline.spans import union


def busy_ns(timeline: Timeline, numbers: Sequence[int], start_ns: int, end_ns: int) -> int:
    """Time between two instants in which any of some mipmap rows is busy; what has no length takes a nanosecond."""
    views = [timeline.mipmap.visible(number, start_ns, end_ns) for number in numbers]
    spans, _ = timeline.mipmap.spans(numbers, views)
    starts = np.maximum(spans.starts, start_ns)
    first, last = union(starts, np.minimum(spans.starts + spans.lengths, end_ns))
    return int((last - first).sum())


def exposed_ns(timeline: Timeline, numbers: Sequence[int], start_ns: int, end_ns: int) -> int:
    """Of it, the time in which a copy of these rows runs and no kernel of its device does."""
    parts = []
    for number in numbers:
        first, last = timeline.exposed.visible(number, start_ns, end_ns)
        pieces = timeline.exposed.of_row(number)
        parts.append((pieces.starts[first:last], pieces.ends[first:last]))
    starts, ends = (np.concatenate([np.empty(0, np.int64), *(part[side] for part in parts)]) for side in (0, 1))
    low, high = union(np.maximum(starts, start_ns), np.minimum(ends, end_ns))
    return int((high - low).sum())
