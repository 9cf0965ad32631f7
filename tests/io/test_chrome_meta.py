"""Which process a device track belongs to: the answer of a dictionary, row by row."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.io.chrome_meta import launching_processes
from profiler.trace.schema import MISSING, Category
from profiler.trace.tables import Stats, Trace

#: Two tracks of processes 4 and 5, a host track of none, and three of a device.
PIDS = np.array([4, 5, MISSING, MISSING, MISSING, MISSING])
ON_DEVICE = np.array([False, False, False, True, True, True])
rows = st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 6)), max_size=25)


@given(rows)
def test_processes_of_device_tracks(found: list[tuple[int, int]]) -> None:
    track = np.array([row[0] for row in found], np.int32)
    correlation = np.array([row[1] for row in found], np.int64)
    category = np.where(ON_DEVICE[track], Category.KERNEL, Category.RUNTIME).astype(np.uint8)
    trace = Trace({"track": track, "correlation_id": correlation, "category": category})
    owners: dict[int, set[int]] = {}
    for number, launched in found:
        if number < 2 and launched >= 0:
            owners.setdefault(launched, set()).add(int(PIDS[number]))
    launching = {int(PIDS[number]) for number, _ in found if number < 2}
    wanted = {}
    for device_track in (3, 4, 5):
        of_track = [owners.get(launched, set()) for number, launched in found if number == device_track]
        alone = set().union(*(pids for pids in of_track if len(pids) == 1))
        several = alone.pop() if len(alone) == 1 else MISSING
        wanted[device_track] = several if len(launching) == 2 else next(iter(launching), MISSING)
    assert launching_processes(trace, PIDS, ON_DEVICE, Stats()) == wanted
