"""The proof that a plan can be run: every wait is met, nothing waits in a circle, and no two steps race."""

from __future__ import annotations

from dataclasses import dataclass, field

from profiler.errors import PlanError
from profiler.plan.accesses import accesses
from profiler.plan.clocks import Clock, Clocks, merge
from profiler.plan.describe import describe_buffer, describe_step, plan_error
from profiler.plan.model import HostSync, Launch, Memcpy, Memory, Plan, StreamStep
from profiler.plan.order import call_order
from profiler.plan.structure import check_structure, thread_of

_ORDER = "Order them by an event or by one stream, or give one of them a buffer of its own."


def prove(plan: Plan) -> None:
    """Return only if the plan is safe to run, on any device and with any timing.

    Proved are: numbers in range and copies that fit (see `check_structure`); every wait has a record called before
    it, and no thread or stream waits in a circle; any two steps that touch a buffer, one of them writing, are
    ordered; no step reads device memory that nothing has written; the host knows the end of all work. Where the
    host waits for requests by number, it waits for each of them, for all of its work, and before a later request
    overwrites its result.

    Order comes from: calls of one thread, stream order, record and wait, graph launches, the legacy default stream,
    and a host synchronization before what its thread calls later.

    Raises
    ------
    PlanError
        With the steps by number, kind, stream and chunk, and what would put it right.

    Notes
    -----
    One pass with vector clocks: O(steps x chains) at worst, O(steps) where few of them wait.
    """
    structure = check_structure(plan)
    order = call_order(plan, structure)
    clocks = Clocks(plan, structure)
    uses = _Uses(plan, clocks, order)
    results = _Results(plan, clocks, order)
    for time, index in enumerate(order):
        step = plan.steps[index]
        clocks.reach(step)
        if isinstance(step, Memcpy | Launch):
            uses.check(index, step, time)
            results.work(index, step, time)
        if isinstance(step, StreamStep):
            clocks.leave(step, time)
        elif isinstance(step, HostSync):
            results.known(step)
    results.check(clocks.finish())


@dataclass(slots=True)
class _Use:
    """Who touched a buffer last: its writer as (chain, time), and per chain the last reader since."""

    writer: tuple[int, int] | None = None
    readers: dict[int, int] = field(default_factory=dict)


class _Uses:
    """Checks each access to a buffer against those before it."""

    def __init__(self, plan: Plan, clocks: Clocks, order: list[int]) -> None:
        self._plan = plan
        self._clocks = clocks
        self._order = order
        self._buffers = [_Use() for _ in plan.buffers]

    def check(self, index: int, step: Memcpy | Launch, time: int) -> None:
        """Raise unless all earlier accesses that this one must come after are over by then; then note it."""
        chain = self._clocks.chain(step)
        known = self._clocks.known(chain)
        reads, writes = accesses(step)
        for number in reads:
            use = self._buffers[number]
            if use.writer is None:
                if self._plan.buffers[number].memory is Memory.DEVICE:
                    raise self._unwritten(index, number)
            elif known[use.writer[0]] < use.writer[1]:
                raise self._race(index, "reads", number, use.writer[1], "writes")
        for number in writes:
            use = self._buffers[number]
            if use.writer and known[use.writer[0]] < use.writer[1]:
                raise self._race(index, "writes", number, use.writer[1], "writes")
            for other, when in use.readers.items():
                if known[other] < when:
                    raise self._race(index, "writes", number, when, "reads")
        for number in reads:
            self._buffers[number].readers[chain] = time
        for number in writes:
            self._buffers[number] = _Use((chain, time))

    def _race(self, index: int, verb: str, number: int, other: int, other_verb: str) -> PlanError:
        later = describe_step(self._plan, index)
        earlier = describe_step(self._plan, self._order[other])
        buffer = describe_buffer(self._plan, number)
        return plan_error(
            self._plan, f"{later} {verb} {buffer}, {earlier} {other_verb} it, and nothing orders the two", _ORDER
        )

    def _unwritten(self, index: int, number: int) -> PlanError:
        return plan_error(
            self._plan,
            f"{describe_step(self._plan, index)} reads {describe_buffer(self._plan, number)}, which nothing has "
            f"written before",
            "Copy something into it first, or let a kernel write it.",
        )


class _Results:
    """Checks that the host comes to know the end of all work, request by request where it waits that way."""

    def __init__(self, plan: Plan, clocks: Clocks, order: list[int]) -> None:
        self._plan = plan
        self._clocks = clocks
        self._order = order
        self._named = {step.request for step in plan.steps if isinstance(step, HostSync) and step.request >= 0}
        self._last: dict[int, int] = {}
        self._of_request: dict[int, dict[int, int]] = {}
        self._known: dict[int, Clock] = {}
        self._writers: dict[int, tuple[int, int]] = {}

    def work(self, index: int, step: Memcpy | Launch, time: int) -> None:
        """Note a step, and refuse one that overwrites a result the host still waits for."""
        chain = self._clocks.chain(step)
        self._last[chain] = time
        if not self._named or step.request < 0:
            return
        self._of_request.setdefault(step.request, {})[chain] = time
        for number in accesses(step)[1]:
            if self._plan.buffers[number].memory is not Memory.DEVICE:
                self._overwrite(index, step, number)
                self._writers[number] = (chain, time)

    def known(self, sync: HostSync) -> None:
        """Note what the host knows after it has waited for a request."""
        if sync.request >= 0:
            host = self._clocks.host(sync.thread)
            merge(self._known.setdefault(sync.request, [-1] * len(host)), host)

    def check(self, everything: Clock) -> None:
        """Raise unless the host knows the end of every request it waits for by number, and of everything."""
        for request, last in self._of_request.items():
            known = self._known.get(request)
            if known is None:
                raise plan_error(
                    self._plan,
                    f"the host never waits for request {request}, though it waits for request {min(self._named)}",
                    "Wait for each request, or for the whole run only.",
                )
            self._ended(last, known, f"when the host has waited for request {request}")
        self._ended(self._last, everything, "when the host has made its last call")

    def _ended(self, last: dict[int, int], known: Clock, when: str) -> None:
        for chain, time in last.items():
            if known[chain] < time:
                step = describe_step(self._plan, self._order[time])
                raise plan_error(self._plan, f"{step} may still run {when}", "Let a host synchronization cover it.")

    def _overwrite(self, index: int, step: Memcpy | Launch, number: int) -> None:
        if number not in self._writers:
            return
        chain, time = self._writers[number]
        earlier = self._plan.steps[self._order[time]]
        if earlier.request == step.request or self._clocks.host(thread_of(self._plan, step))[chain] >= time:
            return
        raise plan_error(
            self._plan,
            f"{describe_step(self._plan, index)} overwrites {describe_buffer(self._plan, number)} before the host has "
            f"waited for {describe_step(self._plan, self._order[time])}",
            "Wait for the earlier request first, or give the later one a buffer of its own.",
        )
