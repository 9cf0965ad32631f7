"""How much copy time is hidden under kernels, device by device, in any window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from profiler.analysis.causes import exposed_causes
from profiler.analysis.communication import communication_names
from profiler.analysis.evidence import Evidence
from profiler.analysis.exposure import Exposure
from profiler.analysis.figures import DeviceOverlap, Group, Hiding, Migrations
from profiler.analysis.groups import groups_of
from profiler.analysis.host import Host
from profiler.analysis.intervals import Bool, Int64, Intervals, union, union_of
from profiler.analysis.rows import DeviceRows, device_rows, ends
from profiler.trace.names import named
from profiler.trace.schema import MISSING, Category, MemcpyKind
from profiler.trace.select import of_category, stream_count
from profiler.trace.tables import Trace

__all__ = ["DeviceOverlap", "DeviceTimeline", "Window", "analyze_devices", "device_name", "hidden_ns", "prepare"]

#: A window of time, absolute ns: start and end.
Window = tuple[int, int]

_CLASSES = (
    "kernels",
    "compute",
    "copies",
    "dtod",
    "other_copies",
    "memsets",
    "graphs",
    "migrations_htod",
    "migrations_dtoh",
    "streamed",
    "work",
)


@dataclass(frozen=True, eq=False)
class Slices:
    """Rows with their times, whole or clipped to a window."""

    rows: Int64
    start: Int64
    end: Int64

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sum_ns(self) -> int:
        """Sum of the lengths."""
        return int((self.end - self.start).sum())

    def clip(self, window: Window | None) -> Slices:
        """The slices that touch the window, cut to it; a slice of no length touches where it lies in ``[A, B)``."""
        if window is None:
            return self
        first, last = window
        touches = (self.start < last) & ((self.end > first) | ((self.start == self.end) & (self.start >= first)))
        start, end = np.maximum(self.start[touches], first), np.minimum(self.end[touches], last)
        return Slices(self.rows[touches], start, end)


class DeviceTimeline:
    """One device prepared so that the figures of any window come at once.

    Parameters
    ----------
    trace : Trace
    rows : DeviceRows
        What counts as what on this device.
    host : Host
        The host side, shared by the devices of a trace.
    communication : bool array
        Marks the names of communication kernels.

    Attributes
    ----------
    talks : bool array
        Marks the communication kernels among ``rows.kernels``.
    """

    def __init__(self, trace: Trace, rows: DeviceRows, host: Host, communication: Bool) -> None:
        self.rows = rows
        self._trace = trace
        self._evidence = Evidence(trace, rows, host)
        self.talks = named(trace, rows.kernels, communication)

    @cached_property
    def compute(self) -> Intervals:
        """When some kernel (or compute span) ran."""
        return self._union(self.rows.compute)

    @cached_property
    def compute_alone(self) -> Intervals:
        """When some kernel ran that is not communication."""
        return self._union(self._quiet) if self.talks.any() else self.compute

    @cached_property
    def htod(self) -> Intervals:
        """When some copy to the device ran."""
        return self._union(self.rows.htod)

    @cached_property
    def dtoh(self) -> Intervals:
        """When some copy to the host ran."""
        return self._union(self.rows.dtoh)

    @cached_property
    def copies(self) -> Intervals:
        """When some copy between host and device ran."""
        return union_of((self.htod, self.dtoh))

    @cached_property
    def busy(self) -> Intervals:
        """When anything ran."""
        return self._union(self.rows.work)

    @cached_property
    def covering(self) -> Intervals:
        """Compute, and the short gaps between kernels of one stream."""
        evidence = self._evidence
        return union_of((self.compute, evidence.streams.gaps(self.rows.kernels, evidence.gap_floor_ns)))

    @cached_property
    def exposure(self) -> Exposure:
        """Exposed copy time by cause."""
        return exposed_causes(self._evidence, self.rows.compute)

    @cached_property
    def exposure_alone(self) -> Exposure:
        """The same where communication kernels do not count as compute."""
        return exposed_causes(self._evidence, self._quiet, quiet=True) if self._talking else self.exposure

    def figures(self, window: Window | None = None, by: str | None = None) -> DeviceOverlap:
        """Every figure of the device in a window; over its whole span without one."""
        slices = {name: self._slices(getattr(self.rows, name)).clip(window) for name in _CLASSES}
        kernels, compute, copies = slices["kernels"], slices["compute"], slices["copies"]
        talking = len(self._slices(self.rows.kernels[self.talks]).clip(window))
        upward = self._trace["memcpy_kind"][copies.rows] == MemcpyKind.HTOD
        return DeviceOverlap(
            device=self.rows.device,
            name=device_name(self._trace, self.rows.device),
            communication_kernels=talking,
            htod=int(upward.sum()),
            dtoh=int(len(copies) - upward.sum()),
            dtod=len(slices["dtod"]),
            other_copies=len(slices["other_copies"]),
            memsets=len(slices["memsets"]),
            graphs=len(slices["graphs"]),
            graph_ns=union(slices["graphs"].start, slices["graphs"].end).total_ns,
            migrations=_migrations(slices["migrations_htod"], slices["migrations_dtoh"]),
            streams=self._streams(slices["streamed"].rows),
            span_ns=_span_ns(slices["work"], window),
            kernel_sum_ns=compute.sum_ns,
            copy_sum_ns=copies.sum_ns,
            copy_ns=_inside_ns(self.copies, window),
            htod_ns=_inside_ns(self.htod, window),
            dtoh_ns=_inside_ns(self.dtoh, window),
            duplex_ns=_clipped(self.htod, window).overlap_ns(self.dtoh),
            busy_ns=_inside_ns(self.busy, window),
            covered_ns=_clipped(self.copies, window).overlap_ns(self.covering),
            hiding=self._hiding(len(kernels), self.compute, copies, self.exposure, window),
            without_communication=self._hiding(
                len(kernels) - talking, self.compute_alone, copies, self.exposure_alone, window
            ),
            groups=self._groups(slices["work"], by),
            exposure=self.exposure,
        )

    def _hiding(
        self, kernels: int, compute: Intervals, copies: Slices, exposure: Exposure, window: Window | None
    ) -> Hiding:
        copy = _clipped(self.copies, window)
        hidden = copy.overlap_ns(compute)
        spans_only = len(self.rows.stages) and not len(self.rows.kernels)
        return Hiding(
            kernels=None if spans_only else kernels,
            compute_ns=_inside_ns(compute, window),
            hidden_ns=hidden,
            hidden_sum_ns=int(compute.within(copies.start, copies.end).sum()),
            hidden_fraction=hidden / copy.total_ns if copy.total_ns else None,
            exposed_ns=copy.total_ns - hidden,
            causes=exposure.sums_ns(*(window or ())),
        )

    def _groups(self, work: Slices, by: str | None) -> tuple[Group, ...]:
        return groups_of(self._trace, work.rows, work.start, work.end, by) if by else ()

    @property
    def _talking(self) -> bool:
        """Whether any kernel of the device communicates, here or in the trace this one is a part of."""
        whole = self._evidence.whole
        return bool(self.talks.any()) or (whole is not None and whole.communication > 0)

    @property
    def _quiet(self) -> Int64:
        """Compute without communication kernels."""
        return np.concatenate((self.rows.kernels[~self.talks], self.rows.stages))

    def _slices(self, rows: Int64) -> Slices:
        return Slices(rows, self._trace.ts[rows], ends(self._trace, rows))

    def _union(self, rows: Int64) -> Intervals:
        return union(self._trace.ts[rows], ends(self._trace, rows))

    def _streams(self, rows: Int64) -> int:
        return stream_count(self._trace, rows[self._trace["stream"][rows] != MISSING])


def prepare(trace: Trace, *, communication: str | None = None) -> tuple[DeviceTimeline, ...]:
    """Every device of a trace prepared for windows, in the order of the device numbers.

    Parameters
    ----------
    trace : Trace
    communication : str, optional
        A regular expression for the names of communication kernels besides NCCL's and RCCL's.

    Raises
    ------
    UsageError
        The expression is none.
    """
    names = communication_names(trace, communication)
    host = Host(trace)
    return tuple(DeviceTimeline(trace, rows, host, names) for rows in device_rows(trace))


def analyze_devices(
    trace: Trace, *, window: Window | None = None, by: str | None = None, communication: str | None = None
) -> tuple[DeviceOverlap, ...]:
    """Figures of every device of a trace, in the order of the device numbers.

    Parameters
    ----------
    trace : Trace
    window : (int, int), optional
        Start and end, absolute ns. Slices are clipped to it, counts are of slices that touch it, and the span is its
        length. Without one, each device's own span.
    by : str, optional
        Fill ``groups``: by ``stream``, ``engine``, ``request`` or ``name``.
    communication : str, optional
        A regular expression for the names of communication kernels besides NCCL's and RCCL's.

    Raises
    ------
    UsageError
        ``by`` or ``communication`` make no sense.
    """
    return tuple(device.figures(window, by) for device in prepare(trace, communication=communication))


def hidden_ns(trace: Trace) -> dict[int, int]:
    """Copy time under kernels of each device, and nothing else: the overlap question at its fastest."""
    kernels, copies = (of_category(trace, category) for category in (Category.KERNEL, Category.MEMCPY))
    kind = trace["memcpy_kind"][copies]
    copies = copies[(kind == MemcpyKind.HTOD) | (kind == MemcpyKind.DTOH)]
    found = {}
    for device in np.unique(trace["device"][copies]).tolist():
        computing, copying = (_union_on(trace, rows, device) for rows in (kernels, copies))
        found[device] = computing.overlap_ns(copying)
    return found


def device_name(trace: Trace, device: int) -> str:
    """The GPU's name as the source gives it; empty where it does not."""
    return str(trace.meta.get("gpus", {}).get(str(device), {}).get("name", ""))


def _union_on(trace: Trace, rows: Int64, device: int) -> Intervals:
    here = trace["device"][rows] == device
    rows = rows if here.all() else rows[here]
    return union(trace.ts[rows], ends(trace, rows))


def _migrations(htod: Slices, dtoh: Slices) -> Migrations:
    return Migrations(len(htod), len(dtoh), htod.sum_ns + dtoh.sum_ns)


def _span_ns(work: Slices, window: Window | None) -> int:
    if window is not None:
        return window[1] - window[0]
    return int(work.end.max() - work.start.min()) if len(work) else 0


def _clipped(intervals: Intervals, window: Window | None) -> Intervals:
    return intervals if window is None else intervals.clip(*window)


def _inside_ns(intervals: Intervals, window: Window | None) -> int:
    return _clipped(intervals, window).total_ns
