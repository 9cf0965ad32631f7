"""A scenario simulated: workloads, devices and plans are kept, so that a slider only pays for what it changed."""

from __future__ import annotations

from gui.workers.context import Context
from gui.workers.jobs import Pictured, Simulate
from gui.workers.tasks.picture import hand_over
from profiler.devices.base import Device
from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.what_if import Factors
from profiler.errors import UsageError
from profiler.experiment.compare import run_fastest_base
from profiler.experiment.scenario import Scenario
from profiler.experiment.spec import Bench, ScenarioSpec


def simulate(job: Simulate, context: Context) -> Pictured:
    """One scenario as a picture with its figures.

    Raises
    ------
    UsageError
        The scenario makes no sense, or its device is a real one.
    """
    require_simulated(job.spec)
    scenario, device = prepared(job.spec, job.factors, context)
    outcome = run_fastest_base(scenario, device)
    devices = [outcome.overlap] if outcome.overlap is not None else []
    figures = outcome.to_json()
    trace = outcome.trace.with_meta(scenario=figures)
    return hand_over(context.folder, trace, devices, figures=figures, notes=device.info.notes)


def require_simulated(spec: ScenarioSpec) -> None:
    """Refuse a real device before it is opened: nothing but a person's wish may start one.

    Raises
    ------
    UsageError
    """
    if not spec.device.startswith("sim:"):
        raise UsageError(
            "a real device does not follow the sliders", where=spec.device, remedy="Press Run, or simulate a GPU."
        )


def prepared(spec: ScenarioSpec, factors: Factors, context: Context) -> tuple[Scenario, Device]:
    """What a spec names, kept from one job to the next."""
    bench: Bench = context.held.get("", "bench", Bench)
    scenario, device = bench.scenario(spec)
    if isinstance(device, SimDevice) and not factors.change_nothing:
        device = device.scaled(factors)
    return scenario, device
