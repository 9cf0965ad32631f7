"""What can be wrong with the steps of a plan one by one: numbers out of range, copies that do not fit, and the like."""

from __future__ import annotations

from dataclasses import dataclass, field

from profiler.errors import PlanError
from profiler.plan.describe import describe_buffer, describe_step, plan_error
from profiler.plan.model import (
    CopyKind,
    GraphLaunch,
    HostSync,
    Launch,
    Memcpy,
    Memory,
    Plan,
    RangePop,
    RangePush,
    RecordEvent,
    Step,
    StreamStep,
    StreamWait,
)

_HOST = (Memory.PINNED, Memory.PAGEABLE, Memory.MAPPED)
_DEVICE = (Memory.DEVICE,)
_KERNEL = (Memory.DEVICE, Memory.MAPPED)
_ROUTE = {
    CopyKind.HTOD: (_HOST, _DEVICE),
    CopyKind.DTOH: (_DEVICE, _HOST),
    CopyKind.DTOD: (_DEVICE, _DEVICE),
}


@dataclass(slots=True)
class Structure:
    """Where things stand in a plan whose steps are well formed.

    Attributes
    ----------
    records : dict
        Event to the step that records it.
    issuer : dict
        Stream to the host thread that issues all its calls.
    chains : dict
        (stream of a graph launch, stream of its nodes) to the first step of such a chain.
    """

    records: dict[int, int] = field(default_factory=dict)
    issuer: dict[int, int] = field(default_factory=dict)
    chains: dict[tuple[int, int], int] = field(default_factory=dict)


def check_structure(plan: Plan) -> Structure:
    """Look at every step by itself, and give back where streams are issued and events recorded.

    Raises
    ------
    PlanError
        A stream, buffer, event, request or graph that does not exist; an event recorded twice or waited for and
        never recorded; a stream issued by two threads; a copy that does not fit or goes the wrong way; ranges that
        do not pair up; a graph that could not be captured.
    """
    return _Check(plan).run()


def thread_of(plan: Plan, step: Step) -> int:
    """The host thread whose call starts the step: for a node, the one that launches its graph."""
    return plan.steps[step.graph].thread if step.graph >= 0 else step.thread


