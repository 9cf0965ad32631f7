"""What the driver says about a GPU."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from profiler.devices.base import DeviceInfo
from profiler.devices.cuda.driver import Driver, version_text
from profiler.errors import DeviceError

#: The least gap between two kernels of one stream, until a device's own is measured: 1.0 us on an RTX 3060, 2.0 on an
#: H100 PCIe, 3.1 on an A100 (medians of the gputrace campaign notes). The largest: no gap of theirs is called idleness.
KERNEL_GAP_NS = 3100

#: Compute and copy queues, unless the variable says otherwise. Source: CUDA programming guide, section on environment
#: variables, which also has the range.
HARDWARE_QUEUES, MOST_QUEUES = 8, 32
QUEUES_VARIABLE = "CUDA_DEVICE_MAX_CONNECTIONS"

_EXCLUSIVE, _PROHIBITED = 3, 2


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """One GPU as the driver describes it."""

    ordinal: int
    name: str
    bus_id: str
    capability: tuple[int, int]
    sm_count: int
    threads_per_sm: int
    copy_engines: int
    memory_bytes: int
    driver: int
    compute_mode: int
    maps_host_memory: bool
    concurrent_kernels: bool

    @property
    def info(self) -> DeviceInfo:
        """For reports."""
        return DeviceInfo(
            spec=f"cuda:{self.ordinal}",
            name=self.name,
            simulated=False,
            copy_engines=self.copy_engines,
            sm_count=self.sm_count,
            kernel_gap_ns=KERNEL_GAP_NS,
            hardware_queues=hardware_queues(os.environ.get(QUEUES_VARIABLE, "")),
            notes=(
                f"compute capability {self.capability[0]}.{self.capability[1]}, driver for CUDA "
                f"{version_text(self.driver)}, {self.copy_engines} copy engines",
                "times of kernels that run side by side include their waiting for each other",
            ),
        )

    @property
    def refusal(self) -> str:
        """Why no process can use it as it is set; empty when any can."""
        return "compute mode is Prohibited: no process may use it" if self.compute_mode == _PROHIBITED else ""

    @property
    def exclusive(self) -> bool:
        """Whether only one process at a time can use it."""
        return self.compute_mode == _EXCLUSIVE


def hardware_queues(variable: str) -> int:
    """Queues that a device has with this content of `QUEUES_VARIABLE`."""
    known = variable.isdecimal() and 1 <= int(variable) <= MOST_QUEUES
    return int(variable) if known else HARDWARE_QUEUES


def count_gpus(driver: Driver) -> int:
    """GPUs the driver shows to this process."""
    return int(driver.call("cuDeviceGetCount"))


def read_facts(driver: Driver, ordinal: int) -> GpuFacts:
    """The facts of one GPU.

    Raises
    ------
    DeviceError
        There is no such GPU.
    """
    found = count_gpus(driver)
    if not 0 <= ordinal < found:
        have = "there is none" if not found else f"there are {found}: cuda:0 to cuda:{found - 1}"
        raise DeviceError(f"there is no GPU {ordinal}", where=f"cuda:{ordinal}", remedy=f"On this machine {have}.")
    device = driver.call("cuDeviceGet", ordinal)
    attribute = _Attributes(driver, device)
    return GpuFacts(
        ordinal=ordinal,
        name=_text(driver.call("cuDeviceGetName", 256, device)),
        bus_id=_text(driver.call("cuDeviceGetPCIBusId", 64, device)),
        capability=(attribute("COMPUTE_CAPABILITY_MAJOR"), attribute("COMPUTE_CAPABILITY_MINOR")),
        sm_count=attribute("MULTIPROCESSOR_COUNT"),
        threads_per_sm=attribute("MAX_THREADS_PER_MULTIPROCESSOR"),
        copy_engines=attribute("ASYNC_ENGINE_COUNT"),
        memory_bytes=int(driver.call("cuDeviceTotalMem", device)),
        driver=driver.version,
        compute_mode=attribute("COMPUTE_MODE"),
        maps_host_memory=bool(attribute("CAN_MAP_HOST_MEMORY")),
        concurrent_kernels=bool(attribute("CONCURRENT_KERNELS")),
    )


@dataclass(frozen=True, slots=True)
class _Attributes:
    driver: Driver
    device: Any

    def __call__(self, name: str) -> int:
        attribute = getattr(self.driver.api.CUdevice_attribute, f"CU_DEVICE_ATTRIBUTE_{name}")
        return int(self.driver.call("cuDeviceGetAttribute", attribute, self.device, doing=name.lower()))


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace").strip()
