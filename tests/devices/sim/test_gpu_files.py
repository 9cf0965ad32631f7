"""The shipped GPU files: complete, every number with its source, and no number that cannot be."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from profiler.devices.sim.model import REQUIRED, gpu_names, load_gpu
from profiler.workload.model import EFFICIENCY_CLASSES

SHIPPED = ("a100-sxm", "h100-sxm", "p40", "rtx-4090", "t4", "titan-x-pascal", "v100")

#: The files whose efficiencies were fitted, and those that take them over.
FITTED = ("titan-x-pascal", "v100", "t4")


def table(name: str) -> dict[str, Any]:
    file = resources.files("profiler.devices.sim") / "gpus" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def test_these_are_shipped() -> None:
    assert gpu_names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_every_key_has_a_source_and_every_source_a_key(name: str) -> None:
    values = table(name)
    sources = dict(flat(values.pop("source")))
    assert sources.keys() == dict(flat(values)).keys()
    assert dict(load_gpu(name).source) == sources
    for key, text in sources.items():
        assert len(text) > 5, key
        assert "measured here" not in text


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_has_all_required_keys_and_its_own_name(name: str) -> None:
    values = table(name)
    assert set(REQUIRED) <= set(values)
    assert values["name"] == name


@pytest.mark.parametrize("name", SHIPPED)
def test_numbers_are_such_as_a_gpu_has(name: str) -> None:
    gpu = load_gpu(name)
    assert gpu.copy_engines >= 2
    assert gpu.pageable_htod_gb_per_s < gpu.htod_gb_per_s < gpu.memory_gb_per_s
    assert gpu.pageable_dtoh_gb_per_s < gpu.dtoh_gb_per_s < gpu.memory_gb_per_s
    assert 0.4 <= gpu.duplex_factor <= 1
    assert 0.5 <= gpu.copy_overhead_us <= 2
    assert 0.5 <= gpu.kernel_gap_us <= gpu.launch_latency_us <= 6
    assert gpu.call_us.wait <= gpu.call_us.record < gpu.call_us.launch < gpu.launch_latency_us
    assert (gpu.hardware_queues, gpu.pending_ops, gpu.registers_per_sm) == (8, 1024, 65536)
    assert gpu.int8_tops >= 4 * gpu.fp32_tflops * 0.999
    assert gpu.sm_count * 64 <= 20_000
    assert gpu.threads_per_sm in (1024, 1536, 2048)
    assert gpu.full_rate_threads_per_sm in (256, 512)
    assert 0.7 <= gpu.memory_efficiency <= 0.9
    assert gpu.memory_gib >= 12


@pytest.mark.parametrize("name", SHIPPED)
def test_efficiencies_are_shares_of_known_classes_that_a_kernel_can_reach(name: str) -> None:
    for precision, classes in load_gpu(name).efficiency.items():
        assert set(classes) <= set(EFFICIENCY_CLASSES)
        assert all(0.05 <= share <= 0.95 for share in classes.values())
        assert precision == "fp32" or "winograd3x3" not in classes  # which INT8 does not have


@pytest.mark.parametrize("name", FITTED)
def test_what_was_fitted_says_to_what_and_shares_one_number(name: str) -> None:
    gpu = load_gpu(name)
    products = ("direct", "pointwise", "fc")
    assert all("fitted to" in gpu.source[f"efficiency.fp32.{key}"] for key in products)
    assert all("docs/validation.md" in gpu.source[f"efficiency.fp32.{key}"] for key in products)
    for precision in ("fp32", "int8"):
        assert len({gpu.efficiency_of(precision, key) for key in products}) == 1
    assert not any("fitted" in text for key, text in gpu.source.items() if not key.startswith("efficiency."))


def test_the_p40_takes_over_what_was_fitted_to_the_same_chip() -> None:
    assert load_gpu("p40").efficiency == load_gpu("titan-x-pascal").efficiency
    assert all("fitted" not in text for text in load_gpu("p40").source.values())
