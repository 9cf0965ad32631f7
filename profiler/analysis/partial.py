"""The part of a large trace that a window's figures and causes hang on, and no more.

Figures need the rows that touch the window. Causes need more: an exposed instant is judged by the next kernel, which
may start behind the window, and by what that kernel waited for since the first exposed instant before it, which may
lie before the window. Further back nothing matters but what `Whole` notes. ``docs/definitions.md`` has the causes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from profiler.analysis.intervals import Int64
from profiler.analysis.rows import DeviceRows, device_rows, ends
from profiler.analysis.streams import gap_floor_ns, stream_codes
from profiler.analysis.windows import LAUNCH_WAY_NS
from profiler.trace.names import COMMUNICATION, named, names_like
from profiler.trace.schema import MISSING
from profiler.trace.tables import Trace
from profiler.trace.whole import Computing, Whole

Window = tuple[int, int]


class Source(Protocol):
    """A trace of which stretches can be had."""

    @property
    def whole(self) -> Whole:
        """What is known of the whole trace."""
        ...

    @property
    def meta(self) -> Mapping[str, Any]:
        """Metadata of the trace."""
        ...

    def ranges(self) -> Mapping[str, tuple[int, int]]:
        """First start and last end, ns, of the ranges of each name."""
        ...

    def rows(self, first: int, last: int) -> Trace:
        """All rows that touch ``[first, last)`` or end where it begins, in their order."""
        ...

    def before(self, first: int) -> int | None:
        """An earlier time that brings in more rows, or ``None`` where there are none before."""
        ...

    def after(self, last: int) -> int | None:
        """A later time that brings in more rows, or ``None`` where there are none behind."""
        ...


@dataclass(frozen=True, slots=True)
class _Needed:
    """The stretch that a device's copies hang on; ``None`` where its end is not in sight yet."""

    first: int | None
    last: int | None


def part_for(source: Source, window: Window) -> Trace:
    """A trace whose figures and causes in ``window`` are those of the whole trace.

    Parameters
    ----------
    source : Source
    window : (int, int)
        Start and end in the trace's own clock, ns.
    """
    margin = gap_floor_ns(source.meta) + LAUNCH_WAY_NS + 1
    first, last = window[0] - margin, window[1] + margin
    while True:
        trace = source.rows(first, last)
        more_first, more_last = first, last
        for device in device_rows(trace):
            for needed in _needed(trace, device, window, first):
                start = source.before(first) if needed.first is None else needed.first - margin
                end = source.after(last) if needed.last is None else last
                start = start if start is None or needed.first is None else _whole_streams(trace, device, start)
                more_first = more_first if start is None else min(more_first, start)
                more_last = more_last if end is None else max(more_last, end)
        if (more_first, more_last) == (first, last):
            return trace
        first, last = more_first, more_last


def _needed(trace: Trace, device: DeviceRows, window: Window, read_from: int) -> Iterator[_Needed]:
    """What is needed for each set of kernels that counts as compute; nothing where no copy touches the window."""
    assert trace.part is not None
    copies = device.copies
    touch = (trace.ts[copies] < window[1]) & (ends(trace, copies) > window[0])
    if not touch.any():
        return
    whole = trace.part.whole.of_device(device.device)
    first_copy = window[0] if whole.first_copy_ns is None else whole.first_copy_ns
    starts = trace.ts[device.kernels]
    seen = starts >= read_from
    yield _around(starts[seen], whole.kernels, window, first_copy)
    if whole.communication:
        talks = named(trace, device.kernels, names_like(trace, COMMUNICATION))
        yield _around(starts[seen & ~talks], whole.quiet, window, first_copy)


def _around(starts: Int64, whole: Computing, window: Window, first_copy: int) -> _Needed:
    """From the last kernel start up to the window to the first one from its end on."""
    earlier = starts[starts <= window[0]]
    first: int | None
    if len(earlier):
        first = int(earlier.max())
    elif whole.first_ns is not None and whole.first_ns <= window[0]:
        first = None
    else:
        first = min(first_copy, window[0])
    in_sight = bool((starts >= window[1]).any()) or whole.last_ns is None or whole.last_ns < window[1]
    return _Needed(first, window[1] if in_sight else None)


def _whole_streams(trace: Trace, device: DeviceRows, first: int) -> int:
    """The start of the work that runs at ``first``, stream by stream, and of what runs when that starts.

    Before it nothing of its stream reaches behind it, so the order of the stream from there on is known.
    """
    rows = device.streamed
    rows = rows[(trace["stream"][rows] != MISSING) & (trace.ts[rows] < first)]
    code = stream_codes(trace, rows)
    found = first
    for stream in np.unique(code[ends(trace, rows) > first]):
        here = rows[code == stream]
        start, end = trace.ts[here], ends(trace, here)
        since = first
        while (reaching := (start < since) & (end > since)).any():
            since = int(start[reaching].min())
        found = min(found, since)
    return found
