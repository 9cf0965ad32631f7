"""Devices by name: what ``--device`` takes."""

from __future__ import annotations

import ctypes
import re

from profiler.devices.base import Device, DeviceInfo
from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.model import gpu_names, load_gpu
from profiler.errors import DeviceError, UsageError, suggestion

#: What ``auto`` simulates.
DEFAULT_GPU = "h100-sxm"

_SIM = "sim:"


def open_device(spec: str, *, seed: int = 0, jitter_percent: float = 0.0) -> Device:
    """The device that ``spec`` names.

    Parameters
    ----------
    spec : str
        ``sim:NAME`` for a shipped GPU file, ``sim:FILE.toml`` for one's own, ``cuda:N`` for a GPU of this machine, or
        ``auto``. As yet this version only simulates, and ``auto`` says so in the device's notes.
    seed, jitter_percent
        Of a simulated device; see `SimDevice`.

    Raises
    ------
    UsageError
        No such device, or a GPU file that is wrong.
    DeviceError
        A GPU was asked for.
    """
    if spec.startswith(_SIM) and spec != _SIM:
        return SimDevice(load_gpu(spec.removeprefix(_SIM)), seed=seed, jitter_percent=jitter_percent, spec=spec)
    if spec == "auto":
        gpu = load_gpu(DEFAULT_GPU)
        name = f"{_SIM}{DEFAULT_GPU}"
        return SimDevice(gpu, seed=seed, jitter_percent=jitter_percent, spec=name, notes=(_why_simulated(),))
    if re.fullmatch(r"cuda(:\d+)?", spec):
        raise _no_cuda(spec)
    raise UsageError(f"there is no device {spec!r}", where="--device", remedy=suggestion(spec, _choices()))


def list_devices() -> list[DeviceInfo]:
    """Devices that `open_device` opens by a name of its own: the shipped simulated GPUs."""
    return [SimDevice(load_gpu(name), spec=f"{_SIM}{name}").info for name in gpu_names()]


def count_gpus() -> int:
    """GPUs that the machine's CUDA driver shows; 0 where there is no driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
            return 0
    except (OSError, AttributeError):
        return 0
    return count.value


def _why_simulated() -> str:
    found = count_gpus()
    reason = f"of the {found} GPUs here none is used yet" if found else "no GPU was found"
    return f"{reason}: this run simulates {DEFAULT_GPU}"


def _no_cuda(spec: str) -> DeviceError:
    found = count_gpus()
    what = "this version cannot run on a GPU yet" if found else "no CUDA driver shows a GPU on this machine"
    return DeviceError(what, where=spec, remedy=f"Simulate one: {', '.join(_choices())}.")


def _choices() -> list[str]:
    return ["auto", *(f"{_SIM}{name}" for name in gpu_names()), f"{_SIM}FILE.toml"]
