"""Which lanes a trace is drawn in, and which slices stand in each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from profiler.timeline.grouped import grouped
from profiler.timeline.keys import Key, LaneKind, RowKeys, engine_keys, track_keys
from profiler.timeline.parallel import side_by_side
from profiler.timeline.partition import partition, time_order
from profiler.trace.schema import Engine
from profiler.trace.select import countable
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """Slices of one track, as rows in which none overlap.

    Attributes
    ----------
    name : str
        ``HtoD``, ``compute``, ``stream 7``, the name of a thread. May hold anything the traced program wrote.
    kind : LaneKind
    device : int
        -1 for the host.
    stream : int
        -1 where it has no meaning.
    engine : Engine
        NONE except on engine lanes.
    rows : tuple of int32 arrays
        Row numbers of the trace, sorted by start, one array for each row of the lane. A nested call stands in the
        row below its caller's.
    pid, context, track : int
        Process and context of a stream lane; process and number of the track of a host lane. -1 where unknown.
    """

    name: str
    kind: LaneKind
    device: int
    stream: int
    engine: Engine
    rows: tuple[Int32, ...]
    pid: int = -1
    context: int = -1
    track: int = -1

    def __len__(self) -> int:
        return sum(map(len, self.rows))


def extent_ns(trace: Trace) -> tuple[int, int]:
    """First start and last end of what can be drawn, a slice of no length taken as 1 ns; (0, 0) without slices."""
    keep = countable(trace)
    if not keep.any():
        return 0, 0
    return int(trace.ts[keep].min()), int((trace.ts + np.maximum(trace.dur, 1))[keep].max())


def group_rows(trace: Trace) -> list[tuple[Key, Int32]]:
    """Lanes of a trace in the order in which they are drawn, each with its rows sorted by start.

    Engines and streams of each device, then host threads, markers and synchronization. A slice that ran on a device
    stands in the lane of its engine and in the lane of its stream. Records that never completed, or that end before
    they start, have no place in time and stand in no lane.
    """
    mask = countable(trace)
    keep = None if mask.all() else np.flatnonzero(mask).astype(np.int32)
    parts = side_by_side([partial(_keyed, trace, keys, keep) for keys in (engine_keys, track_keys)], len(trace))
    groups = [group for part in parts for group in part]
    groups.sort(key=lambda entry: _place(entry[0]))
    return list(zip(_named_apart([key for key, _ in groups]), [rows for _, rows in groups], strict=True))


def build_lanes(trace: Trace) -> tuple[Lane, ...]:
    """Lanes of a trace as `group_rows` has them, overlapping slices spread over rows.

    A slice of no length takes one nanosecond of its row, so that nothing covers it.
    """
    groups = group_rows(trace)
    # The longest first: it is mostly as long as all others together.
    longest_first = sorted(range(len(groups)), key=lambda number: -len(groups[number][1]))
    lanes = side_by_side([partial(_make_lane, trace, *groups[number]) for number in longest_first], len(trace))
    made = dict(zip(longest_first, lanes, strict=True))
    return tuple(made[number] for number in range(len(groups)))


def _keyed(trace: Trace, keys: Callable[[Trace], RowKeys], keep: Int32 | None) -> list[tuple[Key, Int32]]:
    return list(_groups(trace, keys(trace), keep))


def _groups(trace: Trace, keys: RowKeys, keep: Int32 | None) -> Iterator[tuple[Key, Int32]]:
    """Lanes with their rows by start; ``keep`` are the rows that have a place in time, None where all have."""
    if not keys.keys:
        return
    # Grouping first: files keep the rows of a track in order, so most lanes need no sorting of their own.
    order, ends = grouped(keys.codes if keep is None else keys.codes[keep], len(keys.keys))
    for key, first, last in zip(keys.keys, [0, *ends[:-1]], ends, strict=True):
        if last > first:
            members = order[first:last] if keep is None else keep[order[first:last]]
            yield key, _by_time(trace, members)


def _by_time(trace: Trace, members: Int32) -> Int32:
    starts = trace.ts[members]
    if np.all(starts[1:] > starts[:-1]):
        return members
    return members[time_order(starts, trace.dur[members])]


def _make_lane(trace: Trace, key: Key, members: Int32) -> Lane:
    starts = trace.ts[members]
    calls = key.kind in (LaneKind.HOST, LaneKind.MARKER)
    ends = np.maximum(trace.dur[members], 1)
    ends += starts
    depth = partition(starts, ends, calls=calls)
    rows: tuple[Int32, ...] = (members,)
    if depth.any():
        by_depth = members[np.argsort(_small(depth), kind="stable")]
        rows = tuple(np.split(by_depth, np.cumsum(np.bincount(depth))[:-1]))
    return Lane(
        key.name, key.kind, key.device, key.stream, key.engine, rows, pid=key.pid, context=key.context, track=key.track
    )


def _small(numbers: Int32) -> npt.NDArray[np.integer]:
    """Numbers in 16 bits where they fit: those are sorted by counting."""
    return numbers.astype(np.uint16) if int(numbers.max()) < 1 << 16 else numbers


_ENGINE_ORDER = (Engine.HTOD, Engine.COPY, Engine.COMPUTE, Engine.DTOH, Engine.NONE)


def _place(key: Key) -> tuple[int, ...]:
    on_host = key.kind > LaneKind.STREAM
    return (on_host, -1 if on_host else key.device, key.kind, _ENGINE_ORDER.index(key.engine))


def _named_apart(keys: list[Key]) -> list[Key]:
    """Lanes that share a device, a kind and a name get a number."""
    total = Counter((key.device, key.kind, key.name) for key in keys)
    seen: Counter[tuple[int, LaneKind, str]] = Counter()
    result = []
    for key in keys:
        same = (key.device, key.kind, key.name)
        seen[same] += 1
        result.append(replace(key, name=f"{key.name} ({seen[same]})") if total[same] > 1 else key)
    return result
