"""Windows of waiting: from an exposed instant to the next kernel, and what that kernel waited for meanwhile.

Between two neighbouring kernel starts all exposed instants have the same next kernel, so a device's exposed time falls
into windows that do not overlap, one for each next kernel. Whatever blocks a kernel while its copy is exposed ends
inside the kernel's window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.analysis.evidence import Evidence
from profiler.analysis.intervals import Bool, Int64, Intervals, union, union_of
from profiler.analysis.rows import ends
from profiler.trace.schema import NO_TIME, Engine

#: Longest way of a launch from the start of its call to the start of its work that is still told from waiting for
#: something else. Public sources: 4 to 15 us for the fastest launches of a trace on seven GPUs, "5-20 microseconds"
#: (HolisticTraceAnalysis documentation), about 20 us for a PyTorch operator on a V100.
LAUNCH_WAY_NS = 20_000


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows in rising order.

    Attributes
    ----------
    begin : int64 array
        First exposed instant of each.
    end : int64 array
        Start of the next kernel.
    call_start, call_track, call_pid : int64 arrays
        The host call of that kernel (of several that start together, the earliest call); ``call_start`` is `NO_TIME`
        where the trace has no call.
    """

    begin: Int64
    end: Int64
    call_start: Int64
    call_track: Int64
    call_pid: Int64

    def ending(self, t: Int64) -> Int64:
        """Window in which each instant lies, its end included and its beginning not; -1 for none."""
        if not len(self.begin):
            return np.full(len(t), -1, np.int64)
        place = np.searchsorted(self.begin, t, side="left") - 1
        inside = (place >= 0) & (t <= self.end[np.maximum(place, 0)])
        return np.where(inside, place, -1)

    def started_by(self, t: Int64) -> Int64:
        """Window that ends exactly at each instant, -1 for none."""
        if not len(self.end):
            return np.full(len(t), -1, np.int64)
        place = np.minimum(np.searchsorted(self.end, t), len(self.end) - 1)
        return np.where(self.end[place] == t, place, -1)


def windows_of(evidence: Evidence, kernels: Int64, begin: Int64, end: Int64) -> Windows:
    """Windows with the calls of their next kernels.

    Parameters
    ----------
    kernels : int64 array
        Rows that count as kernels.
    begin, end : int64 arrays
        First exposed instant of each window and the start of its next kernel.
    """
    trace = evidence.trace
    empty = np.full(len(begin), NO_TIME, np.int64)
    windows = Windows(begin, end, empty, empty, empty)
    number = windows.started_by(trace.ts[kernels])
    following = kernels[number >= 0]
    number = number[number >= 0]
    calls = evidence.host.calls(following)
    order = np.lexsort((calls.track, calls.start, ~calls.known, number))
    first = order[np.flatnonzero(np.diff(number[order], prepend=-1))]
    return Windows(begin, end, calls.start[first], calls.track[first], trace["pid"][following[first]])


@dataclass(frozen=True, eq=False)
class Held:
    """What held the next kernels back.

    Attributes
    ----------
    late : Intervals
        Times in which some work that could have run had not been called in time.
    queued : dict of int to Intervals
        By copy engine: times in which a copy that the next kernel waits for stood in the engine's queue.
    buffer : Intervals
        Times in which the next kernel, or work it waits for, waited for a buffer to be freed.
    blocker : int64 array
        For each of ``evidence.copies``: the window whose next kernel waits for it and in which it ends, -1 for none.
    """

    late: Intervals
    queued: dict[int, Intervals]
    buffer: Intervals
    blocker: Int64

    @property
    def sets(self) -> tuple[Intervals, ...]:
        """All the sets of time in it."""
        return self.late, self.buffer, *self.queued.values()


def held_back(evidence: Evidence, kernels: Int64, windows: Windows) -> Held:
    """What the next kernel of each window waited for."""
    waits, trace = evidence.waits, evidence.trace
    work = _Work(
        start=trace.ts[waits.rows],
        end=ends(trace, waits.rows),
        kernel=np.isin(waits.rows, kernels),
        engine=evidence.engine_of(waits.rows),
    )
    ends_in = windows.ending(work.end)
    starts_as = np.where(work.kernel, windows.started_by(work.start), -1)
    reached, edges = waits.blockers(ends_in, starts_as)
    stuck = waits.source[edges[waits.buffer[edges]]]
    blocker = np.where(reached, ends_in, -1)
    return Held(
        late=_late(evidence, windows, work, np.maximum(starts_as, blocker)),
        queued=_queued(evidence, windows, work, blocker),
        buffer=union(windows.begin[ends_in[stuck]], work.end[stuck]),
        blocker=blocker[waits.place(evidence.copies.rows)],
    )


@dataclass(frozen=True, eq=False)
class _Work:
    """Work of the device in the order of ``Waits.rows``; ``engine`` is NONE for all but copies from or to the host."""

    start: Int64
    end: Int64
    kernel: Bool
    engine: Int64


def _late(evidence: Evidence, windows: Windows, work: _Work, window: Int64) -> Intervals:
    """Work that could have run, from when it could until it was called and got there.

    Asked are the next kernels and what they wait for (``window`` >= 0), and in a complete trace every kernel. A copy
    could run only while its engine was free. Where not every dependency is known, work that was called before it seemed
    ready may have waited for something else, so it is not late.
    """
    waits = evidence.waits
    if not len(windows.begin):
        return Intervals.empty()
    anytime = work.kernel & evidence.complete
    asked = np.flatnonzero(waits.judged & ((window >= 0) | anytime))
    calls = evidence.host.calls(waits.rows[asked])
    asked, called = asked[calls.known], calls.start[calls.known]
    ready = np.maximum(waits.ready[asked], evidence.host.first_call_ns)
    begin = np.maximum(ready, windows.begin[np.where(anytime, 0, window)[asked]])
    start = work.start[asked]
    end = np.where(start - called <= LAUNCH_WAY_NS, start, called)
    late = (begin < end) & (evidence.complete | (called > ready))
    engine = work.engine[asked]
    parts = []
    for one in np.unique(engine[late]):
        chosen = late & (engine == one)
        busy = evidence.engines_busy.get(int(one), Intervals.empty())
        parts.append(union(begin[chosen], end[chosen]).subtract(busy))
    return union_of(parts)


def _queued(evidence: Evidence, windows: Windows, work: _Work, blocker: Int64) -> dict[int, Intervals]:
    """By engine, when a copy that the next kernel waits for stood in the queue."""
    copies = np.flatnonzero((blocker >= 0) & (work.engine != Engine.NONE))
    arrived, known = _arrival(evidence, copies)
    begin = np.maximum(arrived, windows.begin[blocker[copies]])
    stood = known & (begin < work.start[copies])
    copies, begin = copies[stood], begin[stood]
    engine = work.engine[copies]
    return {int(one): union(begin[engine == one], work.start[copies[engine == one]]) for one in np.unique(engine)}


def _arrival(evidence: Evidence, copies: Int64) -> tuple[Int64, Bool]:
    """When each copy came to the head of its stream, and whether that is known."""
    waits = evidence.waits
    rows = waits.rows[copies]
    queued = evidence.trace["queued_ns"][rows]
    calls = evidence.host.calls(rows)
    recorded = queued != NO_TIME
    arrived = np.where(recorded, queued, np.maximum(calls.start, waits.ready[copies]))
    return arrived, np.asarray(recorded | (calls.known & waits.judged[copies]))
