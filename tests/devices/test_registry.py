"""Devices by name."""

from __future__ import annotations

import ctypes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from profiler.devices import registry
from profiler.devices.registry import list_devices, open_device
from profiler.devices.sim.model import gpu_names
from profiler.errors import DeviceError, UsageError
from tests.helpers.gpus import gpu_text


@pytest.fixture(params=[0, 2], ids=["no GPU", "two GPUs"])
def gpus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many GPUs are here, whatever machine this is."""
    monkeypatch.setattr(registry, "count_gpus", lambda: request.param)
    return int(request.param)


@pytest.mark.parametrize("name", gpu_names())
def test_every_shipped_gpu_opens(name: str) -> None:
    info = open_device(f"sim:{name}").info
    assert (info.spec, info.simulated) == (f"sim:{name}", True)


def test_a_file_opens_under_the_name_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(gpu_text(name="mine"), "utf-8")
    info = open_device(f"sim:{path}").info
    assert (info.spec, info.name) == (f"sim:{path}", "mine")


def test_auto_says_plainly_that_it_simulates_and_what(gpus: int) -> None:
    info = open_device("auto").info
    assert (info.spec, info.simulated) == ("sim:h100-sxm", True)
    assert "simulates h100-sxm" in info.notes[0]
    assert ("no GPU was found" in info.notes[0]) == (gpus == 0)


@pytest.mark.parametrize("spec", ["cuda", "cuda:0", "cuda:12"])
def test_a_gpu_is_not_available_and_simulated_ones_are_offered(spec: str, gpus: int) -> None:
    with pytest.raises(DeviceError) as caught:
        open_device(spec)
    assert caught.value.exit_code == 4
    assert "sim:h100-sxm" in str(caught.value)
    assert ("no CUDA driver" in str(caught.value)) == (gpus == 0)


@pytest.mark.parametrize("spec", ["", "gpu", "sim", "sim:", "cuda:x", "cuda:-1", "h100-sxm", "Auto "])
def test_an_unknown_device_is_wrong_use(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_device(spec)
    assert caught.value.exit_code == 2
    assert "sim:FILE.toml" in str(caught.value)


def test_a_misspelt_gpu_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="Did you mean h100-sxm"):
        open_device("sim:h100-sx")


def test_seed_and_jitter_reach_the_device() -> None:
    with pytest.raises(UsageError, match="--seed"):
        open_device("sim:h100-sxm", seed=-1)
    with pytest.raises(UsageError, match="--jitter"):
        open_device("auto", jitter_percent=-1)


def test_all_listed_devices_open() -> None:
    listed = list_devices()
    assert [info.spec for info in listed] == [f"sim:{name}" for name in gpu_names()]
    assert [open_device(info.spec).info for info in listed] == listed


def driver(count: int, error: int = 0) -> SimpleNamespace:
    """A driver library with so many GPUs, or with an error."""

    def tell(found: Any) -> int:
        found._obj.value = count
        return 0

    return SimpleNamespace(cuInit=lambda flags: error, cuDeviceGetCount=tell)


@pytest.mark.parametrize(("library", "found"), [(driver(3), 3), (driver(3, error=100), 0), (SimpleNamespace(), 0)])
def test_gpus_are_counted_by_the_driver(library: object, found: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    assert registry.count_gpus() == found


def test_without_a_driver_there_are_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", absent)
    assert registry.count_gpus() == 0
