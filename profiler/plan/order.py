"""The order in which the calls of a plan are made: one that is possible for all host threads at once."""

from __future__ import annotations

from profiler.plan.describe import describe_step, plan_error
from profiler.plan.model import HostSync, Plan, Step, StreamWait
from profiler.plan.structure import Structure, thread_of


def call_order(plan: Plan, structure: Structure) -> list[int]:
    """Numbers of all steps in an order that keeps each thread's own, with every record before the waits for it.

    Nodes stand right behind their graph launch. In such an order everything a step depends on comes before it, so
    a plan that has one has no cycle: neither between threads nor, as streams only ever wait for what was called
    before, between streams.

    Raises
    ------
    PlanError
        A thread waits for what it records later, or threads wait for each other in a circle.
    """
    lists: dict[int, list[int]] = {}
    for index, step in enumerate(plan.steps):
        lists.setdefault(thread_of(plan, step), []).append(index)
    queues = _Queues(plan, structure, lists)
    while queues.left:
        if not queues.advance():
            raise plan_error(plan, queues.stuck(), "Let one of the threads make its record before it waits.")
    return queues.order


class _Queues:
    """Calls that each thread still has to make."""

    def __init__(self, plan: Plan, structure: Structure, lists: dict[int, list[int]]) -> None:
        self._plan = plan
        self._records = structure.records
        self._lists = lists
        self._next = dict.fromkeys(lists, 0)
        self._called = bytearray(len(plan.steps))
        self.order: list[int] = []

    @property
    def left(self) -> bool:
        """Whether any thread has calls to make."""
        return len(self.order) < len(self._plan.steps)

    def advance(self) -> bool:
        """Let each thread call what it can; whether any of them could."""
        before = len(self.order)
        for thread, indices in self._lists.items():
            place = self._next[thread]
            while place < len(indices) and not self._blocked(indices[place]):
                self._called[indices[place]] = 1
                self.order.append(indices[place])
                place += 1
            self._next[thread] = place
        return len(self.order) > before

    def stuck(self) -> str:
        """Who waits for whom."""
        waits = []
        for thread, indices in self._lists.items():
            if self._next[thread] < len(indices):
                index = indices[self._next[thread]]
                record = self._record(self._plan.steps[index])
                waits.append(f"{describe_step(self._plan, index)} for {describe_step(self._plan, record)}")
        return "host threads wait for each other and never go on: " + ", and ".join(waits)

    def _blocked(self, index: int) -> bool:
        step = self._plan.steps[index]
        if not isinstance(step, StreamWait | HostSync) or step.event is None:
            return False
        record = self._record(step)
        if self._called[record]:
            return False
        if thread_of(self._plan, self._plan.steps[record]) == thread_of(self._plan, step):
            raise plan_error(
                self._plan,
                f"{describe_step(self._plan, index)} comes before its record, {describe_step(self._plan, record)}",
                "Record the event first: a wait for an event not yet recorded waits for nothing.",
            )
        return True

    def _record(self, step: Step) -> int:
        assert isinstance(step, StreamWait | HostSync)
        assert step.event is not None
        return self._records[step.event]
