"""Devices by name."""

from __future__ import annotations

import ctypes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from profiler.devices import registry
from profiler.devices.registry import Measuring, list_devices, open_device
from profiler.devices.sim.model import gpu_names
from profiler.errors import DeviceError, UsageError
from tests.helpers.gpus import gpu_text


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """No GPU is here, whatever machine this is."""
    monkeypatch.setattr(registry, "count_gpus", lambda: 0)


@pytest.fixture
def broken_gpus(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two GPUs are here and neither can be used; the numbers of those that were tried."""
    tried: list[int] = []

    def fail(ordinal: int, *_: object) -> None:
        tried.append(ordinal)
        raise DeviceError("it is on fire")

    monkeypatch.setattr(registry, "count_gpus", lambda: 2)
    monkeypatch.setattr(registry, "_open_gpu", fail)
    return tried


@pytest.mark.parametrize("name", gpu_names())
def test_every_shipped_gpu_opens(name: str) -> None:
    info = open_device(f"sim:{name}").info
    assert (info.spec, info.simulated) == (f"sim:{name}", True)


def test_a_file_opens_under_the_name_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(gpu_text(name="mine"), "utf-8")
    info = open_device(f"sim:{path}").info
    assert (info.spec, info.name) == (f"sim:{path}", "mine")


@pytest.mark.usefixtures("no_gpu")
def test_auto_says_plainly_that_it_simulates_and_what() -> None:
    info = open_device("auto").info
    assert (info.spec, info.simulated) == ("sim:h100-sxm", True)
    assert info.notes[0] == "no GPU was found: this run simulates h100-sxm"


def test_auto_says_why_it_does_not_use_a_gpu_that_is_there(broken_gpus: list[int]) -> None:
    info = open_device("auto").info
    assert (info.spec, info.simulated, broken_gpus) == ("sim:h100-sxm", True, [0])
    assert "it is on fire" in info.notes[0]
    assert "simulates h100-sxm" in info.notes[0]


@pytest.mark.parametrize(("spec", "ordinal"), [("cuda", 0), ("cuda:0", 0), ("cuda:12", 12)])
def test_a_gpu_that_was_asked_for_is_never_replaced(spec: str, ordinal: int, broken_gpus: list[int]) -> None:
    with pytest.raises(DeviceError, match="on fire") as caught:
        open_device(spec)
    assert (caught.value.exit_code, broken_gpus) == (4, [ordinal])


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
        open_device("sim:t4", jitter_percent=-1)


@pytest.mark.usefixtures("no_gpu")
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


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("spec", ["sim:t4", "auto"])
@pytest.mark.parametrize(
    ("measuring", "option"), [(Measuring(timing="events"), "--timing"), (Measuring(gate=True), "--gate")]
)
def test_a_simulated_device_is_not_measured_by_events_nor_gated(spec: str, measuring: Measuring, option: str) -> None:
    with pytest.raises(UsageError, match=f"{option}: .*is simulated and knows all its times") as caught:
        open_device(spec, measuring=measuring)
    assert caught.value.exit_code == 2
