"""Streams: steps go one after another, wait for what they must wait for, and ask for their engine when they may."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from profiler.devices.sim.agenda import REQUEST, Agenda
from profiler.devices.sim.columns import (
    ARRIVED,
    BLOCKING,
    FREE,
    GRAPH,
    KERNEL,
    LEGACY,
    NONE,
    RECORD,
    STAGED,
    SYNC,
    WAIT,
    Columns,
)
from profiler.devices.sim.hosts import Hosts
from profiler.devices.sim.queues import HardwareQueues, IssueOrder, KernelRuns
from profiler.devices.sim.times import TimeLists


class EngineSide(Protocol):
    """What streams see of the engines."""

    def request(self, step: int, now: int) -> None:
        """The step wants its engine from now on."""


class Streams:
    """All chains of a plan: its streams, and the chains of its graphs' nodes.

    A chain's current step is the first that is not yet over. It is *reached* when it became current and, for all but
    a wait, everything it waits for is done; then it is over at once (records, waits) or asks for its engine, no
    sooner than latency and gap allow.
    """

    def __init__(self, columns: Columns, times: TimeLists, agenda: Agenda, hosts: Hosts) -> None:
        self._columns = columns
        self._times = times
        self._agenda = agenda
        self._hosts = hosts
        self._on_ask = agenda.kind(self._ask)
        chains = columns.streams + len(columns.node_steps)
        self._steps: list[list[int]] = [columns.node_steps.get(chain, []) for chain in range(chains)]
        self._place = [0] * chains
        self._completed = [0] * chains
        self._kernel_end = [0] * chains
        #: Chains whose current step may be able to go on.
        self.movable: list[int] = []
        self._asked = bytearray(len(columns))
        #: When each step was over for everybody.
        self._done = [NONE] * len(columns)
        #: What a step waits for besides its chain; of these, how many are open; and who waits for a step.
        self._needs: dict[int, list[int]] = {}
        self._open: dict[int, int] = {}
        self._waiting: dict[int, list[int]] = {}
        self._legacy = [s for s in range(columns.streams) if columns.blocking[s] == LEGACY]
        self._blocking = [s for s in range(columns.streams) if columns.blocking[s] == BLOCKING]
        self._launch_of = columns.launch_of
        self._nodes_left = {launch: sum(len(self._steps[c]) for c in on) for launch, on in columns.nodes.items()}
        self._queues = HardwareQueues(columns)
        self._order = IssueOrder(columns)
        self._runs = KernelRuns(columns)

    def begin(self, engines: EngineSide) -> None:
        """Name the engines."""
        self._engines = engines

    def full(self, stream: int) -> bool:
        """Whether the stream holds as many operations as it can."""
        return len(self._steps[stream]) - self._completed[stream] >= self._columns.rules.pending_ops

    def issue(self, step: int, now: int) -> None:
        """A call is over: its step is in its stream."""
        stream = self._columns.chain[step]
        needs = self._default_stream(stream)
        if needs:
            self._needs[step] = needs
            self._runs.close()
        self._steps[stream].append(step)
        if self._queues.shared:
            self._queues.append(step)
        if self._order.kept:
            self._order.append(step)
        if self._runs.late:
            self._runs.append(step)
            self._go_on_within_run(stream)
        self.movable.append(stream)

    def awaited(self, sync: int) -> list[int]:
        """Steps issued so far that a synchronization waits for: a record, or the last step of each stream."""
        self._runs.close()
        columns = self._columns
        if columns.target[sync] != NONE:
            return [columns.target[sync]]
        stream = columns.chain[sync]
        return self._last_of(range(columns.streams) if stream == NONE else (stream,))

    def when_done(self, steps: list[int], waiting: int) -> int:
        """Let ``waiting`` go on when all are done: the last end if they are, `NONE` while any is not."""
        missing = [step for step in steps if self._done[step] == NONE]
        for step in missing:
            self._waiting.setdefault(step, []).append(waiting)
        if missing:
            self._open[waiting] = len(missing)
            return NONE
        return max(self._done[step] for step in steps)

    def started(self, step: int) -> None:
        """The step leaves its hardware queue: its engine has it, or it needed none."""
        first = self._queues.take(step) if self._queues.shared else NONE
        if first != NONE:
            self.movable.append(self._columns.chain[first])

    def finished(self, step: int, now: int) -> None:
        """The step's engine is through with it."""
        self._times.end[step] = now
        chain = self._columns.chain[step]
        if self._columns.op[step] == KERNEL:
            self._kernel_end[chain] = now
        returns = self._columns.returns[step]
        if returns == ARRIVED:
            self._hosts.arrived(step, now)
        elif returns == STAGED and not self._columns.tail_ns[step]:
            self._hosts.staged(step, now)
        if not self._runs.late:
            self._complete(step, now)
            return
        for done in self._runs.finish(step):
            self._complete(done, now)
        self._go_on_within_run(chain)
        self.movable.append(chain)

    def move(self, now: int) -> None:
        """Let every chain go as far as it can at this instant."""
        while self.movable:
            chain = self.movable.pop()
            place = self._place[chain]
            if place < len(self._steps[chain]):
                self._move(self._steps[chain][place], now)

    def _move(self, step: int, now: int) -> None:
        if self._asked[step] or not self._reached(step, now):
            return
        self._asked[step] = 1
        columns = self._columns
        if columns.op[step] in (RECORD, WAIT):
            self._times.start[step] = now
            self.started(step)
            self.finished(step, now)
            return
        earliest = self._kernel_end[columns.chain[step]] + columns.gap_ns[step] if columns.gap_ns[step] else now
        called = self._hosts.entered[step] + columns.latency_ns[step]
        self._agenda.add(max(now, earliest, called), REQUEST, step, self._on_ask)

    def _reached(self, step: int, now: int) -> bool:
        """Whether the chain's current step may be taken; sets when it was reached."""
        if step in self._open:
            return False
        times, needs = self._times, self._needs.get(step, [])
        if self._columns.op[step] == WAIT:
            needs = [*needs, self._columns.target[step]]
            if times.queued[step] == NONE:
                times.queued[step] = now
        if needs and self.when_done(needs, step) == NONE:
            return False
        if times.queued[step] == NONE:
            times.queued[step] = now
        return not self._queues.shared or self._queues.is_first(step)

    def _ask(self, now: int, step: int, _: int) -> None:
        if self._order.kept:
            may_ask, behind = self._order.pass_on(step)
            if behind != NONE:
                self._agenda.add(now, REQUEST, behind, self._on_ask)
            if not may_ask:
                return
        if self._columns.op[step] == GRAPH:
            self._release(step, now)
        else:
            self._engines.request(step, now)

    def _release(self, launch: int, now: int) -> None:
        self._times.start[launch] = now
        self.started(launch)
        if self._nodes_left.get(launch, 0):
            self.movable += self._columns.nodes[launch]
        else:
            self.finished(launch, now)

    def _complete(self, step: int, now: int) -> None:
        chain = self._columns.chain[step]
        self._done[step] = now
        self._completed[chain] += 1
        if self._place[chain] < len(self._steps[chain]) and self._steps[chain][self._place[chain]] == step:
            self._place[chain] += 1
        for waiting in self._waiting.pop(step, ()):
            self._let_go(waiting, now)
        self.movable.append(chain)
        if chain < self._columns.streams:
            self._hosts.place_freed(chain, now)
            return
        launch = self._launch_of[chain]
        self._nodes_left[launch] -= 1
        if not self._nodes_left[launch]:
            self.finished(launch, now)

    def _let_go(self, waiting: int, now: int) -> None:
        self._open[waiting] -= 1
        if self._open[waiting]:
            return
        del self._open[waiting]
        if self._columns.op[waiting] == SYNC:
            self._hosts.satisfied(waiting, now)
        else:
            self.movable.append(self._columns.chain[waiting])

    def _go_on_within_run(self, chain: int) -> None:
        """Past a kernel that has ended and is not signalled yet, if the next step is a kernel of the same run."""
        steps, place = self._steps[chain], self._place[chain]
        if place + 1 < len(steps) and self._times.end[steps[place]] != NONE:
            self._place[chain] += self._runs.together(steps[place], steps[place + 1])

    def _default_stream(self, stream: int) -> list[int]:
        """What a step called now waits for on account of the legacy default stream."""
        kind = self._columns.blocking[stream]
        if kind == FREE:
            return []
        return self._last_of(self._blocking if kind == LEGACY else self._legacy)

    def _last_of(self, streams: Iterable[int]) -> list[int]:
        return [self._steps[stream][-1] for stream in streams if self._steps[stream]]
