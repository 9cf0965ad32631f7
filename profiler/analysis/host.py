"""What the host did: the call behind each piece of device work, and the times it sat in a synchronization."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from profiler.analysis.intervals import Bool, Int64, Intervals, union
from profiler.analysis.rows import countable_rows, ends, name_mask
from profiler.trace.schema import MISSING, NO_TIME, Category, EdgeKind, TrackKind
from profiler.trace.tables import Trace

#: Calls that return only when the device has done something. A copy without ``Async`` in its name is one.
_SYNC_CALL = re.compile(r"synchronize|^(cuda|cu|hip)Memcpy(?!.*(async|peer))", re.IGNORECASE)

#: A stream that waits for an event does not hold the host.
_STREAM_WAIT = re.compile(r"wait.?event|event.?wait", re.IGNORECASE)

_CALL_CATEGORIES = (Category.RUNTIME, Category.DRIVER)


@dataclass(frozen=True, eq=False)
class Calls:
    """The host call of each row asked for.

    Attributes
    ----------
    start : int64 array
        Start of the call, ns; `NO_TIME` where the trace has none.
    track : int64 array
        Track of the calling thread, -1 where there is none.
    """

    start: Int64
    track: Int64

    @property
    def known(self) -> Bool:
        """Whether each row has a call."""
        return np.asarray(self.start != NO_TIME)


def sync_calls(trace: Trace, calls: Int64) -> Bool:
    """Whether each call is a synchronization, told by its name."""
    return name_mask(trace, calls, _names_like(trace, _SYNC_CALL))


class Host:
    """The host side of a trace, indexed on first use."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def calls(self, rows: Int64) -> Calls:
        """The call that put each device row on its stream: by launch edge, else by process and correlation id."""
        start = np.full(len(rows), NO_TIME, np.int64)
        track = np.full(len(rows), -1, np.int64)
        for index, callers in ((self._launch_index, rows), (self._correlation_index, rows)):
            place = index.find(self._trace, callers)
            fill = (start == NO_TIME) & (place >= 0)
            start[fill] = index.start[place[fill]]
            track[fill] = index.track[place[fill]]
        return Calls(start, track)

    def in_sync(self, t: Int64, track: Int64, pid: Int64) -> Bool:
        """Whether the thread of each track was inside a synchronization at each instant."""
        held = np.zeros(len(t), np.bool_)
        for number in np.unique(track):
            here = track == number
            if int(number) in self.syncs_by_track:
                held[here] |= self.syncs_by_track[int(number)].contains(t[here])
        for process, syncs in self._syncs_by_process.items():
            here = pid == process
            held[here] |= syncs.contains(t[here])
        return held

    @cached_property
    def first_call_ns(self) -> int:
        """Start of the first call of the trace; `NO_TIME` where it has none."""
        rows = countable_rows(self._trace, *_CALL_CATEGORIES)
        return int(self._trace.ts[rows].min()) if len(rows) else NO_TIME

    @cached_property
    def sync_edges(self) -> Int64:
        """Instants at which some synchronization begins or ends."""
        sets = (*self.syncs_by_track.values(), *self._syncs_by_process.values())
        return np.concatenate([np.empty(0, np.int64), *(edge for one in sets for edge in (one.start, one.end))])

    @cached_property
    def syncs_by_track(self) -> dict[int, Intervals]:
        """Times in which each thread was inside a synchronization."""
        return _unions(self._trace, self._thread_syncs, self._trace["track"])

    @cached_property
    def _syncs_by_process(self) -> dict[int, Intervals]:
        """Synchronizations of unknown threads, for processes whose calls do not tell: any thread may be meant."""
        trace = self._trace
        rows = self._sync_records[~self._on_thread(self._sync_records)]
        told = np.isin(trace["pid"][rows], trace["pid"][self._thread_syncs])
        return _unions(trace, rows[~told], trace["pid"])

    @cached_property
    def _sync_records(self) -> Int64:
        rows = countable_rows(self._trace, Category.SYNC)
        return rows[~name_mask(self._trace, rows, _names_like(self._trace, _STREAM_WAIT))]

    @cached_property
    def _thread_syncs(self) -> Int64:
        trace = self._trace
        calls = countable_rows(trace, *_CALL_CATEGORIES)
        calls = calls[sync_calls(trace, calls)]
        return np.concatenate((calls, self._sync_records[self._on_thread(self._sync_records)]))

    def _on_thread(self, rows: Int64) -> Bool:
        tracks = self._trace.tracks
        threads = np.array([track.kind == TrackKind.THREAD for track in tracks] + [False], np.bool_)
        number = self._trace["track"][rows]
        return np.asarray(threads[np.where((number >= 0) & (number < len(tracks)), number, len(tracks))])

    @cached_property
    def _launch_index(self) -> _CallIndex:
        edges = self._trace.edges
        launch = np.flatnonzero(edges.kind == EdgeKind.LAUNCH)
        return _CallIndex.of(self._trace, edges.source[launch], edges.target[launch])

    @cached_property
    def _correlation_index(self) -> _CorrelationIndex:
        return _CorrelationIndex.of(self._trace)


