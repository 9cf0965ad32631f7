"""What the simulator must answer, found out in the most obvious way: instant by instant, action by action.

At every instant, until nothing more can happen, the first of these that is possible is done, the lowest step first:
something ends; a record or a wait is passed; a host thread acts; a step asks for its engine. Then time moves to the
next moment at which anything can happen. Blocks run one by one, and what a copy has left is a fraction.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from profiler.devices.base import NO_TIME, Engine
from profiler.devices.sim.columns import (
    ARRIVED,
    AT_ONCE,
    BLOCKING,
    FREE,
    GRAPH,
    KERNEL,
    LEGACY,
    LINK_IN,
    LINK_OUT,
    NONE,
    RANGE,
    RECORD,
    STAGED,
    SYNC,
    WAIT,
    Columns,
)
from profiler.devices.sim.times import TimeLists, Times


class Oracle:
    def __init__(self, columns: Columns) -> None:
        self.c = columns
        self.n = len(columns)
        self.now = 0
        self.times = TimeLists.unknown(self.n)
        self.alarms: set[int] = {0}
        # Host threads.
        self.todo: dict[int, list[int]] = {}
        for step, thread in enumerate(columns.thread):
            if thread != NONE:
                self.todo.setdefault(thread, []).append(step)
        self.entered = [NO_TIME] * self.n
        self.issued: list[int] = []
        self.returns_at: dict[int, int] = {}
        self.syncs: dict[int, list[int]] = {}
        # Streams.
        self.needs: dict[int, list[int]] = {}
        self.done_at = [NO_TIME] * self.n
        self.asked: set[int] = set()
        self.run_of: dict[int, int] = {}
        self.runs = 0
        self.run_open = False
        # Engines.
        self.fifo: dict[int, list[int]] = {e: [] for e in (Engine.HTOD, Engine.DTOH, Engine.COPY)}
        self.holder: dict[int, int] = dict.fromkeys(self.fifo, NONE)
        self.left: dict[int, Fraction] = {}
        self.bytes_from: dict[int, int] = {}
        self.marked: set[int] = set()
        self.line: list[int] = []
        self.blocks_left = list(columns.blocks)
        self.resident: list[tuple[int, int]] = []  # (end, step), one entry a block
        self.wants_link: int = NONE
        self.locked: int = NONE
        self.links_got: dict[int, int] = {}

    def run(self) -> Times:
        while self.alarms:
            now = min(self.alarms)
            self.alarms.discard(now)
            self.advance(now - self.now)
            self.now = now
            while self.end_something() or self.pass_something() or self.host_acts() or self.something_asks():
                pass
            self.alarms |= {end for end in self.copy_moments() if end > now}
        return self.times.arrays()

    # Facts.

    def over(self, step: int) -> bool:
        return self.done_at[step] != NO_TIME

    def chain_steps(self, chain: int) -> list[int]:
        if chain >= self.c.streams:
            launch = self.c.launch_of[chain]
            return self.c.node_steps[chain] if self.times.start[launch] != NO_TIME else []
        return [step for step in self.issued if self.c.chain[step] == chain]

    def chains(self) -> list[int]:
        return [*range(self.c.streams), *self.c.node_steps]

    def current(self, chain: int) -> int:
        """The first step of a chain that is not over, passing kernels whose run has not signalled yet where it may."""
        steps = self.chain_steps(chain)
        for place, step in enumerate(steps):
            if self.over(step):
                continue
            following = steps[place + 1] if place + 1 < len(steps) else NONE
            ended = self.times.end[step] != NO_TIME
            if ended and step in self.run_of and self.run_of[step] == self.run_of.get(following):
                continue
            return NONE if ended else step
        return NONE

    def first_in_queue(self, step: int) -> bool:
        c = self.c
        if c.thread[step] == NONE or c.streams <= c.rules.hardware_queues:
            return True
        queue = c.queue[c.chain[step]]
        waiting = [s for s in self.issued if c.queue[c.chain[s]] == queue and self.times.start[s] == NO_TIME]
        return waiting[0] == step

    def first_in_issue_order(self, step: int) -> bool:
        c = self.c
        if not c.rules.issue_order or c.thread[step] == NONE or c.op[step] == GRAPH:
            return True
        return next(s for s in self.issued if c.engine[s] == c.engine[step] and s not in self.asked) == step

    def reached(self, chain: int) -> int:
        """The current step of the chain if nothing keeps it from being taken; notes when it was reached."""
        step = self.current(chain)
        if step == NONE or step in self.asked:
            return NONE
        queued = self.times.queued
        is_wait = self.c.op[step] == WAIT
        if is_wait and queued[step] == NO_TIME:
            queued[step] = self.now
        needs = self.needs.get(step, []) + ([self.c.target[step]] if is_wait else [])
        if not all(self.over(need) for need in needs):
            return NONE
        if queued[step] == NO_TIME:
            queued[step] = self.now
        return step if self.first_in_queue(step) else NONE

    # What ends.

    def end_something(self) -> bool:
        ends = [(step, "blocks") for end, step in self.resident if end == self.now]
        for step in self.holder.values():
            if step in self.left:
                if self.left[step] <= 0:
                    ends.append((step, "copy"))
                elif self.c.tail_ns[step] and step not in self.marked and self.left[step] <= self.c.tail_ns[step]:
                    ends.append((step, "mark"))
            elif step != NONE and self.bytes_from.get(step) == self.now:
                ends.append((step, "fixed"))
        if not ends:
            return False
        step, what = min(ends)
        if what == "blocks":
            self.end_block(step)
        elif what == "fixed":
            self.left[step] = Fraction(self.c.transfer_ns[step])
            del self.bytes_from[step]
        elif what == "mark":
            self.marked.add(step)
            self.host_return(step, self.now)
        else:
            del self.left[step]
            self.free_engine(self.c.engine[step])
            self.finish(step)
        return True

    def end_block(self, step: int) -> None:
        self.resident.remove((self.now, step))
        if not self.blocks_left[step] and all(s != step for _, s in self.resident):
            for engine in self.links(step):
                self.free_engine(engine)
            self.finish(step)
        self.hand_out()

    def finish(self, step: int) -> None:
        self.times.end[step] = self.now
        if self.c.returns[step] == ARRIVED:
            self.host_return(step, self.now + self.c.rules.sync_return_ns)
        if self.c.returns[step] == STAGED and not self.c.tail_ns[step]:
            self.host_return(step, self.now)
        if step not in self.run_of:
            self.complete(step)
            return
        run = [s for s in self.issued if self.run_of.get(s) == self.run_of[step]]
        if all(self.times.end[s] != NO_TIME for s in run):
            for s in run:
                if not self.over(s):
                    self.complete(s)

    def complete(self, step: int) -> None:
        self.done_at[step] = self.now
        chain = self.c.chain[step]
        if chain >= self.c.streams:
            launch = self.c.launch_of[chain]
            if all(self.over(s) for other in self.c.nodes[launch] for s in self.c.node_steps[other]):
                self.finish(launch)

    # Records and waits.

    def pass_something(self) -> bool:
        # Order among them matters to nobody.
        for chain in self.chains():
            step = self.reached(chain)
            if step != NONE and self.c.op[step] in (RECORD, WAIT):
                self.times.start[step] = self.now
                self.finish(step)
                return True
        return False

    # Hosts.

    def host_acts(self) -> bool:
        ready = sorted(steps[0] for steps in self.todo.values() if steps)
        return any(self.host_step(step) for step in ready)

    def host_step(self, step: int) -> bool:
        """Do what a thread can do now about its call; whether there was anything."""
        c = self.c
        if step in self.returns_at:
            if self.returns_at[step] != self.now:
                return False
            self.times.host_end[step] = self.now
            self.todo[c.thread[step]].pop(0)
            return True
        if self.times.host_start[step] == NO_TIME:
            return self.begin_call(step)
        if step in self.syncs:
            return self.end_sync(step)
        if self.entered[step] == NO_TIME:
            return self.enter(step)
        if step not in self.issued and self.entered[step] + c.call_ns[step] == self.now:
            self.issue(step)
            return True
        return False

    def begin_call(self, step: int) -> bool:
        c = self.c
        if c.target[step] != NONE and c.target[step] not in self.issued:
            return False
        self.times.host_start[step] = self.now
        if c.op[step] == RANGE:
            self.host_return(step, self.now)
        elif c.op[step] == SYNC:
            self.run_open = False
            chains = range(c.streams) if c.chain[step] == NONE else [c.chain[step]]
            issued = [s for s in self.issued if c.chain[s] in chains]
            self.syncs[step] = [c.target[step]] if c.target[step] != NONE else issued
        return True

    def end_sync(self, step: int) -> bool:
        if not all(self.over(s) for s in self.syncs[step]):
            return False
        known = [self.done_at[s] + self.c.rules.sync_return_ns for s in self.syncs[step]]
        self.host_return(step, max([self.times.host_start[step] + self.c.call_ns[step], *known]))
        return True

    def enter(self, step: int) -> bool:
        held = [s for s in self.issued if self.c.chain[s] == self.c.chain[step] and not self.over(s)]
        if len(held) >= self.c.rules.pending_ops:
            return False
        self.entered[step] = self.now
        self.alarms.add(self.now + self.c.call_ns[step])
        return True

    def issue(self, step: int) -> None:
        c = self.c
        kind = c.blocking[c.chain[step]]
        if kind != FREE:
            other = BLOCKING if kind == LEGACY else LEGACY
            self.needs[step] = [s for s in self.issued if c.blocking[c.chain[s]] == other]
        self.issued.append(step)
        if c.rules.late_signal and c.op[step] == KERNEL:
            self.runs += not self.run_open or bool(self.needs.get(step))
            self.run_of[step] = self.runs
        self.run_open = c.op[step] == KERNEL
        if c.returns[step] == AT_ONCE:
            self.host_return(step, self.now)

    def host_return(self, step: int, when: int) -> None:
        self.returns_at[step] = when
        self.alarms.add(when)

    # Engines.

    def something_asks(self) -> bool:
        """The lowest step that may ask for its engine does."""
        able = [self.wants_link] if self.wants_link != NONE else []
        for chain in self.chains():
            step = self.reached(chain)
            if step != NONE and self.earliest(step, chain) > self.now:
                self.alarms.add(self.earliest(step, chain))
            elif step != NONE and self.first_in_issue_order(step):
                able.append(step)
        if not able:
            return False
        step = min(able)
        if step == self.wants_link:
            self.wants_link = NONE
            self.ask_copy_engine(self.links(step)[self.links_got.get(step, 0)], step)
            return True
        self.asked.add(step)
        if self.c.op[step] == GRAPH:
            self.times.start[step] = self.now
            if not self.c.nodes.get(step):
                self.finish(step)
        elif self.c.engine[step] == Engine.COMPUTE:
            self.line.append(step)
            self.hand_out()
        else:
            self.ask_copy_engine(self.c.engine[step], step)
        return True

    def earliest(self, step: int, chain: int) -> int:
        c = self.c
        called = self.entered[step] + c.latency_ns[step] if c.thread[step] != NONE else 0
        if not c.gap_ns[step]:
            return called
        steps = self.chain_steps(chain)
        kernels = [s for s in steps[: steps.index(step)] if c.op[s] == KERNEL]
        return max(called, self.times.end[kernels[-1]] + c.gap_ns[step])

    def links(self, kernel: int) -> list[int]:
        if not self.c.links[kernel]:
            return []
        if self.c.rules.copy_engines == 1:
            return [Engine.COPY]
        bits = self.c.links[kernel]
        return [engine for engine, bit in ((Engine.HTOD, LINK_IN), (Engine.DTOH, LINK_OUT)) if bits & bit]

    def ask_copy_engine(self, engine: int, step: int) -> None:
        self.fifo[engine].append(step)
        if self.holder[engine] == NONE:
            self.free_engine(engine)

    def free_engine(self, engine: int) -> None:
        """Give the engine to the next in its queue."""
        self.holder[engine] = self.fifo[engine].pop(0) if self.fifo[engine] else NONE
        step = self.holder[engine]
        if step == NONE:
            return
        if self.c.op[step] == KERNEL:
            self.links_got[step] = self.links_got.get(step, 0) + 1
            if self.links_got[step] < len(self.links(step)):
                self.wants_link = step
            else:
                self.hand_out()
            return
        self.times.start[step] = self.now
        self.bytes_from[step] = self.now + self.c.fixed_ns[step]
        self.alarms.add(self.bytes_from[step])

    def speed(self, step: int) -> Fraction:
        others = [s for s in self.left if s != step]
        return Fraction(*self.c.rules.duplex) if others else Fraction(1)

    def advance(self, elapsed: int) -> None:
        speeds = {step: self.speed(step) for step in self.left}
        for step, speed in speeds.items():
            self.left[step] -= elapsed * speed

    def copy_moments(self) -> list[int]:
        """When each copy that moves would reach its end, and its mark."""
        moments = []
        for step, left in self.left.items():
            moments.append(self.now + ceil(left / self.speed(step)))
            if self.c.tail_ns[step] and step not in self.marked:
                moments.append(self.now + ceil((left - self.c.tail_ns[step]) / self.speed(step)))
        return moments

    # SMs.

    def hand_out(self) -> None:
        """Blocks to free slots: while the first kernel in line has blocks left, no other gets any."""
        while self.line:
            step = self.locked if self.locked != NONE else min(self.line, key=self.rank)
            if self.free_units() < self.c.unit[step]:
                return
            if self.links_got.get(step, 0) < len(self.links(step)):
                if self.locked == NONE:
                    self.locked = self.wants_link = step
                return
            self.start_block(step)

    def rank(self, step: int) -> tuple[int, int]:
        chain = self.c.chain[step]
        stream = chain if chain < self.c.streams else self.c.chain[self.c.launch_of[chain]]
        return self.c.priority[stream], self.line.index(step)

    def free_units(self) -> int:
        return self.c.capacity - sum(self.c.unit[step] for _, step in self.resident)

    def start_block(self, step: int) -> None:
        if self.times.start[step] == NO_TIME:
            self.times.start[step] = self.now
        self.blocks_left[step] -= 1
        self.resident.append((self.now + self.c.block_ns[step], step))
        self.alarms.add(self.now + self.c.block_ns[step])
        if not self.blocks_left[step]:
            self.line.remove(step)
            self.locked = NONE
