"""A scenario run with all its repeats; what has run is handed over while it goes on."""

from __future__ import annotations

import time

from gui.workers.context import Context
from gui.workers.jobs import Pictured, Run
from gui.workers.tasks.picture import hand_over
from gui.workers.tasks.simulating import prepared
from profiler.analysis.overlap import analyze_devices
from profiler.devices.base import Device
from profiler.devices.cuda.device import CudaDevice
from profiler.devices.sim.device import SimDevice
from profiler.experiment.compare import run_fastest_base
from profiler.experiment.scenario import Outcome, Scenario, measure
from profiler.experiment.trace_builder import build_all_repeats
from profiler.plan.model import Plan
from profiler.plan.registry import make_plan

#: Seconds from one hand-over to the next, at least; and at least so many times what the last one took, so that a
#: long run does not spend itself on showing how far it is.
_EVERY_S = 0.25
_TIMES_ITS_COST = 4


def run(job: Run, context: Context) -> Pictured:
    """Every repeat of the run, one after another, and the figures of the one nearest the median.

    Raises
    ------
    UsageError, DeviceError
        As `profiler.experiment.scenario.run_scenario`.
    """
    scenario, device = prepared(job.spec, job.factors, context)
    growing = _Growing(device, context)
    context.progress(0.0, "starting")
    outcome = _ran(scenario, device, growing)
    context.progress(None, "drawing it")
    return growing.show(outcome, whole=True)


def _ran(scenario: Scenario, device: Device, growing: _Growing) -> Outcome:
    if scenario.strategy == "graph" and scenario.config.base is None:
        # Every base is run and the fastest is kept, so there is no one run to be watched.
        return run_fastest_base(scenario, device, progress=growing.count)
    plan = make_plan(
        scenario.strategy,
        scenario.workload,
        scenario.batch,
        scenario.config,
        hardware_queues=device.info.hardware_queues,
    )
    timings = device.execute(
        plan,
        repeats=scenario.repeats,
        warmup=scenario.warmup,
        progress=lambda done, total: growing.step(scenario, plan, done, total),
    )
    return measure(scenario, device, plan, timings)


class _Growing:
    """What has run so far, handed over from time to time."""

    def __init__(self, device: Device, context: Context) -> None:
        self._device = device
        self._context = context
        self._number = 0
        self._next = time.monotonic() + _EVERY_S

    def count(self, done: int, total: int) -> None:
        """A repeat is over."""
        self._context.progress(done / total, f"{done} of {total} repeats")

    def step(self, scenario: Scenario, plan: Plan, done: int, total: int) -> None:
        """A repeat is over, and what has run may be shown."""
        self.count(done, total)
        now = time.monotonic()
        if now < self._next or done == total or not isinstance(self._device, SimDevice | CudaDevice):
            return
        timings = self._device.partial
        if timings is not None:
            self._context.partial(self.show(measure(scenario, self._device, plan, timings), whole=False))
            cost = time.monotonic() - now
            self._next = time.monotonic() + max(_EVERY_S, _TIMES_ITS_COST * cost)

    def show(self, outcome: Outcome, *, whole: bool) -> Pictured:
        """All repeats so far as a picture."""
        info = self._device.info
        trace = build_all_repeats(outcome.plan, outcome.timings, info).with_meta(scenario=outcome.to_json())
        self._number += 1
        return hand_over(
            self._context.folder,
            trace,
            analyze_devices(trace),
            figures=outcome.to_json(),
            notes=info.notes,
            number=self._number,
            whole=whole,
        )
