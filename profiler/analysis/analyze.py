"""Everything ``lanescope analyze`` says about a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from profiler.analysis.figures import DeviceOverlap
from profiler.analysis.overlap import DeviceTimeline, Window, prepare
from profiler.analysis.requests import Requests, requests_of
from profiler.analysis.rows import ends
from profiler.analysis.window import extent, parse_window
from profiler.trace.conventions import source_format
from profiler.trace.schema import Severity
from profiler.trace.tables import Stats, Trace

#: Formats that hold durations without times: there is no timeline, and nothing overlaps.
_DURATIONS_ONLY = ("trtexec-profile",)


@dataclass(frozen=True)
class Analysis:
    """Figures of a trace in a window, all times in integer ns.

    Attributes
    ----------
    file, format : str
        Where the trace came from, as its reader noted; empty where there is no file.
    resolution_ns : int or None
        Smallest difference the times can show.
    window : (int, int)
        Start and end, counted from the trace's first record.
    span_ns : int or None
        Length of the window; without one, first start to last end of device work over all devices. ``None`` for a
        file without times.
    stats : Stats
        What the import met, and what the window holds that cannot be judged.
    devices : tuple of DeviceOverlap
    requests : Requests or None
        Only for a trtexec timing file, converted or not.
    """

    file: str
    format: str
    resolution_ns: int | None
    window: Window
    span_ns: int | None
    stats: Stats
    devices: tuple[DeviceOverlap, ...]
    requests: Requests | None

    def to_json(self) -> dict[str, Any]:
        """The result of ``analyze --json``."""
        result: dict[str, Any] = {
            "file": self.file,
            "format": self.format,
            "resolution_ns": self.resolution_ns,
            "window": {"start_ns": self.window[0], "end_ns": self.window[1]},
            "span_ns": self.span_ns,
            "stats": self.stats.to_json(),
            "devices": [device.to_json() for device in self.devices],
        }
        if self.requests is not None:
            result["requests"] = self.requests.to_json()
        return result


def analyze(
    trace: Trace,
    *,
    window: str | Window | None = None,
    by: str | None = None,
    communication: str | None = None,
    prepared: tuple[DeviceTimeline, ...] | None = None,
) -> Analysis:
    """All figures of a trace.

    Parameters
    ----------
    trace : Trace
    window : str or (int, int), optional
        As on the command line (`parse_window`), or start and end in the trace's own clock, ns. Without one, the whole.
    by : str, optional
        Fill the groups of each device: by ``stream``, ``engine``, ``request`` or ``name``.
    communication : str, optional
        A regular expression for the names of communication kernels besides NCCL's and RCCL's.
    prepared : tuple of DeviceTimeline, optional
        What `profiler.analysis.overlap.prepare` made of the trace, for a caller that needs it too.

    Raises
    ------
    UsageError
        An option makes no sense.
    """
    chosen = parse_window(window, trace) if isinstance(window, str) else window
    first, last = extent(trace)
    start, end = chosen or (first, last)
    prepared = prepare(trace, communication=communication) if prepared is None else prepared
    devices = tuple(device.figures(chosen, by) for device in prepared)
    source = source_format(trace)
    return Analysis(
        file=str(trace.meta.get("file", "")),
        format=str(trace.meta.get("format", "")),
        resolution_ns=trace.meta.get("resolution_ns"),
        window=(start - first, end - first),
        span_ns=None if source in _DURATIONS_ONLY else _span_ns(trace, prepared, chosen),
        stats=_stats(trace, devices),
        devices=devices,
        requests=requests_of(trace) if source == "trtexec-times" else None,
    )


def _span_ns(trace: Trace, prepared: tuple[DeviceTimeline, ...], window: Window | None) -> int:
    if window is not None:
        return window[1] - window[0]
    work = [device.rows.work for device in prepared if len(device.rows.work)]
    if not work:
        return 0
    return int(max(ends(trace, rows).max() for rows in work) - min(trace.ts[rows].min() for rows in work))


def _stats(trace: Trace, devices: tuple[DeviceOverlap, ...]) -> Stats:
    """The trace's own, and how many graphs in the window hide what overlapped inside them."""
    stats = Stats(dict(trace.stats.entries))
    stats.add("graph_overlap_unknown", Severity.INFO, sum(device.graphs for device in devices))
    return stats
