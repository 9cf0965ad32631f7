"""The fast scheduler, for runs in which the host never has to wait before its last calls.

Calls then take place at times known beforehand, and a single heap is enough: the next step that takes time of every
stream, by the time at which it may ask for its engine, then by step. Each is handled once, when its turn comes, and
its end is known at once. `profiler.devices.sim.cosim` gives the same times, slower, for every plan.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from heapq import heappop, heappush, heapreplace
from operator import add, mul
from typing import Generic, TypeVar

import numpy as np

from profiler.devices.base import NO_TIME, Engine, Int64
from profiler.devices.sim.columns import NONE, SYNC, WAIT, Columns
from profiler.devices.sim.duplex import DuplexCopies
from profiler.devices.sim.fold import Folded
from profiler.devices.sim.sm import BlockDistributor
from profiler.devices.sim.times import Times

#: What a heap holds: a time and a step in one number, or as a pair.
Entry = TypeVar("Entry")


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
    reached = np.where(folded.before == NONE, 0, ends[folded.before])
    queued = np.where(ends == NO_TIME, NO_TIME, np.maximum(reached, host_end))
    return Times(host_start, host_end, queued, starts, ends)


def _calls(columns: Columns) -> tuple[Int64, Int64]:
    """Start and end of every call but the last ones of a thread, which wait."""
    if len(set(columns.thread)) <= 1:
        costs = np.array(columns.call_ns, np.int64)
        ends = np.cumsum(costs)
        return ends - costs, ends
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
    # With one slot in all, a kernel's blocks run one by one: the SMs serve like a copy engine.
    one_slot = columns.capacity == 1
    duration = _durations(columns, with_kernels=one_slot)
    free = [0] * len(Engine)
    sms = BlockDistributor(columns.capacity)
    start, end = [NO_TIME] * len(columns), [NO_TIME] * len(columns)
    # An entry of the heap is one number, time and step: it compares faster than a pair and needs no memory of its own.
    bits = len(columns).bit_length()
    number = (1 << bits) - 1
    waiting = _Waiting[int](folded, earliest, end, lambda heap, when, step: heappush(heap, when << bits | step))
    heap, for_step = waiting.heap, waiting.for_step
    while heap:
        now = heap[0]
        step = now & number
        now >>= bits
        kind = engine[step]
        if kind or one_slot:
            begun = free[kind]
            if now > begun:
                begun = now
            free[kind] = over = begun + duration[step]
        else:
            begun, over = sms.serve(blocks[step], unit[step], block_ns[step], now)
        start[step] = begun
        end[step] = over
        step_after = following[step]
        if step_after < 0:
            heappop(heap)
        else:
            when = over + gap[step_after]
            if earliest[step_after] > when:
                when = earliest[step_after]
            if after[step_after] == NONE:
                heapreplace(heap, when << bits | step_after)
            else:
                heappop(heap)
                waiting.add(step_after, when)
        if step in for_step:
            waiting.release(step)
    return start, end


def _durations(columns: Columns, *, with_kernels: bool) -> list[int]:
    """How long each copy, and each kernel if wanted, holds its engine."""
    duration = columns.transfer_ns
    if any(columns.fixed_ns):
        duration = list(map(add, duration, columns.fixed_ns))
    if with_kernels:
        duration = list(map(add, duration, map(mul, columns.blocks, columns.block_ns)))
    return duration


def _serve_duplex(columns: Columns, folded: Folded, earliest: list[int]) -> tuple[list[int], list[int]]:
    """The same where two copy engines slow each other down."""
    engine, following, gap = columns.engine, folded.following, columns.gap_ns
    blocks, unit, block_ns = columns.blocks, columns.unit, columns.block_ns
    sms = BlockDistributor(columns.capacity)
    start, end = [NO_TIME] * len(columns), [NO_TIME] * len(columns)
    waiting = _Waiting[tuple[int, int]](folded, earliest, end, lambda heap, when, step: heappush(heap, (when, step)))
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


class _Waiting(Generic[Entry]):
    """Streams whose next step waits for another stream, and the heap of those whose next step does not.

    ``push`` puts a time and a step on the heap as one entry of the kind that the heap's owner reads.
    """

    def __init__(
        self, folded: Folded, earliest: list[int], end: list[int], push: Callable[[list[Entry], int, int], None]
    ) -> None:
        self._folded = folded
        self._earliest = earliest
        self._end = end
        self._push = push
        self.for_step: dict[int, list[int]] = {}
        self.heap: list[Entry] = []
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
        self._push(self.heap, when, step)

    def release(self, step: int) -> None:
        """The end of a step is known: what waited for it goes on."""
        for waiting in self.for_step.pop(step):
            self.add(waiting, self._earliest[waiting])


def _fill_instants(columns: Columns, folded: Folded, host_end: list[int], start: list[int], end: list[int]) -> None:
    """Times of records and waits, each when its stream reaches it or what it waits for is recorded."""
    befores = folded.before[folded.instant].tolist()
    for step, before in zip(folded.instant, befores, strict=True):
        when = host_end[step]
        if before != NONE and end[before] > when:
            when = end[before]
        if columns.op[step] == WAIT:
            when = max(when, end[columns.target[step]])
        start[step] = end[step] = when


def _any_full(columns: Columns, folded: Folded, host_start: Int64, end: Int64) -> bool:
    """Whether a call may find its stream full; all times before the first such call are right.

    What ends at the very instant of the call may, if it has no length, end after it: that counts as full.
    """
    most = columns.rules.pending_ops
    return any(
        bool((end[steps[:-most]] >= host_start[steps[most:]]).any()) for steps in folded.in_stream if len(steps) > most
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
            found.append(int(steps[count - 1]))
    return found
