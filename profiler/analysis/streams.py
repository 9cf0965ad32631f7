"""The order of work in each stream, and the gaps between kernels that no scheduling can close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from profiler.analysis.grouped import Grouped, codes, grouped
from profiler.analysis.intervals import Bool, Int64, Intervals, union
from profiler.analysis.rows import DeviceRows, ends
from profiler.trace.schema import MISSING
from profiler.trace.tables import Trace

#: Longest gap between two kernels of one stream that is not idleness, where a trace does not bring its device's own
#: figure (``meta["kernel_gap_ns"]``). In public profiler traces (T4, V100, A100, H100, B200) back-to-back kernels of
#: one stream are 0.5 to 1.2 us apart, in those that count whole microseconds up to 2 us; NVIDIA's nvbench puts the
#: granularity of such records at 0.5 us (NVIDIA/nvbench issue 184).
KERNEL_GAP_FLOOR_NS = 2_000


@dataclass(frozen=True, eq=False)
class Streams:
    """Kernels, copies and memsets of a device whose stream is known, in stream order.

    Attributes
    ----------
    rows : int64 array
        Rows of the trace, stream by stream.
    table : Grouped
        Their times in the same order; one group a stream.
    reach : int64 array
        Latest end in the stream up to and including each of them.
    """

    rows: Int64
    table: Grouped
    reach: Int64

    @property
    def follows(self) -> Bool:
        """Whether each row but the first comes after the row before it in the same stream."""
        group = self.table.group
        return np.asarray(group[1:] == group[:-1])

    def gaps(self, kernels: Int64, floor_ns: int) -> Intervals:
        """Time between a kernel and the next operation of its stream, where that is a kernel not far behind.

        Parameters
        ----------
        kernels : int64 array
            Rows that count as kernels.
        floor_ns : int
            Longest gap that counts.
        """
        if floor_ns <= 0 or len(self.rows) < 2:
            return Intervals.empty()
        kernel = np.isin(self.rows, kernels)
        start, end = self.reach[:-1], self.table.start[1:]
        short = self.follows & kernel[1:] & kernel[:-1] & (start < end) & (end - start <= floor_ns)
        return union(start[short], end[short])


def stream_codes(trace: Trace, rows: Int64) -> Int64:
    """Number of the stream of each row: the same for the same process, device, context and stream."""
    code, _ = codes(*(trace[name][rows] for name in ("pid", "device", "context", "stream")))
    return code


def streams_of(trace: Trace, device: DeviceRows) -> Streams:
    """The stream order of one device, by start; work that started together is in the order of its calls."""
    work = device.streamed
    rows = work[trace["stream"][work] != MISSING]
    ties = (trace["correlation_id"][rows], trace["category"][rows], _name_ranks(trace, rows))
    table = grouped(stream_codes(trace, rows), trace.ts[rows], ends(trace, rows), ties)
    return Streams(rows[table.order], table, table.reach())


def _name_ranks(trace: Trace, rows: Int64) -> Int64:
    """Place of the name of each row among the names in order of text: numbers of names differ from part to part."""
    codes = trace["name"][rows]
    used = np.zeros(max(len(trace.names), 1), np.bool_)
    used[codes] = True
    numbers = np.flatnonzero(used)
    ranks = np.zeros(len(used), np.int64)
    ranks[sorted(numbers.tolist(), key=lambda number: trace.names[number])] = np.arange(len(numbers))
    return ranks[codes]


def gap_floor_ns(meta: Mapping[str, Any]) -> int:
    """Longest gap between kernels of one stream that is not idleness: the device's own, or `KERNEL_GAP_FLOOR_NS`."""
    floor = meta.get("kernel_gap_ns")
    return KERNEL_GAP_FLOOR_NS if floor is None else int(floor)
