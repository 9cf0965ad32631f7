"""The host call behind each piece of device work: by launch edge, else by process and correlation id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import MISSING, NO_TIME, Category, EdgeKind
from profiler.trace.select import of_category
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

CALL_CATEGORIES = (Category.RUNTIME, Category.DRIVER)

#: Longest table of correlation ids, in entries a call: ids of one process mostly count up without holes.
_TABLE_PER_CALL = 16


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


class CallFinder:
    """Finds calls in a trace; what it needs is indexed on first use.

    Of several calls of one slice the earliest counts. A trace that is a part of another has the answers with it.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def calls(self, rows: Int64) -> Calls:
        """The call that put each device row on its stream."""
        if self._trace.part is not None:
            start, track = self._trace.part.call_start, self._trace.part.call_track
            return Calls(start[rows], track[rows])
        start = np.full(len(rows), NO_TIME, np.int64)
        track = np.full(len(rows), -1, np.int64)
        for index in (self._by_edge, self._by_correlation):
            place = index.find(self._trace, rows)
            fill = np.flatnonzero((place >= 0) & (start == NO_TIME))
            caller = index.callers[place[fill]]
            start[fill] = self._trace.ts[caller]
            track[fill] = self._trace["track"][caller]
        return Calls(start, track)

    @property
    def any(self) -> bool:
        """Whether the trace can hold calls at all; cheap, and never wrong when false."""
        by_edge, by_correlation = self._by_edge, self._by_correlation
        return bool(len(by_edge.callers) or len(by_correlation.callers))

    @cached_property
    def _by_edge(self) -> _EdgeIndex:
        edges = self._trace.edges
        launch = np.flatnonzero(edges.kind == EdgeKind.LAUNCH)
        return _EdgeIndex(*_earliest(self._trace, edges.source[launch], edges.target[launch]))

    @cached_property
    def _by_correlation(self) -> _Index:
        rows = of_category(self._trace, *CALL_CATEGORIES)
        rows = rows[self._trace["correlation_id"][rows] != MISSING]
        return _TableIndex.of(self._trace, rows) or _PairIndex.of(self._trace, rows)


class _Index(Protocol):
    """Earliest caller of each key."""

    @property
    def callers(self) -> Int64: ...

    def find(self, trace: Trace, rows: Int64) -> Int64:
        """Place of each row's key among the callers, -1 where it is not there."""
        ...


@dataclass(frozen=True, eq=False)
class _EdgeIndex:
    """Callers by the row they launched; ``key`` rises."""

    key: Int64
    callers: Int64

    def find(self, trace: Trace, rows: Int64) -> Int64:
        return _place(self.key, rows)


@dataclass(frozen=True, eq=False)
class _TableIndex:
    """Callers of one process whose ids lie close together and occur once: a table in place of a search."""

    pid: int
    first: int
    table: npt.NDArray[np.int32]
    callers: Int64

    @classmethod
    def of(cls, trace: Trace, rows: Int64) -> _TableIndex | None:
        """The index, or ``None`` where the calls are not like that."""
        if not len(rows):
            return None
        pids, ids = trace["pid"][rows], trace["correlation_id"][rows]
        first, last = int(ids.min()), int(ids.max())
        if last - first > _TABLE_PER_CALL * len(rows) or not bool((pids == pids[0]).all()):
            return None
        table = np.full(last - first + 1, -1, np.int32)
        numbers = np.arange(len(rows), dtype=np.int32)
        table[ids - first] = numbers
        return cls(int(pids[0]), first, table, rows) if bool((table[ids - first] == numbers).all()) else None

    def find(self, trace: Trace, rows: Int64) -> Int64:
        ids = trace["correlation_id"][rows]
        last = self.first + len(self.table) - 1
        known = (ids >= self.first) & (ids <= last) & (trace["pid"][rows] == self.pid)
        place = self.table[np.where(known, ids - self.first, 0)]
        return np.where(known, place, -1)


@dataclass(frozen=True, eq=False)
class _PairIndex:
    """Callers by (process, correlation id): an id alone is not unique in a trace of several processes."""

    processes: Int64
    ids: Int64
    key: Int64
    callers: Int64

    @classmethod
    def of(cls, trace: Trace, rows: Int64) -> _PairIndex:
        processes, process = np.unique(trace["pid"][rows], return_inverse=True)
        ids, number = np.unique(trace["correlation_id"][rows], return_inverse=True)
        return cls(processes, ids, *_earliest(trace, rows, process * len(ids) + number))

    def find(self, trace: Trace, rows: Int64) -> Int64:
        process = _place(self.processes, trace["pid"][rows])
        number = _place(self.ids, trace["correlation_id"][rows])
        return _place(self.key, np.where((process >= 0) & (number >= 0), process * len(self.ids) + number, -1))


def _earliest(trace: Trace, callers: Int64, key: Int64) -> tuple[Int64, Int64]:
    """Keys, rising, and the earliest caller of each; of several at one time the one on the lowest track."""
    order = np.lexsort((trace["track"][callers], trace.ts[callers], key))
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
    return key[first], callers[order[first]]


def _place(values: Int64, wanted: npt.NDArray[Any]) -> Int64:
    if not len(values):
        return np.full(len(wanted), -1, np.int64)
    place = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return np.where(values[place] == wanted, place, -1)
