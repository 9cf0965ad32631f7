"""One scenario: a workload at a batch under a strategy on a device, run and measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.analysis.bounds import Bounds, overlap_bounds
from profiler.analysis.figures import DeviceOverlap
from profiler.analysis.latency import RequestTimes, percentiles, request_times
from profiler.analysis.overlap import analyze_devices
from profiler.devices.base import INSTRUMENTATION, NO_TIME, Device, Progress, Source, StepTimings
from profiler.errors import Cancelled, DeviceError
from profiler.experiment.trace_builder import build_trace
from profiler.plan.dependencies import Dependency, dependencies
from profiler.plan.model import Launch, Memcpy, Plan, StreamConfig
from profiler.plan.registry import make_plan
from profiler.trace.tables import Trace
from profiler.workload.model import Workload

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What to run. The knobs of ``config`` that are ``None`` take the strategy's defaults."""

    workload: Workload
    batch: int
    strategy: str
    config: StreamConfig = field(default_factory=StreamConfig)
    repeats: int = 1
    warmup: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """A scenario that was run.

    Attributes
    ----------
    plan : Plan
        What was executed, its ``config`` fully resolved.
    timings : StepTimings
        All repeats.
    repeat : int
        The repeat nearest the median makespan; every figure but ``makespan_ns`` is of this one.
    makespans_ns : int64, shape (repeats,)
    trace : Trace
        Of ``repeat``.
    """

    scenario: Scenario
    device: Device
    plan: Plan
    timings: StepTimings
    repeat: int
    makespans_ns: Int64
    trace: Trace
    overlap: DeviceOverlap | None
    requests: RequestTimes
    bounds: Bounds | None

    @property
    def makespan_ns(self) -> int:
        """Median over the repeats of: first host action to the host's knowledge of the last result."""
        return int(percentiles(self.makespans_ns)["median"])

    @property
    def noise_ns(self) -> int:
        """Half the spread of the repeats (5th to 95th percentile), at least the clock's resolution.

        Zero only for a deterministic device, where two different makespans really differ.
        """
        if self.device.info.simulated and int(np.ptp(self.makespans_ns)) == 0:
            return 0
        rows = percentiles(self.makespans_ns)
        return max(int(rows["p95"] - rows["p05"]) // 2, self.timings.resolution_ns)

    @property
    def throughput_per_s(self) -> float | None:
        """All samples of the run over the makespan; None where that is 0, as on an ideal machine with nothing to do."""
        return self.plan.samples * 1e9 / self.makespan_ns if self.makespan_ns else None

    @property
    def mapped_bytes(self) -> int:
        """Bytes that kernels moved over the link themselves."""
        return sum(
            step.mapped_read_bytes + step.mapped_write_bytes for step in self.plan.steps if isinstance(step, Launch)
        )

    def to_json(self) -> dict[str, Any]:
        """The scenario with the keys of ``run --json``."""
        return {**self._description(), **self._figures()}

    def _description(self) -> dict[str, Any]:
        plan, config, info = self.plan, self.plan.config, self.device.info
        return {
            "workload": plan.workload.name,
            "precision": plan.workload.precision,
            "input": plan.workload.input_format or None,
            "batch": plan.batch,
            "strategy": plan.strategy,
            "base": config.base,
            "streams": config.streams,
            "chunks": config.chunks,
            "buffers": config.buffers,
            "memory": config.memory,
            "requests": plan.requests,
            "issue_threads": config.issue_threads,
            "samples": plan.samples,
            "device": info.spec,
            "simulated": info.simulated,
            "seed": self.scenario.seed,
            "repeats": self.timings.repeats,
            "repeat": self.repeat,
            "resolution_ns": self.timings.resolution_ns,
            "timing_source": timing_source(self.timings),
            "instrumentation_factor": self.timings.extra.get(INSTRUMENTATION),
        }

    def _figures(self) -> dict[str, Any]:
        return {
            "throughput_per_s": self.throughput_per_s,
            "makespan_ns": self.makespan_ns,
            "network_latency_ns": percentiles(self.requests.network_ns),
            "hardware_latency_ns": percentiles(self.requests.hardware_ns),
            "enqueue_ns": percentiles(self.requests.enqueue_ns),
            "overlap": self._overlap(),
            "bounds": self._bounds(),
            "causes": dict(self.overlap.causes) if self.overlap is not None else {},
        }

    def _overlap(self) -> dict[str, Any]:
        names = ("span_ns", "compute_ns", "copy_ns", "htod_ns", "dtoh_ns", "hidden_ns", "exposed_ns", "covered_ns")
        row = self.overlap
        values: dict[str, Any] = {name: getattr(row, name) if row is not None else 0 for name in names}
        values["hidden_fraction"] = row.hidden_fraction if row is not None else None
        values["duplex_ns"] = row.duplex_ns if row is not None else 0
        values["idle_ns"] = row.idle_ns if row is not None else 0
        values["mapped_bytes"] = self.mapped_bytes
        values["mapped_ns"] = mapped_ns(self.plan, self.timings, self.repeat)
        return values

    def _bounds(self) -> dict[str, Any]:
        if self.bounds is None:
            return {"serial_ns": None, "overlap_ns": None, "achieved": None}
        return {
            "serial_ns": self.bounds.serial_ns,
            "overlap_ns": self.bounds.overlap_ns,
            "achieved": self.bounds.achieved(self.makespan_ns),
        }


#: Told the outcome of the repeats that a run had finished before it failed or was interrupted.
Keep = Callable[[Outcome], None]


def run_scenario(
    scenario: Scenario, device: Device, *, progress: Progress | None = None, keep: Keep | None = None
) -> Outcome:
    """Plan, prove, execute and measure one scenario.

    ``keep`` is told what was finished before a failure or an interruption, on a device that keeps it, as
    `profiler.devices.cuda.device.CudaDevice.partial` does.

    Raises
    ------
    UsageError
        The scenario makes no plan: a bad number, a strategy that cannot take this workload.
    DeviceError
        The device failed.
    """
    plan = make_plan(
        scenario.strategy,
        scenario.workload,
        scenario.batch,
        scenario.config,
        hardware_queues=device.info.hardware_queues,
    )
    try:
        timings = device.execute(plan, repeats=scenario.repeats, warmup=scenario.warmup, progress=progress)
    except (DeviceError, Cancelled, KeyboardInterrupt):
        finished: StepTimings | None = getattr(device, "partial", None)
        if keep is not None and finished is not None:
            keep(measure(replace(scenario), device, plan, finished))
        raise
    return measure(replace(scenario), device, plan, timings)


def measure(scenario: Scenario, device: Device, plan: Plan, timings: StepTimings) -> Outcome:
    """All figures of a run that has been executed."""
    makespans = run_makespans(timings)
    repeat = _nearest_median(makespans)
    waits = dependencies(plan)
    trace = build_trace(plan, timings, device.info, repeat=repeat, waits=waits)
    devices = analyze_devices(trace)
    return Outcome(
        scenario=scenario,
        device=device,
        plan=plan,
        timings=timings,
        repeat=repeat,
        makespans_ns=makespans,
        trace=trace,
        overlap=devices[0] if devices else None,
        requests=request_times(trace),
        bounds=plan_bounds(plan, timings, waits),
    )


def run_makespans(timings: StepTimings) -> Int64:
    """First host action to the last host action's end, for each repeat; every plan ends with a host sync."""
    called = timings.host_start != NO_TIME
    first = np.where(called, timings.host_start, np.iinfo(np.int64).max).min(axis=1)
    last = np.where(called, timings.host_end, np.iinfo(np.int64).min).max(axis=1)
    makespans: Int64 = (last - first).astype(np.int64)
    return makespans


def plan_bounds(plan: Plan, timings: StepTimings, waits: Sequence[Dependency] | None = None) -> Bounds | None:
    """Bounds of design section 7 for the plan; None when the alone-durations are unknown.

    ``waits`` are the plan's `dependencies`, for a caller that has them.
    """
    if timings.alone_ns is None or timings.work_ns is None:
        return None
    work = [index for index, step in enumerate(plan.steps) if isinstance(step, Memcpy | Launch)]
    place = {index: position for position, index in enumerate(work)}
    pairs = [
        (place[source], place[target])
        for source, target, _ in (dependencies(plan) if waits is None else waits)
        if source in place and target in place
    ]
    rows = np.array(work, np.int64)
    edges = np.array(pairs, np.int64).reshape(-1, 2)
    return overlap_bounds(timings.alone_ns[rows], timings.work_ns[rows], timings.engine[rows], edges)


def mapped_ns(plan: Plan, timings: StepTimings, repeat: int) -> int:
    """Time during which some kernel that moves bytes over the link itself was running."""
    from profiler.analysis.intervals import union_ns

    rows = [
        index
        for index, step in enumerate(plan.steps)
        if isinstance(step, Launch) and step.mapped_read_bytes + step.mapped_write_bytes
    ]
    start = timings.start[repeat][rows]
    return union_ns(start, timings.end[repeat][rows] - start)


def timing_source(timings: StepTimings) -> str:
    """The least true source any step's times came from, in lower case: ``sim``, ``event``, ``cupti`` and so on."""
    used = timings.source[timings.source != Source.NONE]
    return Source(int(used.min())).name.lower() if len(used) else Source.NONE.name.lower()


def _nearest_median(makespans: Int64) -> int:
    median = percentiles(makespans)["median"]
    return int(np.argmin(np.abs(makespans - median)))
