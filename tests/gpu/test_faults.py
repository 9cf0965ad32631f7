"""What goes wrong on a real GPU is one clear message, and the next run works."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from profiler.devices.cuda.device import CudaDevice
from profiler.devices.cuda.facts import GpuFacts
from profiler.devices.cuda.options import CudaOptions
from profiler.errors import DeviceError
from profiler.plan.model import Plan
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall, Workload

pytestmark = pytest.mark.gpu

BAD_KERNELS = "tests.gpu.bad_kernels:bad_kernels"

Open = Callable[..., CudaDevice]


def plan_of(entry: str) -> Plan:
    kernel = KernelCall(entry, (1, 1, 1), (32, 1, 1), entry=entry)
    return make_plan("serial", Workload(entry, "fp32", 4096, 4096, lambda samples: (kernel,)), 1)


def test_a_kernel_that_reaches_what_is_not_its_own(opened: Open) -> None:
    device = opened(kernels=BAD_KERNELS)
    with pytest.raises(DeviceError, match="compute-sanitizer") as caught:
        device.execute(plan_of("reaches_nowhere"))
    assert "plan serial" in str(caught.value)
    assert device.execute(plan_of("does_nothing")).repeats == 1


def test_a_kernel_that_never_ends(opened: Open) -> None:
    device = opened(CudaOptions(alone=False, time_limit_s=2.0), kernels=BAD_KERNELS)
    with pytest.raises(DeviceError, match=r"no answer for 2 s.*host waits"):
        device.execute(plan_of("never_ends"))
    assert device.execute(plan_of("does_nothing")).repeats == 1


def test_more_memory_than_there_is(opened: Open, gpu_facts: GpuFacts) -> None:
    sample = 1 << 30
    batch = 2 * gpu_facts.memory_bytes // sample
    kernel = KernelCall("does_nothing", (1, 1, 1), (32, 1, 1), entry="does_nothing")
    workload = Workload("large", "fp32", 64, 64, lambda samples: (kernel, kernel), workspace_bytes=sample)
    device = opened(kernels=BAD_KERNELS)
    with pytest.raises(DeviceError, match=r"A batch of \d+ would fit") as caught:
        device.execute(make_plan("serial", workload, batch))
    assert "OUT_OF_MEMORY" in str(caught.value)
    assert device.execute(plan_of("does_nothing")).repeats == 1


def test_code_for_another_gpu_is_refused(opened: Open) -> None:
    device = opened(kernels=BAD_KERNELS)
    with pytest.raises(DeviceError, match="no_image"):
        device.execute(plan_of("no_image"))
    assert device.execute(plan_of("does_nothing")).repeats == 1