@dataclass(frozen=True, eq=False)
class _CallIndex:
    """Earliest caller of each key; keys rise."""

    key: Int64
    start: Int64
    track: Int64

    @classmethod
    def of(cls, trace: Trace, callers: Int64, key: Int64) -> _CallIndex:
        start, track = trace.ts[callers], trace["track"][callers]
        order = np.lexsort((track, start, key))
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
        order = order[first]
        return cls(key[first], start[order], track[order].astype(np.int64))

    def find(self, trace: Trace, rows: Int64) -> Int64:
        """Place of each key in the index, -1 where it is not there."""
        if not len(self.key):
            return np.full(len(rows), -1, np.int64)
        place = np.minimum(np.searchsorted(self.key, rows), len(self.key) - 1)
        return np.where(self.key[place] == rows, place, -1)


@dataclass(frozen=True, eq=False)
class _CorrelationIndex:
    """Earliest call of each (process, correlation id): an id alone is not unique in a trace of several processes."""

    processes: Int64
    ids: Int64
    calls: _CallIndex

    @property
    def start(self) -> Int64:
        return self.calls.start

    @property
    def track(self) -> Int64:
        return self.calls.track

    @classmethod
    def of(cls, trace: Trace) -> _CorrelationIndex:
        rows = countable_rows(trace, *_CALL_CATEGORIES)
        rows = rows[trace["correlation_id"][rows] != MISSING]
        processes, process = np.unique(trace["pid"][rows], return_inverse=True)
        ids, number = np.unique(trace["correlation_id"][rows], return_inverse=True)
        return cls(processes, ids, _CallIndex.of(trace, rows, process * len(ids) + number))

    def find(self, trace: Trace, rows: Int64) -> Int64:
        process, known_process = _lookup(self.processes, trace["pid"][rows])
        number, known_id = _lookup(self.ids, trace["correlation_id"][rows])
        key = np.where(known_process & known_id, process * len(self.ids) + number, -1)
        return self.calls.find(trace, key)


def _lookup(values: Int64, wanted: Int64) -> tuple[Int64, Bool]:
    if not len(values):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    place = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return place, np.asarray(values[place] == wanted)


def _unions(trace: Trace, rows: Int64, column: npt.NDArray[np.integer]) -> dict[int, Intervals]:
    """Union of the rows for each value of the column."""
    if not len(rows):
        return {}
    values, number = np.unique(column[rows], return_inverse=True)
    order = np.argsort(number, kind="stable")
    bounds = np.searchsorted(number[order], np.arange(len(values) + 1))
    start, end = trace.ts[rows], ends(trace, rows)
    parts = [order[bounds[i] : bounds[i + 1]] for i in range(len(values))]
    return {int(value): union(start[part], end[part]) for value, part in zip(values, parts, strict=True)}


def _names_like(trace: Trace, pattern: re.Pattern[str]) -> npt.NDArray[np.bool_]:
    return np.array([pattern.search(name) is not None for name in trace.names], np.bool_)
