"""A scenario in plain values: what a command line names, what a worker process can be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

from profiler.plan.model import StreamConfig

# The window and each of its workers have specs; only those that run one need what runs it.
if TYPE_CHECKING:
    from profiler.devices.base import Device
    from profiler.devices.registry import Measuring
    from profiler.experiment.scenario import Scenario
    from profiler.workload.model import Workload


@dataclass(frozen=True, slots=True)
class ScenarioSpec:
    """Everything `Scenario` needs, by name.

    ``precision``, ``input_format`` and ``size`` of ``None`` take the workload's own default. ``detail`` is what a real
    device stamps; ``None`` is ``phase`` at batch 1, where a stamp behind every kernel would show, and ``op`` above and
    with the GPU's own timer, which is read around every kernel. ``timing`` and ``gate`` are for a real device alone.
    """

    workload: str
    batch: int
    strategy: str = "serial"
    precision: str | None = None
    input_format: str | None = None
    size: int | None = None
    device: str = "auto"
    config: StreamConfig = field(default_factory=StreamConfig)
    repeats: int = 1
    warmup: int = 0
    seed: int = 0
    jitter_percent: float = 0.0
    detail: str | None = None
    timing: str | None = None
    gate: bool = False

    @property
    def measuring(self) -> Measuring:
        """How a real device measures it, defaults filled in."""
        from profiler.devices.registry import Measuring

        own = "phase" if self.batch == 1 and self.timing in (None, "events") else "op"
        return Measuring(self.detail or own, self.timing, self.gate, factor=True)


@dataclass(frozen=True, slots=True)
class Product:
    """Lists whose product is run, in this order of nesting: workload, precision, batch, strategy, memory, device."""

    workloads: Sequence[str]
    precisions: Sequence[str | None]
    batches: Sequence[int]
    strategies: Sequence[str]
    memories: Sequence[str]
    devices: Sequence[str]

    def specs(self, template: ScenarioSpec) -> list[ScenarioSpec]:
        """One spec a combination; the rest is taken from ``template``."""
        from profiler.experiment.compare import expand_strategies

        strategies = expand_strategies(self.strategies)
        rows = product(self.workloads, self.precisions, self.batches, strategies, self.memories, self.devices)
        return [_combined(template, *row) for row in rows]


class Bench:
    """Opens each workload and device of a series once."""

    def __init__(self) -> None:
        self._devices: dict[tuple[str, int, float, Measuring], Device] = {}
        self._workloads: dict[tuple[str, str | None, str | None, int | None], Workload] = {}

    def scenario(self, spec: ScenarioSpec) -> tuple[Scenario, Device]:
        """The scenario a spec names, and its device.

        Raises
        ------
        UsageError
            Something named is unknown.
        DeviceError
            The device cannot be opened.
        """
        from profiler.devices.registry import open_device
        from profiler.experiment.scenario import Scenario
        from profiler.workload.registry import open_workload

        device_key = (spec.device, spec.seed, spec.jitter_percent, spec.measuring)
        if device_key not in self._devices:
            self._devices[device_key] = open_device(
                spec.device, seed=spec.seed, jitter_percent=spec.jitter_percent, measuring=spec.measuring
            )
        workload_key = (spec.workload, spec.precision, spec.input_format, spec.size)
        if workload_key not in self._workloads:
            workload = open_workload(
                spec.workload, precision=spec.precision, input_format=spec.input_format, size=spec.size
            )
            self._workloads[workload_key] = workload
        scenario = Scenario(
            workload=self._workloads[workload_key],
            batch=spec.batch,
            strategy=spec.strategy,
            config=spec.config,
            repeats=spec.repeats,
            warmup=spec.warmup,
            seed=spec.seed,
        )
        return scenario, self._devices[device_key]

    def close(self) -> None:
        """Close every device."""
        for device in self._devices.values():
            device.close()
        self._devices.clear()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _combined(
    template: ScenarioSpec, workload: str, precision: str | None, batch: int, strategy: str, memory: str, device: str
) -> ScenarioSpec:
    return replace(
        template,
        workload=workload,
        precision=precision,
        batch=batch,
        strategy=strategy,
        device=device,
        config=replace(template.config, memory=memory),
    )
