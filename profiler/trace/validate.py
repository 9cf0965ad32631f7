"""What is wrong with a trace: findings by name and severity, with the first row that shows each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import (
    MISSING,
    Category,
    EdgeKind,
    Engine,
    MemcpyKind,
    MemoryKind,
    Severity,
    TrackKind,
)
from profiler.trace.select import countable, launches, of_category, on_device
from profiler.trace.tables import Trace

Rows = npt.NDArray[Any]

_STREAM_KINDS = (TrackKind.STREAM, TrackKind.ENGINE)
_MIGRATION_KINDS = (MemcpyKind.UM_HTOD, MemcpyKind.UM_DTOH)


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of trouble.

    Attributes
    ----------
    name : str
        As in ``Trace.stats``.
    severity : Severity
        ERROR: figures taken from such rows would be wrong. INFO: odd, and counted nowhere.
    count : int
        Rows (or edges, or samples) that show it.
    first : int
        The first of them.
    meaning : str
        One sentence.
    """

    name: str
    severity: Severity
    count: int
    first: int
    meaning: str


def validate(trace: Trace) -> list[Finding]:
    """Everything found wrong, structure first; empty for a sound trace.

    Where a number points outside its table, the checks that would follow it are left out.
    """
    return structure(trace) or list(_findings(trace, _MEANING))


def structure(trace: Trace) -> list[Finding]:
    """What points outside its table, or is no member of its kind; nothing may be asked of a trace that has any."""
    return list(_findings(trace, _STRUCTURE))


def _findings(trace: Trace, checks: tuple[_Check, ...]) -> Iterator[Finding]:
    for name, severity, meaning, rows_of in checks:
        rows = rows_of(trace)
        if len(rows):
            yield Finding(name, severity, len(rows), int(rows.min()), meaning)


_Check = tuple[str, Severity, str, Callable[[Trace], Rows]]


def _outside(values: Rows, size: int, *, missing: bool = False) -> Rows:
    bad = (values < 0) | (values >= size)
    return np.flatnonzero(bad & (values != MISSING) if missing else bad)


def _not_in(values: Rows, known: type[Category | MemcpyKind | MemoryKind | EdgeKind | Engine]) -> Rows:
    allowed = np.zeros(256, np.bool_)
    allowed[[int(member) & 0xFF for member in known]] = True
    return np.flatnonzero(~allowed[values.astype(np.uint8)])


def _bad_edges(trace: Trace) -> Rows:
    ends = np.stack((trace.edges.source, trace.edges.target))
    return np.flatnonzero(((ends < 0) | (ends >= len(trace))).any(axis=0))


def _bad_args(trace: Trace) -> Rows:
    if trace.args is None:
        return np.empty(0, np.int64)
    offsets = trace.args.offsets
    if len(trace.args) != len(trace) or offsets[0] != 0 or offsets[-1] != len(trace.args.data):
        return np.zeros(1, np.int64)
    return np.flatnonzero(np.diff(offsets) < 0)


def _negative(trace: Trace) -> Rows:
    return np.flatnonzero(trace.dur < MISSING)


def _never_completed(trace: Trace) -> Rows:
    return np.flatnonzero(~countable(trace) & (trace.dur >= MISSING))


def _before_launch(trace: Trace) -> Rows:
    device, host = launches(trace)
    early = trace.ts[device] < trace.ts[host]
    return device[early & countable(trace)[device]]


def _track_kinds(trace: Trace, rows: Rows) -> Rows:
    kinds: Rows = np.array([track.kind for track in trace.tracks], np.int64)[trace["track"][rows]]
    return kinds


def _sync_as_work(trace: Trace) -> Rows:
    rows = of_category(trace, Category.SYNC)
    return rows[np.isin(_track_kinds(trace, rows), _STREAM_KINDS)]


def _work_off_stream(trace: Trace) -> Rows:
    rows = np.flatnonzero(on_device(trace) & (trace.category != Category.STAGE))
    return rows[~np.isin(_track_kinds(trace, rows), _STREAM_KINDS)]


def _copy_without_direction(trace: Trace) -> Rows:
    rows = of_category(trace, Category.MEMCPY)
    unknown = np.flatnonzero(trace["memcpy_kind"][rows] == MemcpyKind.NONE)
    return rows[unknown]


def _migration_as_copy(trace: Trace) -> Rows:
    rows = of_category(trace, Category.MEMCPY)
    return rows[np.isin(trace["memcpy_kind"][rows], _MIGRATION_KINDS)]


def _queued_after_start(trace: Trace) -> Rows:
    return np.flatnonzero((trace["queued_ns"] > trace.ts) & countable(trace))


_STRUCTURE: tuple[_Check, ...] = (
    ("name_out_of_range", Severity.ERROR, "A slice has a name number that names nothing.",
     lambda trace: _outside(trace["name"], len(trace.names))),
    ("source_category_out_of_range", Severity.ERROR, "A slice has a source category that names nothing.",
     lambda trace: _outside(trace["source_category"], len(trace.names), missing=True)),
    ("unknown_track", Severity.ERROR, "A slice lies on a track that does not exist.",
     lambda trace: _outside(trace["track"], len(trace.tracks))),
    ("unknown_category", Severity.ERROR, "A slice has a category that does not exist.",
     lambda trace: _not_in(trace.category, Category)),
    ("unknown_memcpy_kind", Severity.ERROR, "A slice has a copy direction that does not exist.",
     lambda trace: _not_in(trace["memcpy_kind"], MemcpyKind)),
    ("unknown_memory_kind", Severity.ERROR, "A slice has a memory kind that does not exist.",
     lambda trace: np.union1d(_not_in(trace["src_kind"], MemoryKind), _not_in(trace["dst_kind"], MemoryKind))),
    ("unknown_engine", Severity.ERROR, "A slice has an engine that does not exist.",
     lambda trace: _not_in(trace["engine"], Engine)),
    ("edge_out_of_range", Severity.ERROR, "An edge ends at a row that does not exist.", _bad_edges),
    ("unknown_edge_kind", Severity.ERROR, "An edge has a kind that does not exist.",
     lambda trace: _not_in(trace.edges.kind, EdgeKind)),
    ("counter_on_unknown_track", Severity.ERROR, "A counter sample lies on a track that does not exist.",
     lambda trace: _outside(trace.counters.track, len(trace.tracks))),
    ("args_out_of_step", Severity.ERROR, "The texts of the arguments do not match the rows.", _bad_args),
)  # fmt: skip

_MEANING: tuple[_Check, ...] = (
    ("negative_duration", Severity.DATA_LOSS, "A slice ends before it starts; it is in no figure.", _negative),
    ("never_completed", Severity.DATA_LOSS, "A slice never ended; it is in no figure.", _never_completed),
    ("device_before_launch", Severity.ERROR, "Work on the device starts before the call that launched it: the clocks "
     "of host and device do not agree.", _before_launch),
    ("sync_on_stream", Severity.ERROR, "A wait lies on a stream, where it looks like work.", _sync_as_work),
    ("work_off_stream", Severity.ERROR, "Device work lies on a track that is no stream.", _work_off_stream),
    ("copy_without_direction", Severity.DATA_LOSS, "The direction of a copy is unknown; it is in no copy figure but "
     "makes the device busy.", _copy_without_direction),
    ("migration_as_copy", Severity.ERROR, "A unified-memory migration is filed as a copy.", _migration_as_copy),
    ("queued_after_start", Severity.INFO, "A slice starts before it reached its stream.", _queued_after_start),
)  # fmt: skip
