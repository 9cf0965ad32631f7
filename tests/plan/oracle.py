"""A slow, obvious check of a plan: every pair of moments ordered or not, by transitive closure."""

from __future__ import annotations

from itertools import combinations, pairwise

from profiler.plan.accesses import accesses
from profiler.plan.model import GraphLaunch, HostSync, Launch, Memcpy, Memory, Plan, RecordEvent, StreamStep, StreamWait

#: Moments of a step: the host call returns, the device starts it, the device ends it.
CALL, START, END = range(3)


class Oracle:
    """All that is ordered in a plan whose steps are well formed one by one."""

    def __init__(self, plan: Plan, *, host: bool = True) -> None:
        self.plan = plan
        self.steps = plan.steps
        self.count = len(plan.steps)
        self.after = [0] * (3 * self.count)
        self.records = {s.event: i for i, s in enumerate(self.steps) if isinstance(s, RecordEvent)}
        self._calls()
        self._streams()
        self._events()
        self._graphs()
        if host:
            self._syncs()
        self._close()

    def ordered(self, first: int, second: int) -> bool:
        """Whether the first step has ended before the second starts."""
        return self._reaches(first, END, second, START)

    def is_safe(self) -> bool:
        """Whether the plan may run."""
        return not (
            self._cyclic()
            or self._backward_wait()
            or self._races()
            or self._reads_nothing()
            or self._unjoined()
            or self._unknown_end()
        )

    def _thread(self, index: int) -> int:
        step = self.steps[index]
        return self.steps[step.graph].thread if step.graph >= 0 else step.thread

    def _edge(self, first: int, moment: int, second: int, other: int) -> None:
        self.after[3 * first + moment] |= 1 << (3 * second + other)

    def _reaches(self, first: int, moment: int, second: int, other: int) -> bool:
        return bool(self.after[3 * first + moment] >> (3 * second + other) & 1)

    def _where(self, condition) -> list[int]:
        return [i for i in range(self.count) if condition(self.steps[i])]

    def _calls(self) -> None:
        for thread in {step.thread for step in self.steps}:
            for first, second in pairwise(self._where(lambda s, t=thread: s.graph < 0 and s.thread == t)):
                self._edge(first, CALL, second, CALL)
        for i, step in enumerate(self.steps):
            self._edge(i, START, i, END)
            if step.graph < 0:
                self._edge(i, CALL, i, START)

    def _streams(self) -> None:
        chains: dict[tuple[int, int], list[int]] = {}
        for i, step in enumerate(self.steps):
            if isinstance(step, StreamStep):
                chains.setdefault((step.graph, step.stream), []).append(i)
        for chain in chains.values():
            for first, second in pairwise(chain):
                self._edge(first, END, second, START)
        calls = self._where(lambda s: isinstance(s, StreamStep) and s.graph < 0)
        for first, second in combinations(calls, 2):
            kinds = [self.plan.streams[self.steps[i].stream] for i in (first, second)]
            if (
                any(kind.legacy_default for kind in kinds)
                and not any(kind.non_blocking and not kind.legacy_default for kind in kinds)
                and self._thread(first) == self._thread(second)
            ):
                self._edge(first, END, second, START)

    def _events(self) -> None:
        for i, step in enumerate(self.steps):
            if isinstance(step, StreamWait):
                record = self.records[step.event]
                self._edge(record, END, i, START)
                if self._thread(record) != self._thread(i):
                    self._edge(record, CALL, i, CALL)

    def _graphs(self) -> None:
        for i, step in enumerate(self.steps):
            if step.graph >= 0:
                self._edge(step.graph, START, i, START)
                self._edge(i, END, step.graph, END)

    def _syncs(self) -> None:
        for i, step in enumerate(self.steps):
            if not isinstance(step, HostSync):
                continue
            for j, other in enumerate(self.steps[:i]):
                if not isinstance(other, StreamStep) or other.graph >= 0 or other.thread != step.thread:
                    continue
                if step.event is not None:
                    covered = isinstance(other, RecordEvent) and other.event == step.event
                else:
                    covered = step.stream in (None, other.stream)
                if covered:
                    self._edge(j, END, i, CALL)

    def _close(self) -> None:
        for middle in range(3 * self.count):
            for first in range(3 * self.count):
                if self.after[first] >> middle & 1:
                    self.after[first] |= self.after[middle]

    def _cyclic(self) -> bool:
        return any(self.after[moment] >> moment & 1 for moment in range(3 * self.count))

    def _backward_wait(self) -> bool:
        waits = self._where(lambda s: isinstance(s, StreamWait | HostSync) and s.event is not None)
        return any(
            self.records[self.steps[i].event] > i and self._thread(self.records[self.steps[i].event]) == self._thread(i)
            for i in waits
        )

    def _races(self) -> bool:
        for i, j in combinations(range(self.count), 2):
            (reads, writes), (others_read, others_write) = accesses(self.steps[i]), accesses(self.steps[j])
            conflict = set(writes) & {*others_read, *others_write} or set(reads) & set(others_write)
            if conflict and not (self.ordered(i, j) or self.ordered(j, i)):
                return True
        return False

    def _reads_nothing(self) -> bool:
        for i, step in enumerate(self.steps):
            for buffer in accesses(step)[0]:
                if self.plan.buffers[buffer].memory is Memory.DEVICE and not any(
                    buffer in accesses(self.steps[j])[1] and self.ordered(j, i) for j in range(self.count)
                ):
                    return True
        return False

    def _unjoined(self) -> bool:
        for launch in self._where(lambda s: isinstance(s, GraphLaunch)):
            nodes = self._where(lambda s, g=launch: s.graph == g)
            origin = [i for i in nodes if self.steps[i].stream == self.steps[launch].stream]
            for i in nodes:
                work = isinstance(self.steps[i], Memcpy | Launch)
                if work and i != origin[-1] and not self._reaches(i, END, origin[-1], END):
                    return True
        return False

    def _unknown_end(self) -> bool:
        syncs = self._where(lambda s: isinstance(s, HostSync))
        work = self._where(lambda s: isinstance(s, Memcpy | Launch))
        return any(not any(self._reaches(i, END, sync, CALL) for sync in syncs) for i in work)
