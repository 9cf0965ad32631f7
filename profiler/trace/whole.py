"""What must be known of a whole trace to judge a part of it exactly, small enough to lie in a file's footer.

A window of a large file is read without the rest. Its figures need only the rows that touch it, but why a copy is
exposed also depends on the whole: whether this link has more to do than the compute units, which kernel is the first,
how many requests there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.calls import CALL_CATEGORIES
from profiler.trace.merging import merged
from profiler.trace.names import COMMUNICATION, STREAM_WAIT, SYNC_CALL, named, names_like
from profiler.trace.schema import (
    DEVICE_CATEGORIES,
    MISSING,
    Category,
    EdgeKind,
    Engine,
    MemcpyKind,
    TrackKind,
)
from profiler.trace.select import countable, of_category, on_device
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]

#: Edges that say what waited for what; with these a part of a trace cannot be judged alone.
WAITING = (EdgeKind.STREAM, EdgeKind.EVENT, EdgeKind.BUFFER)

_MIGRATIONS = (MemcpyKind.UM_HTOD, MemcpyKind.UM_DTOH)

#: Numbers that lie this close together are counted in a table.
_FEW = 1 << 16


@dataclass(frozen=True, slots=True)
class Computing:
    """A set of kernels of one device: their union, and their first and last start, ns; ``None`` without any."""

    union_ns: int
    first_ns: int | None
    last_ns: int | None


@dataclass(frozen=True, slots=True)
class DeviceWhole:
    """One physical GPU over the whole trace.

    Attributes
    ----------
    device : int
    events : int
        Records of device categories, countable or not.
    stages : int
        Compute spans in place of kernels.
    graph_ns : int
        Sum of the lengths of graphs traced as one row.
    kernels, quiet : Computing
        All kernels, and those that do not communicate.
    communication : int
        Kernels that communicate.
    engines_ns : mapping
        Union of the copies between host and device, by `Engine` number as text.
    first_copy_ns : int or None
        Start of the first of them.
    requests, chunks : int
        Different numbers in the columns, of the work of this device; 0 where it has none.
    """

    device: int
    events: int
    stages: int
    graph_ns: int
    kernels: Computing
    quiet: Computing
    communication: int
    engines_ns: Mapping[str, int]
    first_copy_ns: int | None
    requests: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole trace.

    Attributes
    ----------
    events : int
    first_ns, last_ns : int or None
        First start and last end over all records that count.
    categories, tracks : list of int
        Records of each category and on each track, countable or not.
    first_call_ns : int or None
        Start of the first runtime or driver call.
    sync_pids : list of int
        Processes in which some known thread was seen to wait for the device.
    waiting_edges : int
        Edges that say what waited for what.
    devices : tuple of DeviceWhole
        Those with any record that counts, in the order of their numbers.
    """

    events: int
    first_ns: int | None
    last_ns: int | None
    categories: list[int]
    tracks: list[int]
    first_call_ns: int | None
    sync_pids: list[int]
    waiting_edges: int
    devices: tuple[DeviceWhole, ...]

    @property
    def extent(self) -> tuple[int, int]:
        """First start and last end; (0, 0) when nothing counts."""
        return (0, 0) if self.first_ns is None or self.last_ns is None else (self.first_ns, self.last_ns)

    def of_device(self, device: int) -> DeviceWhole:
        """The device of that number; an empty one where the trace has none."""
        found = (one for one in self.devices if one.device == device)
        none = Computing(0, None, None)
        return next(found, DeviceWhole(device, 0, 0, 0, none, none, 0, {}, None, 0, 0))

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON-able values."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Whole:
        """What `to_json` gave."""
        devices = tuple(
            DeviceWhole(**{**one, "kernels": Computing(**one["kernels"]), "quiet": Computing(**one["quiet"])})
            for one in found["devices"]
        )
        return cls(**{**found, "devices": devices})


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a trace that is a part of another knows of it.

    Attributes
    ----------
    whole : Whole
    call_start, call_track : int64 arrays
        For each row the start and track of the host call behind it, `NO_TIME` and -1 where there is none.
    """

    whole: Whole
    call_start: Int64
    call_track: Int64


def whole_of(trace: Trace) -> Whole:
    """All that is to be known of a trace."""
    rows = np.flatnonzero(countable(trace))
    calls = of_category(trace, *CALL_CATEGORIES)
    events = dict(zip(*counted(trace["device"][on_device(trace)]), strict=True))
    work = of_category(trace, *DEVICE_CATEGORIES)
    numbers, _ = counted(trace["device"][work])
    return Whole(
        events=len(trace),
        first_ns=_least(trace.ts[rows]),
        last_ns=_most(trace.ts[rows] + trace.dur[rows]),
        categories=np.bincount(trace.category, minlength=len(Category)).tolist(),
        tracks=np.bincount(trace["track"], minlength=len(trace.tracks)).tolist(),
        first_call_ns=_least(trace.ts[calls]),
        sync_pids=counted(trace["pid"][thread_syncs(trace, calls)])[0],
        waiting_edges=int(np.isin(trace.edges.kind, WAITING).sum()),
        devices=tuple(_device(trace, work, number, events[number]) for number in numbers),
    )


def thread_syncs(trace: Trace, calls: Int64) -> Int64:
    """Rows in which a known thread waited for the device: calls (of those given) and wait records on threads."""
    calls = calls[named(trace, calls, names_like(trace, SYNC_CALL))]
    records = sync_records(trace)
    return np.concatenate((calls, records[on_thread(trace, records)]))


def sync_records(trace: Trace) -> Int64:
    """Wait records that hold the host."""
    rows = of_category(trace, Category.SYNC)
    return rows[~named(trace, rows, names_like(trace, STREAM_WAIT))]


def on_thread(trace: Trace, rows: Int64) -> npt.NDArray[np.bool_]:
    """Whether each row lies on the track of a host thread."""
    threads = np.array([track.kind == TrackKind.THREAD for track in trace.tracks] + [False], np.bool_)
    number = trace["track"][rows]
    known = (number >= 0) & (number < len(trace.tracks))
    return np.asarray(threads[np.where(known, number, len(trace.tracks))])


def _device(trace: Trace, work: Int64, number: int, events: int) -> DeviceWhole:
    here = trace["device"][work] == number
    rows = work if here.all() else work[here]
    category = trace.category[rows]
    kernels = rows[category == Category.KERNEL]
    talks = named(trace, kernels, names_like(trace, COMMUNICATION))
    graphs = rows[category == Category.GRAPH]
    compute = _computing(trace, kernels)
    copies = _host_copies(trace, rows[category == Category.MEMCPY])
    moved = np.isin(category, (Category.GRAPH, Category.MIGRATION)) | np.isin(trace["memcpy_kind"][rows], _MIGRATIONS)
    streamed = rows[~moved]
    return DeviceWhole(
        device=number,
        events=events,
        stages=int((category == Category.STAGE).sum()),
        graph_ns=int(trace.dur[graphs].sum()),
        kernels=compute,
        quiet=_computing(trace, kernels[~talks]) if talks.any() else compute,
        communication=int(talks.sum()),
        engines_ns=_engines(trace, copies),
        first_copy_ns=_least(trace.ts[copies]),
        requests=len(_known(trace["request"][streamed])),
        chunks=len(_known(trace["chunk"][streamed])),
    )


def _computing(trace: Trace, kernels: Int64) -> Computing:
    start = trace.ts[kernels]
    return Computing(_union_ns(start, start + trace.dur[kernels]), _least(start), _most(start))


def _host_copies(trace: Trace, rows: Int64) -> Int64:
    kind = trace["memcpy_kind"][rows]
    rows = rows[(kind == MemcpyKind.HTOD) | (kind == MemcpyKind.DTOH)]
    return rows[trace.dur[rows] > 0]


def _engines(trace: Trace, copies: Int64) -> dict[str, int]:
    engine = copy_engines(trace, copies)
    found = {}
    for one in np.unique(engine):
        rows = copies[engine == one]
        found[str(one)] = _union_ns(trace.ts[rows], trace.ts[rows] + trace.dur[rows])
    return found


def copy_engines(trace: Trace, copies: Int64) -> Int64:
    """`Engine` of copies between host and device: HTOD or DTOH by direction, COPY where one engine serves both."""
    upward = trace["memcpy_kind"][copies] == MemcpyKind.HTOD
    direction = np.where(upward, int(Engine.HTOD), int(Engine.DTOH))
    shared = trace["engine"][copies] == Engine.COPY
    return np.where(shared, int(Engine.COPY), direction).astype(np.int64)


def _union_ns(start: Int64, end: Int64) -> int:
    begins, ends = merged(start, end)
    return int((ends - begins).sum())


def _known(values: npt.NDArray[np.integer]) -> list[int]:
    return [number for number in counted(values)[0] if number != MISSING]


def counted(values: npt.NDArray[np.integer]) -> tuple[list[int], list[int]]:
    """The different numbers in a column, rising, and how often each occurs."""
    if not len(values):
        return [], []
    low, high = int(values.min()), int(values.max())
    if low == high:
        return [low], [len(values)]
    if high - low < _FEW:
        counts = np.bincount(values.astype(np.int64) - low)
        found = np.flatnonzero(counts)
        return (found + low).tolist(), counts[found].tolist()
    numbers, counts = np.unique(values, return_counts=True)
    return numbers.tolist(), counts.tolist()


def _least(values: Int64) -> int | None:
    return int(values.min()) if len(values) else None


def _most(values: Int64) -> int | None:
    return int(values.max()) if len(values) else None
