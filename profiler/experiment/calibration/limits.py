"""What a device says of itself before anything is measured."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from profiler.devices.base import Device
from profiler.devices.sim.device import SimDevice
from profiler.errors import DeviceError


@dataclass(frozen=True)
class Limits:
    """Numbers of a GPU file that are read, not measured.

    Attributes
    ----------
    name : str
    driver : str
        Version of the driver; empty for a simulated device.
    fp32_tflops, int8_tops, memory_gb_per_s : Fraction
        Peaks at the clocks the driver reports. Only a peak times a share of it enters a time, so an error here is made
        good by the shares that are fitted.
    full_rate_threads_per_sm : int
    peaks_from : str
        Where the peaks come from, in words.
    """

    name: str
    driver: str
    copy_engines: int
    hardware_queues: int
    sm_count: int
    threads_per_sm: int
    blocks_per_sm: int
    registers_per_sm: int
    shared_bytes_per_sm: int
    compute_capability: str
    memory_gib: Fraction
    fp32_tflops: Fraction
    int8_tops: Fraction
    memory_gb_per_s: Fraction
    full_rate_threads_per_sm: int
    peaks_from: str = ""


#: Names of the fields that a GPU file has too.
LIMIT_KEYS = (
    "copy_engines",
    "hardware_queues",
    "sm_count",
    "threads_per_sm",
    "blocks_per_sm",
    "registers_per_sm",
    "shared_bytes_per_sm",
    "compute_capability",
    "memory_gib",
    "fp32_tflops",
    "int8_tops",
    "memory_gb_per_s",
    "full_rate_threads_per_sm",
)


def device_limits(device: Device) -> Limits:
    """The limits of a simulated GPU from its file, of a real one from the driver.

    Raises
    ------
    DeviceError
        It is neither.
    """
    if isinstance(device, SimDevice):
        gpu = device.gpu
        return Limits(name=gpu.name, driver="", **{key: getattr(gpu, key) for key in LIMIT_KEYS})
    spec = device.info.spec
    if not spec.startswith("cuda"):
        raise DeviceError(
            f"nothing says what {device.info.name} is made of", where=spec, remedy="Use cuda:N or sim:NAME."
        )
    from profiler.devices.cuda.limits import read_limits

    return Limits(hardware_queues=device.info.hardware_queues, **read_limits(int(spec.partition(":")[2] or 0)))
