"""Devices by name: what ``--device`` takes."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass

from profiler.devices.base import Device, DeviceInfo
from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.model import gpu_names, load_gpu
from profiler.errors import DeviceError, UsageError, suggestion

#: What ``auto`` simulates.
DEFAULT_GPU = "h100-sxm"

#: Runs of a plan with stamps, and as many without, from which a report's instrumentation factor is taken.
FACTOR_RUNS = 5

_SIM = "sim:"


@dataclass(frozen=True, slots=True)
class Measuring:
    """How a real device is to measure; see `profiler.devices.cuda.options.CudaOptions`.

    Attributes
    ----------
    detail : str
        ``op`` or ``phase``. Means nothing to a simulated device, which knows all its times.
    timing : str, optional
        ``events``, ``gputimer`` or ``cupti``; None is the device's own choice.
    gate : bool
    factor : bool
        Whether the run is repeated without stamps, to tell how much these stretch it.
    """

    detail: str = "op"
    timing: str | None = None
    gate: bool = False
    factor: bool = False

    def check_simulated(self, spec: str) -> None:
        """Refuse what a simulated device does not have.

        Raises
        ------
        UsageError
            A timing or a gate was asked for.
        """
        for option, given in (("--timing", self.timing is not None), ("--gate", self.gate)):
            if given:
                raise UsageError(
                    f"{spec} is simulated and knows all its times: this is for a real GPU",
                    where=option,
                    remedy="Leave it out, or name a GPU: --device cuda:0.",
                )


def open_device(spec: str, *, seed: int = 0, jitter_percent: float = 0.0, measuring: Measuring | None = None) -> Device:
    """The device that ``spec`` names.

    Parameters
    ----------
    spec : str
        ``sim:NAME`` for a shipped GPU file, ``sim:FILE.toml`` for one's own, ``cuda:N`` for a GPU of this machine, or
        ``auto``: the first GPU if it can be used, else a simulated one, with the reason in the device's notes.
    seed, jitter_percent
        Of a simulated device, see `SimDevice`; ``seed`` is also that of a network's weights on a real one.
    measuring : Measuring, optional
        Of a real device.

    Raises
    ------
    UsageError
        No such device, a GPU file that is wrong, or ``measuring`` asks a simulated device for what it does not have.
    DeviceError
        The GPU asked for cannot be used.
    """
    how = measuring or Measuring()
    if spec.startswith(_SIM) and spec != _SIM:
        how.check_simulated(spec)
        return SimDevice(load_gpu(spec.removeprefix(_SIM)), seed=seed, jitter_percent=jitter_percent, spec=spec)
    if spec == "auto":
        return _open_any(seed, jitter_percent, how)
    if re.fullmatch(r"cuda(:\d+)?", spec):
        return _open_gpu(int(spec.partition(":")[2] or 0), seed, how)
    raise UsageError(f"there is no device {spec!r}", where="--device", remedy=suggestion(spec, _choices()))


def list_devices() -> list[DeviceInfo]:
    """Devices that `open_device` opens by a name of its own: this machine's GPUs, then those that are simulated."""
    simulated = [SimDevice(load_gpu(name), spec=f"{_SIM}{name}").info for name in gpu_names()]
    return [*_gpus(), *simulated]


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


def _open_any(seed: int, jitter_percent: float, how: Measuring) -> Device:
    reason = "no GPU was found"
    if count_gpus():
        try:
            return _open_gpu(0, seed, how)
        except DeviceError as error:
            reason = f"the GPU cannot be used ({error})"
    how.check_simulated(f"{reason}, and {DEFAULT_GPU}")
    note = f"{reason}: this run simulates {DEFAULT_GPU}"
    gpu = load_gpu(DEFAULT_GPU)
    return SimDevice(gpu, seed=seed, jitter_percent=jitter_percent, spec=f"{_SIM}{DEFAULT_GPU}", notes=(note,))


def _open_gpu(ordinal: int, seed: int, how: Measuring) -> Device:
    from profiler.devices.cuda.device import CudaDevice
    from profiler.devices.cuda.options import CudaOptions

    options = CudaOptions(
        detail=how.detail,
        timing=how.timing or "events",
        gate=how.gate,
        factor_runs=FACTOR_RUNS if how.factor else 0,
        seed=seed,
    )
    return CudaDevice(ordinal, options)


def _gpus() -> list[DeviceInfo]:
    """The GPUs of this machine, none where their driver does not answer."""
    if not count_gpus():
        return []
    from profiler.devices.cuda.driver import Driver
    from profiler.devices.cuda.facts import read_facts

    try:
        driver = Driver()
        return [read_facts(driver, ordinal).info for ordinal in range(count_gpus())]
    except DeviceError:
        return []


def _choices() -> list[str]:
    return ["auto", *(f"{_SIM}{name}" for name in gpu_names()), f"{_SIM}FILE.toml"]
