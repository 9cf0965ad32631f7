"""The cause of each exposed nanosecond. ``docs/definitions.md`` says in words what is computed here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.analysis.evidence import Copies, Evidence
from profiler.analysis.exposure import Cause, Exposure
from profiler.analysis.intervals import Bool, Int64, Intervals, cut, distinct, pieces_inside, union
from profiler.analysis.rows import ends
from profiler.analysis.windows import Held, Windows, held_back, windows_of
from profiler.trace.schema import NO_TIME
from profiler.trace.whole import Computing


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Exposed pieces, each with the copy it is judged for and the window it lies in (-1: no kernel comes after)."""

    start: Int64
    end: Int64
    copy: Int64
    window: Int64


def exposed_causes(evidence: Evidence, kernels: Int64, *, quiet: bool = False) -> Exposure:
    """Every exposed nanosecond of a device with its cause, over the whole trace.

    Of a trace that is a part of another, what lies inside the window it was read for is right.

    Parameters
    ----------
    evidence : Evidence
    kernels : int64 array
        Rows that count as compute, without what is left out on purpose (communication kernels).
    quiet : bool
        Whether communication kernels were left out.
    """
    trace = evidence.trace
    starts = distinct(trace.ts[kernels])
    compute = union(trace.ts[kernels], ends(trace, kernels))
    pieces = _exposed_pieces(evidence.copies, compute, starts)
    if not len(pieces.start):
        return Exposure.empty()
    # Pieces rise in time, so those that no kernel follows come last and `first` counts from the beginning of all.
    number, first = np.unique(pieces.window[pieces.window >= 0], return_index=True)
    windows = windows_of(evidence, kernels, pieces.start[first], starts[number])
    held = held_back(evidence, kernels, windows)
    gaps = evidence.streams.gaps(kernels, evidence.gap_floor_ns)
    sets = (gaps, evidence.opaque, *held.sets)
    changes = [edge for one in sets for edge in (one.start, one.end)]
    changes += [evidence.host.sync_edges, windows.call_start]
    owner, start, end = cut(pieces.start, pieces.end, np.concatenate(changes))
    window = np.where(pieces.window >= 0, np.searchsorted(number, pieces.window), -1)
    pieces = _Pieces(start, end, pieces.copy[owner], window[owner])
    judge = _Judge(evidence, pieces, windows, held, gaps, _computing(evidence, starts, compute, quiet=quiet))
    return Exposure.of(start, end, judge.causes())


def _computing(evidence: Evidence, starts: Int64, compute: Intervals, *, quiet: bool) -> Computing:
    """The compute of the whole trace: of the rows at hand, or, where these are a part, as was noted of the whole."""
    whole = evidence.whole
    if whole is not None:
        return whole.quiet if quiet else whole.kernels
    return Computing(compute.total_ns, *((int(starts[0]), int(starts[-1])) if len(starts) else (None, None)))


def _exposed_pieces(copies: Copies, compute: Intervals, starts: Int64) -> _Pieces:
    """Exposed time, cut at kernel starts; windows are numbered by the kernel start that ends them."""
    copy, start, end = _judged_copies(copies)
    if not len(copy):
        return _Pieces(start, end, copy, copy)
    idle = compute.complement(int(start[0]), int(end.max()))
    owner, start, end = pieces_inside(start, end, idle)
    copy = copy[owner]
    owner, start, end = cut(start, end, starts)
    following = np.searchsorted(starts, start, side="right")
    return _Pieces(start, end, copy[owner], np.where(following < len(starts), following, -1))


def _judged_copies(copies: Copies) -> tuple[Int64, Int64, Int64]:
    """When each copy is the one judged: from its start, or from when all that started before it have ended."""
    if not len(copies.rows):
        return copies.rows, copies.start, copies.end
    start = copies.start.copy()
    reach = np.maximum.accumulate(copies.end)
    start[1:] = np.maximum(start[1:], reach[:-1])
    judged = np.flatnonzero(start < copies.end)
    return judged, start[judged], copies.end[judged]


