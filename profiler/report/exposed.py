"""Times at which a copy runs and no kernel does, as the drawings need them."""

from __future__ import annotations

from profiler.analysis.intervals import union
from profiler.analysis.rows import device_rows, ends
from profiler.timeline.spans import Spans
from profiler.trace.tables import Trace


def exposed_spans(trace: Trace) -> dict[int, Spans]:
    """For each device, the sorted disjoint times of exposed copies: copies to and from the host, less compute."""
    spans = {}
    for device in device_rows(trace):
        copies = union(trace.ts[device.copies], ends(trace, device.copies))
        compute = union(trace.ts[device.compute], ends(trace, device.compute))
        bare = copies.subtract(compute)
        spans[device.device] = (bare.start, bare.end)
    return spans
