"""The fast scheduler, for runs in which the host never has to wait before its last calls.

Calls then take place at times known beforehand, and a single heap is enough: the next step that takes time of every
stream, by the time at which it may ask for its engine, then by step. Each is handled once, when its turn comes, and
its end is known at once. `profiler.devices.sim.cosim` gives the same times, slower, for every plan.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace

import numpy as np

from profiler.devices.base import NO_TIME, Engine, Int64
from profiler.devices.sim.columns import GRAPH, LEGACY, NONE, RANGE, RECORD, SYNC, WAIT, Columns
from profiler.devices.sim.duplex import DuplexCopies
from profiler.devices.sim.sm import BlockDistributor
from profiler.devices.sim.times import Times


@dataclass(slots=True)
class Folded:
    """The order of a plan with records and waits folded into the steps that take time.

    Attributes
    ----------
    first : list of int
        The first step that takes time of each stream.
    following : list of int
        The next step that takes time in the same stream, `NONE` after the last.
    after : list of int
        Of a step that takes time: a step of another stream that must have ended; `NONE`; or, below that, -2 - i where
        ``several[i]`` has all of them.
    several : list of tuple
    before : list of int
        The step before, of any kind, in the same stream.
    instant : list of int
        Records and waits in plan order.
    in_stream : list of list
        Steps of each stream.
    last_calls : list of int
        Host synchronizations, and ranges behind them on the same thread.
    """

    first: list[int]
    following: list[int]
    after: list[int]
    several: list[tuple[int, ...]]
    before: list[int]
    instant: list[int]
    in_stream: list[list[int]]
    last_calls: list[int]


def runs_free(columns: Columns) -> bool:
    """Whether `run_heads` may be tried: no rule of the GPU and no call of the plan needs the co-simulation."""
    rules = columns.rules
    return not (
        columns.nodes
        or GRAPH in columns.op
        or rules.issue_order
        or rules.late_signal
        or columns.streams > rules.hardware_queues
        or len(set(columns.priority)) > 1
        or LEGACY in columns.blocking
        or any(columns.links)
        or any(columns.returns)
        or _waits_early(columns)
    )


def _waits_early(columns: Columns) -> bool:
    """Whether a thread goes on after it has waited, or waits for what another thread calls later in the plan."""
    waited: set[int] = set()
    for step, (op, thread) in enumerate(zip(columns.op, columns.thread, strict=True)):
        if op == SYNC:
            waited.add(thread)
        elif (op != RANGE and thread in waited) or columns.target[step] > step:
            return True
    return False


def fold(columns: Columns) -> Folded:
    """The order that `run_heads` goes by; durations play no part in it."""
    return _Fold(columns).run()


class _Fold:
    def __init__(self, columns: Columns) -> None:
        size, streams = len(columns), columns.streams
        self._columns = columns
        self._folded = Folded([], [NONE] * size, [NONE] * size, [], [NONE] * size, [], [[] for _ in range(streams)], [])
        self._work_before = [NONE] * streams
        #: By stream and by record: work that whatever comes next must wait for, besides the stream's own order.
        self._open: list[tuple[int, ...]] = [()] * streams
        self._recorded: dict[int, tuple[int, ...]] = {}

    def run(self) -> Folded:
        columns, folded = self._columns, self._folded
        waited: set[int] = set()
        for step, op in enumerate(columns.op):
            if op == SYNC or (op == RANGE and columns.thread[step] in waited):
                waited.add(columns.thread[step])
                folded.last_calls.append(step)
            elif op != RANGE:
                self._take(step, op, columns.chain[step])
        return folded

    def _take(self, step: int, op: int, stream: int) -> None:
        folded, work = self._folded, self._work_before[stream]
        steps = folded.in_stream[stream]
        if steps:
            folded.before[step] = steps[-1]
        steps.append(step)
        if op == RECORD:
            folded.instant.append(step)
            self._recorded[step] = self._open[stream] if work == NONE else (*self._open[stream], work)
        elif op == WAIT:
            folded.instant.append(step)
            awaited = self._recorded[self._columns.target[step]]
            self._open[stream] = tuple(dict.fromkeys(self._open[stream] + awaited))
        else:
            self._work(step, stream, work)

    def _work(self, step: int, stream: int, before: int) -> None:
        folded, awaited = self._folded, self._open[stream]
        if before == NONE:
            folded.first.append(step)
        else:
            folded.following[before] = step
        if len(awaited) == 1:
            folded.after[step] = awaited[0]
        elif awaited:
            folded.after[step] = -2 - len(folded.several)
            folded.several.append(awaited)
        self._work_before[stream] = step
        self._open[stream] = ()


def run_heads(columns: Columns, folded: Folded) -> Times | None:
    """Times of every step of a plan that `runs_free`; None where a call has to wait for a place in its stream."""
    host_start, host_end = _calls(columns)
    earliest = np.maximum(host_end, host_start + columns.latency_ns) if any(columns.latency_ns) else host_end
    slowed = columns.rules.duplex != (1, 1) and columns.rules.copy_engines > 1
    serve = _serve_duplex if slowed else _serve
    start, end = serve(columns, folded, earliest.tolist())
    _fill_instants(columns, folded, host_end.tolist(), start, end)
    starts, ends = np.array(start, np.int64), np.array(end, np.int64)
    if _any_full(columns, folded, host_start, ends):
        return None
    _last_calls(columns, folded, host_start, host_end, ends)
    before = np.array(folded.before)
    reached = np.where(before == NONE, 0, ends[before])
    queued = np.where(ends == NO_TIME, NO_TIME, np.maximum(reached, host_end))
    return Times(host_start, host_end, queued, starts, ends)


def _calls(columns: Columns) -> tuple[Int64, Int64]:
    """Start and end of every call but the last ones of a thread, which wait."""
    if len(set(columns.thread)) <= 1:
        ends = np.cumsum(np.array(columns.call_ns, np.int64))
        return ends - columns.call_ns, ends
    size = len(columns)
    start, end = [0] * size, [0] * size
    clocks: dict[int, int] = {}
    for step, thread in enumerate(columns.thread):
        now = clocks.get(thread, 0)
        if columns.op[step] == WAIT:
            now = max(now, end[columns.target[step]])
        start[step] = now
        clocks[thread] = end[step] = now + columns.call_ns[step]
    return np.array(start, np.int64), np.array(end, np.int64)


def _serve(columns: Columns, folded: Folded, earliest: list[int]) -> tuple[list[int], list[int]]:
    """Start and end of the steps that take time, `NO_TIME` for others; ``earliest`` is what calls allow."""
    engine, following, after, gap = columns.engine, folded.following, folded.after, columns.gap_ns
    blocks, unit, block_ns = columns.blocks, columns.unit, columns.block_ns
    duration = [fixed + transfer for fixed, transfer in zip(columns.fixed_ns, columns.transfer_ns, strict=True)]
    free = [0] * len(Engine)
    sms = BlockDistributor(columns.capacity)
    start, end = [NO_TIME] * len(columns), [NO_TIME] * len(columns)
    waiting = _Waiting(folded, earliest, end)
    heap = waiting.heap
    while heap:
        now, step = heap[0]
        kind = engine[step]
        if kind:
            begun = free[kind]
            if now > begun:
                begun = now
            free[kind] = over = begun + duration[step]
        else:
            begun, over = sms.serve(blocks[step], unit[step], block_ns[step], now)
        start[step], end[step] = begun, over
        step_after = following[step]
        if step_after >= 0:
            when = over + gap[step_after]
            if earliest[step_after] > when:
                when = earliest[step_after]
            if after[step_after] == NONE:
                heapreplace(heap, (when, step_after))
            else:
                heappop(heap)
                waiting.add(step_after, when)
        else:
            heappop(heap)
        if step in waiting.for_step:
            waiting.release(step)
    return start, end


def _serve_duplex(columns: Columns, folded: Folded, earliest: list[int]) -> tuple[list[int], list[int]]:
    """The same where two copy engines slow each other down."""
    engine, following, gap = columns.engine, folded.following, columns.gap_ns
    blocks, unit, block_ns = columns.blocks, columns.unit, columns.block_ns
    sms = BlockDistributor(columns.capacity)
    start, end = [NO_TIME] * len(columns), [NO_TIME] * len(columns)
    waiting = _Waiting(folded, earliest, end)
    copies = DuplexCopies(columns, start, waiting.heap)
    while waiting.heap:
        now, step = heappop(waiting.heap)
        if step < 0:
            step, over = copies.event(-step, now), now
            if step == NONE:
                continue
        elif engine[step]:
            copies.request(step, now)
            continue
        else:
            start[step], over = sms.serve(blocks[step], unit[step], block_ns[step], now)
        end[step] = over
        step_after = following[step]
        if step_after >= 0:
            waiting.add(step_after, max(over + gap[step_after], earliest[step_after]))
        if step in waiting.for_step:
            waiting.release(step)
    return start, end


class _Waiting:
    """Streams whose next step waits for another stream, and the heap of those whose next step does not."""

    def __init__(self, folded: Folded, earliest: list[int], end: list[int]) -> None:
        self._folded = folded
        self._earliest = earliest
        self._end = end
        self.for_step: dict[int, list[int]] = {}
        self.heap: list[tuple[int, int]] = []
        for step in folded.first:
            self.add(step, earliest[step])

    def add(self, step: int, when: int) -> None:
        """Put a step on the heap, or aside until what it waits for has its turn."""
        after = self._folded.after[step]
        if after != NONE:
            for awaited in (after,) if after >= 0 else self._folded.several[-2 - after]:
                over = self._end[awaited]
                if over == NO_TIME:
                    self._earliest[step] = when
                    self.for_step.setdefault(awaited, []).append(step)
                    return
                when = max(when, over)
        heappush(self.heap, (when, step))

    def release(self, step: int) -> None:
        """The end of a step is known: what waited for it goes on."""
        for waiting in self.for_step.pop(step):
            self.add(waiting, self._earliest[waiting])


def _fill_instants(columns: Columns, folded: Folded, host_end: list[int], start: list[int], end: list[int]) -> None:
    """Times of records and waits, each when its stream reaches it or what it waits for is recorded."""
    for step in folded.instant:
        before = folded.before[step]
        when = host_end[step]
        if before != NONE and end[before] > when:
            when = end[before]
        if columns.op[step] == WAIT:
            when = max(when, end[columns.target[step]])
        start[step] = end[step] = when


def _any_full(columns: Columns, folded: Folded, host_start: Int64, end: Int64) -> bool:
    """Whether a call finds its stream full; all times before the first such call are right."""
    most = columns.rules.pending_ops
    return any(
        bool((end[np.array(steps[:-most])] > host_start[np.array(steps[most:])]).any())
        for steps in folded.in_stream
        if len(steps) > most
    )


def _last_calls(columns: Columns, folded: Folded, host_start: Int64, host_end: Int64, end: Int64) -> None:
    """Fill in the synchronizations: each waits for what was issued before it began."""
    clocks: dict[int, int] = {}
    for step in folded.last_calls:
        thread = columns.thread[step]
        now = clocks.get(thread, int(host_start[step]))
        done = now + columns.call_ns[step]
        if columns.op[step] == SYNC:
            known = [
                int(end[last]) + columns.rules.sync_return_ns for last in _issued(columns, folded, host_end, step, now)
            ]
            done = max([done, *known])
        host_start[step], host_end[step] = now, done
        clocks[thread] = done


def _issued(columns: Columns, folded: Folded, host_end: Int64, sync: int, now: int) -> list[int]:
    """The record, or the last step of each stream, that a synchronization which begins now waits for."""
    if columns.target[sync] != NONE:
        return [columns.target[sync]]
    chain = columns.chain[sync]
    found = []
    for steps in folded.in_stream if chain == NONE else [folded.in_stream[chain]]:
        count = bisect_left(steps, (now, sync), key=lambda step: (int(host_end[step]), step))
        if count:
            found.append(steps[count - 1])
    return found