class _Judge:
    """The conditions of the causes, each a boolean for every piece; constant over a piece, so asked at its start."""

    def __init__(
        self,
        evidence: Evidence,
        pieces: _Pieces,
        windows: Windows,
        held: Held,
        gaps: Intervals,
        computing: Computing,
    ) -> None:
        self._evidence = evidence
        self._pieces = pieces
        self._windows = windows
        self._held = held
        self._gaps = gaps
        self._computing = computing
        self._engine = evidence.copies.engine[pieces.copy]

    def causes(self) -> npt.NDArray[np.uint8]:
        """The first cause that holds for each piece."""
        start = self._pieces.start
        certain = [
            (Cause.PAGEABLE, self._evidence.copies.pageable[self._pieces.copy]),
            (Cause.DEFAULT_STREAM, self._default_stream()),
            (Cause.KERNEL_GAP, self._gaps.contains(start)),
            (Cause.UNKNOWN, self._evidence.opaque.contains(start)),
        ]
        judged = [
            (Cause.HOST_SYNC, self._host_sync()),
            (Cause.LATE_ENQUEUE, self._held.late.contains(start)),
            (Cause.SAME_DIRECTION_QUEUE, self._queue()),
            (Cause.BUFFER, self._held.buffer.contains(start)),
            (Cause.NO_OTHER_WORK, self._everywhere(self._evidence.parts.one)),
            (Cause.FILL_OR_DRAIN, self._fill_or_drain()),
            (Cause.LINK_BOUND, self._link_bound()),
            (Cause.DEPENDENCY, self._dependency()),
        ]
        chosen = certain + judged
        found = np.select([holds for _, holds in chosen], [int(cause) for cause, _ in chosen], int(Cause.UNKNOWN))
        return found.astype(np.uint8)

    def _everywhere(self, value: bool) -> Bool:
        return np.full(len(self._pieces.start), value, np.bool_)

    def _default_stream(self) -> Bool:
        """The copy runs in the legacy default stream."""
        return np.asarray(self._evidence.in_default_stream[self._pieces.copy])

    def _host_sync(self) -> Bool:
        """The host thread that calls the next kernel sits in a synchronization before that call."""
        windows, start = self._windows, self._pieces.start
        holds = self._everywhere(False)
        some = np.flatnonzero(self._pieces.window >= 0)
        window = self._pieces.window[some]
        call = windows.call_start[window]
        waiting = (call != NO_TIME) & (start[some] < call)
        some, window = some[waiting], window[waiting]
        holds[some] = self._evidence.host.in_sync(start[some], windows.call_track[window], windows.call_pid[window])
        return holds

    def _queue(self) -> Bool:
        """A copy that the next kernel waits for stands in the queue of the engine that serves the copy judged."""
        holds = self._everywhere(False)
        for engine, queued in self._held.queued.items():
            here = self._engine == engine
            holds[here] = queued.contains(self._pieces.start[here])
        return holds

    def _fill_or_drain(self) -> Bool:
        """Before the first kernel or after the last one of a pipeline of several parts."""
        first = self._computing.first_ns
        if not self._evidence.parts.several or first is None:
            return self._everywhere(False)
        return np.asarray((self._pieces.start < first) | (self._pieces.window < 0))

    def _link_bound(self) -> Bool:
        """The copy's engine has more to do in the whole trace than the compute units."""
        holds = self._everywhere(False)
        if self._evidence.has_opaque:
            return holds
        for engine, busy_ns in self._evidence.engines_ns.items():
            if busy_ns > self._computing.union_ns:
                holds |= self._engine == engine
        return holds

    def _dependency(self) -> Bool:
        """The next kernel waits for this copy; where every dependency is known, nothing else is left."""
        window = self._pieces.window
        blocks = (window >= 0) & (self._held.blocker[self._pieces.copy] == window)
        return np.asarray(blocks | self._evidence.complete)
