"""What is said of a slice when the pointer rests on its box."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from profiler.report.palette import PAINT_NAMES
from profiler.report.svg_marks import tooltip
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.timeline.spans import Spans, covered_before
from profiler.trace.schema import MISSING, NO_TIME, MemoryKind
from profiler.units import format_bytes, format_ns

#: No name is quoted at greater length.
NAME_LIMIT = 300


class Tooltips:
    """Tooltips of the slices of one timeline.

    Parameters
    ----------
    timeline : Timeline
    exposed : dict of int to (starts, ends)
        Exposed copy time of each device.
    """

    def __init__(self, timeline: Timeline, exposed: dict[int, Spans]) -> None:
        self._timeline = timeline
        self._trace = timeline.trace
        self._exposed = exposed

    def of_row(self, row: int, paint: Paint) -> str:
        """Name, start, length, bytes and rate, where it ran, what it waited for, and how much of it is exposed."""
        start, length = int(self._trace.ts[row]), int(self._trace.dur[row])
        name = self._trace.name_of(row) or PAINT_NAMES[paint]
        return tooltip(
            name if len(name) <= NAME_LIMIT else name[:NAME_LIMIT] + "…",
            f"at {format_ns(start - self._timeline.start_ns)} for {format_ns(length)}",
            self._bytes(row, length),
            self._place(row),
            self._wait(row, start),
            self._hiding(row, paint, length),
        )

    def _bytes(self, row: int, length: int) -> str:
        size = int(self._trace["size_bytes"][row])
        if size == MISSING:
            return ""
        kinds = [MemoryKind(int(self._trace[column][row])) for column in ("src_kind", "dst_kind")]
        memory = "".join(f", {kind.name.lower()}" for kind in kinds if kind in (MemoryKind.PAGEABLE, MemoryKind.PINNED))
        rate = f" at {size / length:.3g} GB/s" if length else ""
        return f"{format_bytes(size)}{rate}{memory}"

    def _place(self, row: int) -> str:
        names = ("device", "stream", "request", "chunk")
        numbers = [(name, int(self._trace[name][row])) for name in names]
        return ", ".join(f"{name} {number}" for name, number in numbers if number != MISSING)

    def _wait(self, row: int, start: int) -> str:
        queued = int(self._trace["queued_ns"][row])
        return f"waited {format_ns(start - queued)} for the engine" if queued not in (NO_TIME, start) else ""

    def _hiding(self, row: int, paint: Paint, length: int) -> str:
        device = int(self._trace["device"][row])
        if paint not in (Paint.HTOD, Paint.DTOH) or device not in self._exposed or not length:
            return ""
        exposed = int(self._exposed_ns(device, row))
        if exposed == 0:
            return "hidden under kernels"
        return "exposed" if exposed == length else f"exposed for {format_ns(exposed)}, hidden for the rest"

    def _exposed_ns(self, device: int, row: int) -> np.int64:
        start = int(self._trace.ts[row])
        ends: npt.NDArray[np.int64] = np.array([start, start + int(self._trace.dur[row])], np.int64)
        before = covered_before(self._exposed[device], ends)
        return np.int64(before[1] - before[0])
