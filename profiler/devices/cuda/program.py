"""A plan as prepared calls: everything that can be decided before a run is decided here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from profiler.devices.cuda.flag import Flag
from profiler.devices.cuda.functions import Bound, Functions, launch_arguments
from profiler.devices.cuda.gpu_timer import GpuTimer
from profiler.devices.cuda.graphs import NodeCall, captured_graph, nodes_of
from profiler.devices.cuda.holdings import Holdings
from profiler.devices.cuda.memory import PlanMemory
from profiler.devices.cuda.nvtx_ranges import pop_range, push_range
from profiler.devices.cuda.replay import Call
from profiler.devices.cuda.stamps import Stamps
from profiler.plan.model import (
    CopyKind,
    GraphLaunch,
    HostSync,
    Launch,
    Memcpy,
    Plan,
    RangePop,
    RangePush,
    RecordEvent,
    Step,
    StreamStep,
    StreamWait,
)
from profiler.plan.order import call_order
from profiler.plan.structure import check_structure


@dataclass(slots=True)
class ThreadCalls:
    """What one issue thread calls.

    Attributes
    ----------
    calls : list
    steps : list of int
        The step each call belongs to.
    main : dict
        Step to the place of the call that is the step itself; its other calls are stamps and flags.
    """

    calls: list[Call] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    main: dict[int, int] = field(default_factory=dict)

    @property
    def next_place(self) -> int:
        """Where the next call will stand."""
        return len(self.calls)

    def add(self, step: int, call: Call, *, main: bool = False) -> None:
        """Append a call for a step."""
        if main:
            self.main[step] = len(self.calls)
        self.calls.append(call)
        self.steps.append(step)


@dataclass(slots=True)
class Program:
    """A plan ready to be replayed, any number of times.

    Attributes
    ----------
    threads : dict
        Issue thread to its calls.
    functions : Functions
        Kept, because the calls have addresses of its parameter blocks.
    streams : list
        Handles, by the plan's stream numbers.
    stamp_events : list
        Timing events, by stamp number.
    stamps : Stamps
    order : list of int
        The steps in an order in which they can have been called, whatever the threads did.
    operations : dict
        The calls of copies and kernels, graph nodes among them, by step.
    known_at : list
        For each host synchronization (thread, place, stamps): the latest stamps of the streams it waits for.
    recorded_by : dict
        Stamp to (thread, place of the call that records it), or to the call of the graph launch that does.
    """

    plan: Plan
    stamps: Stamps
    functions: Functions
    order: list[int] = field(default_factory=list)
    operations: dict[int, Call] = field(default_factory=dict)
    threads: dict[int, ThreadCalls] = field(default_factory=dict)
    streams: list[Any] = field(default_factory=list)
    stamp_events: list[Any] = field(default_factory=list)
    recorded_by: dict[int, tuple[int, int]] = field(default_factory=dict)
    known_at: list[tuple[int, int, tuple[int, ...]]] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)

    def step_at(self, thread: int, place: int) -> int:
        """The step that the call at a place belongs to; the last step past the end."""
        steps = self.threads[thread].steps
        return steps[min(place, len(steps) - 1)] if steps else 0


def compile_program(
    plan: Plan,
    holdings: Holdings,
    memory: PlanMemory,
    functions: Functions,
    bound: dict[int, Bound],
    stamps: Stamps,
    timer: GpuTimer | None = None,
) -> Program:
    """The plan with its streams and events made, and its graphs captured.

    Raises
    ------
    DriverError
        A handle could not be made, or a graph not be captured; it names the step where there is one.
    """
    return _Compiler(plan, holdings, memory, functions, bound, stamps, timer).compile()


class _Compiler:
    def __init__(
        self,
        plan: Plan,
        holdings: Holdings,
        memory: PlanMemory,
        functions: Functions,
        bound: dict[int, Bound],
        stamps: Stamps,
        timer: GpuTimer | None,
    ) -> None:
        self._plan = plan
        self._holdings = holdings
        self._driver = holdings.driver
        self._memory = memory
        self._functions = functions
        self._bound = bound
        self._stamps = stamps
        self._timer = timer
        self._program = Program(plan, stamps, functions)
        self._events: dict[int, Any] = {}
        self._flags: dict[int, Flag] = {}
        self._latest: dict[tuple[int, int], int] = {}

    def compile(self) -> Program:
        program = self._program
        program.order = call_order(self._plan, check_structure(self._plan))
        program.streams = [self._stream(number) for number in range(len(self._plan.streams))]
        program.stamp_events = [self._holdings.event() for _ in range(self._stamps.count)]
        self._events = {
            step.event: self._holdings.event(timed=False) for step in self._plan.steps if isinstance(step, RecordEvent)
        }
        self._flags = self._shared_records()
        program.flags = list(self._flags.values())
        for index, step in enumerate(self._plan.steps):
            if step.graph < 0:
                self._step(index, step, program.threads.setdefault(step.thread, ThreadCalls()))
        return program

    def _stream(self, number: int) -> Any:
        spec = self._plan.streams[number]
        if spec.legacy_default:
            return self._driver.api.CUstream(0)
        least, greatest = self._driver.call("cuCtxGetStreamPriorityRange")
        priority = max(int(greatest), min(int(least), spec.priority))
        return self._holdings.stream(non_blocking=spec.non_blocking, priority=priority)

    def _shared_records(self) -> dict[int, Flag]:
        recorded = {step.event: step.thread for step in self._plan.steps if isinstance(step, RecordEvent)}
        return {
            step.event: Flag(self._driver.success)
            for step in self._plan.steps
            if isinstance(step, StreamWait) and step.graph < 0 and recorded[step.event] != step.thread
        }

    def _step(self, index: int, step: Step, thread: ThreadCalls) -> None:
        self._stamp(index, step, self._stamps.before, thread)
        if isinstance(step, StreamWait) and step.event in self._flags:
            thread.add(index, (self._flags[step.event].wait, ()))
        for call, main in self._timed(index, step):
            thread.add(index, call, main=main)
        if isinstance(step, HostSync) and step.event is None:
            self._known(step, thread.main[index])
        if isinstance(step, RecordEvent) and step.event in self._flags:
            thread.add(index, (self._flags[step.event].set, ()))
        self._stamp(index, step, self._stamps.behind, thread)

    def _stamp(self, index: int, step: Step, stamps: dict[int, int], thread: ThreadCalls) -> None:
        if index in stamps and isinstance(step, StreamStep):
            self._program.recorded_by[stamps[index]] = (step.thread, thread.next_place)
            self._latest[step.thread, step.stream] = stamps[index]
            event = self._program.stamp_events[stamps[index]]
            thread.add(index, (self._driver.api.cuEventRecord, (event, self._program.streams[step.stream])))

    def _known(self, step: HostSync, place: int) -> None:
        latest = [
            stamp
            for (thread, stream), stamp in self._latest.items()
            if thread == step.thread and step.stream in (None, stream)
        ]
        self._program.known_at.append((step.thread, place, tuple(latest)))

    def _graph(self, index: int, launch: GraphLaunch) -> Any:
        """The nodes of a launch, captured; their stamps are recorded by the launch."""
        calls: list[NodeCall] = []
        place = self._program.threads[launch.thread].next_place
        for number in nodes_of(self._plan, index):
            node = self._plan.steps[number]
            self._node_stamp(number, self._stamps.before, calls, (launch.thread, place))
            calls += [(number, call) for call, _ in self._timed(number, node)]
            self._node_stamp(number, self._stamps.behind, calls, (launch.thread, place))
        return captured_graph(self._plan, self._holdings, self._program.streams[launch.stream], calls)

    def _node_stamp(
        self, number: int, stamps: dict[int, int], calls: list[NodeCall], recorder: tuple[int, int]
    ) -> None:
        node = self._plan.steps[number]
        if number in stamps and isinstance(node, StreamStep):
            self._program.recorded_by[stamps[number]] = recorder
            event, stream = self._program.stamp_events[stamps[number]], self._program.streams[node.stream]
            external = int(self._driver.api.CUevent_record_flags.CU_EVENT_RECORD_EXTERNAL)
            calls.append((number, (self._driver.api.cuEventRecordWithFlags, (event, stream, external))))

    def _timed(self, index: int, step: Step) -> list[tuple[Call, bool]]:
        """The step's own call, marked as such, between two reads of the GPU's timer where these are wanted."""
        call = self._call(index, step)
        if self._timer is None or not isinstance(step, Launch):
            return [(call, True)]
        stream = self._program.streams[step.stream]
        return [(self._timer.before(index, stream), False), (call, True), (self._timer.behind(index, stream), False)]

    def _call(self, index: int, step: Step) -> Call:
        api, streams = self._driver.api, self._program.streams
        match step:
            case Memcpy() | Launch():
                self._program.operations[index] = self._operation(index, step)
                return self._program.operations[index]
            case RecordEvent():
                return api.cuEventRecord, (self._events[step.event], streams[step.stream])
            case StreamWait():
                return api.cuStreamWaitEvent, (streams[step.stream], self._events[step.event], 0)
            case GraphLaunch():
                return api.cuGraphLaunch, (self._graph(index, step), streams[step.stream])
            case HostSync(event=None, stream=None):
                return api.cuCtxSynchronize, ()
            case HostSync(event=None, stream=int(stream)):
                return api.cuStreamSynchronize, (streams[stream],)
            case HostSync(event=int(event)):
                return api.cuEventSynchronize, (self._events[event],)
            case RangePush():
                return push_range, (step.name, self._driver.success)
            case RangePop():
                return pop_range, (self._driver.success,)
        raise AssertionError(f"no call for {type(step).__name__}")

    def _operation(self, index: int, step: Memcpy | Launch) -> Call:
        """The call of a copy or a kernel."""
        api, stream = self._driver.api, self._program.streams[step.stream]
        if isinstance(step, Launch):
            bound = self._bound[index]
            parameters = self._functions.parameters(bound.values)
            function = self._functions.get(bound)
            return api.cuLaunchKernel, launch_arguments(function, step.kernel, bound, stream, parameters)
        device, host = self._memory.device, self._memory.host
        if step.kind is CopyKind.HTOD:
            return api.cuMemcpyHtoDAsync, (device[step.dst], host[step.src], step.size_bytes, stream)
        if step.kind is CopyKind.DTOH:
            return api.cuMemcpyDtoHAsync, (host[step.dst], device[step.src], step.size_bytes, stream)
        return api.cuMemcpyDtoDAsync, (device[step.dst], device[step.src], step.size_bytes, stream)
