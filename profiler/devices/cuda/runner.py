"""Runs plans on one GPU, in the process that calls it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from profiler.devices.base import INSTRUMENTATION, ClockPair
from profiler.devices.cuda.alone import Alone, AloneMeter
from profiler.devices.cuda.clock import HANDSHAKES, Handshake, map_clocks, shake_hands
from profiler.devices.cuda.cupti_times import CuptiRecorder, check_plan, times_of
from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.facts import GpuFacts, read_facts
from profiler.devices.cuda.functions import Functions, KernelTable, Span
from profiler.devices.cuda.gate import Gate
from profiler.devices.cuda.gpu_timer import GpuTimer
from profiler.devices.cuda.holdings import Holdings
from profiler.devices.cuda.instrumentation import instrumentation_factor
from profiler.devices.cuda.issue import Issuer
from profiler.devices.cuda.memory import PlanMemory, allocate
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.program import Program, compile_program
from profiler.devices.cuda.readback import read_events, tick_ns
from profiler.devices.cuda.stamps import place_stamps
from profiler.devices.cuda.timed_kernels import WithTimedKernels
from profiler.devices.cuda.timing import (
    HostStamps,
    Row,
    clock_bounds,
    narrow,
    row_of,
    step_engines,
    step_sources,
)
from profiler.errors import DeviceError
from profiler.plan.describe import describe_step
from profiler.plan.model import Launch, Plan

#: Event times are 32-bit floats of milliseconds, read over hops of at most 100 ms: their own step.
FLOAT_STEP_NS = 8


@dataclass(slots=True)
class Measured:
    """What is known of a run besides its rows."""

    source: npt.NDArray[np.uint8]
    engine: npt.NDArray[np.int8]
    resolution_ns: int = FLOAT_STEP_NS
    alone: Alone | None = None
    clocks: list[ClockPair] = field(default_factory=list)
    extra: dict[str, float] = field(default_factory=dict)


class Runner:
    """The driver and one GPU's context, held from the first call until `close`.

    Parameters
    ----------
    ordinal : int
    table : KernelTable
    options : CudaOptions

    Raises
    ------
    DeviceError
        The GPU cannot be used: what is missing, and what to do.
    """

    def __init__(self, ordinal: int, table: KernelTable, options: CudaOptions) -> None:
        self._table = table
        self._options = options
        self._issuers: list[Issuer] = []
        self._stack = ExitStack()
        self._recorder = CuptiRecorder() if options.timing == "cupti" else None
        self.driver = Driver()
        self.facts: GpuFacts = read_facts(self.driver, ordinal)
        if self.facts.refusal:
            raise DeviceError(self.facts.refusal, where=f"cuda:{ordinal}", remedy="nvidia-smi -c DEFAULT allows it.")
        with ExitStack() as stack:
            holdings = stack.enter_context(Holdings(self.driver))
            self._context = holdings.context(self.driver.call("cuDeviceGet", ordinal))
            self._stack = stack.pop_all()

    def where(self) -> str:
        """The steps that are being called, in words; empty where none is."""
        return " and ".join(filter(None, (issuer.where() for issuer in list(self._issuers))))

    def run(
        self,
        plan: Plan,
        *,
        repeats: int,
        warmup: int,
        on_ready: Callable[[], None] = lambda: None,
        fill: Callable[[PlanMemory], None] = lambda memory: None,
        inspect: Callable[[PlanMemory], None] = lambda memory: None,
    ) -> Generator[tuple[Row | None, Measured]]:
        """Run a proven plan, and give each timed repeat as soon as it is over; without a row, what became known after.

        ``on_ready`` is told when all is prepared, and again after each run that is not timed; ``fill`` may put inputs
        into the plan's host memory before the first run; ``inspect`` sees the memory once all is over, before it is
        given back. Everything taken is given back when the iterator ends or is closed.

        Raises
        ------
        DeviceError
            A driver call failed, with the step it belongs to.
        """
        with Holdings(self.driver) as holdings:
            try:
                session = self._prepare(plan, holdings, on_ready)
                fill(session.memory)
                on_ready()
                for _ in range(warmup):
                    session.repeat()
                    on_ready()
                for _ in range(repeats):
                    yield session.repeat(), session.measured
                if self._options.factor_runs:
                    session.measure_factor(self._options.factor_runs, on_ready)
                    yield None, session.measured
                inspect(session.memory)
            finally:
                self._issuers = []
                self.driver.attempt("cuCtxSynchronize")

    def close(self) -> None:
        """Give the context back. Safe to call twice."""
        self._stack.close()
        if self._recorder is not None:
            self._recorder.close()

    def _prepare(self, plan: Plan, holdings: Holdings, on_ready: Callable[[], None]) -> _Session:
        if self._recorder is not None:
            check_plan(plan)
        table = WithTimedKernels(self._table, self.facts)
        functions = Functions(holdings, table, self.facts.capability)
        resident = self._resident(plan, holdings)
        memory = allocate(plan, holdings, resident_bytes=resident.size_bytes)
        spans = {n: Span(int(address), plan.buffers[n].size_bytes) for n, address in memory.device.items()}
        bound = table.bind(plan, spans, resident)
        timer = self._gpu_timer(plan, holdings, functions)
        stamps = place_stamps(plan, detail=self._options.detail)
        program = compile_program(plan, holdings, memory, functions, bound, stamps, timer)
        issuer = self._issuer(program, holdings)

        def bare() -> Issuer:
            unstamped = place_stamps(plan, detail="none")
            return self._issuer(compile_program(plan, holdings, memory, functions, bound, unstamped), holdings)

        engine = step_engines(plan, self.facts.copy_engines)
        measured = Measured(step_sources(plan, program, timing=self._options.timing), engine)
        session = _Session(self.driver, holdings, memory, issuer, bare, measured, timer, self._recorder)
        on_ready()
        if self._options.alone:
            first, second = holdings.event(), holdings.event()
            meter = AloneMeter(self.driver, functions, bound, first, second, self.facts.sm_count)
            measured.alone = meter.measure(plan, program)
        return session

    def _issuer(self, program: Program, holdings: Holdings) -> Issuer:
        gate = Gate(holdings, program, limit_s=self._options.gate_limit_s) if self._options.gate else None
        self._issuers.append(Issuer(self.driver, self._context, program, gate))
        return self._issuers[-1]

    def _gpu_timer(self, plan: Plan, holdings: Holdings, functions: Functions) -> GpuTimer | None:
        if self._options.timing != "gputimer":
            return None
        launches = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch)]
        return GpuTimer(holdings, functions, launches)

    def _resident(self, plan: Plan, holdings: Holdings) -> Span:
        size = self._table.resident_bytes(plan)
        if not size:
            return Span(0, 0)
        pointer = holdings.device_memory(size, "the workload's weights")
        content = self._table.resident(plan)
        if content is None:
            self.driver.call("cuMemsetD8", pointer, 0, size, doing="clearing the weights")
        else:
            self.driver.call("cuMemcpyHtoD", pointer, int(content.ctypes.data), size, doing="copying the weights")
        return Span(int(pointer), size)


class _Session:
    """One prepared plan."""

    def __init__(
        self,
        driver: Driver,
        holdings: Holdings,
        memory: PlanMemory,
        issuer: Issuer,
        bare: Callable[[], Issuer],
        measured: Measured,
        timer: GpuTimer | None,
        recorder: CuptiRecorder | None,
    ) -> None:
        self._driver = driver
        self._program = issuer.program
        self._issuer = issuer
        self._bare = bare
        self._timer = timer
        self._recorder = recorder
        self._control = holdings.stream()
        self._begin = [holdings.event() for _ in range(HANDSHAKES)]
        self._end = [holdings.event() for _ in range(HANDSHAKES)]
        self.memory = memory
        self.measured = measured

    def repeat(self) -> Row:
        """Run the plan once and read its times."""
        if self._timer is not None:
            self._timer.shake_hands(self._control, first=True)
        if self._recorder is not None:
            self._recorder.begin()
        begin = shake_hands(self._driver, self._control, self._begin)
        host = self._issuer.issue()
        # A proven plan ends with the host knowing that all is over: the device is idle now.
        end = shake_hands(self._driver, self._control, self._end)
        if self._timer is not None:
            self._timer.shake_hands(self._control, first=False)
        return self._row(host, begin, end)

    def _stamp_place(self, number: int) -> str:
        """The step that a stamp belongs to, in words; empty for an event of the clocks' comparison."""
        if number not in self._program.recorded_by:
            return ""
        plan, step = self._program.plan, self._program.step_at(*self._program.recorded_by[number])
        return f"plan {plan.strategy}, {describe_step(plan, step)}"

    def measure_factor(self, runs: int, on_run: Callable[[], None]) -> None:
        """Put into ``measured`` how much the stamps stretch the run; it is issued as often again without them."""
        paused = self._recorder.paused if self._recorder is not None else nullcontext
        factor = instrumentation_factor(self._issuer, self._bare(), runs, on_run, paused)
        self.measured.extra = {**self.measured.extra, INSTRUMENTATION: factor}

    def _row(self, host: HostStamps, begin: Handshake, end: Handshake) -> Row:
        events = [*self._program.stamp_events, end.event, *self._begin]
        times = read_events(self._driver, begin.event, events, where=self._stamp_place)
        stamps = times[: len(self._program.stamp_events)]
        pairs = [begin.pair(0), end.pair(times[len(stamps)])]
        clock = map_clocks(pairs, clock_bounds(self._program, host, stamps))
        tick = tick_ns(times[len(stamps) + 1 :])
        measured = self.measured
        measured.resolution_ns = max(FLOAT_STEP_NS, tick)
        # The device's clock has no zero that outlives a repeat: it is set to the host's at the beginning of each.
        zero = pairs[0].host_ns
        measured.clocks = [ClockPair(p.host_ns, zero + p.device_ns, p.uncertainty_ns) for p in pairs]
        measured.extra = {
            "clock_uncertainty_ns": float(clock.uncertainty_ns),
            "clock_drift_ppb": float(clock.drift_ppb),
            "clock_contradiction_ns": float(clock.contradiction_ns),
            "stamps": float(len(stamps)),
        }
        row = row_of(self._program, host, stamps, clock, measured.engine)
        if self._timer is not None:
            narrow(row, self._timer.read())
        if self._recorder is not None:
            order, records = self._program.order, self._recorder.end()
            narrow(row, times_of(self._program.plan, order, records, self._recorder.clock()))
        return row
