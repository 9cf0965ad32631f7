"""Whether a GPU is there is decided here, once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from profiler.devices.cuda.device import CudaDevice
from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.facts import GpuFacts, read_facts
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.registry import count_gpus
from profiler.errors import DeviceError
from profiler.experiment.gpu_check.tests_stage import GPU_VARIABLE


@pytest.fixture(scope="session")
def ordinal() -> int:
    """The number of the GPU to test. Skips where there is none; a GPU that is there and cannot be used is a failure."""
    number = int(os.environ.get(GPU_VARIABLE, "0"))
    if count_gpus() <= number:
        try:
            Driver()
        except DeviceError as error:
            pytest.skip(f"no GPU: {error.what}")
        pytest.skip(f"no GPU {number}: the driver shows {count_gpus()}")
    return number


@pytest.fixture(scope="session")
def gpu_facts(ordinal: int) -> GpuFacts:
    """What the driver says of the GPU."""
    return read_facts(Driver(), ordinal)


@pytest.fixture
def opened(ordinal: int) -> Iterator[Callable[..., CudaDevice]]:
    """A function that opens the GPU with options; all it opened is closed after the test."""
    devices: list[CudaDevice] = []

    def open_gpu(options: CudaOptions | None = None, **named: str) -> CudaDevice:
        devices.append(CudaDevice(ordinal, options or CudaOptions(alone=False), **named))
        return devices[-1]

    yield open_gpu
    for device in devices:
        device.close()