class _Check:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._index = 0
        self._found = Structure()
        self._ranges: dict[int, list[int]] = {}
        self._in_graph: set[int] = set()

    def run(self) -> Structure:
        self._memory()
        for index, step in enumerate(self._plan.steps):
            self._index = index
            self._numbers(step)
            if isinstance(step, StreamStep) and step.graph < 0:
                self._issued(step)
            if isinstance(step, RecordEvent):
                self._record(step)
        for index, step in enumerate(self._plan.steps):
            self._index = index
            if step.graph >= 0:
                self._node(step)
            self._kind(step)
        self._closed()
        return self._found

    def _kind(self, step: Step) -> None:
        match step:
            case Memcpy():
                self._copy(step)
            case Launch():
                self._kernel(step)
            case StreamWait():
                self._wait(step)
            case HostSync():
                self._sync(step)
            case RangePush():
                self._ranges.setdefault(step.thread, []).append(self._index)
            case RangePop():
                self._pop(step)

    def _closed(self) -> None:
        for opened in self._ranges.values():
            if opened:
                self._index = opened[-1]
                raise self._error("is never closed", "Pop each range on the thread that pushed it.")

    def _error(self, what: str, remedy: str) -> PlanError:
        return plan_error(self._plan, f"{describe_step(self._plan, self._index)} {what}", remedy)

    def _memory(self) -> None:
        if sum(stream.legacy_default for stream in self._plan.streams) > 1:
            raise plan_error(self._plan, "more than one stream is the legacy default stream", "A context has one.")
        for buffer in self._plan.buffers:
            if buffer.size_bytes < 1:
                raise plan_error(
                    self._plan,
                    f"buffer {buffer.name!r} has {buffer.size_bytes} bytes",
                    "Leave a buffer out that holds nothing.",
                )

    def _numbers(self, step: Step) -> None:
        if not -1 <= step.request < self._plan.requests or step.chunk < -1 or step.thread < 0:
            raise self._error(
                f"works for request {step.request}, chunk {step.chunk} on thread {step.thread}",
                f"Requests go from 0 to {self._plan.requests - 1}; chunks and threads from 0.",
            )
        stream = step.stream if isinstance(step, StreamStep | HostSync) else None
        if stream is not None and not 0 <= stream < len(self._plan.streams):
            raise self._error("names a stream the plan does not have", f"It has {len(self._plan.streams)}.")

    def _record(self, step: RecordEvent) -> None:
        first = self._found.records.setdefault(step.event, self._index)
        if step.event < 0 or first != self._index:
            raise self._error(
                f"records an event that {describe_step(self._plan, first)} records too"
                if step.event >= 0
                else "records an event with a negative number",
                "Give each record an event of its own.",
            )

    def _issued(self, step: StreamStep) -> None:
        thread = self._found.issuer.setdefault(step.stream, step.thread)
        if thread != step.thread:
            raise self._error(
                f"is called by thread {step.thread}, while thread {thread} issues its stream",
                "Let one thread issue all calls of a stream: otherwise their order is chance.",
            )

    def _node(self, step: Step) -> None:
        before = self._index - 1
        launch = self._plan.steps[step.graph] if step.graph < self._index else None
        if not isinstance(launch, GraphLaunch):
            raise self._error("is a node of no earlier graph launch", "Put nodes right behind their launch.")
        if before != step.graph and self._plan.steps[before].graph != step.graph:
            raise self._error("is apart from its graph launch", "Put nodes right behind their launch.")
        if not isinstance(step, Memcpy | Launch | RecordEvent | StreamWait):
            raise self._error("cannot be captured in a graph", "A graph holds copies, kernels and events only.")
        if before == step.graph:
            self._in_graph = {launch.stream}
        if step.stream not in self._in_graph:
            self._fork(step)
        self._found.chains.setdefault((launch.stream, step.stream), self._index)

    def _fork(self, step: StreamStep) -> None:
        if not isinstance(step, StreamWait):
            raise self._error(
                "begins a chain of the graph that nothing ties to the launching stream",
                "Let the chain begin with a wait for an event recorded in the graph.",
            )
        self._in_graph.add(step.stream)

    def _wait(self, step: StreamWait) -> None:
        record = self._found.records.get(step.event)
        if record is None:
            raise self._error("waits for an event that is never recorded", "Record it, or drop the wait.")
        if self._plan.steps[record].graph != step.graph:
            raise self._error(
                f"and its record, {describe_step(self._plan, record)}, are not both in one graph",
                "A capture may depend on nothing outside it, and nothing outside on its events.",
            )

    def _sync(self, step: HostSync) -> None:
        if step.event is not None:
            record = self._found.records.get(step.event)
            if record is None or self._plan.steps[record].graph >= 0 or self._plan.steps[record].thread != step.thread:
                raise self._error(
                    f"which thread {step.thread} does not record", "Let the thread that records an event wait for it."
                )
        elif step.stream is not None and self._found.issuer.get(step.stream, step.thread) != step.thread:
            raise self._error(
                f"which thread {self._found.issuer[step.stream]} issues",
                "Let the thread that issues a stream wait for it.",
            )

    def _pop(self, step: Step) -> None:
        if not self._ranges.get(step.thread):
            raise self._error(f"has no range to end on thread {step.thread}", "Push a range before it.")
        self._ranges[step.thread].pop()

    def _copy(self, step: Memcpy) -> None:
        self._reach(step.src, _ROUTE[step.kind][0])
        self._reach(step.dst, _ROUTE[step.kind][1])
        if step.src == step.dst:
            raise self._error("copies a buffer onto itself", "Give it another target.")
        for number in (step.src, step.dst):
            buffer = self._plan.buffers[number]
            if not 1 <= step.size_bytes <= buffer.size_bytes:
                raise self._error(
                    f"moves {step.size_bytes} bytes, and {buffer.name!r} has {buffer.size_bytes}",
                    "Copy at least one byte and no more than both buffers hold.",
                )
            if step.graph >= 0 and buffer.memory is Memory.PAGEABLE:
                raise self._error(f"uses pageable {buffer.name!r} in a graph", "A graph can copy pinned memory only.")

    def _kernel(self, step: Launch) -> None:
        for number in (*step.reads, *step.writes):
            self._reach(number, _KERNEL)
        for name, size, used in (
            ("reads", step.mapped_read_bytes, step.reads),
            ("writes", step.mapped_write_bytes, step.writes),
        ):
            if size < 0 or (size and not any(self._plan.buffers[n].memory is Memory.MAPPED for n in used)):
                raise self._error(f"{name} {size} bytes over the link, but no mapped buffer", "Name the mapped buffer.")

    def _reach(self, number: int, allowed: tuple[Memory, ...]) -> None:
        if not 0 <= number < len(self._plan.buffers):
            raise self._error(f"uses buffer {number}", f"The plan has {len(self._plan.buffers)} buffers.")
        memory = self._plan.buffers[number].memory
        if memory not in allowed:
            raise self._error(
                f"uses {describe_buffer(self._plan, number)}, which is {memory.name.lower()} memory",
                f"Use {' or '.join(kind.name.lower() for kind in allowed)} memory there.",
            )
