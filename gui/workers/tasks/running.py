"""A scenario run with all its repeats; what has run is handed over while it goes on."""

from __future__ import annotations

import time

from gui.workers.context import Context
from gui.workers.jobs import Pictured, Run
from gui.workers.tasks.picture import hand_over
from gui.workers.tasks.simulating import prepared
from profiler.analysis.overlap import analyze_devices
from profiler.devices.base import Device, StepTimings
from profiler.devices.cuda.device import CudaDevice
from profiler.devices.sim.device import SimDevice
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
    plan = make_plan(
        scenario.strategy,
        scenario.workload,
        scenario.batch,
        scenario.config,
        hardware_queues=device.info.hardware_queues,
    )
    growing = _Growing(scenario, device, plan, context)
    context.progress(0.0, "starting")
    timings = device.execute(plan, repeats=scenario.repeats, warmup=scenario.warmup, progress=growing.step)
    return growing.show(timings, whole=True)


class _Growing:
    """What has run so far, handed over from time to time."""

    def __init__(self, scenario: Scenario, device: Device, plan: Plan, context: Context) -> None:
        self._scenario = scenario
        self._device = device
        self._plan = plan
        self._context = context
        self._number = 0
        self._next = time.monotonic() + _EVERY_S

    def step(self, done: int, total: int) -> None:
        """A repeat is over."""
        self._context.progress(done / total, f"{done} of {total} repeats")
        now = time.monotonic()
        if now >= self._next and done < total and isinstance(self._device, SimDevice | CudaDevice):
            timings = self._device.partial
            if timings is not None:
                self._context.partial(self.show(timings, whole=False))
                cost = time.monotonic() - now
                self._next = time.monotonic() + max(_EVERY_S, _TIMES_ITS_COST * cost)

    def show(self, timings: StepTimings, *, whole: bool) -> Pictured:
        """All repeats so far as a picture."""
        outcome: Outcome = measure(self._scenario, self._device, self._plan, timings)
        trace = build_all_repeats(self._plan, timings, self._device.info).with_meta(scenario=outcome.to_json())
        self._number += 1
        return hand_over(
            self._context.folder,
            trace,
            analyze_devices(trace),
            figures=outcome.to_json(),
            notes=self._device.info.notes,
            number=self._number,
            whole=whole,
        )
