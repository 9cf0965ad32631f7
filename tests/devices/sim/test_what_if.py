"""Factors on a simulated GPU do what their names say, seen in closed forms of a plan's times."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction

import pytest

from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.gpu import GpuModel
from profiler.devices.sim.model import gpu_names, load_gpu
from profiler.devices.sim.what_if import Factors, scaled
from profiler.errors import UsageError
from profiler.experiment.scenario import Outcome, Scenario, run_scenario
from profiler.plan.model import StreamConfig
from profiler.workload.registry import open_workload


def run(gpu: GpuModel, factors: Factors, strategy: str = "serial", batch: int = 128) -> Outcome:
    workload = open_workload("resnet50")
    scenario = Scenario(workload, batch, strategy, StreamConfig())
    return run_scenario(scenario, SimDevice(gpu).scaled(factors))


@pytest.mark.parametrize("name", gpu_names())
def test_factors_of_one_change_nothing(name: str) -> None:
    gpu = load_gpu(name)
    assert scaled(gpu, Factors()) == gpu
    assert Factors().change_nothing
    assert not Factors(launch=0.5).change_nothing


def test_only_what_is_named_is_scaled() -> None:
    gpu = load_gpu("h100-sxm")
    changed = {
        "bandwidth": {"htod_gb_per_s", "dtoh_gb_per_s", "pageable_htod_gb_per_s", "pageable_dtoh_gb_per_s"},
        "compute": {"fp32_tflops", "int8_tops", "memory_gb_per_s"},
        "launch": {"launch_latency_us", "graph_launch_us", "sync_return_us", "call_us"},
    }
    for factor, names in changed.items():
        other = scaled(gpu, Factors(**{factor: 2.0}))
        different = {one.name for one in fields(gpu) if getattr(gpu, one.name) != getattr(other, one.name)}
        assert different == {name for name in names if getattr(gpu, name)}
        for name in different - {"call_us"}:
            assert getattr(other, name) == 2 * getattr(gpu, name)
    calls = scaled(gpu, Factors(launch=2.0)).call_us
    assert all(getattr(calls, one.name) == 2 * getattr(gpu.call_us, one.name) for one in fields(calls))


def test_twice_the_bandwidth_halves_the_copies_but_for_their_overhead() -> None:
    gpu = load_gpu("h100-sxm")
    plain, fast = run(gpu, Factors()), run(gpu, Factors(bandwidth=2.0))
    assert plain.overlap is not None
    assert fast.overlap is not None
    overhead = round(gpu.copy_overhead_us * 1000)
    assert abs((fast.overlap.htod_ns - overhead) * 2 - (plain.overlap.htod_ns - overhead)) <= 2
    assert fast.overlap.compute_ns == plain.overlap.compute_ns


def test_faster_compute_shortens_kernels_and_no_copy() -> None:
    gpu = load_gpu("h100-sxm")
    plain, fast = run(gpu, Factors()), run(gpu, Factors(compute=4.0))
    assert plain.overlap is not None
    assert fast.overlap is not None
    assert fast.overlap.kernel_sum_ns < plain.overlap.kernel_sum_ns
    assert fast.overlap.kernel_sum_ns >= plain.overlap.kernel_sum_ns // 4
    assert (fast.overlap.htod_ns, fast.overlap.dtoh_ns) == (plain.overlap.htod_ns, plain.overlap.dtoh_ns)


def test_a_host_that_costs_nothing_calls_in_no_time() -> None:
    outcome = run(load_gpu("h100-sxm"), Factors(launch=0.0))
    assert outcome.requests.enqueue_ns.tolist() == [0]
    assert outcome.makespan_ns < run(load_gpu("h100-sxm"), Factors()).makespan_ns


def test_factors_are_exact_and_short() -> None:
    gpu = scaled(load_gpu("h100-sxm"), Factors(bandwidth=1 / 3))
    assert gpu.htod_gb_per_s == load_gpu("h100-sxm").htod_gb_per_s * Fraction(333, 1000)


def test_the_scaled_device_is_called_what_it_was() -> None:
    device = SimDevice(load_gpu("t4"), seed=3, spec="sim:t4")
    assert device.scaled(Factors(compute=2.0)).info.spec == "sim:t4"


@pytest.mark.parametrize(
    "factors", [Factors(bandwidth=0.0), Factors(compute=-1.0), Factors(launch=float("nan")), Factors(bandwidth=1e-9)]
)
def test_factors_that_make_no_sense_are_refused(factors: Factors) -> None:
    with pytest.raises(UsageError, match="makes no sense"):
        scaled(load_gpu("t4"), factors)
