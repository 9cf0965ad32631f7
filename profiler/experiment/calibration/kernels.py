"""The kernels of the networks: measured one by one, and the shares of peak that explain them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiler.devices.base import Device
from profiler.devices.sim.cost import compute_ns, memory_ns
from profiler.devices.sim.gpu import GpuModel
from profiler.experiment.calibration.chains import Pace
from profiler.experiment.calibration.draft import behind_a_copy, run
from profiler.experiment.calibration.fitting import KernelSample, Shares, fit_shares
from profiler.plan.model import Launch
from profiler.plan.registry import make_plan
from profiler.workload.model import PRECISIONS
from profiler.workload.networks import network

#: What kernels are measured in. One network and the batches 1 and 128 are left out on purpose: predictions of these
#: can be checked against measurements that had no part in the fit.
NETWORKS = ("resnet50", "googlenet")
BATCHES = (2, 16, 64)


@dataclass(frozen=True, slots=True)
class KernelRun:
    """Durations of the kernels of one serial run, in launch order."""

    network: str
    precision: str
    batch: int
    measured_ns: tuple[float, ...]


def measure_kernels(
    device: Device,
    pace: Pace,
    repeats: int,
    *,
    networks: Sequence[str] = NETWORKS,
    batches: Sequence[int] = BATCHES,
) -> list[KernelRun]:
    """Every kernel of each network, precision and batch, its launch called long before it runs."""
    return [
        _measure(device, pace, repeats, name, precision, batch)
        for name in networks
        for precision in PRECISIONS
        for batch in batches
    ]


def _measure(device: Device, pace: Pace, repeats: int, name: str, precision: str, batch: int) -> KernelRun:
    plan = behind_a_copy(make_plan("serial", network(name, precision), batch))
    ran = run(device, plan, repeats)
    durations = []
    for number, step in enumerate(plan.steps):
        if isinstance(step, Launch):
            # Where only ends are known, a kernel's time goes back to the end of what was before it.
            between = 0.0 if ran.true_start(number) else pace.gap_ns + pace.stamp_ns
            durations.append(max(0.0, ran.lasted(number) - between))
    return KernelRun(name, precision, batch, tuple(durations))


def fit_kernels(runs: Sequence[KernelRun], peaks: GpuModel, fixed_ns: float) -> Shares:
    """Shares of the peaks of ``peaks`` (which has no efficiencies of its own) that explain the runs."""
    samples = []
    for number, one in enumerate(runs):
        kernels = network(one.network, one.precision).kernels(one.batch)
        for kernel, measured_ns in zip(kernels, one.measured_ns, strict=True):
            samples.append(
                KernelSample(
                    kind=(kernel.precision, kernel.efficiency_class),
                    run=number,
                    compute_ns=float(compute_ns(kernel, peaks)),
                    memory_ns=float(memory_ns(kernel, peaks)),
                    measured_ns=measured_ns - fixed_ns,
                )
            )
    return fit_shares(samples)
