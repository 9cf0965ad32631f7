"""Host threads: they make their calls one after another, and wait where the driver would make them wait."""

from __future__ import annotations

from typing import Protocol

from profiler.devices.sim.agenda import HOST, Agenda
from profiler.devices.sim.columns import AT_ONCE, NONE, RANGE, SYNC, Columns
from profiler.devices.sim.times import TimeLists


class DeviceSide(Protocol):
    """What host threads see of the device."""

    def full(self, stream: int) -> bool:
        """Whether the stream holds as many operations as it can."""

    def issue(self, step: int, now: int) -> None:
        """A call is over: its step is in its stream."""

    def awaited(self, sync: int) -> list[int]:
        """Steps issued so far that a synchronization waits for."""

    def when_done(self, steps: list[int], waiting: int) -> int:
        """Let a synchronization wait: the last end among those that are done, or `NONE` while any is not."""


class Hosts:
    """All issue threads of a plan.

    A thread begins at 0. A call takes its host time, and its step is in the stream when it is over. Before that, the
    call waits for a place in the stream (``pending_ops``); a wait for another thread's event, for that record's call.
    """

    def __init__(self, columns: Columns, times: TimeLists, agenda: Agenda) -> None:
        self._columns = columns
        self._times = times
        self._agenda = agenda
        self._on_call = agenda.kind(self._call)
        self._on_enter = agenda.kind(self._enter)
        self._on_issued = agenda.kind(self._issued)
        self._on_return = agenda.kind(self._return)
        self._steps: dict[int, list[int]] = {}
        for step, thread in enumerate(columns.thread):
            if thread != NONE:
                self._steps.setdefault(thread, []).append(step)
        self._next = dict.fromkeys(self._steps, 1)
        self._called = bytearray(len(columns))
        #: Record to the calls that must not be made before its own.
        self._after: dict[int, list[int]] = {}
        #: Stream to the call that waits for a place in it.
        self._held: dict[int, int] = {}
        #: When each call got past all waiting: what its latency counts from.
        self.entered = [0] * len(columns)

    def begin(self, device: DeviceSide) -> None:
        """Put the first call of every thread on the agenda."""
        self._device = device
        for steps in self._steps.values():
            self._agenda.add(0, HOST, steps[0], self._on_call)

    def place_freed(self, stream: int, now: int) -> None:
        """An operation of the stream is done."""
        if stream in self._held:
            self._agenda.add(now, HOST, self._held.pop(stream), self._on_enter)

    def satisfied(self, sync: int, done: int) -> None:
        """All that a synchronization waits for is done, the last of it at ``done``: the host comes to know."""
        known = done + self._columns.rules.sync_return_ns
        end = max(self._times.host_start[sync] + self._columns.call_ns[sync], known)
        self._agenda.add(end, HOST, sync, self._on_return)

    def staged(self, copy: int, now: int) -> None:
        """The source of a pageable copy to the device may be used again."""
        self._agenda.add(now, HOST, copy, self._on_return)

    def arrived(self, copy: int, now: int) -> None:
        """A pageable copy to the host has all arrived."""
        self._agenda.add(now + self._columns.rules.sync_return_ns, HOST, copy, self._on_return)

    def _call(self, now: int, step: int, _: int) -> None:
        columns = self._columns
        record = columns.target[step]
        if record != NONE and not self._called[record]:
            self._after.setdefault(record, []).append(step)
            return
        self._times.host_start[step] = now
        if columns.op[step] == RANGE:
            self._return(now, step, 0)
        elif columns.op[step] == SYNC:
            self._synchronize(now, step)
        else:
            self._enter(now, step, 0)

    def _synchronize(self, now: int, step: int) -> None:
        awaited = self._device.awaited(step)
        if not awaited:
            self._agenda.add(now + self._columns.call_ns[step], HOST, step, self._on_return)
            return
        done = self._device.when_done(awaited, step)
        if done != NONE:
            self.satisfied(step, done)

    def _enter(self, now: int, step: int, _: int) -> None:
        stream = self._columns.chain[step]
        if self._device.full(stream):
            self._held[stream] = step
            return
        self.entered[step] = now
        self._agenda.add(now + self._columns.call_ns[step], HOST, step, self._on_issued)

    def _issued(self, now: int, step: int, _: int) -> None:
        self._called[step] = 1
        for waiting in self._after.pop(step, ()):
            self._agenda.add(now, HOST, waiting, self._on_call)
        self._device.issue(step, now)
        if self._columns.returns[step] == AT_ONCE:
            self._return(now, step, 0)

    def _return(self, now: int, step: int, _: int) -> None:
        times, columns = self._times, self._columns
        times.host_end[step] = now
        thread = columns.thread[step]
        steps, place = self._steps[thread], self._next[thread]
        if len(self._steps) == 1:
            # No other thread could act before this one at this instant.
            while place < len(steps) and columns.op[steps[place]] == RANGE:
                times.host_start[steps[place]] = times.host_end[steps[place]] = now
                place += 1
        self._next[thread] = place + 1
        if place == len(steps):
            return
        if len(self._steps) == 1:
            self._call(now, steps[place], 0)
        else:
            self._agenda.add(now, HOST, steps[place], self._on_call)
