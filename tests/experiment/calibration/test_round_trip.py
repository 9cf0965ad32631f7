"""A simulated GPU, measured like a real one, gives its own file back; and the file predicts what was not measured."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache

import pytest

from profiler.devices.base import DeviceInfo
from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.gpu import CallCosts, GpuModel
from profiler.devices.sim.model import gpu_names, load_gpu, parse_gpu
from profiler.errors import DeviceError
from profiler.experiment.calibration.calibrate import Calibration, calibrate, slug
from profiler.experiment.calibration.chains import pending_operations
from profiler.experiment.calibration.kernels import BATCHES, NETWORKS
from profiler.experiment.calibration.limits import LIMIT_KEYS
from profiler.experiment.calibration.session import calibrate_device, gpu_file
from profiler.experiment.scenario import Scenario, run_scenario
from profiler.plan.registry import STRATEGIES
from profiler.workload.networks import network
from tests.helpers.gpus import toy_gpu

TODAY = date(2026, 1, 2)

#: Relative, of rates; microseconds, of times: stated in docs/gpu-check.md.
RATE, TIME_US = 0.001, 0.01

#: Relative, of a class's share: a kernel of a few microseconds shows its share only to the nanosecond it is rounded to.
SHARE = 0.05

RATES = ("htod_gb_per_s", "dtoh_gb_per_s", "pageable_htod_gb_per_s", "pageable_dtoh_gb_per_s", "duplex_factor")
TIMES = (
    "copy_overhead_us",
    "kernel_gap_us",
    "kernel_fixed_us",
    "launch_latency_us",
    "graph_node_gap_us",
    "sync_return_us",
)


@lru_cache(maxsize=16)
def calibrated(name: str, jitter_percent: float = 0.0) -> Calibration:
    return calibrate(SimDevice(load_gpu(name), jitter_percent=jitter_percent, seed=5), today=TODAY)


@pytest.mark.parametrize("name", gpu_names())
def test_a_shipped_gpu_is_found_again(name: str) -> None:
    shipped, found = load_gpu(name), calibrated(name).gpu
    for key in RATES:
        assert float(getattr(found, key)) == pytest.approx(float(getattr(shipped, key)), rel=RATE), key
    for key in TIMES:
        assert float(getattr(found, key)) == pytest.approx(float(getattr(shipped, key)), abs=TIME_US), key
    for call in (field.name for field in fields(CallCosts)):
        expected = float(getattr(shipped.call_us, call))
        assert float(getattr(found.call_us, call)) == pytest.approx(expected, abs=TIME_US), call
    for key in LIMIT_KEYS:
        assert getattr(found, key) == getattr(shipped, key), key
    assert found.pageable_async_max_bytes == shipped.pageable_async_max_bytes
    assert found.pending_ops == shipped.pending_ops
    assert float(found.memory_efficiency) == pytest.approx(float(shipped.memory_efficiency), rel=RATE)


@pytest.mark.parametrize("name", gpu_names())
def test_latencies_shorter_than_their_call_cannot_be_seen(name: str) -> None:
    shipped, found = load_gpu(name), calibrated(name).gpu
    for key, call in (("copy_latency_us", "memcpy"), ("graph_launch_us", "graph_launch")):
        own = getattr(shipped, key) or (shipped.launch_latency_us if key == "graph_launch_us" else Fraction(0))
        expected = max(own, getattr(shipped.call_us, call))
        assert float(getattr(found, key)) == pytest.approx(float(expected), abs=TIME_US), key


@pytest.mark.parametrize("name", gpu_names())
def test_shares_of_peak_are_found_again_where_they_decide_anything(name: str) -> None:
    shipped, calibration = load_gpu(name), calibrated(name)
    seen = {kind for kind, kernels in calibration.shares.bound.items() if kernels}
    assert {("fp32", "direct"), ("fp32", "pointwise"), ("fp32", "winograd3x3"), ("int8", "direct")} <= seen
    for precision, kernel_class in seen:
        expected = float(shipped.efficiency_of(precision, kernel_class))
        found = float(calibration.gpu.efficiency_of(precision, kernel_class))
        assert found == pytest.approx(expected, rel=SHARE), (precision, kernel_class)


def _errors(name: str, gpu: GpuModel) -> list[float]:
    """Relative errors of makespans in cells that had no part in the calibration: a third network, other batches."""
    real, guess = SimDevice(load_gpu(name)), SimDevice(gpu)
    errors = []
    for subject, batch in (("vgg19", 4), ("resnet50", 1), ("resnet50", 128), ("googlenet", 24)):
        assert subject not in NETWORKS or batch not in BATCHES
        for precision in ("fp32", "int8"):
            for strategy in STRATEGIES:
                scenario = Scenario(network(subject, precision), batch, strategy)
                measured, predicted = (run_scenario(scenario, device).makespan_ns for device in (real, guess))
                errors.append(predicted / measured - 1)
    return errors


@pytest.mark.parametrize("name", ["h100-sxm", "t4"])
def test_cells_that_were_not_measured_are_predicted(name: str) -> None:
    assert max(abs(error) for error in _errors(name, calibrated(name).gpu)) < 0.01


@pytest.mark.parametrize("name", ["h100-sxm", "p40"])
def test_noise_of_five_percent_costs_no_more_than_that(name: str) -> None:
    shipped, found = load_gpu(name), calibrated(name, 5.0).gpu
    for key in (*RATES, "copy_overhead_us", "kernel_fixed_us", "memory_efficiency"):
        assert float(getattr(found, key)) == pytest.approx(float(getattr(shipped, key)), rel=0.06), key
    assert max(abs(error) for error in _errors(name, found)) < 0.10


def test_the_file_can_be_read_and_says_what_it_was_fitted_to() -> None:
    calibration = calibrated("t4")
    text = gpu_file(calibration)
    assert parse_gpu(text, "gpu.toml") == calibration.gpu
    assert "fitted to the simulated t4" in text
    assert "measured on" not in text
    keys = {key for key in calibration.gpu.source if not key.startswith("efficiency")}
    assert {"htod_gb_per_s", "call_us.launch", "duplex_factor", "sm_count", "kernel_gap_us", "pending_ops"} <= keys


class _Real(SimDevice):
    """A device that says it is no simulation, for the words alone."""

    @property
    def info(self) -> DeviceInfo:
        return replace(super().info, simulated=False, name="NVIDIA Toy 1", spec="cuda:0")


def test_only_a_real_device_is_said_to_be_measured() -> None:
    found = calibrate(_Real(load_gpu("t4")), repeats=1, networks=("googlenet",), batches=(2,), today=TODAY)
    source = found.gpu.source
    assert source["htod_gb_per_s"].startswith("measured on NVIDIA Toy 1, driver ")
    assert source["htod_gb_per_s"].endswith("2026-01-02")
    assert source["sm_count"].startswith("device attribute of NVIDIA Toy 1")
    assert not any("simulated" in text for text in source.values())
    assert found.gpu.name == "nvidia-toy-1"


def test_one_engine_has_no_second_direction_to_share_with() -> None:
    gpu = replace(load_gpu("t4"), copy_engines=1)
    assert calibrate(SimDevice(gpu), networks=("googlenet",), batches=(2,)).gpu.duplex_factor == 1


def test_fewer_pending_operations_are_noticed_and_more_than_are_tried_are_not() -> None:
    calls = {"record": 0.1, "memcpy": 0.1}
    assert pending_operations(SimDevice(toy_gpu(pending_ops=300, call_us=calls)), 3) == 300
    assert pending_operations(SimDevice(toy_gpu(pending_ops=10_000, call_us=calls)), 3) == 0


def test_auto_without_a_gpu_calibrates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiler.devices.registry.count_gpus", lambda: 0)
    with pytest.raises(DeviceError, match="no GPU to measure") as caught:
        calibrate_device("auto")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("name,expected", [("NVIDIA H100 80GB HBM3", "nvidia-h100-80gb-hbm3"), ("!!", "gpu")])
def test_a_name_for_files(name: str, expected: str) -> None:
    assert slug(name) == expected
