"""Numbers that change over time, as area plots: what the trace counted, and what its slices tell of each device.

``bandwidth`` is the sum of bytes over duration of the copies that run (each copy's rate taken as constant, as no source
says how it changed), and ``queue depth`` how many operations a stream has reached and no engine has taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from profiler.timeline.keys import LaneKind
from profiler.trace.schema import NO_TIME, Engine, TrackKind
from profiler.units import format_bytes

if TYPE_CHECKING:
    from profiler.timeline.model import Timeline

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CounterKind:
    """A counter that a timeline has.

    Attributes
    ----------
    key : str
        The same for the same counter of the same file at any time.
    title, unit : str
        The title may hold anything the traced program wrote.
    device : int
        -1 where it belongs to none.
    lanes : tuple of int
        The lanes it is derived from; none for one of the trace's own.
    track : int
        Number of the trace's own track, -1 for a derived one.
    """

    key: str
    title: str
    unit: str
    device: int = -1
    lanes: tuple[int, ...] = ()
    track: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class CounterRow:
    """A step function: ``values[i]`` holds from ``starts[i]`` on, 0 before the first.

    Attributes
    ----------
    starts : int64 array
        Ascending.
    values : float64 array
    before : float64 array
        Sum of value times nanoseconds before each start.
    peak : float
        The greatest value, 0 at least.
    """

    starts: Int64
    values: Float64
    before: Float64
    peak: float

    def means(self, edges: Int64) -> Float64:
        """The mean value between each two edges, exact."""
        if not len(self.starts):
            return np.zeros(len(edges) - 1)
        begun = self.starts.searchsorted(edges, side="right")
        last = np.maximum(begun - 1, 0)
        total = np.where(begun > 0, self.before[last] + self.values[last] * (edges - self.starts[last]), 0.0)
        return np.asarray(np.diff(total) / np.maximum(np.diff(edges), 1))


def in_words(value: float, unit: str) -> str:
    """A counter's value as it is read: rates in the unit that suits them, large numbers by their thousands."""
    if unit == "GB/s":
        return f"{format_bytes(value * 1e9)}/s"
    number = f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
    return f"{number} {unit}".strip()


#: Values are drawn up to this, so that their sums over time are numbers; what is no number is drawn as 0.
_GREATEST = 1e250

#: Slices of a lane that are looked at to see whether it has what a counter needs.
_SAMPLE = 1_000


def counter_kinds(timeline: Timeline) -> tuple[CounterKind, ...]:
    """The counters of a timeline, found without reading its columns."""
    return (*_derived(timeline), *_own(timeline))


def counter_row(timeline: Timeline, kind: CounterKind) -> CounterRow:
    """The values of a counter; takes a sort of all its samples."""
    if kind.track >= 0:
        return _of_track(timeline, kind.track)
    rows = [timeline.mipmap.maps[number].rows for lane in kind.lanes for number in timeline.rows_of(lane)]
    joined = np.concatenate(rows).astype(np.int64)
    return _queue(timeline, joined) if kind.unit == "" else _bandwidth(timeline, joined)


_COPIES = {Engine.HTOD: "HtoD bandwidth", Engine.DTOH: "DtoH bandwidth", Engine.COPY: "copy bandwidth"}


def _derived(timeline: Timeline) -> Iterator[CounterKind]:
    engines = [(number, lane) for number, lane in enumerate(timeline.lanes) if lane.kind == LaneKind.ENGINE]
    for device in dict.fromkeys(lane.device for _, lane in engines):
        mine = [(number, lane) for number, lane in engines if lane.device == device]
        for number, lane in mine:
            if lane.engine in _COPIES and _has(timeline, number, "size_bytes", 0):
                title = _COPIES[lane.engine]
                yield CounterKind(f"gpu:{device}/counter:{title}", title, "GB/s", device, (number,))
        queued = tuple(number for number, _ in mine if _has(timeline, number, "queued_ns", NO_TIME))
        if queued:
            yield CounterKind(f"gpu:{device}/counter:queue", "queue depth", "", device, queued)


def _own(timeline: Timeline) -> Iterator[CounterKind]:
    if not len(timeline.trace.counters):
        return
    for number, track in enumerate(timeline.trace.tracks):
        if track.kind == TrackKind.COUNTER:
            yield CounterKind(f"counter:{number}", track.name or "counter", "", track.device, track=number)


def _has(timeline: Timeline, lane: int, column: str, nothing: int) -> bool:
    """Whether a lane's first slices have a value in a column."""
    rows = timeline.lanes[lane].rows[0][:_SAMPLE]
    return bool((timeline.trace[column][rows] > nothing).any())


def _of_track(timeline: Timeline, track: int) -> CounterRow:
    counters = timeline.trace.counters
    mine = np.flatnonzero(counters.track == track)
    mine = mine[np.argsort(counters.ts[mine], kind="stable")]
    return _steps(counters.ts[mine], counters.value[mine])


def _bandwidth(timeline: Timeline, rows: Int64) -> CounterRow:
    """Bytes a nanosecond, which is GB/s."""
    trace = timeline.trace
    size, length = trace["size_bytes"][rows], trace.dur[rows]
    known = (size > 0) & (length > 0)
    rate = size[known] / length[known]
    starts = trace.ts[rows][known]
    return _changes(np.concatenate((starts, starts + length[known])), np.concatenate((rate, -rate)))


def _queue(timeline: Timeline, rows: Int64) -> CounterRow:
    trace = timeline.trace
    queued, starts = trace["queued_ns"][rows], trace.ts[rows]
    known = (queued != NO_TIME) & (queued < starts)
    ones = np.ones(int(known.sum()))
    return _changes(np.concatenate((queued[known], starts[known])), np.concatenate((ones, -ones)))


def _changes(times: Int64, by: Float64) -> CounterRow:
    """The running sum of changes; what is left of rounding is nothing."""
    order = np.argsort(times, kind="stable")
    times, values = times[order], np.cumsum(by[order])
    last = np.flatnonzero(np.append(times[1:] != times[:-1], True)) if len(times) else np.empty(0, np.int64)
    values = np.where(np.abs(values) < 1e-9 * max(float(np.abs(by).max(initial=0.0)), 1e-30), 0.0, values)
    return _steps(times[last], np.maximum(values[last], 0.0))


def _steps(starts: Int64, values: Float64) -> CounterRow:
    values = np.clip(np.nan_to_num(np.asarray(values, np.float64), nan=0.0), -_GREATEST, _GREATEST)
    held = values[:-1] * np.diff(starts) if len(starts) else np.empty(0)
    before = np.concatenate(([0.0], np.cumsum(held)))[: len(starts)]
    return CounterRow(starts, values, before, max(float(values.max(initial=0.0)), 0.0))
