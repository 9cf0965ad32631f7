"""What the host did: the call behind each piece of device work, and the times it sat in a synchronization."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from profiler.analysis.intervals import Bool, Int64, Intervals, union
from profiler.analysis.rows import ends
from profiler.trace.calls import CALL_CATEGORIES, CallFinder, Calls
from profiler.trace.names import SYNC_CALL, named, names_like
from profiler.trace.schema import NO_TIME
from profiler.trace.select import of_category
from profiler.trace.tables import Trace
from profiler.trace.whole import on_thread, sync_records, thread_syncs


def sync_calls(trace: Trace, calls: Int64) -> Bool:
    """Whether each call is a synchronization, told by its name."""
    return named(trace, calls, names_like(trace, SYNC_CALL))


class Host:
    """The host side of a trace, indexed on first use."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._calls = CallFinder(trace)

    def calls(self, rows: Int64) -> Calls:
        """The call that put each device row on its stream: by launch edge, else by process and correlation id."""
        return self._calls.calls(rows)

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
        if self._trace.part is not None:
            first = self._trace.part.whole.first_call_ns
            return NO_TIME if first is None else first
        rows = of_category(self._trace, *CALL_CATEGORIES)
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
        rows = sync_records(trace)
        rows = rows[~on_thread(trace, rows)]
        part = trace.part
        telling = trace["pid"][self._thread_syncs] if part is None else np.array(part.whole.sync_pids, np.int64)
        return _unions(trace, rows[~np.isin(trace["pid"][rows], telling)], trace["pid"])

    @cached_property
    def _thread_syncs(self) -> Int64:
        return thread_syncs(self._trace, of_category(self._trace, *CALL_CATEGORIES))


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
