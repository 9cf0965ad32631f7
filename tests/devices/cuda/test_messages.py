"""Each way in which a GPU cannot be used has one message: what is wrong, where, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from profiler.devices.cuda.options import CudaOptions
from profiler.errors import DeviceError, UsageError
from tests.devices.cuda import cases
from tests.helpers.fake_driver.device import open_fake
from tests.helpers.project import run

MIB = 1 << 20

REFUSED: dict[str, tuple[dict[str, str | int], int, str, str]] = {
    "no device": ({"NODEV": 1}, 0, "CUDA_ERROR_NO_DEVICE", "CUDA_VISIBLE_DEVICES"),
    "driver too old": ({"VERSION": 11080}, 0, "for CUDA 11.8, and 12.0 is the oldest", "newer driver"),
    "wrong ordinal": ({"DEVICES": 2}, 7, "there is no GPU 7", "cuda:0 to cuda:1"),
    "no ordinal at all": ({"DEVICES": 0}, 0, "there is no GPU 0", "there is none"),
    "held by another process": ({"BUSY": 1}, 0, "CUDA_ERROR_DEVICE_UNAVAILABLE", "exclusive mode"),
    "prohibited": ({"COMPUTE_MODE": 2}, 0, "Prohibited", "nvidia-smi -c DEFAULT"),
    "stub library": ({"FAIL": "cuInit:1:34"}, 0, "code 34", "stub for linking"),
    "after an update": ({"FAIL": "cuInit:1:803"}, 0, "code 803", "reboot"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_gpu_that_cannot_be_used_says_why(case: str) -> None:
    settings, ordinal, what, remedy = REFUSED[case]
    with pytest.raises(DeviceError) as caught:
        open_fake(ordinal=ordinal, **settings)
    assert caught.value.exit_code == 4
    assert what in str(caught.value)
    assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_second_gpu_is_another_device() -> None:
    device = open_fake(ordinal=1, DEVICES=2)
    assert (device.info.spec, device.info.name) == ("cuda:1", "Fake device 1")
    assert device.execute(cases.toy_plan("serial", 2)).repeats == 1
    device.close()


def test_without_a_driver_simulation_is_offered() -> None:
    """In a process that finds none, whatever this machine has."""
    script = (
        "import sys; from profiler.devices.cuda.driver import Driver\n"
        "from cuda.bindings import driver\n"
        "def absent(*args): raise type('DynamicLibNotFoundError', (RuntimeError,), {})('cuda')\n"
        "driver.cuInit = absent\n"
        "try: Driver()\n"
        "except Exception as error: print(type(error).__name__, error.exit_code, error)"
    )
    done = run([sys.executable, "-c", script])
    assert done.stdout.startswith("DeviceError 4 no NVIDIA driver is installed"), done.stderr
    assert "--device sim:h100-sxm" in done.stdout


def test_a_driver_without_an_entry_point_is_too_old(over_fake: Callable[..., Any]) -> None:
    assert "the driver has no cuProfilerStart" in over_fake(cases.missing_entry_point)


def test_memory_that_does_not_suffice_says_which_batch_would_fit(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("serial", 1000)
    needed = sum(buffer.size_bytes for buffer in plan.buffers if buffer.memory == 0)
    ran = over_fake(cases.run, plan, MEMORY=needed // 2)
    assert "CUDA_ERROR_OUT_OF_MEMORY" in ran.error
    assert "A batch of 500 would fit" in ran.error
    assert "device memory for 'in 0'" in ran.error
    assert (ran.leaks, ran.misuse) == ({}, "")
    assert over_fake(cases.run, cases.toy_plan("serial", 500), MEMORY=needed // 2).error == ""


def test_memory_for_nothing_at_all_says_so(over_fake: Callable[..., Any]) -> None:
    assert "No batch would fit" in over_fake(cases.run, cases.toy_plan("serial", 4), MEMORY=100).error


def test_host_memory_that_does_not_suffice_offers_pageable(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("serial", 4), fail=("cuMemHostAlloc", 1, 2))
    assert "--memory pageable" in ran.error


@pytest.mark.parametrize(
    "option",
    [
        {"detail": "steps"},
        {"timing": "stopwatch"},
        {"timing": "cupti", "detail": "phase"},
        {"timing": "gputimer", "detail": "phase"},
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_wrong_use(option: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="--"):
        CudaOptions(**option)


def test_fewer_than_one_repeat_is_wrong_use() -> None:
    device = open_fake()
    with pytest.raises(UsageError, match="0 repeats"):
        device.execute(cases.toy_plan("serial", 2), repeats=0)
    device.close()
